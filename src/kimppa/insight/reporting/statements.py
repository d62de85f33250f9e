"""A municipality's statement: what its share of a year is made of, what was charged, paid and is open.

Every figure names what it came from: the share, the decision, the clause of the cost annex, the invoice. The
sums are those of `reckoning`, so that the statements of all add up to the levies and the invoices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, Sum

from kimppa.commons.members import queries as members
from kimppa.commons.members.queries import MunicipalityRow
from kimppa.commons.members.roles import Visible
from kimppa.consortium.agreements.models import Agreement
from kimppa.consortium.agreements.queries import AnnexRow, annex_rate
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets.models import CostShare, MemberMonths
from kimppa.consortium.budgets.queries import EVERYTHING, RevisionRow
from kimppa.consortium.budgets.shares import ShareRow, shares_by_id
from kimppa.consortium.invoicing import past_levies
from kimppa.consortium.invoicing import queries as invoicing
from kimppa.consortium.invoicing.ledger_models import PastLevy
from kimppa.consortium.invoicing.models import InternalCharge, InvoiceLine
from kimppa.consortium.invoicing.past_levies import PastRow
from kimppa.consortium.invoicing.queries import InternalRow
from kimppa.consortium.invoicing.rules import Kind
from kimppa.consortium.invoicing.share_words import made_of
from kimppa.foundation.core.errors import Missing
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import in_language, noop
from kimppa.insight.reporting.reckoning import (
    Account,
    Reckoning,
    Sums,
    account_of_line,
    latest_revisions,
    reckon,
)

NOTHING = Cents(0)
NO_SUMS = Sums(*(NOTHING,) * 9)


class NoStatement(Missing):
    code = "no-statement"
    sentence = noop("There is no such municipality, or its money is not yours to see.")


@dataclass(frozen=True, slots=True)
class Part:
    """One levy's share. `exact`: rate × residents × months/12 in euros before rounding, None for a sum.

    `charged` is what stands on invoices and credit notes, `internal` what is booked inside the city;
    `made` says in sentences how a share of a sum came about. `months_decision`: the diary number by which
    the months differ from the levy's own.
    """

    share: ShareRow
    revision: RevisionRow
    annex: AnnexRow | None
    agreement_id: int | None
    exact: Decimal | None
    made: tuple[str, ...]
    months_decision: str
    charged: Cents
    internal: Cents

    @property
    def not_charged(self) -> Cents:
        return self.share.amount - self.charged - self.internal


@dataclass(frozen=True, slots=True)
class Voucher:
    """What one invoice or credit note charges the municipality for the year; `of` names the one it credits.

    Paid and open stand on the invoice. `shared`: it charges other municipalities or years too, so that what
    was paid is dealt by what each has to pay. `taxed`: VAT comes on top; the sums here are without it.
    """

    id: int
    kind: Kind
    number: str
    of: str
    seller: str
    payer: str
    issued_on: date
    due_on: date
    amount: Cents
    paid: Cents
    open: Cents
    overpaid: Cents
    shared: bool
    taxed: bool
    example: bool


@dataclass(frozen=True, slots=True)
class YearLine:
    """One year in a line: its sums, the residents that its largest levy counted, the change from before."""

    year: int
    sums: Sums
    residents: int | None
    change: Cents | None

    @property
    def per_resident(self) -> Decimal | None:
        """Euros a resident, to the cent."""
        return per_resident(self.sums.total, self.residents)

    @property
    def change_percent(self) -> Decimal | None:
        """The change in per cent of the year before, with one decimal."""
        if self.change is None or self.sums.total == self.change:
            return None
        before = self.sums.total.value - self.change.value
        return (Decimal(self.change.value) * 100 / before).quantize(Decimal("0.1"))


@dataclass(frozen=True, slots=True)
class Whole:
    """All members together in the year."""

    total: Cents
    residents: int
    municipalities: int

    @property
    def per_resident(self) -> Decimal | None:
        return per_resident(self.total, self.residents)

    def percent(self, part: Cents) -> Decimal | None:
        """How much of the whole a part is, with two decimals."""
        if not self.total.value:
            return None
        return (Decimal(part.value) * 100 / self.total.value).quantize(Decimal("0.01"))


@dataclass(frozen=True, slots=True)
class Statement:
    """A municipality's year, and its years in lines, the oldest first."""

    place: MunicipalityRow
    year: int
    line: YearLine
    parts: tuple[Part, ...]
    vouchers: tuple[Voucher, ...]
    internal: tuple[InternalRow, ...]
    past: tuple[PastRow, ...]
    whole: Whole
    years: tuple[YearLine, ...]

    @property
    def sums(self) -> Sums:
        return self.line.sums

    @property
    def main(self) -> Part | None:
        """The part that weighs most."""
        return max(self.parts, key=lambda part: part.share.amount, default=None)

    @property
    def next_due(self) -> date | None:
        """The first day by which something open is to be paid."""
        return min((one.due_on for one in self.vouchers if one.open.value), default=None)

    @property
    def example(self) -> bool:
        return any(part.revision.decision.example for part in self.parts) or any(
            one.example for one in self.vouchers
        )


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One municipality of a year in the list of all."""

    code: str
    name_fi: str
    name_sv: str
    name_en: str
    sums: Sums

    def name(self, language: str) -> str:
        return in_language(language, fi=self.name_fi, sv=self.name_sv, en=self.name_en)


def per_resident(amount: Cents, residents: int | None) -> Decimal | None:
    """Euros a resident with two decimals; None where nobody is known."""
    return (amount.euros / residents).quantize(Decimal("0.01")) if residents else None


def statement_years(code: str, *, visible: Visible = EVERYTHING) -> tuple[int, ...]:
    """The years of which a municipality has a statement, the newest first. Raises NoStatement."""
    if not visible.covers(code):
        raise NoStatement
    return tuple(sorted((year for _, year in reckon(codes=frozenset({code})).sums), reverse=True))


def member_lines(year: int, *, visible: Visible = EVERYTHING) -> tuple[MemberLine, ...]:
    """Every municipality that the year concerns and the reader may see, by code."""
    codes = None if visible.everything else visible.municipalities
    sums = {code: one for (code, _), one in reckon(codes=codes, year=year).sums.items()}
    return tuple(
        MemberLine(place.code, place.name_fi, place.name_sv, place.name_en, sums[place.code])
        for place in members.municipalities()
        if place.code in sums
    )


def statement(code: str, year: int, *, language: str, visible: Visible = EVERYTHING) -> Statement:
    """The statement of a municipality and year; sentences in the language asked for.

    A year in which nothing happened has empty sums. Raises NoStatement, also for one who may not see it.
    """
    place = members.municipality(code) if visible.covers(code) else None
    if place is None:
        raise NoStatement
    known = reckon(codes=frozenset({code}))
    latest = latest_revisions()
    past = past_levies.past_levies(visible=Visible(False, frozenset({code})))
    years = _years(known, _residents(code, latest, past))
    line = next((one for one in years if one.year == year), YearLine(year, NO_SUMS, None, None))
    return Statement(
        place=place,
        year=year,
        line=line,
        parts=_parts(code, year, [pk for pk, of in latest.items() if of == year], language),
        vouchers=_vouchers(code, year, known.accounts),
        internal=invoicing.internal_charges_of(year, visible=Visible(False, frozenset({code}))),
        past=tuple(row for row in past if row.year == year),
        whole=_whole(year, [pk for pk, of in latest.items() if of == year]),
        years=years,
    )


def _years(known: Reckoning, residents: dict[int, int]) -> tuple[YearLine, ...]:
    found = {year: sums for (_, year), sums in known.sums.items()}
    lines = []
    for year in sorted(found):
        before = found.get(year - 1)
        change = found[year].total - before.total if before is not None else None
        lines.append(YearLine(year, found[year], residents.get(year), change))
    return tuple(lines)


def _residents(code: str, latest: dict[int, int], past: Iterable[PastRow]) -> dict[int, int]:
    """Year → the residents that the largest share of the municipality's own counted."""
    rows = CostShare.objects.filter(
        revision_id__in=list(latest), municipality__code=code, kimppa__isnull=True
    ).order_by("share_cents", "pk")
    found = {row.year: row.residents for row in past if row.residents}
    found |= {latest[pk]: residents for pk, residents in rows.values_list("revision_id", "residents")}
    return found


