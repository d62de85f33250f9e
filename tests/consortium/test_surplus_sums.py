"""Whatever is moved in whatever order, no sum changes."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from tests.consortium.conftest import BY, load_region

from kimppa.consortium.invoicing import services, surplus
from kimppa.consortium.invoicing.models import Invoice, Payer
from kimppa.consortium.invoicing.surplus import NotOpenSoMuch, NotSoMuch, OtherPayer
from kimppa.doors.console.demo import money
from kimppa.foundation.core.money import Cents

NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)
PAID, MOVED = date(2022, 3, 1), date(2022, 6, 1)


def paid(row: Invoice) -> int:
    return row.payments.aggregate(s=Sum("amount_cents"))["s"] or 0


class TestNoSumChanges(TestCase):
    """Whatever is moved in whatever order: money received is the same, and no invoice has a minus."""

    def setUp(self) -> None:
        load_region()
        money.issue_2022(by=BY)
        rows = list(Invoice.objects.filter(seller__prefix="ESIMOUL").order_by("pk")[:4])
        Invoice.objects.filter(pk__in=[r.pk for r in rows]).update(payer=Payer.objects.order_by("pk")[0])

    @settings(max_examples=25)
    @given(
        st.lists(st.integers(0, 400_000), min_size=4, max_size=4),
        st.lists(
            st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(0, 3)), st.integers(1, 300_000)),
            max_size=12,
        ),
    )
    def test_no_sum_changes(self, received: list[int], moves: list[tuple[int, int | None, int]]) -> None:
        rows = list(Invoice.objects.filter(seller__prefix="ESIMOUL").order_by("pk")[:4])
        for row, cents in zip(rows, received, strict=True):
            if cents:
                services.record_payment(
                    by=BY, invoice=row.pk, key=f"p{row.pk}", received_on=PAID, amount=Cents(cents), now=NOW
                )
        returned = 0
        for number, (source, target, cents) in enumerate(moves):
            try:
                surplus.move_money(
                    by=BY,
                    invoice=rows[source].pk,
                    to=None if target is None else rows[target].pk,
                    amount=Cents(cents),
                    dated=MOVED,
                    reason="Siirto",
                    key=f"k{number}",
                    now=NOW,
                )
            except (NotSoMuch, OtherPayer, NotOpenSoMuch):
                continue
            returned += cents if target is None else 0
        left = [paid(row) for row in rows]
        assert sum(left) + returned == sum(received)
        assert all(cents >= 0 for cents in left)
        assert all(surplus.surplus_of(row.pk).value >= 0 for row in rows)
