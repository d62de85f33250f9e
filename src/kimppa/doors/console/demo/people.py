"""Invented people: five on the staff, and residents' cards in local directories. All marked as demo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kimppa.commons.members import people
from kimppa.commons.members.roles import Role, Scope, ScopeKind
from kimppa.elibrary.patrons import services as patrons
from kimppa.foundation.accounts import services as accounts
from kimppa.foundation.accounts.actors import Operator

PASSWORD = "kimppa-esimerkki-2022"  # noqa: S105 - of demo accounts, which `serve` refuses to run with
PIN = "1234"


@dataclass(frozen=True, slots=True)
class DemoStaff:
    email: str
    name: str
    role: Role
    scope: Scope


@dataclass(frozen=True, slots=True)
class DemoCard:
    system: str
    library: str
    card: str
    home: str
    place: str


CONSORTIUM = Scope.consortium()
STAFF = (
    DemoStaff("koordinaattori@kimppa.example", "Kaisa Koordinaattori", Role.COORDINATOR, CONSORTIUM),
    DemoStaff(
        "vastuu@kimppa.example", "Veikko Vastuu", Role.RESPONSIBLE_PERSON, Scope(ScopeKind.AREA, "lappi")
    ),
    DemoStaff("johtaja@kimppa.example", "Saara Johtaja", Role.DIRECTOR, Scope.municipality("742")),
    DemoStaff("talous@kimppa.example", "Taneli Talous", Role.FINANCE, CONSORTIUM),
    DemoStaff("kirjasto@kimppa.example", "Utu Kirjasto", Role.LIBRARY_STAFF, Scope.municipality("890")),
)
# Invented numbers: no real library gives cards that begin with ESIM.
CARDS = (
    DemoCard("outi", "OUTI-kirjastot", "ESIM 1000 001", "564", "Oulu"),
    DemoCard("lappi", "Lapin kirjasto", "ESIM 2000 001", "698", "Rovaniemi"),
    DemoCard("lappi", "Lapin kirjasto", "ESIM 2000 002", "890", "Utsjoki"),
    DemoCard("joki", "Joki-kirjastot", "ESIM 3000 001", "977", "Ylivieska"),
    DemoCard("kainet", "Kainet-kirjastot", "ESIM 4000 001", "205", "Kajaani"),
    DemoCard("sotkamo", "Sotkamon kirjasto", "ESIM 5000 001", "765", "Sotkamo"),
)
KIMPPA_SYSTEMS = ("outi", "joki", "lappi", "kainet")


def load(*, by: Operator, now: datetime, real_now: datetime) -> None:
    """Staff with roles since the e-library began, local directories, and cards."""
    for person in STAFF:
        user = accounts.add_demo_user(
            email=person.email, name=person.name, language="fi", password=PASSWORD, now=real_now
        )
        people.give_role(
            by=by,
            user_id=user.pk,
            role=person.role,
            scope=person.scope,
            valid_from=date(2021, 1, 1),
            valid_to=None,
            now=now,
        )
    names = {card.system: card.library for card in CARDS}
    for slug, name in names.items():
        patrons.define_local_system(
            by=by,
            slug=slug,
            name_fi=name,
            name_sv=name,
            name_en=name,
            kimppa=slug if slug in KIMPPA_SYSTEMS else "",
            municipality="765" if slug == "sotkamo" else "",
            demo=True,
            now=now,
        )
    for card in CARDS:
        patrons.add_local_card(
            by=by,
            system=card.system,
            card=card.card,
            pin=PIN,
            stable_id=card.card,
            home=card.home,
            demo=True,
            now=now,
        )


def sign_ins() -> dict[str, list[dict[str, str]]]:
    """What `run` prints: the demo's ways in."""
    return {
        "residents": [{"library": c.library, "card": c.card, "pin": PIN, "home": c.place} for c in CARDS],
        "staff": [{"role": str(p.role), "email": p.email, "password": PASSWORD} for p in STAFF],
    }
