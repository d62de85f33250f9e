"""A film service of OUTI's members, with one connection of each way."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from kimppa.commons.members.models import Kimppa, KimppaMembership, Membership, Municipality, Region
from kimppa.commons.platforms import services as platforms
from kimppa.elibrary.access import services
from kimppa.elibrary.access.rules import Way
from kimppa.elibrary.patrons import services as patrons
from kimppa.elibrary.patrons.models import LibrarySystem
from kimppa.foundation.accounts.actors import Operator

BY = Operator("test")
NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)
TODAY = date(2022, 11, 15)
CARD, PIN = "OUTI0000001", "1234"
CHILD, STRANGER = "OUTI0000002", "LAPPI00001"
BACK = "https://films.example/back"
START = "https://films.example/start"


@pytest.fixture
def films(db: None) -> str:
    """The world of these tests."""
    return make_films()


def make_films() -> str:
    """The service `films` for Oulu, whose cards OUTI checks; Rovaniemi's kimppa is no member."""
    region = Region.objects.create(code="17", name_fi="Pohjois-Pohjanmaa")
    for slug, code, name, pattern in (
        ("outi", "564", "Oulu", "OUTI[0-9]{7}"),
        ("lapin-kirjasto", "698", "Rovaniemi", "LAPPI[0-9]{5}"),
    ):
        place = Municipality.objects.create(code=code, name_fi=name, region=region)
        kimppa = Kimppa.objects.create(slug=slug, name_fi=slug)
        KimppaMembership.objects.create(kimppa=kimppa, municipality=place)
        patrons.define_local_system(
            by=BY, slug=slug, name_fi=slug, name_sv="", name_en="", kimppa=slug, demo=True, now=NOW
        )
        LibrarySystem.objects.filter(slug=slug).update(card_pattern=pattern, institution=slug)
    Membership.objects.create(municipality=Municipality.objects.get(code="564"))
    for card, system, home in ((CARD, "outi", "564"), (CHILD, "outi", ""), (STRANGER, "lapin-kirjasto", "")):
        patrons.add_local_card(
            by=BY, system=system, card=card, pin=PIN, stable_id=card, home=home, demo=True, now=NOW
        )
    platforms.define_platform(by=BY, slug="films", name="Films", contents=[], now=NOW)
    platforms.take_into_use(by=BY, slug="films", valid_from=None, now=NOW)
    platforms.entitle(by=BY, slug="films", valid_from=None, now=NOW)
    return "films"


def connect(
    way: Way, *, platform: str = "films", told=("entitled", "age_group"), back: str = BACK, start: str = START
) -> services.NewSecret:
    """A connection that is ready to be used."""
    made = services.add_connection(by=BY, platform=platform, way=way, name="Films Oy", now=NOW)
    services.set_up(
        by=BY,
        client_id=made.client_id,
        setup=services.Setup(
            name="Films Oy",
            networks=(),
            rate_per_minute=120,
            redirect_uris=(back,) if way is Way.OIDC else (),
            post_logout_redirect_uris=("https://films.example/bye",) if way is Way.OIDC else (),
            launch_address=start,
            told=told,
        ),
        today=TODAY,
        now=NOW,
    )
    return made
