"""Reading mandates: who is bound on a day, and on which paper."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kimppa.commons.members.models import LegalParty
from kimppa.commons.members.queries import areas_on, members_on
from kimppa.consortium.agreements.models import Mandate
from kimppa.consortium.agreements.rules import Purpose
from kimppa.foundation.core.text import in_language, noop


class Bound(StrEnum):
    """How a member stands on a day."""

    BOUND = "bound"
    LATER = "later"
    ENDED = "ended"
    NONE = "none"
    HOLDER = "holder"


BOUND_NAMES: dict[Bound, str] = {
    Bound.BOUND: noop("Bound by a mandate"),
    Bound.LATER: noop("The mandate begins later"),
    Bound.ENDED: noop("The mandate has ended"),
    Bound.NONE: noop("No mandate"),
    Bound.HOLDER: noop("Signs for itself and others"),
}


@dataclass(frozen=True, slots=True)
class MandateRow:
    """`paper` is the diary number of the agreement or decision that the mandate stands on."""

    id: int
    grantor: str
    holder: str
    purpose: str
    valid_from: date | None
    valid_to: date | None
    agreement_id: int | None
    decision_id: int | None
    paper: str
    clause: str


@dataclass(frozen=True, slots=True)
class BoundRow:
    """A member on a day: whether it is bound, and by which mandate."""

    code: str
    name_fi: str
    name_sv: str
    name_en: str
    state: Bound
    mandate: MandateRow | None

    def name(self, language: str) -> str:
        return in_language(language, fi=self.name_fi, sv=self.name_sv, en=self.name_en)


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A legal party that may be chosen on a form."""

    id: int
    name: str
    code: str


def row_of(mandate: Mandate) -> MandateRow:
    """The frozen view of one mandate."""
    paper = mandate.agreement or mandate.decision
    return MandateRow(
        id=mandate.pk,
        grantor=mandate.grantor.name,
        holder=mandate.holder.name,
        purpose=mandate.purpose,
        valid_from=mandate.valid_from,
        valid_to=mandate.valid_to,
        agreement_id=mandate.agreement_id,
        decision_id=mandate.decision_id,
        paper=paper.diary_number if paper else "",
        clause=mandate.clause,
    )


def mandates() -> tuple[MandateRow, ...]:
    """Every mandate ever recorded, the newest first."""
    rows = Mandate.objects.select_related("grantor", "holder", "agreement", "decision")
    return tuple(row_of(row) for row in rows.order_by("-valid_from", "grantor__name", "purpose"))


def mandate(mandate_id: int) -> MandateRow | None:
    """One mandate, or None where there is no such."""
    rows = Mandate.objects.select_related("grantor", "holder", "agreement", "decision")
    found = rows.filter(pk=mandate_id).first()
    return row_of(found) if found else None


def bound_on(day: date, purpose: Purpose) -> tuple[BoundRow, ...]:
    """Who is bound on this day: every member of the day by name, with its mandate for the purpose.

    A city that holds mandates of others on that day acts for itself and needs none.
    """
    rows = Mandate.objects.filter(purpose=purpose.value).select_related(
        "grantor__municipality", "holder__municipality", "agreement", "decision"
    )
    given: dict[str, list[Mandate]] = {}
    holders: set[str] = set()
    for row in rows.order_by("valid_from", "pk"):
        if row.grantor.municipality is not None:
            given.setdefault(row.grantor.municipality.code, []).append(row)
        if row.holder.municipality is not None and _holds(row, day):
            holders.add(row.holder.municipality.code)
    found = []
    for place in members_on(day):
        state, chosen = _standing(given.get(place.code, ()), day)
        if state is not Bound.BOUND and place.code in holders:
            state, chosen = Bound.HOLDER, None
        shown = row_of(chosen) if chosen else None
        found.append(BoundRow(place.code, place.name_fi, place.name_sv, place.name_en, state, shown))
    return tuple(sorted(found, key=lambda one: one.name_fi))


def _standing(rows: Iterable[Mandate], day: date) -> tuple[Bound, Mandate | None]:
    """The mandate that counts: the one in force, else the next to begin, else the last that ended."""
    held = sorted(rows, key=lambda row: row.valid_from or date.min)
    for row in reversed(held):
        if _holds(row, day):
            return Bound.BOUND, row
    for row in held:
        if row.valid_from is not None and row.valid_from > day:
            return Bound.LATER, row
    return (Bound.ENDED, held[-1]) if held else (Bound.NONE, None)


def _holds(row: Mandate, day: date) -> bool:
    begun = row.valid_from is None or row.valid_from <= day
    return begun and (row.valid_to is None or day <= row.valid_to)


def parties() -> tuple[PartyRow, ...]:
    """Every legal party by name."""
    rows = LegalParty.objects.select_related("municipality").order_by("name")
    return tuple(PartyRow(r.pk, r.name, r.municipality.code if r.municipality else "") for r in rows)


def coordinating_codes(day: date) -> frozenset[str]:
    """The codes of the cities that coordinate an area on a day."""
    return frozenset(area.coordinator_code for area in areas_on(day) if area.coordinator_code)
