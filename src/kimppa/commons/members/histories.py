"""A municipality's history on one page: every dated thing about it, oldest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kimppa.commons.members.models import (
    AreaMembership,
    KimppaMembership,
    LegalParty,
    LibraryMunicipality,
    Membership,
    Population,
)
from kimppa.commons.members.queries import OLDEST_FIRST, PopulationRow


@dataclass(frozen=True, slots=True)
class Span:
    """Something that held from a day to a day (both inside; None: not known, or still going on)."""

    what: str
    valid_from: date | None
    valid_to: date | None
    note: str


@dataclass(frozen=True, slots=True)
class PartyRow:
    """Who signs and pays for a municipality."""

    name: str
    business_id: str
    address: str
    fictional: bool


@dataclass(frozen=True, slots=True)
class History:
    memberships: tuple[Span, ...]
    kimppas: tuple[Span, ...]
    areas: tuple[Span, ...]
    libraries: tuple[Span, ...]
    populations: tuple[PopulationRow, ...]
    party: PartyRow | None

    @property
    def open_membership(self) -> bool:
        """Whether it is a member without a last day."""
        return any(span.valid_to is None for span in self.memberships)


def history(code: str) -> History:
    """Everything dated about a municipality; empty tuples where nothing is known."""
    mine = {"municipality__code": code}
    return History(
        memberships=tuple(
            Span("", m.valid_from, m.valid_to, m.note)
            for m in Membership.objects.filter(**mine).order_by(OLDEST_FIRST)
        ),
        kimppas=tuple(
            Span(k.kimppa.name_fi, k.valid_from, k.valid_to, k.note)
            for k in KimppaMembership.objects.filter(**mine).select_related("kimppa").order_by(OLDEST_FIRST)
        ),
        areas=tuple(
            Span(a.area.name_fi, a.valid_from, a.valid_to, "")
            for a in AreaMembership.objects.filter(**mine).select_related("area").order_by(OLDEST_FIRST)
        ),
        libraries=tuple(
            Span(s.library.name_fi, s.valid_from, s.valid_to, "")
            for s in LibraryMunicipality.objects.filter(**mine).select_related("library").order_by("pk")
        ),
        populations=tuple(
            PopulationRow(code, p.residents, p.reference_date, p.source)
            for p in Population.objects.filter(**mine).order_by("reference_date")
        ),
        party=_party(code),
    )


def _party(code: str) -> PartyRow | None:
    found = LegalParty.objects.filter(municipality__code=code).first()
    if found is None:
        return None
    address = ", ".join(part for part in (found.street, f"{found.postal_code} {found.town}".strip()) if part)
    return PartyRow(found.name, found.business_id, address, found.fictional)
