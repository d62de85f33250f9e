"""Reading how library systems are connected, for the back office. No secret is ever read here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from kimppa.commons.members.models import Kimppa, Library, Municipality
from kimppa.elibrary.patrons import mapping
from kimppa.elibrary.patrons.connected import opened_secrets, row_of_day
from kimppa.elibrary.patrons.connections import Kind
from kimppa.elibrary.patrons.models import LibrarySystem, SystemConnection, SystemState
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.text import in_language


@dataclass(frozen=True, slots=True)
class ConnectedRow:
    """A library system in the list. `kind` is empty where it is not connected on the day."""

    slug: str
    name_fi: str
    name_sv: str
    name_en: str
    owner_fi: str
    owner_sv: str
    owner_en: str
    kind: str
    down_since: datetime | None
    last_good: datetime | None
    code: str
    example: bool

    def name(self, language: str) -> str:
        return in_language(language, fi=self.name_fi, sv=self.name_sv, en=self.name_en)

    def owner(self, language: str) -> str:
        return in_language(language, fi=self.owner_fi, sv=self.owner_sv, en=self.owner_en)


@dataclass(frozen=True, slots=True)
class SystemDetail:
    """A library system as it is edited."""

    row: ConnectedRow
    kimppa: str
    library: str
    municipality: str
    card_pattern: str
    institution: str
    locks_after: int | None
    trust_hours: int
    outage_hours: int


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A connection of some time. `secrets` are the names of those that are kept."""

    kind: str
    valid_from: date | None
    valid_to: date | None
    settings: Mapping[str, object]
    mapping: Mapping[str, object]
    secrets: frozenset[str]


def connected_systems(on: date) -> tuple[ConnectedRow, ...]:
    """Every library system with its connection of the day and how it stands, by name."""
    systems = LibrarySystem.objects.select_related("kimppa", "library", "municipality").order_by("name_fi")
    states = {state.system_id: state for state in SystemState.objects.all()}
    kinds: dict[int, str] = {}
    for row in SystemConnection.objects.order_by("valid_from"):
        begun = row.valid_from is None or row.valid_from <= on
        if begun and (row.valid_to is None or row.valid_to >= on):
            kinds[row.system_id] = row.kind
    return tuple(_row(one, kinds.get(one.pk, ""), states.get(one.pk)) for one in systems)


def system(slug: str, on: date) -> SystemDetail | None:
    """One library system; None where there is none of that name."""
    one = LibrarySystem.objects.select_related("kimppa", "library", "municipality").filter(slug=slug).first()
    if one is None:
        return None
    row = row_of_day(one, on)
    state = SystemState.objects.filter(system=one).first()
    return SystemDetail(
        row=_row(one, row.kind if row else "", state),
        kimppa=one.kimppa.slug if one.kimppa else "",
        library=one.library.slug if one.library else "",
        municipality=one.municipality.code if one.municipality else "",
        card_pattern=one.card_pattern,
        institution=one.institution,
        locks_after=one.locks_after,
        trust_hours=one.trust_hours,
        outage_hours=one.outage_hours,
    )


def is_known(slug: str) -> bool:
    """Whether there is a library system of that short name, connected or not."""
    return LibrarySystem.objects.filter(slug=slug).exists()


def connections_of(slug: str) -> tuple[ConnectionRow, ...]:
    """Every connection of a system, the newest first."""
    rows = SystemConnection.objects.filter(system__slug=slug).order_by("-valid_from", "-pk")
    return tuple(
        ConnectionRow(r.kind, r.valid_from, r.valid_to, dict(r.settings), dict(r.mapping), _names(r))
        for r in rows
    )


def latest_connection(slug: str) -> ConnectionRow | None:
    """The connection without a last day, which a new one would follow."""
    return next((row for row in connections_of(slug) if row.valid_to is None), None)


def is_card_the_person(row: ConnectionRow) -> bool:
    """Whether a changed card makes another person, because no lasting number is named."""
    return row.kind not in (Kind.LOCAL, Kind.OIDC) and not mapping.reading_of(row.mapping).stable_id


def _names(row: SystemConnection) -> frozenset[str]:
    try:
        return frozenset(opened_secrets(row))
    except (KimppaError, ValueError):
        return frozenset()


def _row(one: LibrarySystem, kind: str, state: SystemState | None) -> ConnectedRow:
    owner = one.kimppa or one.library or one.municipality
    return ConnectedRow(
        slug=one.slug,
        name_fi=one.name_fi,
        name_sv=one.name_sv,
        name_en=one.name_en,
        owner_fi=owner.name_fi if owner else "",
        owner_sv=owner.name_sv if owner else "",
        owner_en=owner.name_en if owner else "",
        kind=kind or (Kind.LOCAL.value if one.kind == Kind.LOCAL else ""),
        down_since=state.down_since if state else None,
        last_good=state.last_good if state else None,
        code=state.code if state else "",
        example=one.is_demo,
    )


def possible_owners() -> tuple[tuple[str, str, str], ...]:
    """Whose a library system can be: (`kimppa` | `library` | `municipality`, its key, its Finnish name)."""
    kimppas = Kimppa.objects.order_by("name_fi").values_list("slug", "name_fi")
    libraries = Library.objects.order_by("name_fi").values_list("slug", "name_fi")
    places = Municipality.objects.filter(ended_on__isnull=True).order_by("name_fi")
    return (
        *(("kimppa", slug, name) for slug, name in kimppas),
        *(("library", slug, name) for slug, name in libraries),
        *(("municipality", code, name) for code, name in places.values_list("code", "name_fi")),
    )
