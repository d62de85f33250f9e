"""Residents sign in at their city: a real provider (npm oidc-provider) over TLS, and ones that do wrong."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from tests.consortium.governance.conftest import user
from tests.counterparts.cities import CLIENT, RETURN, City, Faulty, city, faulty, through
from tests.elibrary.conftest import BY, NOW
from tests.elibrary.patrons.counterparts import certificates

from kimppa.commons.members.models import Municipality, Region
from kimppa.elibrary.patrons import connecting, connections
from kimppa.elibrary.patrons.connecting import Owner
from kimppa.elibrary.patrons.models import LibrarySystem, Patron, PatronSession, SystemState
from kimppa.elibrary.patrons.oidc_system import CHECK
from kimppa.foundation.accounts import oidc_client
from kimppa.foundation.accounts.models import AuditEntry, User
from kimppa.foundation.core import clock, secrets

pytestmark = pytest.mark.django_db
PAGE = "/en/sign-in/"


@pytest.fixture(autouse=True)
def place(db: None) -> Iterator[None]:
    region = Region.objects.create(code="17", name_fi="Pohjois-Pohjanmaa")
    for code, name in (("564", "Oulu"), ("139", "Ii")):
        Municipality.objects.create(code=code, name_fi=name, region=region)
    secrets.create_missing()
    oidc_client.forget()
    cache.clear()
    clock.set_offset(NOW - clock.real_now())
    connecting.define_system(
        by=BY,
        slug="oulu",
        names=("Oulun kaupunki", "Uleåborgs stad", "City of Oulu"),
        owner=Owner(municipality="564"),
        now=NOW,
    )
    yield
    oidc_client.forget()


@pytest.fixture(scope="module")
def oulu() -> Iterator[City]:
    with city() as running:
        yield running


def connect(issuer: str, mapping: dict[str, object] | None = None, **more: object) -> None:
    connecting.connect(
        by=BY,
        system="oulu",
        kind="oidc",
        settings={
            "issuer": issuer,
            "user": CLIENT[0],
            "scopes": "profile",
            "private": True,
            "ca": certificates()[0],
            "timeout": 2,
            **more,
        },
        secrets={"client_secret": CLIENT[1]},
        mapping=mapping or {},
        valid_from=None,
        now=NOW,
    )


def leave(client: Client, **more: str) -> str:
    """Choose the library and go on: the city's address that the page leads to."""
    answer = client.post(PAGE, {"system": "oulu", "card": "", "pin": "", **more})
    assert answer.status_code == 200, answer.content.decode()[-2000:]
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', answer.content.decode())
    assert found is not None
    return html.unescape(found[1])


def come_back(client: Client, query: dict[str, str]) -> tuple[int, str]:
    """Along our own redirects; the last status, and where a redirect leads or what the page says."""
    first = client.get(f"/sign-in/return?{urlencode(query)}")
    assert first.status_code == 302
    answer = client.get(first["Location"])
    told = answer["Location"] if answer.status_code == 302 else html.unescape(answer.content.decode())
    return answer.status_code, told


def sign_in(client: Client, **more: str) -> tuple[int, str]:
    return come_back(client, through(leave(client, **more)))


def identity(day: str = "131052", sign: str = "-", number: str = "308") -> str:
    return f"{day}{sign}{number}{CHECK[int(day + number) % 31]}"


def test_there_and_back_with_what_the_city_tells(oulu: City) -> None:
    connect(oulu.issuer, {"home": "municipality", "age": "birthdate", "language": "locale"}, userinfo=True)
    oulu.person("maija-1", municipality="564", birthdate="1990-05-06", locale="sv-FI", name="Maija Mäkelä")
    client = Client()
    assert sign_in(client, next="/en/me/", own="on") == (302, "/en/me/")
    patron = Patron.objects.get()
    assert (patron.home, patron.age_group, patron.language) == ("564", "adult", "sv")
    assert PatronSession.objects.get().remembered
    assert client.get("/en/me/").status_code == 200
    assert client.cookies["kimppa_going"].value == ""
    # Next time the library is chosen, and no card is asked for.
    shown = Client()
    shown.cookies["kimppa_library"] = "oulu"
    page = shown.get(PAGE).content.decode()
    assert "Continue to your city" in page
    assert 'name="pin"' not in page
    other = Client()
    sign_in(other)
    assert Patron.objects.count() == 1
    assert PatronSession.objects.count() == 2


