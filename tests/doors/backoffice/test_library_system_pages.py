"""A library system is put on the list, connected, its fields named and tried, all from pages."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from tests.consortium.governance.conftest import user
from tests.elibrary.patrons.counterparts import Person, certificates, koha, library_system

from kimppa.commons.members.models import Kimppa, Municipality, Region
from kimppa.elibrary.patrons import sip2_wire
from kimppa.elibrary.patrons.models import LibrarySystem, Patron, SystemConnection, SystemState, WrongPins
from kimppa.foundation.core import clock

pytestmark = pytest.mark.django_db
HERE = "/en/backoffice/library-systems/"
CARD, PIN = "285A123123", "7391"
SYSTEM = {
    "slug": "outi",
    "name_fi": "OUTI",
    "owner": "kimppa:outi-kirjastot",
    "card_pattern": "285A[0-9]{6}",
    "locks_after": "5",
    "trust_hours": "720",
    "outage_hours": "72",
}


@pytest.fixture
def office() -> Iterator[Client]:
    Kimppa.objects.create(slug="outi-kirjastot", name_fi="OUTI-kirjastot")
    region = Region.objects.create(code="17", name_fi="Pohjois-Pohjanmaa")
    Municipality.objects.create(code="564", name_fi="Oulu", region=region)
    client = Client()
    client.force_login(user("Saara", "coordinator"))
    yield client
    sip2_wire.close_all()


def text(client: Client, path: str) -> str:
    return html.unescape(client.get(path).content.decode())


def sip2(port: int, **more: str) -> dict[str, str]:
    return {
        "host": "127.0.0.1",
        "port": str(port),
        "tls": "on",
        "private": "on",
        "ca": certificates()[0],
        "tls_name": "localhost",
        "user": "hub",
        "login_password": "söpö",
        "institution": "OUTI",
        "message": "63",
        "encoding": "utf-8",
        "terminator": "CR",
        "checksum": "on",
        "timeout": "2",
        "at_once": "4",
        **more,
    }


def test_from_nothing_to_a_tried_connection(office: Client) -> None:
    assert "No library system yet" in text(office, HERE)
    assert office.post(f"{HERE}add/", SYSTEM).status_code == 302
    assert "Not connected: nobody can sign in" in text(office, f"{HERE}outi/")
    with library_system({CARD: Person(PIN)}) as server:
        assert office.post(f"{HERE}outi/by/sip2/", sip2(server.port)).status_code == 302
        fields = {"home": "BD", "home_by": "name", "age_by": "age", "blocking_flags": ["card-lost"]}
        assert office.post(f"{HERE}outi/fields/", fields).status_code == 302
        response = office.post(f"{HERE}outi/test/", {"card": CARD, "pin": PIN})
        shown = html.unescape(response.content.decode())
        assert "The card would get in" in shown
        wrong = html.unescape(
            office.post(f"{HERE}outi/test/", {"card": CARD, "pin": "0000"}).content.decode()
        )
    assert response["Cache-Control"] == "no-store"
    for said in ("TLSv1", "…23", "present, 12 characters", "564", "By its pattern"):
        assert said in shown
    assert "tries left: 2" in wrong
    for secret in (CARD, PIN, "söpö", "Mäkelä"):
        assert secret not in shown + wrong
    assert WrongPins.objects.get().count == 1
    assert not Patron.objects.exists()
    page = text(office, f"{HERE}outi/")
    assert "A new card is a new person" in page
    assert "BD" in page
    assert "Works" in text(office, HERE)


def test_secrets_are_never_on_a_page_and_stay_when_left_empty(office: Client) -> None:
    office.post(f"{HERE}add/", SYSTEM)
    office.post(f"{HERE}outi/by/sip2/", sip2(6001))
    form = text(office, f"{HERE}outi/by/sip2/")
    assert "söpö" not in form
    assert "One is kept. Empty: it stays." in form
    assert office.post(f"{HERE}outi/by/sip2/", sip2(6001, login_password="", location="X")).status_code == 302
    assert SystemConnection.objects.get().settings["location"] == "X"
    moved = office.post(f"{HERE}outi/by/sip2/", sip2(6002, login_password=""))
    assert moved.status_code == 422
    assert "has to be written again" in html.unescape(moved.content.decode())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tls": "", "private": ""}, "Without encryption a card and its PIN could be read on the way"),
        ({"host": "https://x"}, "This is not the name of a server"),
        ({"ca": "nonsense"}, "This cannot be read as certificates"),
        ({"port": "0"}, "1"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(office: Client, change: dict[str, str], said: str) -> None:
    office.post(f"{HERE}add/", SYSTEM)
    given = {name: value for name, value in (sip2(6001) | change).items() if value}
    response = office.post(f"{HERE}outi/by/sip2/", given)
    assert response.status_code == 422
    assert said in html.unescape(response.content.decode())
    assert not SystemConnection.objects.exists()


def test_seldom_settings_are_folded_until_one_is_unusual(office: Client) -> None:
    office.post(f"{HERE}add/", SYSTEM)
    folded = '<details class="disclosure disclosure--in-form"><summary>Dialect'
    assert folded in text(office, f"{HERE}outi/by/sip2/")
    plain = {name: value for name, value in sip2(6001).items() if name not in {"private", "ca", "tls_name"}}
    assert office.post(f"{HERE}outi/by/sip2/", plain | {"timeout": "8", "at_once": "10"}).status_code == 302
    assert folded in text(office, f"{HERE}outi/by/sip2/")
    assert office.post(f"{HERE}outi/by/sip2/", plain | {"encoding": "cp850"}).status_code == 302
    assert folded not in text(office, f"{HERE}outi/by/sip2/")


def test_koha_is_connected_and_a_later_connection_takes_its_place_from_its_day(office: Client) -> None:
    office.post(f"{HERE}add/", SYSTEM)
    with koha({CARD: Person(PIN)}) as server:
        given = {
            "url": f"https://127.0.0.1:{server.port}",
            "user": "hub",
            "client_secret": "kohasecret",
            "timeout": "5",
            "at_once": "4",
            "private": "on",
            "ca": certificates()[0],
        }
        assert office.post(f"{HERE}outi/by/koha/", given).status_code == 302
        shown = office.post(f"{HERE}outi/test/", {"card": CARD, "pin": PIN}).content.decode()
    assert "The card would get in" in shown
    assert "patron_id" in shown
    later = clock.today() + timedelta(days=30)
    assert office.post(f"{HERE}outi/by/sip2/", sip2(6001, valid_from=later.isoformat())).status_code == 302
    assert [row.kind for row in SystemConnection.objects.order_by("pk")] == ["koha", "sip2"]
    assert "Koha (international)" in text(office, HERE)


def test_a_system_that_is_down_says_since_when_and_why(office: Client) -> None:
    office.post(f"{HERE}add/", SYSTEM)
    office.post(f"{HERE}outi/by/sip2/", sip2(6001))
    SystemState.objects.create(
        system=LibrarySystem.objects.get(), failures=6, down_since=clock.real_now(), code="timeout"
    )
    assert "Down" in text(office, HERE)
    page = text(office, f"{HERE}outi/")
    assert "Down since" in page
    assert "The answer did not come in time." in page


def test_a_bad_pattern_and_a_second_owner_are_refused_in_words(office: Client) -> None:
    bad = office.post(f"{HERE}add/", SYSTEM | {"card_pattern": "(a+)+"})
    assert bad.status_code == 422
    assert "This pattern cannot be used" in bad.content.decode()
    office.post(f"{HERE}add/", SYSTEM)
    again = office.post(f"{HERE}add/", SYSTEM | {"slug": "toinen"})
    assert "It already has a library system" in again.content.decode()
    assert LibrarySystem.objects.count() == 1
    assert office.post(f"{HERE}outi/edit/", SYSTEM | {"name_fi": "OUTI 2"}).status_code == 302
    assert LibrarySystem.objects.get().name_fi == "OUTI 2"


@pytest.mark.parametrize(
    "path", ["none/", "none/edit/", "none/test/", "none/fields/", "outi/by/local/", "outi/by/x/"]
)
def test_what_is_not_there_is_not_found(office: Client, path: str) -> None:
    office.post(f"{HERE}add/", SYSTEM)
    assert office.get(HERE + path).status_code == 404
