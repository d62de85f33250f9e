"""JSON validation and ticket links: constant shapes, each caller within its bounds, nothing twice."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from tests.doors.gateway.conftest import signed_in
from tests.elibrary.access.conftest import BY, CARD, PIN, STRANGER, connect

from kimppa.commons.platforms.models import Platform, PlatformAccess
from kimppa.commons.usage.models import Figure
from kimppa.elibrary.access import opening, rules, services, signing
from kimppa.elibrary.access.models import AccessLog, Connection, RateWindow, UsedTicket
from kimppa.elibrary.access.rules import Way
from kimppa.elibrary.patrons.models import LibrarySystem, LocalCard, Patron, WrongPins
from kimppa.foundation.core import clock

pytestmark = pytest.mark.django_db
SHAPE = {"valid", "entitled", "reason", "subject", "age_group", "municipality"}
NO = {"valid": False, "entitled": False, "subject": "", "age_group": "", "municipality": ""}


def ask(made: services.NewSecret, body: object, *, bearer: bool = False, path: str = "validate"):
    basic = base64.b64encode(f"{made.client_id}:{made.secret}".encode()).decode()
    header = f"Bearer {made.client_id}.{made.secret}" if bearer else f"Basic {basic}"
    raw = body if isinstance(body, str) else json.dumps(body)
    return Client().post(
        f"/gateway/v1/{path}", raw, content_type="application/json", headers={"Authorization": header}
    )


def card(number: str = CARD, pin: str = PIN, **more: str) -> dict[str, str]:
    return {"card": number, "pin": pin, **more}


def counted() -> dict[str, int]:
    return {f"{f.metric}/{f.kind}/{f.unit_code}": f.value for f in Figure.objects.all()}


@pytest.mark.parametrize("bearer", [False, True])
def test_a_good_card_is_valid_entitled_counted_and_leaves_no_person_behind(films, bearer):
    made = connect(Way.JSON)
    answer = ask(made, card(), bearer=bearer)
    told = answer.json()
    assert set(told) == SHAPE
    assert (told["valid"], told["entitled"], told["reason"]) == (True, True, None)
    assert len(told["subject"]) == 64
    assert answer["Cache-Control"] == "no-store"
    assert counted() == {"sign-ins/json/564": 1}
    assert not Patron.objects.exists()
    row = AccessLog.objects.get()
    assert (row.outcome, row.network, row.count) == ("ok", "127.0.0.0/24", 1)


def test_a_wrong_pin_and_an_unknown_card_are_answered_alike(films):
    made = connect(Way.JSON)
    wrong, unknown = ask(made, card(pin="9999")), ask(made, card("OUTI9999999"))
    assert wrong.json() == unknown.json() == {**NO, "reason": "card-not-accepted"}
    for _ in range(4):
        ask(made, card(pin="9999"))
    assert ask(made, card()).json() == {**NO, "reason": "card-not-accepted"}
    assert counted() == {}


def test_an_empty_pin_is_no_pin(films):
    assert ask(connect(Way.JSON), card(pin=" ")).json() == {**NO, "reason": "card-not-accepted"}


def test_who_may_not_use_the_service_is_valid_and_not_entitled_and_not_counted(films):
    made = connect(Way.JSON)
    from kimppa.commons.members.models import KimppaMembership, Membership, Municipality

    rovaniemi = Municipality.objects.get(code="698")
    Membership.objects.create(municipality=rovaniemi)
    PlatformAccess.objects.create(platform=Platform.objects.get(), basis="residence")
    told = ask(made, card(STRANGER)).json()
    assert (told["valid"], told["entitled"], told["reason"]) == (True, False, "home-unknown")
    assert told["subject"] == ""
    assert counted() == {}
    assert KimppaMembership.objects.count() == 2


def test_a_home_that_the_library_does_not_tell_is_counted_as_unknown_and_as_nobodys(films):
    LocalCard.objects.update(home="")
    assert ask(connect(Way.JSON), card()).json()["entitled"] is True
    assert counted() == {"sign-ins/json/": 1}


def test_a_library_that_does_not_take_part_is_never_asked(films):
    made = connect(Way.JSON)
    assert ask(made, card(STRANGER, "9999")).json() == {**NO, "reason": "card-of-no-system"}
    assert ask(made, card(STRANGER, institution="lapin-kirjasto")).json()["reason"] == "card-of-no-system"
    assert not WrongPins.objects.exists()


def test_a_card_that_fits_two_libraries_is_asked_of_neither(films):
    made = connect(Way.JSON)
    PlatformAccess.objects.create(platform=Platform.objects.get(), basis="residence")
    LibrarySystem.objects.update(card_pattern=".*")
    assert ask(made, card()).json()["reason"] == "card-of-several-systems"
    assert not WrongPins.objects.exists()
    assert ask(made, card(institution="outi")).json()["entitled"] is True


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"card": 1, "pin": "1"}', '{"card": "x"}', "[" * 2000, "x" * 5000]
)
def test_what_is_no_question_is_refused_and_asked_of_nobody(films, body):
    made = connect(Way.JSON)
    answer = ask(made, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-question")
    # The technician finds it in the log; nobody was asked and nobody counted.
    assert list(AccessLog.objects.values_list("outcome", "count")) == [("bad-request", 1)]
    assert not WrongPins.objects.exists()
    assert counted() == {}


@pytest.mark.parametrize("body", ["{", '{"ticket": 1}', "[" * 2000])
def test_what_is_no_question_about_a_ticket_is_refused_and_in_the_log(films, body):
    answer = ask(connect(Way.TICKET), body, path="ticket")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-question")
    assert list(AccessLog.objects.values_list("outcome", "count")) == [("bad-request", 1)]


def test_what_is_no_question_is_no_way_around_the_secret_the_networks_or_the_rate(films):
    made = connect(Way.JSON)
    wrong = ask(replace(made, secret="x"), "{")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "bad-key")
    Connection.objects.update(networks=["203.0.113.0/24"])
    assert ask(made, "{").json()["code"] == "outside-network"
    Connection.objects.update(networks=[], rate_per_minute=1)
    coming = clock.real_now() + timedelta(minutes=1)  # so that no minute ends in between
    RateWindow.objects.create(connection=Connection.objects.get(), minute=coming, used=1)
    assert ask(made, "{").status_code == 429
    assert not AccessLog.objects.filter(outcome="bad-request").exists()


def test_a_flood_is_held_back_and_others_are_not_harmed(films):
    made = connect(Way.JSON)
    Connection.objects.update(rate_per_minute=3)
    Platform.objects.create(slug="music", name="Music")
    other = services.add_connection(by=BY, platform="music", way=Way.JSON, name="M", now=clock.real_now())
    minute = clock.real_now().minute
    statuses = [ask(made, card()).status_code for _ in range(8)]
    if clock.real_now().minute == minute:
        assert statuses == [200] * 3 + [429] * 5
    held = ask(made, card())
    assert held["Retry-After"] == "60"
    assert ask(other, card()).status_code == 200
    assert AccessLog.objects.filter(outcome="too-many-questions").count() <= 2


def test_off_outside_and_without_the_key_nothing_is_answered(films):
    made = connect(Way.JSON)
    wrong = services.NewSecret(made.client_id, "x")
    assert (ask(wrong, card()).status_code, ask(wrong, card()).json()["code"]) == (401, "bad-key")
    assert ask(services.NewSecret("nobody", "x"), card()).json()["code"] == "bad-key"
    Connection.objects.update(networks=["192.0.2.0/24"])
    assert (ask(made, card()).status_code, ask(made, card()).json()["code"]) == (403, "outside-network")
    Connection.objects.update(networks=[])
    services.switch(by=BY, client_id=made.client_id, on=False, reason="x", now=clock.real_now())
    assert ask(made, card()).json()["code"] == "switched-off"
    assert not WrongPins.objects.exists()


def test_a_key_of_another_way_does_not_open_this_one(films):
    assert ask(connect(Way.TICKET), card()).json()["code"] == "bad-key"


def test_the_test_card_is_good_without_any_library_and_is_not_counted(films):
    made = connect(Way.JSON)
    row = Connection.objects.get()
    told = ask(made, card(row.test_card, row.test_pin)).json()
    assert (told["valid"], told["entitled"], told["reason"], told["age_group"]) == (True, True, None, "adult")
    wrong = ask(made, card(row.test_card, "x")).json()
    assert wrong == {**NO, "reason": "test-refused"}
    assert counted() == {}


def test_neither_card_nor_pin_stands_in_the_log_or_the_counts(films):
    ask(connect(Way.JSON), card())
    rows = [*AccessLog.objects.values(), *Figure.objects.values()]
    assert not any(CARD in str(row) or PIN in str(row.get("outcome")) for row in rows)


# tickets and one tap


def opened(browser: Client, answer: str = ""):
    return browser.post("/en/open/films/", {"answer": answer} if answer else {})


def ticket_of(page) -> str:
    address = page.context["address"]
    return parse_qs(urlsplit(address).query)["ticket"][0]


def test_one_tap_asks_once_and_then_carries_a_ticket_of_a_minute(resident):
    made = connect(Way.TICKET)
    assert "Agree and continue" in opened(resident).content.decode()
    assert counted() == {}
    first = opened(resident, "yes")
    assert first.context["address"].startswith("https://films.example/start?ticket=")
    claims = signing.read(ticket_of(opened(resident)), now=clock.real_now())
    assert claims["aud"] == made.client_id
    assert claims["exp"] - claims["iat"] == 60
    assert set(claims) == {*("iss", "aud", "sub", "iat", "exp", "jti", "use", "entitled", "age_group")}
    assert counted() == {"opens/ticket/564": 2, "sign-ins/ticket/564": 2}


def test_a_ticket_is_good_once(resident):
    made = connect(Way.TICKET)
    ticket = ticket_of(opened(resident, "yes"))
    first = ask(made, {"ticket": ticket}, path="ticket").json()
    assert set(first) == SHAPE
    assert (first["valid"], first["entitled"], first["reason"]) == (True, True, None)
    again = ask(made, {"ticket": ticket}, path="ticket").json()
    assert again == {**NO, "reason": "ticket-replayed"}
    assert UsedTicket.objects.count() == 1


def test_another_services_ticket_an_id_token_and_a_changed_one_are_no_good(resident):
    made = connect(Way.TICKET)
    ticket = ticket_of(opened(resident, "yes"))
    Platform.objects.create(slug="music", name="Music")
    other = services.add_connection(by=BY, platform="music", way=Way.TICKET, name="M", now=clock.real_now())
    id_token = signing.sign({"aud": made.client_id, "iss": "http://testserver"}, now=clock.real_now())
    head, body, seal = ticket.split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for asked, text in (
        (other, ticket),
        (made, id_token),
        (made, f"{head}.{body}.{seal[:-4]}AAAA"),
        (made, f"{unsigned}.{body}."),
        (made, "x"),
    ):
        assert ask(asked, {"ticket": text}, path="ticket").json() == {**NO, "reason": "bad-ticket"}
    assert ask(made, {"ticket": ticket}, path="ticket").json()["valid"] is True


def test_a_ticket_is_over_after_a_minute(resident):
    made = connect(Way.TICKET)
    ticket = ticket_of(opened(resident, "yes"))
    later = clock.real_now() + rules.TICKET_LIFE + timedelta(seconds=1)
    said = opening.check_ticket(
        client_id=made.client_id, ticket=ticket, issuer="http://testserver", now=later
    )
    assert (said.valid, said.outcome) == (False, "bad-ticket")


def test_one_tap_by_openid_leads_to_the_services_own_start_and_counts_an_opening(resident):
    connect(Way.OIDC)
    assert opened(resident).context["address"] == "https://films.example/start"
    assert counted() == {"opens/oidc/564": 1}


def test_who_is_not_entitled_reads_why_and_who_is_not_signed_in_signs_in(films):
    connect(Way.OIDC)
    stranger = signed_in(STRANGER, "lapin-kirjasto")
    page = opened(stranger)
    assert page.status_code == 403
    assert "does not take part" in page.content.decode()
    assert "/sign-in/" in opened(Client())["Location"]
    assert counted() == {}


def test_without_a_connection_one_tap_is_a_link_to_the_services_address(resident):
    Platform.objects.update(address="https://films.example/")
    assert opened(resident).context["address"] == "https://films.example/"
    Platform.objects.update(address="")
    assert opened(resident).status_code == 404


# the technician's page


def test_the_technicians_page_is_filled_in_and_tests_itself_and_can_be_closed(films):
    made = connect(Way.JSON)
    token = services.new_guide(by=BY, client_id=made.client_id, now=clock.real_now())
    address = f"/en/connect/guide/{token}/"
    page = Client().get(address)
    text = page.content.decode()
    assert made.client_id in text
    assert made.secret not in text
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    row = Connection.objects.get()
    tried = Client().post(address, {"try": "card", "card": row.test_card, "pin": row.test_pin})
    assert "The test card was confirmed" in tried.content.decode()
    other = Client().post(address, {"try": "card", "card": CARD, "pin": PIN})
    assert "own test card can be tried" in other.content.decode()
    assert not WrongPins.objects.exists()
    assert Client().get("/en/connect/guide/x/").status_code == 404
    newer = services.new_guide(by=BY, client_id=made.client_id, now=clock.real_now())
    assert Client().get(address).status_code == 404
    services.revoke_guide(by=BY, client_id=made.client_id, now=clock.real_now())
    assert Client().get(f"/en/connect/guide/{newer}/").status_code == 404


@pytest.mark.parametrize("way", list(Way))
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_each_way_has_its_guide_in_three_languages(films, way, language):
    made = connect(way)
    token = services.new_guide(by=BY, client_id=made.client_id, now=clock.real_now())
    page = Client().get(f"/{language}/connect/guide/{token}/")
    assert page.status_code == 200
    assert made.client_id in page.content.decode()


def test_a_ticket_pasted_into_the_page_is_explained_and_not_spent(resident):
    made = connect(Way.TICKET)
    token = services.new_guide(by=BY, client_id=made.client_id, now=clock.real_now())
    address = f"/en/connect/guide/{token}/"
    shown = Client().post(address, {"try": "new-ticket"}).context["new_ticket"]
    told = Client().post(address, {"try": "ticket", "ticket": shown})
    assert told.context["ticket_verdict"].valid is True
    ticket = parse_qs(urlsplit(shown).query)["ticket"][0]
    assert ask(made, {"ticket": ticket}, path="ticket").json()["valid"] is True
