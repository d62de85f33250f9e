"""Cards checked over Koha's three forms, at a look-alike with TLS and OAuth2."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tests.elibrary.patrons.counterparts import Person, certificates, koha
from tests.elibrary.patrons.test_sip2_system import BY, CARD, PIN, check, define, oulu, steps

from kimppa.elibrary.patrons import connecting, koha_system, library_systems, rules, testing
from kimppa.elibrary.patrons.models import LibrarySystem, SystemState, WrongPins

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TODAY = date(2026, 3, 1)
TOLD: dict[str, object] = {
    "city": "Oulu",
    "date_of_birth": "2012-03-02",
    "expiry_date": "2027-01-31",
    "lang": "fi-FI",
    "restricted": False,
    "home": {"code": "564"},
}
MAPPING: dict[str, object] = {
    "stable_id": "patron_id",
    "home": "city",
    "home_by": "name",
    "age": "date_of_birth",
    "expires": "expiry_date",
    "language": "lang",
    "blocked": "restricted",
}
__all__ = ["oulu"]


def connect(
    port: int, kind: str = "koha", *, mapping: dict[str, object] | None = None, **more: object
) -> None:
    connecting.connect(
        by=BY,
        system="outi",
        kind=kind,
        settings={
            "url": f"https://127.0.0.1:{port}/",
            "private": True,
            "ca": certificates()[0],
            "user": "hub",
            "timeout": 2,
            **more,
        },
        secrets={"client_secret": "kohasecret"},
        mapping=MAPPING if mapping is None else mapping,
        valid_from=None,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("koha", {}),
        ("koha-suomi", {}),
        ("koha-suomi", {"identifier": "userid"}),
        ("koha-suomi-status", {}),
        ("koha-suomi-status", {"body": "form"}),
    ],
)
def test_each_form_says_yes_and_no_with_one_token(oulu, kind, more):
    told = {"record": dict(TOLD)} if kind == "koha" else {"extra": dict(TOLD)}
    with koha({CARD: Person(PIN, **told)}) as server:
        define("outi", "001")
        connect(server.port, kind, **more)
        found = check()
        with pytest.raises(rules.WrongPin):
            check(pin="0000")
        with pytest.raises(rules.WrongPin):
            check(card="1")
    assert (found.home, found.age_group, found.language, found.blocked) == ("564", "child", "fi", False)
    assert found.expires == date(2027, 1, 31)
    assert server.tokens == 1
    assert server.records == ([("/api/v1/patrons/7", None)] if kind == "koha" else [])
    assert [pin for _, pin in server.asked] == [PIN, "0000", PIN]


ATTRIBUTES = [
    {"extended_attribute_id": 1, "type": "KOTIKUNTA", "value": "Oulu"},
    {"extended_attribute_id": 2, "type": "KOTIKUNTA", "value": "Kemi"},
    {"extended_attribute_id": 3, "type": "KIELI", "value": "swe"},
    {"extended_attribute_id": 4, "type": "SSN", "value": "010190-123N"},
]


def test_extended_attributes_are_read_where_the_mapping_names_one(oulu):
    record = {**TOLD, "extended_attributes": ATTRIBUTES, "restricted": True}
    named = {"home": "extended_attributes.KOTIKUNTA", "home_by": "name", "blocked": "restricted"}
    with koha({CARD: Person(PIN, record=record)}) as server:
        define("outi", "001")
        connect(server.port, mapping={**named, "language": "extended_attributes.KIELI"})
        found = check()
    assert (found.home, found.language, found.blocked, found.age_group) == ("564", "sv", True, "")
    assert server.records == [("/api/v1/patrons/7", "extended_attributes")]


def test_an_attribute_that_a_person_lacks_is_unknown_and_keeps_nobody_out(oulu):
    with koha({CARD: Person(PIN, record={"extended_attributes": []})}) as server:
        define("outi", "001")
        connect(server.port, mapping={"home": "extended_attributes.KOTIKUNTA", "home_by": "name"})
        found = check()
    assert (found.home, found.blocked) == ("", False)


def test_the_record_is_read_only_after_a_yes_and_only_when_something_needs_it(oulu):
    with koha({CARD: Person(PIN, record=dict(TOLD))}) as server:
        define("outi", "001")
        connect(server.port, mapping={"stable_id": "patron_id"})
        check()
        connect(server.port)
        with pytest.raises(rules.WrongPin):
            check(pin="0000")
    assert server.records == []


def test_of_a_record_only_what_the_mapping_names_is_kept(oulu, monkeypatch):
    kept = []
    asked = koha_system.ask
    monkeypatch.setattr(koha_system, "ask", lambda *a, **k: kept.append(asked(*a, **k)) or kept[-1])
    record = {**TOLD, "extended_attributes": ATTRIBUTES}
    with koha({CARD: Person(PIN, record=record)}) as server:
        define("outi", "001")
        connect(server.port, mapping={"home": "extended_attributes.KOTIKUNTA", "home_by": "name"})
        check()
    (said,) = kept
    assert set(said.fields) == {"cardnumber", "patron_id", "userid", "extended_attributes.KOTIKUNTA"}


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"cardnumber": "285A999999"}, "other-patron"),
        ({"cardnumber": None}, "other-patron"),
        ({"patron_id": 8}, "other-patron"),
        ({"status": 403, "required_permissions": {"borrowers": "list_borrowers"}}, "not-permitted"),
        ({"status": 401}, "not-permitted"),
        ({"status": 404}, "http-status"),
        ({"status": 500}, "http-status"),
    ],
)
def test_without_the_record_nobody_comes_in_and_the_right_pin_is_no_wrong_one(oulu, record, code):
    with koha({CARD: Person(PIN, record={**TOLD, **record})}) as server:
        define("outi", "001")
        connect(server.port)
        with pytest.raises(rules.SystemNotAsked):
            check()
    assert SystemState.objects.get().code == code
    assert not WrongPins.objects.filter(count__gt=0).exists()


@pytest.mark.parametrize("number", ["", "7/../8", "x", "9" * 13])
def test_a_number_that_is_none_leads_to_no_other_address(oulu, number):
    with koha({CARD: Person(PIN, extra={"patron_id": number}, record=dict(TOLD))}) as server:
        define("outi", "001")
        connect(server.port)
        with pytest.raises(rules.SystemNotAsked):
            check()
    assert server.records == []
    assert SystemState.objects.get().code == "wrong-answer"


def test_a_changed_card_is_the_same_person_where_a_lasting_number_is_named(oulu):
    cards = {CARD: Person(PIN), "285A777777": Person(PIN)}
    with koha(cards) as server:
        define("outi", "001")
        connect(server.port)
        assert check().pseudonym == check("285A777777").pseudonym
        connect(server.port, mapping={})
        assert check().pseudonym != check("285A777777").pseudonym


def test_an_answer_without_the_lasting_number_is_no_other_person(oulu):
    with koha({CARD: Person(PIN)}) as server:
        define("outi", "001")
        connect(server.port, mapping={"stable_id": "borrowernumber"})
        with pytest.raises(rules.SystemDown):
            check()
    # The system is well: one odd record does not make it down for all.
    assert SystemState.objects.get().failures == 0


@pytest.mark.parametrize(
    ("told", "error", "code"),
    [
        ({"cardnumber": "285A999999"}, rules.SystemDown, "other-patron"),
        ({"cardnumber": ""}, rules.SystemDown, "wrong-answer"),
        ({"status": 500}, rules.SystemDown, "http-status"),
        ({"status": 200}, rules.SystemDown, "http-status"),
        ({"status": 302}, rules.SystemDown, "http-status"),
        ({"status": 403, "required_permissions": {"borrowers": 1}}, rules.SystemNotAsked, "not-permitted"),
        ({"status": 401}, rules.SystemNotAsked, "login-refused"),
    ],
)
def test_what_is_not_a_clear_yes_is_none(oulu, told, error, code):
    with koha({CARD: Person(PIN, extra=dict(told))}) as server:
        define("outi", "001")
        connect(server.port)
        with pytest.raises(error) as caught:
            check()
    assert caught.type is error
    assert SystemState.objects.get().code == code
    assert len(server.asked) == 1


def test_a_wrong_client_secret_or_certificate_asks_nobody(oulu):
    with koha({CARD: Person(PIN)}, client=("hub", "other")) as server:
        define("outi", "001")
        connect(server.port)
        with pytest.raises(rules.SystemNotAsked):
            check()
        assert SystemState.objects.get().code == "login-refused"
        connect(server.port, ca="")
        with pytest.raises(rules.SystemNotAsked):
            check()
        connect(server.port, private=False)
        with pytest.raises(rules.SystemNotAsked):
            check()
    assert SystemState.objects.get().code == "address-refused"
    assert server.asked == []
    assert not WrongPins.objects.filter(count__gt=0).exists()


def test_a_probe_gets_a_token_and_asks_about_nobody(oulu):
    with koha({}) as server:
        define("outi", "001")
        connect(server.port)
        system = LibrarySystem.objects.get()
        assert library_systems.reach(system, today=TODAY, now=NOW) is True
    assert (server.tokens, server.asked) == (1, [])
    assert library_systems.reach(system, today=TODAY, now=NOW) is False


def test_the_test_tool_shows_names_of_fields_and_no_values(oulu):
    with koha({CARD: Person(PIN, record={**TOLD, "extended_attributes": ATTRIBUTES})}) as server:
        define("outi", "001")
        connect(server.port, mapping={**MAPPING, "home": "extended_attributes.KOTIKUNTA"})
        tried = testing.try_card(by=BY, system="outi", card=CARD, pin=PIN, now=NOW, today=TODAY, real_now=NOW)
    assert tried.good
    assert [step.name.value for step in tried.steps] == [
        *("route", "resolve", "connect", "login", "question", "fields", "decision"),
        *("question", "fields", "attributes"),
    ]
    shown = steps(tried)
    assert shown["resolve"] == {"host": "127.0.0.1", "address": "127.0.0.1"}
    assert shown["connect"]["encrypted"].startswith("TLSv1")
    assert shown["connect"]["port"] == str(server.port)
    assert shown["question"] == {"message": "/api/v1/patrons/…"}
    assert shown["fields"]["extended_attributes.KOTIKUNTA"] == "(4)"
    assert shown["fields"]["extended_attributes.SSN"] == "(11)"
    assert shown["fields"]["city"] == "(4)"
    assert shown["fields"]["cardnumber"] == "…23"
    assert shown["fields"]["home.code"] == "(3)"
    assert not any(
        secret in repr(tried.steps)
        for secret in (CARD, PIN, "kohasecret", "2012", "token-", "010190", "Mäkelä")
    )


def test_the_test_tool_shows_where_the_way_to_koha_breaks_off_and_sends_nothing(oulu):
    with koha({CARD: Person(PIN)}) as server:
        define("outi", "001")
        for more, broken, step in (
            ({"private": False}, "address-refused", "resolve"),
            ({"ca": ""}, "tls", "connect"),
        ):
            connect(server.port, **more)
            tried = testing.try_card(
                by=BY, system="outi", card=CARD, pin=PIN, now=NOW, today=TODAY, real_now=NOW
            )
            assert not tried.good
            assert [one.name.value for one in tried.steps if not one.ok][-2:] == [step, "result"]
            assert steps(tried)["result"] == {"code": broken}
        assert "unable to get local issuer" in steps(tried)["connect"]["why"]
    assert (server.tokens, server.asked) == (0, [])


def test_a_day_without_a_connection_asks_nobody(oulu):
    define("outi", "001")
    with pytest.raises(rules.SystemNotAsked):
        check()
    assert not SystemState.objects.exists()
