"""What issuing levies would do now: who sells, who pays, what is left to charge. Writes nothing.

A calculation is a running total: what stands of the levy already is taken off each share. Usually nothing
stands, and the whole share is charged; after a new decision or an advance it is the difference, which may
be negative and then reduces the newest invoices.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from kimppa.commons.members.queries import in_force
from kimppa.consortium.agreements.vat import NoVatRate
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets.queries import RevisionRow
from kimppa.consortium.budgets.recipes import Stage
from kimppa.consortium.budgets.shares import ShareRow, shares_by_id, shares_of
from kimppa.consortium.invoicing.models import NumberSeries, PayerOf, PayerSeller
from kimppa.consortium.invoicing.planned import (
    IssuePlan,
    PlannedInternal,
    PlannedInvoice,
    PlannedLine,
    SellerPlan,
)
from kimppa.consortium.invoicing.standing import (
    Standing,
    StandingLine,
    Stands,
    standing_by_rate,
    standing_of,
)
from kimppa.consortium.invoicing.vat_of_shares import ShareTaxes
from kimppa.consortium.invoicing.vat_parts import UNTAXED, dealt, vat_parts
from kimppa.foundation.core.money import Cents


@dataclass(frozen=True, slots=True)
class _Payee:
    payer_id: int
    payer: str
    seller_id: int
    seller: str
    prefix: str
    internal: bool
    without_vat_id: tuple[str, ...]


@dataclass(slots=True)
class _Book:
    """What is being planned for one seller."""

    invoices: dict[tuple[str, int, str], list[PlannedLine]] = field(default_factory=lambda: defaultdict(list))
    notes: dict[tuple[str, str], list[tuple[StandingLine, PlannedLine]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    internal: list[PlannedInternal] = field(default_factory=list)
    internal_cents: int = 0


@dataclass(slots=True)
class _Draft:
    """The plan in the making."""

    payees: dict[str, _Payee]
    taken: set[str]
    books: dict[int, _Book] = field(default_factory=lambda: defaultdict(_Book))
    without: list[str] = field(default_factory=list)
    done: int = 0
    earlier: int = 0
    taxes: ShareTaxes = field(default_factory=ShareTaxes)
    without_vat_id: dict[str, None] = field(default_factory=dict)
    no_rate: NoVatRate | None = None

    def source(self, wanted: str) -> str:
        """The share's name, or its next one where an earlier line of it stands."""
        found, turn = wanted, 2
        while found in self.taken:
            found, turn = f"{wanted}/{turn}", turn + 1
        self.taken.add(found)
        return found


def plan_issue(revision_id: int, *, on: date, also: Sequence[int] = ()) -> IssuePlan:
    """What issuing a revision on a day would make, with others on the same invoices. Raises NoSuchLevy.

    Shares that stand already and shares of nothing are left out; a share whose municipality has no payer,
    or whose payer has no seller on that day, is named in `without_payer`. Where the VAT changes within the
    year a share has a line for each stretch of months; lines of another category have an invoice of their
    own.
    """
    revisions = [budgets.revision(pk) for pk in dict.fromkeys((revision_id, *also))]
    stands = standing_of(revision.levy_id for revision in revisions)
    draft = _Draft(_payees(on), set(stands.sources))
    for revision in revisions:
        _plan_revision(draft, revision, stands)
    return IssuePlan(
        revisions=tuple(revision.id for revision in revisions),
        years=frozenset(revision.year for revision in revisions),
        latest=all(revision.latest for revision in revisions),
        running=all(revision.stage is not Stage.WHOLE for revision in revisions),
        sellers=_seller_plans(draft),
        done=draft.done,
        earlier=draft.earlier,
        without_payer=tuple(draft.without),
        without_vat_id=tuple(draft.without_vat_id),
        no_rate=draft.no_rate,
    )