def _whole(year: int, revisions: Sequence[int]) -> Whole:
    """The levies of a year with what was imported of it; residents of the levy that counts most of them."""
    rows = CostShare.objects.filter(revision_id__in=revisions)
    each = rows.values_list("revision_id").annotate(r=Sum("residents"), s=Sum("share_cents")).order_by()
    known = list(each)
    imported = PastLevy.objects.filter(year=year)
    past = list(imported.values_list("municipality__code", "amount_cents", "residents"))
    codes = set(rows.values_list("municipality__code", flat=True)) | {code for code, _, _ in past}
    counted = {code: residents or 0 for code, _, residents in past}
    return Whole(
        total=Cents(sum(cents for _, _, cents in known) + sum(cents for _, cents, _ in past)),
        residents=max((residents for _, residents, _ in known), default=sum(counted.values())),
        municipalities=len(codes),
    )


def _parts(code: str, year: int, revisions: Sequence[int], language: str) -> tuple[Part, ...]:
    ids = dict(
        CostShare.objects.filter(revision_id__in=revisions, municipality__code=code).values_list(
            "pk", "revision_id"
        )
    )
    if not ids:
        return ()
    shares = shares_by_id(ids)
    rows = {row.id: row for row in budgets.revisions_of(year) if row.id in set(ids.values())}
    annexes = {
        key: annex_rate(CostClass(key[0]), key[1])
        for key in {(row.cost_class, row.members_on) for row in rows.values()}
    }
    agreements = _agreements(annexes.values())
    charged, booked = _standing(code, year)
    months = MemberMonths.objects.filter(year=year, municipality__code=code)
    decided = months.values_list("decision__diary_number", flat=True).first() or ""
    parts = []
    for pk, share in shares.items():
        row = rows[ids[pk]]
        annex = annexes[row.cost_class, row.members_on]
        unit = (row.levy_id, share.kimppa_slug)
        parts.append(
            Part(
                share=share,
                revision=row,
                annex=annex,
                agreement_id=agreements.get(annex.agreement_number) if annex else None,
                exact=share.rate * share.residents * share.months / 12 if share.rate is not None else None,
                made=made_of(share, row, language),
                months_decision=decided if share.months != row.months else "",
                charged=Cents(charged.get(unit, 0)),
                internal=Cents(booked.get(unit, 0)),
            )
        )
    return tuple(sorted(parts, key=lambda part: (part.revision.cost_class, part.revision.levy_id)))


