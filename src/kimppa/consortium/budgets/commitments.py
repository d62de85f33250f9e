"""What agreements bind the consortium to pay in a year: reckoned from their prices, recorded on lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.platforms.models import Platform
from kimppa.consortium.agreements import contracts, price_queries
from kimppa.consortium.agreements.contracts import ContractRow, State
from kimppa.consortium.agreements.costs import Basis, overlap
from kimppa.consortium.agreements.price_queries import PriceRow, Reckoned
from kimppa.consortium.budgets.lines import adopted
from kimppa.consortium.budgets.plan_models import BudgetLine, Commitment
from kimppa.consortium.budgets.plan_rules import CommitmentRefused, NoSuchBudget, NotAdopted
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.audit import Value
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.periods import Period
from kimppa.foundation.core.periods import year as whole_year


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An agreement and an e-service: what they would cost in the year, and the line that fits.

    `recorded`: what stands on `line` now, or None.
    """

    contract: ContractRow
    platform: str
    platform_name: str
    vendor: str
    cost: Reckoned
    line: int | None
    line_title: str
    recorded: Cents | None

    @property
    def gross(self) -> Cents | None:
        return self.cost.cost.gross if self.cost.cost else None


def suggestions(year: int, basis: Basis, *, on: date) -> tuple[Suggestion, ...]:
    """Every signed agreement with a price that binds in the year, month by month as far as it binds."""
    period, known = whole_year(year), price_queries.tables()
    rows: dict[tuple[int, str], list[PriceRow]] = {}
    for price in price_queries.prices():
        if not price.withdrawn and price.signed:
            rows.setdefault((price.agreement_id, price.platform), []).append(price)
    lines = {
        line.platform.slug: line
        for line in BudgetLine.objects.filter(year__year=year, platform__isnull=False).select_related(
            "platform"
        )
        if line.platform is not None
    }
    recorded = {
        (one.agreement_id, one.platform.slug): one
        for one in Commitment.objects.filter(year__year=year).select_related("platform", "line")
    }
    found = []
    for contract in contracts.contracts(on=on):
        bound = binding(contract, period)
        if bound is None:
            continue
        for (agreement, slug), held in rows.items():
            if agreement != contract.id or not any(row.period.overlaps(bound) for row in held):
                continue
            cost = price_queries.reckon(held, basis, period=bound, known=known, on=on)
            before = recorded.get((agreement, slug))
            line = before.line if before else lines.get(slug)
            found.append(
                Suggestion(
                    contract=contract,
                    platform=slug,
                    platform_name=held[0].platform_name,
                    vendor=held[0].vendor,
                    cost=cost,
                    line=line.pk if line else None,
                    line_title=line.title if line else "",
                    recorded=Cents(before.amount_cents) if before else None,
                )
            )
    return tuple(sorted(found, key=lambda one: (one.platform_name, one.contract.diary_number)))


def binding(contract: ContractRow, period: Period) -> Period | None:
    """The days of a period on which a signed agreement binds; one that renews itself goes on."""
    if contract.state is State.DRAFT:
        return None
    renews = contract.days.renews_on is not None and contract.ends_on == contract.days.ends_on
    end = None if renews else contract.ends_on
    if contract.valid_from is not None and end is not None and end < contract.valid_from:
        return None
    return overlap(Period(contract.valid_from, end), period)


@transaction.atomic
def record_commitment(
    *, by: Actor, agreement: int, platform: str, line: int, basis: Basis, on: date, now: datetime
) -> int:
    """Record what an agreement commits to for an e-service in the line's year, reckoned as a suggestion is.

    Recorded again it is reckoned anew. Raises NoSuchBudget, NotAdopted, CommitmentRefused and the reason for
    which the price cannot be reckoned.
    """
    require(by, Act.EDIT_BUDGET, now=now)
    target = BudgetLine.objects.select_for_update(of=("self",)).select_related("year").filter(pk=line).first()
    if target is None:
        raise NoSuchBudget
    year = target.year.year
    if adopted(year) is None:
        raise NotAdopted(year=year)
    wanted = (
        one
        for one in suggestions(year, basis, on=on)
        if (one.contract.id, one.platform) == (agreement, platform)
    )
    found = next(wanted, None)
    if found is not None and found.cost.error is not None:
        raise found.cost.error
    if found is None or found.cost.cost is None or found.cost.cost.gross.value <= 0:
        number = found.contract.diary_number if found else str(agreement)
        raise CommitmentRefused(number=number, year=year)
    cost = found.cost.cost
    row, created = Commitment.objects.update_or_create(
        year=target.year,
        agreement_id=agreement,
        platform_id=_platform(platform),
        defaults={
            "line": target,
            "amount_cents": cost.gross.value,
            "vat_cents": cost.vat.value,
            "quantities": _quantities(basis),
            "recorded_at": now,
        },
    )
    before: dict[str, Value] | None = None if created else {"amount": found.recorded}
    after: dict[str, Value] = {"line": target.title, "amount": cost.gross, "year": year}
    audit.record(by=by, act="budgets.record_commitment", obj=row, before=before, after=after, now=now)
    return row.pk


def basis_of(quantities: dict[str, object]) -> Basis:
    """The quantities that a commitment was reckoned with."""

    def whole(name: str) -> int | None:
        value = quantities.get(name)
        return value if isinstance(value, int) else None

    def months(name: str) -> tuple[int, ...] | None:
        value = quantities.get(name)
        return tuple(int(n) for n in value) if isinstance(value, list) else None

    return Basis(whole("residents"), whole("titles"), months("uses"), months("patrons"))


def _quantities(basis: Basis) -> dict[str, int | list[int] | None]:
    return {
        "residents": basis.residents,
        "titles": basis.titles,
        "uses": list(basis.uses) if basis.uses is not None else None,
        "patrons": list(basis.patrons) if basis.patrons is not None else None,
    }


def _platform(slug: str) -> int:
    return Platform.objects.values_list("pk", flat=True).get(slug=slug)