def test_what_is_asked_of_the_city(oulu: City) -> None:
    connect(oulu.issuer, acr_values="high low", scopes="profile library")
    asked = parse_qs(urlsplit(leave(Client())).query)
    assert asked["scope"] == ["openid profile library"]
    assert asked["acr_values"] == ["high low"]
    assert asked["redirect_uri"] == [RETURN]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["ui_locales"] == ["en"]
    assert "prompt" not in asked
    assert parse_qs(urlsplit(leave(Client(), again="1")).query)["prompt"] == ["login"]


@pytest.mark.parametrize("algorithm", ["ES256", "PS256"])
def test_other_signatures_are_understood(algorithm: str) -> None:
    with city(algorithm=algorithm) as running:
        connect(running.issuer)
        running.person("maija-1")
        assert sign_in(Client())[0] == 302


def test_a_card_form_stays_for_the_others(oulu: City) -> None:
    connect(oulu.issuer)
    page = Client().get(PAGE).content.decode()
    assert 'name="pin"' in page
    assert " required" not in page.split('name="pin"')[1].split(">")[0]
    switched = Client()
    switched.cookies["kimppa_library"] = "oulu"
    connecting.define_system(by=BY, slug="ii", names=("Ii", "", ""), owner=Owner(municipality="139"), now=NOW)
    answer = switched.post(PAGE, {"system": "ii"})
    assert answer.status_code == 200
    assert 'name="pin"' in answer.content.decode()


def test_a_level_that_the_city_does_not_confirm_is_refused(oulu: City) -> None:
    connect(oulu.issuer, acr_values="high")
    oulu.person("maija-1", acr="low")
    status, told = sign_in(Client())
    assert status == 409
    assert "level" in told
    oulu.person("maija-1", acr="high")
    assert sign_in(Client())[0] == 302


def test_one_who_goes_back_is_not_signed_in_and_may_try_again(oulu: City) -> None:
    connect(oulu.issuer)
    oulu.refuse()
    client = Client()
    status, where = sign_in(client, next="/en/me/")
    assert (status, where) == (302, "/en/sign-in/?next=%2Fen%2Fme%2F")
    assert "You came back without signing in" in client.get(where).content.decode()
    assert Patron.objects.count() == 0


def test_an_answer_is_good_once_and_in_one_browser(oulu: City) -> None:
    connect(oulu.issuer)
    oulu.person("maija-1")
    client = Client()
    query = through(leave(client))
    kept = client.cookies["kimppa_going"].value
    thief = Client()
    assert come_back(thief, query)[0] == 409
    assert come_back(client, query)[0] == 302
    # Loaded once more by one who is in: simply on. With the old cookie from elsewhere: refused.
    assert come_back(client, query)[0] == 302
    thief.cookies["kimppa_going"] = kept
    status, told = come_back(thief, query)
    assert status == 409
    assert "replayed" in told
    assert PatronSession.objects.count() == 1


def test_another_code_or_another_provider_s_answer_is_refused(oulu: City) -> None:
    connect(oulu.issuer)
    oulu.person("maija-1")
    for change, why in (
        ({"state": "x"}, "state"),
        ({"iss": "https://evil.fi"}, "mix-up"),
        ({"code": "x"}, "token"),
    ):
        client = Client()
        status, told = come_back(client, through(leave(client)) | change)
        assert (status, why in told) == (409, True), change
    # The code that one browser got does not open another: the verifier is not its own.
    first, second = Client(), Client()
    stolen = through(leave(first))["code"]
    assert come_back(second, through(leave(second)) | {"code": stolen})[0] == 409
    assert Patron.objects.count() == 0


