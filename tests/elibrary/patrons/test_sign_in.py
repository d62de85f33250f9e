"""Cards and PINs: pseudonyms only, wrong PINs counted across all doors, nothing kept that need not be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.elibrary.conftest import BY, NOW, TODAY
from tests.races import at_once

from kimppa.elibrary.patrons import checks, queries, rules, services
from kimppa.elibrary.patrons.models import LibrarySystem, LocalCard, Patron, PatronSession, WrongPins

pytestmark = pytest.mark.django_db


def sign_in(card: str = "111", pin: str = "1234", now=NOW):
    return services.sign_in(system="outi", card=card, pin=pin, now=now, today=TODAY)


def test_the_right_pin_begins_a_session_of_a_pseudonym_with_a_home(outi):
    session = sign_in(" 1 11 ")
    patron = queries.patron_of_session(session.token, now=NOW)
    assert patron.home == "564"
    row = Patron.objects.get()
    assert "111" not in row.pseudonym
    assert PatronSession.objects.get().token_hash != session.token


def test_the_same_person_is_the_same_patron_and_another_card_another(outi):
    sign_in()
    sign_in()
    sign_in("222")
    assert Patron.objects.count() == 2


def test_neither_card_nor_pin_stands_anywhere_in_the_database(outi):
    sign_in("111", "1234")
    stored = [str(value) for row in LocalCard.objects.values() for value in row.values()]
    stored += [str(value) for row in WrongPins.objects.values() for value in row.values()]
    assert not any(value in {"111", "1234"} or "1234" in value[:8] for value in stored)
    assert all(card.pin_hash.startswith("$argon2id$") for card in LocalCard.objects.all())


def test_a_wrong_pin_says_how_many_tries_are_left_and_the_third_how_to_get_help(outi):
    for left in (2, 1):
        with pytest.raises(rules.WrongPin) as caught:
            sign_in(pin="9999")
        assert caught.value.params == {"left": left}
    with pytest.raises(rules.TooManyWrongPins):
        sign_in(pin="9999")
    with pytest.raises(rules.TooManyWrongPins):
        sign_in(pin="1234")
    assert not PatronSession.objects.exists()


def test_a_system_that_locks_after_three_gets_one_wrong_pin_at_most(outi):
    LibrarySystem.objects.update(locks_after=3)
    with pytest.raises(rules.TooManyWrongPins):
        sign_in(pin="9999")
    with pytest.raises(rules.TooManyWrongPins):
        sign_in(pin="9999")
    assert rules.tries_allowed(3) == 1
    assert rules.tries_allowed(5) == 3
    assert rules.tries_allowed(1) == 1


def test_a_right_pin_time_and_the_staff_each_clear_the_wrong_ones(outi):
    for _ in range(2):
        with pytest.raises(rules.WrongPin):
            sign_in(pin="9999")
    sign_in()
    for _ in range(3):
        with pytest.raises((rules.WrongPin, rules.TooManyWrongPins)):
            sign_in(pin="9999")
    with pytest.raises(rules.TooManyWrongPins):
        sign_in(now=NOW + timedelta(minutes=59))
    assert sign_in(now=NOW + timedelta(minutes=61))
    for _ in range(3):
        with pytest.raises((rules.WrongPin, rules.TooManyWrongPins)):
            sign_in(pin="9999")
    services.unlock_card(by=BY, system="outi", card="111", now=NOW)
    assert sign_in()


def test_an_unknown_card_is_answered_as_a_wrong_pin_and_counted_alike(outi):
    for _ in range(3):
        with pytest.raises((rules.WrongPin, rules.TooManyWrongPins)):
            sign_in("99999")
    with pytest.raises(rules.TooManyWrongPins):
        sign_in("99999")


@pytest.mark.parametrize("card", ["", " ", "1" * 10_000, "1;DROP", "<b>", "１１１", "1\x001"])
def test_what_is_no_card_number_is_said_and_asked_of_nobody(outi, card):
    with pytest.raises(rules.BadCard):
        sign_in(card)
    assert WrongPins.objects.count() == 0


@pytest.mark.parametrize("pin", ["", "  ", "1" * 10_000])
def test_an_empty_or_endless_pin_is_not_passed_on(outi, pin):
    with pytest.raises(rules.WrongPin):
        sign_in(pin=pin)
    assert WrongPins.objects.count() == 0


def test_a_blocked_or_expired_card_does_not_come_in(outi):
    LocalCard.objects.update(blocked=True)
    with pytest.raises(rules.CardBlocked):
        sign_in()
    LocalCard.objects.update(blocked=False, valid_to=TODAY - timedelta(days=1))
    with pytest.raises(rules.CardBlocked):
        sign_in()
    LocalCard.objects.update(valid_to=TODAY)
    assert sign_in()


def test_a_session_ends_with_signing_out_and_with_time(outi):
    session = sign_in()
    assert queries.patron_of_session(session.token, now=NOW + timedelta(days=29))
    assert queries.patron_of_session(session.token, now=NOW + timedelta(days=30)) is None
    services.sign_out(token=session.token)
    assert queries.patron_of_session(session.token, now=NOW) is None
    assert queries.patron_of_session("x" * 5_000, now=NOW) is None


def test_an_unknown_library_is_said(outi):
    with pytest.raises(checks.UnknownSystem):
        services.sign_in(system="muu", card="111", pin="1234", now=NOW, today=TODAY)


def test_removing_the_demo_cards_ends_their_sessions(outi):
    session = sign_in()
    assert queries.demo_cards() == 2
    assert services.remove_demo_cards() == 2
    assert queries.demo_cards() == 0
    assert queries.patron_of_session(session.token, now=NOW) is None


@pytest.mark.django_db(transaction=True)
def test_twenty_wrong_pins_at_the_same_time_reach_the_system_three_times(outi):
    said = at_once([lambda: sign_in(pin="9999")] * 20)
    assert (said.count("wrong-pin"), said.count("too-many-wrong-pins")) == (2, 18)
