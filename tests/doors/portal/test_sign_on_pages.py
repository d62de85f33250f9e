"""A resident's devices, an outage told honestly, why a service is closed, and the app without a network."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from tests.elibrary.conftest import BY, NOW
from tests.north import load_services

from kimppa.commons.health.models import Incident, Target
from kimppa.commons.members.models import Kimppa, KimppaMembership, Municipality
from kimppa.commons.platforms import services as platforms
from kimppa.commons.platforms import terms
from kimppa.commons.platforms.entitlement import AccessRule
from kimppa.commons.platforms.rules import Content
from kimppa.doors.web.devices import device_name
from kimppa.elibrary.patrons import services as patrons
from kimppa.elibrary.patrons.models import LibrarySystem, Patron, PatronSession, SystemState
from kimppa.elibrary.patrons.rules import SystemNotAsked
from kimppa.foundation.core import clock, secrets

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture(autouse=True)
def the_north(db: None) -> None:
    """The region's members, OUTI as a kimppa's system, one e-service; the demo's day."""
    load_services(BY, NOW)
    patrons.define_local_system(
        by=BY, slug="outi", name_fi="OUTI", name_sv="OUTI", name_en="OUTI", demo=True, now=NOW
    )
    for card in ("111", "222"):
        patrons.add_local_card(
            by=BY, system="outi", card=card, pin="1234", stable_id=card, home="564", demo=True, now=NOW
        )
    secrets.create_missing()
    clock.set_offset(NOW - clock.real_now() + timedelta(seconds=5))
    kimppa, _ = Kimppa.objects.get_or_create(slug="test-outi", defaults={"name_fi": "OUTI"})
    for code in ("564", "244"):
        KimppaMembership.objects.filter(municipality__code=code).delete()
        KimppaMembership.objects.create(kimppa=kimppa, municipality=Municipality.objects.get(code=code))
    LibrarySystem.objects.filter(slug="outi").update(kimppa=kimppa)
    platforms.define_platform(by=BY, slug="films", name="Films", contents=[Content.FILM], now=NOW)
    platforms.take_into_use(by=BY, slug="films", valid_from=None, now=NOW)
    platforms.entitle(by=BY, slug="films", valid_from=None, now=NOW)


def sign_in(card: str = "111", agent: str = FIREFOX, **more: str) -> Client:
    client = Client(headers={"User-Agent": agent})
    client.post("/en/sign-in/", {"system": "outi", "card": card, "pin": "1234", **more})
    return client


def page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


def test_a_shared_device_keeps_its_cookie_until_the_browser_closes_and_ones_own_for_weeks():
    shared = sign_in().cookies["kimppa_patron"]
    own = sign_in(own="on").cookies["kimppa_patron"]
    assert shared["max-age"] == ""
    assert own["max-age"] == 45 * 24 * 3600
    assert list(PatronSession.objects.order_by("pk").values_list("remembered", flat=True)) == [False, True]


def test_the_library_is_chosen_already_the_next_time_and_the_card_never_is():
    patrons.define_local_system(
        by=BY, slug="lappi", name_fi="Lappi", name_sv="", name_en="", demo=True, now=NOW
    )
    assert 'value="outi" selected' not in page(Client(), "/en/sign-in/")
    client = sign_in()
    kept = client.cookies["kimppa_library"]
    assert (kept.value, kept["httponly"], kept["max-age"]) == ("outi", True, 365 * 24 * 3600)
    client.post("/en/sign-out/")
    again = page(client, "/en/sign-in/")
    assert '<option value="outi" selected>' in again
    assert "111" not in again
    refused = Client()
    refused.post("/en/sign-in/", {"system": "lappi", "card": "111", "pin": "0000"})
    assert "kimppa_library" not in refused.cookies


