"""Several processes at once: a code and a ticket are spent once, a rate is not passed, one first key."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from tests.elibrary.access.conftest import BACK, CARD, NOW, PIN, TODAY, connect, make_films
from tests.races import at_once

from kimppa.elibrary.access import checking, granting, opening, rules, signing, traffic
from kimppa.elibrary.access.granting import Visitor
from kimppa.elibrary.access.models import AccessToken, Connection, RateWindow, SigningKey, UsedTicket
from kimppa.elibrary.access.rules import Way
from kimppa.elibrary.patrons import services as patrons
from kimppa.elibrary.patrons.models import Patron, PatronSession
from kimppa.foundation.core.errors import Refused

pytestmark = pytest.mark.django_db(transaction=True)
ISSUER = "https://kimppa.example"
VERIFIER = "v" * 43


def test_of_six_that_redeem_one_code_none_keeps_more_than_the_first(db):
    make_films()
    made = connect(Way.OIDC)
    patrons.sign_in(system="outi", card=CARD, pin=PIN, now=NOW, today=TODAY)
    params = [
        ("response_type", "code"),
        ("client_id", made.client_id),
        ("redirect_uri", BACK),
        ("scope", "openid"),
        ("code_challenge", rules.challenge_of(VERIFIER)),
        ("code_challenge_method", "S256"),
    ]
    visitor = Visitor(Patron.objects.get().pk, PatronSession.objects.get().created, "")
    found = granting.authorize(params=params, visitor=visitor, agreed=True, now=NOW, today=TODAY)
    redeem = partial(
        granting.redeem,
        client_id=made.client_id,
        secret=made.secret,
        code=found.code,
        redirect_uri=BACK,
        verifier=VERIFIER,
        issuer=ISSUER,
        address="",
        now=NOW,
        today=TODAY,
    )
    said = at_once([redeem] * 6)
    assert sorted(said) == ["done"] + ["grant-refused"] * 5
    assert AccessToken.objects.count() == 1
    assert SigningKey.objects.count() == 1


class Replayed(Refused):
    code = "replayed"


def test_of_six_questions_about_one_ticket_one_is_answered_yes(db):
    make_films()
    made = connect(Way.TICKET)
    ticket = opening.test_ticket(client_id=made.client_id, issuer=ISSUER, now=NOW)

    def spend() -> None:
        if not opening.check_ticket(client_id=made.client_id, ticket=ticket, issuer=ISSUER, now=NOW).valid:
            raise Replayed()

    assert sorted(at_once([spend] * 6)) == ["done"] + ["replayed"] * 5
    assert UsedTicket.objects.count() == 1


def test_eight_callers_at_once_do_not_pass_a_rate_of_three(db):
    make_films()
    made = connect(Way.JSON)
    Connection.objects.update(rate_per_minute=3)
    row = Connection.objects.get()
    ask = partial(
        checking.validate,
        client_id=made.client_id,
        secret=made.secret,
        card=row.test_card,
        pin=row.test_pin,
        address="192.0.2.7",
        now=NOW,
        today=TODAY,
    )
    said = at_once([ask] * 8)
    assert sorted(said) == ["done"] * 3 + ["too-many-questions"] * 5
    assert RateWindow.objects.get().used == 3


def test_eight_callers_who_begin_a_minute_together_all_pass_a_rate_of_eight(db):
    make_films()
    made = connect(Way.JSON)
    Connection.objects.update(rate_per_minute=8)
    row = Connection.objects.get()
    RateWindow.objects.create(connection=row, minute=NOW - timedelta(minutes=1), used=8)
    ask = partial(traffic.admit, row, address="192.0.2.7", now=NOW)
    assert at_once([ask] * 8) == ["done"] * 8
    assert RateWindow.objects.get().used == 8
    assert made.client_id == row.client_id


def test_a_call_of_the_minutes_last_moment_counts_in_the_next_that_another_has_begun(db):
    make_films()
    made = connect(Way.JSON)
    Connection.objects.update(rate_per_minute=2)
    row = Connection.objects.get()
    RateWindow.objects.create(connection=row, minute=NOW + timedelta(minutes=1), used=1)
    traffic.admit(row, address="192.0.2.7", now=NOW)
    with pytest.raises(traffic.TooManyQuestions):
        traffic.admit(row, address="192.0.2.7", now=NOW)
    assert RateWindow.objects.get().used == 2
    assert made.client_id == row.client_id


def test_six_that_need_the_first_key_make_no_two_that_sign(db):
    assert at_once([partial(signing.sign, {"sub": "x"}, now=NOW)] * 6) == ["done"] * 6
    token = signing.sign({"sub": "x"}, now=NOW)
    assert signing.read(token, now=NOW) == {"sub": "x"}
    assert SigningKey.objects.filter(published_until=None).count() == 1