def _plan_revision(draft: _Draft, revision: RevisionRow, stands: Stands) -> None:
    shares = {share.unit: share for share in shares_of(revision.id)}
    nothing = Standing()
    for unit, share in shares.items():
        standing = stands.units.get((revision.levy_id, unit), nothing)
        _plan_share(draft, revision, share, share.amount.value, standing)
    gone = {
        unit: standing
        for (levy, unit), standing in stands.units.items()
        if levy == revision.levy_id and unit not in shares and standing.charged
    }
    if gone:
        # Charged by an earlier calculation and no longer in this one: all of it is to be given back.
        last = {unit: _newest_share(standing) for unit, standing in gone.items()}
        rows = shares_by_id(last.values())
        for unit, standing in gone.items():
            _plan_share(draft, revision, rows[last[unit]], 0, standing)


def _newest_share(standing: Standing) -> int:
    rows = [*(line.share_id for line in standing.lines), *(one.share_id for one in standing.charges)]
    return max(rows)


def _plan_share(
    draft: _Draft, revision: RevisionRow, share: ShareRow, wanted: int, standing: Standing
) -> None:
    missing = wanted - standing.charged
    if not missing:
        draft.done += bool(standing.charged)
        return
    if standing.revisions - {revision.number}:
        draft.earlier += 1
    if missing > 0:
        _plan_charge(draft, revision, share, missing, standing)
    else:
        _plan_reduction(draft, revision, share, -missing, standing)


def _plan_charge(
    draft: _Draft, revision: RevisionRow, share: ShareRow, cents: int, standing: Standing
) -> None:
    payee = draft.payees.get(share.code)
    if payee is None:
        draft.without.append(share.name_fi)
        return
    book = draft.books[payee.seller_id]
    if payee.internal:
        book.internal.append(PlannedInternal(share, draft.source(share.source), Cents(cents)))
        book.internal_cents += cents
        return
    try:
        stretches = draft.taxes.of(revision, share)
    except NoVatRate as error:
        draft.no_rate = error
        return
    several = len(stretches) > 1
    for stretch, part in zip(stretches, dealt(cents, [one.months for one in stretches]), strict=True):
        if not part:
            continue
        line = PlannedLine(
            share,
            revision.id,
            draft.source(share.source),
            Cents(standing.charged),
            Cents(part),
            vat=stretch.vat,
            whole=Cents(cents) if several else None,
            stretch=stretch if several else None,
        )
        book.invoices[payee.payer, payee.payer_id, stretch.vat.category].append(line)
        if stretch.vat != UNTAXED:
            draft.without_vat_id.update(dict.fromkeys(payee.without_vat_id))


def _plan_reduction(
    draft: _Draft, revision: RevisionRow, share: ShareRow, cents: int, standing: Standing
) -> None:
    """Take a sum from the newest lines first; what they cannot give, from the internal charges.

    Lines of one share (its months by VAT) give by what is left of each, and keep their VAT. An internal
    charge is reversed whole, and what is to remain of it is booked anew.
    """
    stood = standing.charged
    for lines in _by_share(standing.lines):
        taken = min(cents, sum(line.left.value for line in lines))
        parts = dealt(taken, [line.left.value for line in lines]) if taken > 0 else []
        for line, part in zip(lines, parts, strict=False):
            if not part:
                continue
            planned = PlannedLine(
                share,
                revision.id,
                draft.source(share.source),
                Cents(stood),
                Cents(-part),
                reduces=line.line_id,
                vat=line.vat,
            )
            draft.books[line.seller_id].notes[line.payer, line.invoice_number].append((line, planned))
            stood, cents = stood - part, cents - part
    if cents and standing.charges:
        booked = sum(one.amount.value for one in standing.charges)
        remains = booked - cents
        book = draft.books[standing.charges[-1].seller_id]
        source = draft.source(share.source) if remains else ""
        reverse = tuple(one.charge_id for one in standing.charges)
        book.internal.append(PlannedInternal(share, source, Cents(remains), reverse))
        book.internal_cents -= cents


