"""Reading what was charged before this system, in sums."""

from __future__ import annotations

from django.db.models import Sum

from kimppa.commons.members.roles import Visible
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets.queries import EVERYTHING
from kimppa.consortium.invoicing.ledger_models import PastLevy
from kimppa.foundation.core.money import Cents


def past_sums(*, visible: Visible = EVERYTHING) -> dict[int, Cents]:
    """Year → what was charged in it before this system, of what the reader may see."""
    rows = PastLevy.objects.all()
    if not visible.everything:
        rows = rows.filter(municipality__code__in=visible.municipalities)
    sums = rows.values_list("year").annotate(sum=Sum("amount_cents")).order_by()
    return {year: Cents(cents) for year, cents in sums}


def past_shares(year: int, cost_class: CostClass) -> dict[str, Cents]:
    """Municipality code → its share of a past year in a cost class."""
    rows = PastLevy.objects.filter(year=year, cost_class=cost_class.value)
    return {code: Cents(cents) for code, cents in rows.values_list("municipality__code", "amount_cents")}