def _agreements(annexes: Iterable[AnnexRow | None]) -> dict[str, int]:
    """Diary number → the newest version of the agreement."""
    numbers = {annex.agreement_number for annex in annexes if annex is not None}
    rows = Agreement.objects.filter(diary_number__in=numbers).order_by("pk")
    return dict(rows.values_list("diary_number", "pk"))


def _standing(code: str, year: int) -> tuple[dict[tuple[int, str], int], dict[tuple[int, str], int]]:
    """By levy and kimppa, what lines (with credits) and internal charges (with reversals) sum to."""
    sums: list[dict[tuple[int, str], int]] = []
    mine = Q(share__municipality__code=code, share__revision__levy__year__year=year)
    for rows in (InvoiceLine.objects.filter(mine), InternalCharge.objects.filter(mine)):
        found: dict[tuple[int, str], int] = {}
        for levy, slug, cents in rows.values_list(
            "share__revision__levy_id", "share__kimppa__slug", "amount_cents"
        ):
            found[levy, slug or ""] = found.get((levy, slug or ""), 0) + cents
        sums.append(found)
    return sums[0], sums[1]


_VOUCHER = (
    "account",
    "invoice_id",
    "invoice__kind",
    "invoice__number",
    "invoice__ledger_number",
    "invoice__seller__party__name",
    "invoice__payer__party__name",
    "invoice__issued_on",
    "invoice__due_on",
    "invoice__seller__example",
    "invoice__vat_cents",
)


def _vouchers(code: str, year: int, accounts: dict[int, Account]) -> tuple[Voucher, ...]:
    """Invoices with the notes that credit them right after, in the order of issuing."""
    lines = InvoiceLine.objects.annotate(account=account_of_line()).filter(
        share__municipality__code=code, share__revision__levy__year__year=year
    )
    rows = lines.values_list(*_VOUCHER).annotate(s=Sum("amount_cents"))
    found = list(rows.order_by("account", "invoice_id"))
    numbers = {row[1]: row[4] or row[3] for row in found}
    cell = (code, year)
    vouchers = []
    for root, pk, kind, number, ledger, seller, payer, issued, due, example, vat, cents in found:
        account, first = accounts[root], root == pk
        paid = account.paid_by_cell().get(cell, 0) if first else 0
        left = account.net(cell) - paid if first else 0
        vouchers.append(
            Voucher(
                id=pk,
                kind=Kind(kind),
                number=ledger or number,
                of="" if first else numbers.get(root, ""),
                seller=seller,
                payer=payer,
                issued_on=issued,
                due_on=due,
                amount=Cents(cents),
                paid=Cents(paid),
                open=Cents(max(0, left)),
                overpaid=Cents(max(0, -left)),
                shared=len(account.charged) > 1,
                taxed=bool(vat),
                example=example,
            )
        )
    return tuple(vouchers)
