"""What joining or leaving would mean for everybody's share. Writes nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date

from kimppa.commons.members import queries as members
from kimppa.consortium.agreements import accession
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets.shares import shares_of
from kimppa.consortium.invoicing import payer_queries
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import in_language
from kimppa.joint.membership.rules import Kind


@dataclass(frozen=True, slots=True)
class MemberChange:
    """One municipality's shares of the year together, as they stand and as they would be."""

    code: str
    name_fi: str
    name_sv: str
    name_en: str
    before: Cents
    after: Cents

    @property
    def change(self) -> Cents:
        return self.after - self.before

    def name(self, language: str) -> str:
        return in_language(language, fi=self.name_fi, sv=self.name_sv, en=self.name_en)


@dataclass(frozen=True, slots=True)
class LevyChange:
    """One levy of the year: its total as it stands and as it would be."""

    title_fi: str
    title_sv: str
    title_en: str
    before: Cents
    after: Cents

    def title(self, language: str) -> str:
        return in_language(language, fi=self.title_fi, sv=self.title_sv, en=self.title_en)


@dataclass(frozen=True, slots=True)
class Consequences:
    """Every member's change and every levy's; what is lacking before it can be charged or signed."""

    year: int
    members: tuple[MemberChange, ...]
    levies: tuple[LevyChange, ...]
    has_party: bool
    has_payer: bool
    coordinator: str

    @property
    def before(self) -> Cents:
        return Cents(sum(row.before.value for row in self.members))

    @property
    def after(self) -> Cents:
        return Cents(sum(row.after.value for row in self.members))


def consequences(kind: Kind, code: str, day: date, months: int) -> Consequences:
    """What a municipality joining (from `day` on) or leaving (after `day`) would change in that year.

    `months` is what it is charged for in the year. Every levy of the year is reckoned again by its own rule,
    so what is shown is what comes. Raises what the plans raise.
    """
    before: dict[str, int] = defaultdict(int)
    after: dict[str, int] = defaultdict(int)
    levies: list[LevyChange] = []
    for revision in budgets.revisions_of(day.year):
        if not revision.latest:
            continue
        for share in shares_of(revision.id):
            before[share.code] += share.amount.value
        tried = replace(budgets.basis_of(revision), tried=((code, months),))
        planned = budgets.plan(tried)
        for one in planned.shares:
            after[one.code] += one.amount.value
        levies.append(
            LevyChange(revision.title_fi, revision.title_sv, revision.title_en, revision.total, planned.total)
        )
    area = members.area_of(code, day)
    return Consequences(
        year=day.year,
        members=_rows(before, after),
        levies=tuple(levies),
        has_party=accession.party_of(code) is not None,
        has_payer=kind is Kind.LEAVE or payer_queries.payer_of(code, day)[1] is not None,
        coordinator=area.coordinator_code if area else "",
    )


def _rows(before: dict[str, int], after: dict[str, int]) -> tuple[MemberChange, ...]:
    places = {m.code: m for m in members.municipalities()}
    return tuple(
        MemberChange(
            code=code,
            name_fi=places[code].name_fi,
            name_sv=places[code].name_sv,
            name_en=places[code].name_en,
            before=Cents(before.get(code, 0)),
            after=Cents(after.get(code, 0)),
        )
        for code in sorted({*before, *after})
    )
