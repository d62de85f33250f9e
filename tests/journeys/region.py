"""Two kimppas with a library system each, and e-services for both: what the journeys of sign-on begin with.

Imported by a process of the installation's own (tests.home.Home.ask), hence nothing of the test runner here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from kimppa.commons.health import counting, watching
from kimppa.commons.health import services as health
from kimppa.commons.members.models import Kimppa, KimppaMembership, Membership, Municipality, Region
from kimppa.commons.platforms import services as platforms
from kimppa.elibrary.access import rules, services
from kimppa.elibrary.access.rules import Way
from kimppa.elibrary.patrons import connecting, library_systems
from kimppa.elibrary.patrons.models import LibrarySystem
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.core import clock

BY = Operator("test")
MINUTE = timedelta(minutes=1)
# Slug, name, municipality, its name, the pattern of cards.
KIMPPAS = (
    ("outi", "OUTI-kirjastot", "564", "Oulu", "OUTI[0-9]{7}"),
    ("lappi", "Lapin kirjasto", "698", "Rovaniemi", "LAPPI[0-9]{5}"),
)


def members(ports: dict[str, int], ca: str) -> None:
    """Oulu and Rovaniemi, whose cards are asked about by SIP2 over TLS at those ports of this machine."""
    now = clock.real_now()
    region = Region.objects.create(code="17", name_fi="Pohjoinen")
    for slug, name, code, place_name, pattern in KIMPPAS:
        place = Municipality.objects.create(code=code, name_fi=place_name, region=region)
        kimppa = Kimppa.objects.create(slug=slug, name_fi=name)
        KimppaMembership.objects.create(kimppa=kimppa, municipality=place)
        Membership.objects.create(municipality=place)
        owner = connecting.Owner(kimppa=slug)
        connecting.define_system(
            by=BY, slug=slug, names=(name, "", ""), owner=owner, card_pattern=pattern, now=now
        )
        settings = {"host": "127.0.0.1", "port": ports[slug], "private": True, "ca": ca, "timeout": 2}
        settings |= {"tls_name": "localhost", "user": "hub", "institution": "OUTI"}
        connecting.connect(
            by=BY,
            system=slug,
            kind="sip2",
            settings=settings,
            secrets={"login_password": "söpö"},
            mapping={"home": "BD", "home_by": "name"},
            valid_from=None,
            now=now,
        )


def connected(slug: str, way: str, *, start: str = "", back: str = "") -> list[str]:
    """An e-service for all members by one way in; its client id and secret."""
    now = clock.real_now()
    platforms.define_platform(by=BY, slug=slug, name=slug.title(), contents=[], now=now)
    platforms.take_into_use(by=BY, slug=slug, valid_from=None, now=now)
    platforms.entitle(by=BY, slug=slug, valid_from=None, now=now)
    made = services.add_connection(by=BY, platform=slug, way=Way(way), name=slug.title(), now=now)
    setup = services.Setup(
        name=slug.title(),
        rate_per_minute=rules.RATE_MOST,
        redirect_uris=(back,) if back else (),
        launch_address=start,
        told=("entitled",),
    )
    services.set_up(by=BY, client_id=made.client_id, setup=setup, today=clock.today(), now=now)
    return [made.client_id, made.secret]


def watched(since: datetime) -> None:
    """Both library systems stand on the public page, and a disruption of each opens an incident."""
    for slug, name, _code, _place, _pattern in KIMPPAS:
        told = health.TargetSettings(health.Words(name), public=True, watched=True)
        health.add_target(by=BY, key=f"library-system:{slug}", told=told, now=since)


def asked_each_minute(first: datetime, minutes: int, *slugs: str) -> None:
    """The worker's minutes, each at its moment. The systems are really asked, without a card."""
    systems = [LibrarySystem.objects.get(slug=slug) for slug in slugs]
    for number in range(minutes):
        moment = first + MINUTE * number
        for system in systems:
            library_systems.reach(system, today=clock.today(), now=moment)
        watching.judge(now=moment)


def judged_and_counted(upto: datetime) -> None:
    """What the worker does each minute and each hour, until that moment."""
    watching.judge(now=upto)
    counting.roll_up(now=upto)