def _by_share(lines: Sequence[StandingLine]) -> list[list[StandingLine]]:
    """Lines of which something is left, the newest share first; those of one share together."""
    found: dict[int, list[StandingLine]] = {}
    for line in reversed(lines):
        if line.left.value > 0:
            found.setdefault(line.share_id, []).append(line)
    return list(found.values())


def _seller_plans(draft: _Draft) -> tuple[SellerPlan, ...]:
    rows = NumberSeries.objects.filter(seller_id__in=list(draft.books))
    found = rows.values_list("seller_id", "last", "seller__prefix", "seller__party__name")
    taxed = {
        line.invoice_id
        for book in draft.books.values()
        for pairs in book.notes.values()
        for line, _ in pairs
        if line.vat != UNTAXED
    }
    standing = standing_by_rate(taxed) if taxed else {}
    plans = [
        _seller_plan(seller, name, prefix, last, draft.books[seller], standing)
        for seller, last, prefix, name in found
    ]
    return tuple(sorted(plans, key=lambda plan: plan.seller))


def _seller_plan(
    seller: int,
    name: str,
    prefix: str,
    last: int,
    book: _Book,
    standing: Mapping[int, Mapping[Decimal, int]],
) -> SellerPlan:
    # By name, as people look for them; the order decides which number goes to whom.
    invoices = tuple(
        PlannedInvoice(payer_id, payer, tuple(lines), vat=vat_parts((x.vat, x.amount.value) for x in lines))
        for (payer, payer_id, _), lines in sorted(book.invoices.items(), key=lambda item: item[0])
    )
    notes = tuple(_note(pairs, standing) for _, pairs in sorted(book.notes.items(), key=lambda item: item[0]))
    count = len(invoices) + len(notes)
    return SellerPlan(
        seller_id=seller,
        seller=name,
        invoices=invoices,
        notes=notes,
        internal=tuple(book.internal),
        internal_total=Cents(book.internal_cents),
        first=f"{prefix}{last + 1}" if count else "",
        last=f"{prefix}{last + count}" if count else "",
    )


def _note(
    pairs: Sequence[tuple[StandingLine, PlannedLine]], standing: Mapping[int, Mapping[Decimal, int]]
) -> PlannedInvoice:
    of = pairs[0][0]
    lines = [(line.vat, line.amount.value) for _, line in pairs]
    return PlannedInvoice(
        payer_id=of.payer_id,
        payer=of.payer,
        lines=tuple(line for _, line in pairs),
        reduces=of.invoice_id,
        reduces_number=of.invoice_number,
        vat=vat_parts(lines, standing=standing.get(of.invoice_id)),
    )


def _payees(on: date) -> dict[str, _Payee]:
    """Municipality code → who pays and who sells on a day."""
    sellers = {
        payer_id: rest
        for payer_id, *rest in PayerSeller.objects.filter(in_force(on)).values_list(
            *("payer_id", "seller_id", "seller__party_id", "seller__party__name", "seller__prefix"),
            "seller__party__business_id",
        )
    }
    rows = PayerOf.objects.filter(in_force(on)).values_list(
        "municipality__code", "payer_id", "payer__party_id", "payer__party__name", "payer__party__business_id"
    )
    return {
        code: _payee(payer_id, party_id, payer, business_id, sellers[payer_id])
        for code, payer_id, party_id, payer, business_id in rows
        if payer_id in sellers
    }


def _payee(payer_id: int, party_id: int, payer: str, business_id: str, sold: Iterable[object]) -> _Payee:
    seller_id, seller_party, seller, prefix, seller_business_id = sold
    lacking = ((payer, business_id), (str(seller), seller_business_id))
    return _Payee(
        payer_id=payer_id,
        payer=payer,
        seller_id=int(str(seller_id)),
        seller=str(seller),
        prefix=str(prefix),
        internal=party_id == seller_party,
        without_vat_id=tuple(name for name, known in lacking if not known),
    )