FAULTS = {
    "alg none": "algorithm",
    "alg HS256": "algorithm",
    "wrong aud": "audience",
    "two auds": "audience",
    "wrong azp": "audience",
    "wrong nonce": "nonce",
    "no nonce": "nonce",
    "expired": "expired",
    "no exp": "expired",
    "endless exp": "expired",
    "of the future": "issued",
    "other issuer": "issuer",
    "unknown kid": "key-unknown",
    "other key": "signature",
    "no id token": "token",
    "no sub": "subject",
    "sub of numbers": "subject",
    "tells iss": "mix-up",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_provider_that_answers_wrong_signs_nobody_in(fault: str) -> None:
    with faulty(fault) as wrong:
        connect(wrong.issuer)
        client = Client()
        status, told = come_back(client, wrong.go(leave(client)))
    assert (status, FAULTS[fault] in told) == (409, True)
    assert "You are not signed in" in told
    assert Patron.objects.count() == PatronSession.objects.count() == 0


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("issuer of discovery", 409),
        ("endpoint elsewhere", 409),
        ("endpoint plain", 409),
        ("plain pkce only", 409),
        ("implicit only", 409),
        ("redirects inside", 409),
        ("not json", 409),
        ("broken", 409),
        ("hangs", 503),
        ("endless", 503),
    ],
)
def test_a_provider_that_describes_itself_wrong_is_not_gone_to(fault: str, status: int) -> None:
    with faulty(fault) as wrong:
        connect(wrong.issuer, timeout=1)
        answer = Client().post(PAGE, {"system": "oulu"})
    assert answer.status_code == status
    assert b"http-equiv" not in answer.content
    assert SystemState.objects.get().failures == 1


def test_a_right_provider_signs_in_and_new_keys_are_found() -> None:
    with faulty() as right:
        connect(right.issuer)
        client = Client()
        assert come_back(client, right.go(leave(client)))[0] == 302
        right.signing = Faulty().key.generate_key(2048, {"kid": "second"})
        client = Client()
        assert come_back(client, right.go(leave(client)))[0] == 302
        assert right.asked.count("/keys") == 2
    assert Patron.objects.count() == 1


def test_a_token_address_that_hangs_is_told_as_an_outage_and_replays_nothing() -> None:
    with faulty("token hangs") as wrong:
        connect(wrong.issuer, timeout=1)
        client = Client()
        status, told = come_back(client, wrong.go(leave(client)))
    assert status == 503
    assert "City of Oulu does not answer just now" in told
    assert "PIN" not in told.split("What works")[0]


def everything() -> str:
    from io import StringIO

    out = StringIO()
    call_command("dumpdata", stdout=out, exclude=["contenttypes"])
    return out.getvalue()