def test_an_outage_met_at_sign_in_names_the_library_system_and_says_what_works(monkeypatch):
    def silent(*args: object, **more: object) -> None:
        raise SystemNotAsked(system="OUTI")

    monkeypatch.setattr("kimppa.elibrary.patrons.checks.ask", silent)
    answer = Client().post("/en/sign-in/", {"system": "outi", "card": "111", "pin": "1234"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "120")
    told = answer.content.decode()
    assert "OUTI does not answer just now" in told
    assert "1234" not in told
    assert not PatronSession.objects.exists()


def test_in_the_library_a_device_is_not_taken_for_ones_own():
    tick = 'name="own"'
    before = page(Client(), "/en/sign-in/")
    assert "checked" in before[before.index(tick) - 80 : before.index(tick) + 80]
    terms.add_network(by=BY, code="564", network="192.0.2.0/24", now=NOW)
    inside = Client(REMOTE_ADDR="192.0.2.9")
    after = page(inside, "/en/sign-in/")
    assert "checked" not in after[after.index(tick) - 80 : after.index(tick) + 80]


def test_my_devices_names_each_and_signs_one_out():
    here, there = sign_in(), sign_in(agent="KOReader/2025.10 (Kobo)")
    listed = page(here, "/en/me/devices/")
    assert "Firefox, Windows" in listed
    assert "KOReader, Kobo" in listed
    other = PatronSession.objects.exclude(device="Firefox, Windows").get()
    here.post(f"/en/me/devices/{other.handle}/end/")
    assert there.get("/en/me/").status_code == 302
    assert here.get("/en/me/").status_code == 200


def test_a_device_that_is_not_ones_own_is_not_there_and_stays_in():
    here, other = sign_in(), sign_in("222")
    foreign = PatronSession.objects.latest("pk").handle
    for handle in (foreign, "0" * 16):
        answer = here.post(f"/en/me/devices/{handle}/end/")
        assert answer.status_code == 404
        told = answer.content.decode()
        assert "There is no such device among yours, or it is signed out already." in told
        assert "That device is signed out." not in told
        assert "Firefox, Windows" in told
    assert other.get("/en/me/").status_code == 200
    assert PatronSession.objects.count() == 2


def test_signing_out_everywhere_leaves_no_device_in():
    clients = [sign_in(), sign_in()]
    assert clients[0].post("/en/me/sign-out-everywhere/").status_code == 302
    assert [client.get("/en/me/").status_code for client in clients] == [302, 302]
    assert not PatronSession.objects.exists()


def test_what_a_browser_says_of_itself_is_kept_as_two_words_only():
    assert device_name(FIREFOX) == "Firefox, Windows"
    assert device_name("curl/8.5") == ""
    assert device_name("x" * 100_000) == ""
    sign_in()
    assert PatronSession.objects.get().device == "Firefox, Windows"


def down() -> None:
    SystemState.objects.create(system=LibrarySystem.objects.get(slug="outi"), down_since=clock.real_now())


def test_whoever_is_in_is_told_of_the_outage_on_every_page_and_others_are_not():
    client = sign_in()
    down()
    for path in ("/en/", "/en/services/", "/en/me/"):
        assert "OUTI does not answer just now" in page(client, path)
    assert "does not answer" not in page(Client(), "/en/")


def incident(key: str, name: str) -> None:
    now = clock.real_now() - timedelta(minutes=5)
    target = Target.objects.create(
        key=key, kind=key.partition(":")[0], name_fi=name, name_en=name, public=True, created=now
    )
    Incident.objects.create(target=target, opened=now)


def test_a_fault_of_a_service_is_told_to_those_to_whom_it_is_open():
    incident("platform:films", "Films")
    words = "Films does not work properly just now"
    assert words in page(sign_in(), "/en/")
    assert words not in page(Client(), "/en/")
    KimppaMembership.objects.filter(kimppa__slug="test-outi").delete()
    assert words not in page(sign_in(), "/en/")


def test_a_fault_of_our_own_is_told_to_everybody():
    incident("hub:portal", "The sign-on hub")
    assert "The sign-on hub does not work properly just now" in page(Client(), "/en/")


def test_why_a_service_is_closed_is_said_in_plain_words():
    assert "Why can’t I open it?" not in page(sign_in(), "/en/services/films/")
    patrons.add_local_card(
        by=BY, system="outi", card="333", pin="1234", stable_id="333", home="564", demo=True,
        age_group="young", now=NOW,
    )  # fmt: skip
    terms.set_terms(by=BY, slug="films", terms=AccessRule(youngest="adult"), valid_from=None, now=NOW)
    told = page(sign_in("333"), "/en/services/films/")
    assert "Why can’t I open it?" in told
    assert "your card is a younger person&#x27;s" in told
    assert "does not tell us your age group" in page(sign_in("111"), "/en/services/")


def test_a_guardian_agrees_with_the_childs_card_and_a_wrong_pin_says_so_without_repeating_it():
    for card, group in (("900", "adult"), ("901", "child")):
        patrons.add_local_card(
            by=BY, system="outi", card=card, pin="1234", stable_id=card, home="564", demo=True,
            age_group=group, now=NOW,
        )  # fmt: skip
    adult = sign_in("900")
    said = {"system": "outi", "card": "901", "agreed": "yes"}
    wrong = adult.post("/en/me/child/", {**said, "pin": "7391"})
    assert wrong.status_code == 409
    assert b"7391" not in wrong.content
    assert adult.post("/en/me/child/", {**said, "pin": "1234"}).status_code == 302
    assert Patron.objects.filter(guardian_consent__isnull=False, age_group="child").count() == 1
    assert sign_in("901").post("/en/me/child/", {**said, "pin": "1234"}).status_code == 409


def test_the_portal_can_be_installed_and_its_worker_keeps_one_page_and_nothing_personal():
    client = sign_in()
    manifest = client.get("/sv/manifest.webmanifest")
    assert manifest["Content-Type"] == "application/manifest+json"
    assert manifest.json()["start_url"] == "/sv/"
    assert {icon["sizes"] for icon in manifest.json()["icons"]} == {"192x192", "512x512"}
    worker = client.get("/sw.js")
    assert worker["Content-Type"].startswith("text/javascript")
    kept = b"".join(worker.streaming_content).decode()
    assert "/offline/" in kept
    assert "/me/" not in kept
    offline = page(client, "/fi/offline/")
    assert "Kirjaudu ulos" not in offline
    assert client.get("/fi/offline/").status_code == 200