def test_a_personal_identity_code_stays_nowhere(oulu: City, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    connect(oulu.issuer, {"home": "municipality", "stable_id": "identity"}, userinfo=True, strong="identity")
    code = identity()
    oulu.person("sub-1", identity=code, municipality="564", family=f"x {code}")
    client = Client()
    assert sign_in(client)[0] == 302
    oulu.person("sub-2", identity=f" {code.lower()} ", municipality="139")
    assert sign_in(Client())[0] == 302
    patron = Patron.objects.get()
    assert patron.home == "139"
    kept = everything() + caplog.text + str(client.session.items()) + repr(client.cookies)
    for told in (code, code.lower(), code[:6] + code[7:], "Maija"):
        assert told not in kept
    assert not AuditEntry.objects.filter(after__icontains=code).exists()


@pytest.mark.parametrize("code", ["", "131052-308X", "abc", identity() + "1", "131052*308T"])
def test_strong_identification_needs_a_right_code(oulu: City, code: str) -> None:
    connect(oulu.issuer, userinfo=True, strong="identity")
    oulu.person("sub-9", identity=code)
    status, told = sign_in(Client())
    assert status == 409
    assert "identity" in told
    assert not code or code not in told.replace("identity", "")
    assert Patron.objects.count() == 0


def test_a_blocked_person_is_told_and_has_no_session(oulu: City) -> None:
    connect(oulu.issuer, {"blocked": "blocked"}, userinfo=True)
    oulu.person("sub-b", blocked=True)
    status, told = sign_in(Client())
    assert status == 409
    assert "blocked" in told
    assert PatronSession.objects.count() == 0


def test_a_card_is_never_sent_to_a_city(oulu: City) -> None:
    """An e-service that asks by card about a city's people gets no answer; nothing is counted."""
    from kimppa.elibrary.patrons import checks, rules
    from kimppa.elibrary.patrons.models import WrongPins

    connect(oulu.issuer)
    with pytest.raises(rules.SystemNotAsked):
        checks.check_card(system="oulu", card="123", pin="1234", now=clock.real_now(), today=clock.today())
    assert sum(WrongPins.objects.values_list("count", flat=True)) == 0
    assert not SystemState.objects.filter(failures__gt=0).exists()


def test_the_realms_stay_apart(oulu: City) -> None:
    connect(oulu.issuer)
    oulu.person("maija-1")
    client = Client()
    assert sign_in(client)[0] == 302
    assert "account/sign-in" in client.get("/en/backoffice/")["Location"]
    assert User.objects.count() == 0
    # What residents have under way is no staff sign-in's.
    other = Client()
    query = through(leave(other))
    other.cookies["kimppa_staff_going"] = other.cookies["kimppa_going"].value
    assert other.get(f"/en/backoffice/account/city/returned/?{urlencode(query)}").status_code == 409


def test_it_is_connected_from_the_pages(oulu: City) -> None:
    office = Client()
    office.force_login(user("Saara", "coordinator"))
    here = "/en/backoffice/library-systems/oulu/"
    given = {
        "issuer": oulu.issuer,
        "user": CLIENT[0],
        "client_secret": CLIENT[1],
        "scopes": "profile",
        "private": "on",
        "ca": certificates()[0],
        "timeout": "4",
        "at_once": "4",
    }
    assert office.post(f"{here}by/oidc/", given | {"hosts": "a/b"}).status_code == 422
    assert office.post(f"{here}by/oidc/", given | {"client_secret": ""}).status_code == 422
    assert office.post(f"{here}by/oidc/", given).status_code == 302
    shown = html.unescape(office.get(here).content.decode())
    assert RETURN in shown
    assert "iss + sub" in shown
    assert CLIENT[1] not in shown + html.unescape(office.get(f"{here}by/oidc/").content.decode())
    assert (
        office.post(
            f"{here}fields/", {"home": "municipality", "home_by": "code", "age_by": "age"}
        ).status_code
        == 302
    )
    assert "answers as it should" in html.unescape(office.post(f"{here}test/").content.decode())
    # The secret goes to nobody else: with another issuer it is written again.
    moved = given | {"issuer": "https://other.example.fi", "client_secret": ""}
    assert office.post(f"{here}by/oidc/", moved).status_code == 422
    connect("https://localhost:1")
    failed = html.unescape(office.post(f"{here}test/").content.decode())
    assert "cannot be used" in failed
    row = LibrarySystem.objects.get(slug="oulu").connections.get()
    assert CLIENT[1].encode() not in bytes(row.secrets)


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"issuer": "http://a.fi", "user": "x"}, "issuer"),
        ({"issuer": "https://a.fi"}, "user"),
        ({"issuer": "https://a.fi", "user": "x", "scopes": 'a"b'}, "scopes"),
        ({"issuer": "https://a.fi", "user": "x", "strong": "a b"}, "strong"),
        ({"issuer": "https://a.fi", "user": "x", "hosts": "https://b.fi"}, "hosts"),
        ({"issuer": "https://a.fi", "user": "x", "hosts": "b.fi:0"}, "hosts"),
    ],
)
def test_a_setting_that_cannot_be_is_told_at_its_field(raw: dict[str, object], field: str) -> None:
    with pytest.raises(connections.BadSetting) as caught:
        connections.settings_of(connections.Kind.OIDC, raw)
    assert caught.value.params["field"] == field
