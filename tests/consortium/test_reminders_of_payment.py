"""Open items by how late they are, and reminders that are made once and never of what is paid."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pikepdf
import pytest
from tests.consortium.conftest import BY

from kimppa.commons.members.roles import Visible
from kimppa.consortium.invoicing import open_items, reminders, services
from kimppa.consortium.invoicing.ageing import (
    BadContact,
    BadInterest,
    Bucket,
    LastLevel,
    NotLate,
    ReminderInFuture,
    bucket_of,
    interest,
)
from kimppa.consortium.invoicing.ledger_models import Reminder
from kimppa.consortium.invoicing.models import Invoice
from kimppa.foundation.core import jobs
from kimppa.foundation.core.money import Cents
from kimppa.foundation.outbox.models import Message

pytestmark = pytest.mark.django_db
# 2022 was issued on 1.2. and fell due on 3.3.2022.
DUE = date(2022, 3, 3)
NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)
LATE = date(2022, 4, 12)


def first() -> Invoice:
    return Invoice.objects.order_by("pk")[0]


def pay(row: Invoice, cents: int, on: date) -> None:
    services.record_payment(
        by=BY, invoice=row.pk, key=f"{row.pk}{on}", received_on=on, amount=Cents(cents), now=NOW
    )


def remind(row: Invoice, level: int = 1, on: date = LATE) -> int:
    return reminders.remind(by=BY, invoices={row.pk: level}, dated=on, now=NOW)


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(-5, "not-due"), (0, "not-due"), (1, "1-30"), (30, "1-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"),
     (90, "61-90"), (91, "over-90")],
)  # fmt: skip
def test_buckets_begin_and_end_on_their_days(days: int, bucket: str) -> None:
    assert bucket_of(days) == bucket


def test_interest_is_simple_and_rounded_half_up_and_none_unless_set() -> None:
    assert interest(Cents(188_775), per_cent=Decimal("8.00"), days=40) == Cents(1_655)
    assert interest(Cents(188_775), per_cent=None, days=40) == Cents(0)
    assert interest(Cents(188_775), per_cent=Decimal("8.00"), days=0) == Cents(0)


def test_the_day_decides_what_is_open(issued_2022: None) -> None:
    row = first()
    pay(row, 10_000, date(2022, 3, 20))
    pay(row, row.total_cents - 10_000, date(2022, 5, 1))

    def left(on: date) -> Cents:
        return next((i.open for i in open_items.open_items(on) if i.id == row.pk), Cents(0))

    assert left(date(2022, 1, 31)) == Cents(0)
    assert left(DUE) == Cents(row.total_cents)
    assert left(date(2022, 3, 20)) == Cents(row.total_cents - 10_000)
    assert left(date(2022, 5, 1)) == Cents(0)
    assert len(open_items.open_items(DUE)) == 57
    assert {i.bucket for i in open_items.open_items(DUE)} == {Bucket.NOT_DUE}
    assert {i.bucket for i in open_items.open_items(DUE + timedelta(days=61))} == {Bucket.TO_90}


def test_ageing_sums_what_the_items_say_and_late_ones_come_first(issued_2022: None) -> None:
    items = open_items.open_items(LATE)
    rows = open_items.ageing(items)
    assert sum(r.total.value for r in rows) == sum(i.open.value for i in items)
    assert [r.late.value for r in rows] == sorted((r.late.value for r in rows), reverse=True)
    assert sum(r.items for r in rows) == 57
    seen = open_items.open_items(LATE, visible=Visible(False, frozenset({"009"})))
    assert len(seen) == 1


def test_a_credited_invoice_is_not_open_from_its_credits_day_on(issued_2022: None) -> None:
    row = first()
    services.credit(by=BY, invoice=row.pk, reason="Väärä", issued_on=date(2022, 5, 2), now=NOW)
    assert any(i.id == row.pk for i in open_items.open_items(date(2022, 5, 1)))
    assert not any(i.id == row.pk for i in open_items.open_items(date(2022, 5, 2)))


def test_a_reminder_is_made_once_with_its_letter_and_a_message(issued_2022: None) -> None:
    row = first()
    reminders.set_dunning(by=BY, party=row.payer.party_id, email="talous@kunta.example", now=NOW)
    assert remind(row) == 1
    assert remind(row) == 0
    jobs.run_pending()
    (made,) = open_items.reminders()
    assert (made.level, made.open, made.interest, made.ready, made.written) == (
        1, Cents(row.total_cents), Cents(0), True, True,
    )  # fmt: skip
    name, body = open_items.letter(made.id)
    assert name == f"{row.number}-1.pdf"
    with pikepdf.open(io.BytesIO(body)) as letter:
        assert letter.Root.MarkInfo.Marked
        assert str(letter.Root.Lang).startswith("fi")
    message = Message.objects.get(template="payment-reminder")
    assert message.address == "talous@kunta.example"
    assert message.params["number"] == row.number
    assert "FI" not in str(message.params)
    jobs.run_pending()
    assert Message.objects.filter(template="payment-reminder").count() == 1


def test_without_a_contact_there_is_a_letter_and_no_message(issued_2022: None) -> None:
    remind(first())
    jobs.run_pending()
    (made,) = open_items.reminders()
    assert (made.ready, made.written) == (True, False)
    assert not Message.objects.filter(template="payment-reminder").exists()


def test_paid_credited_and_not_yet_late_are_never_reminded_and_none_of_a_batch_is(issued_2022: None) -> None:
    rows = list(Invoice.objects.order_by("pk")[:3])
    pay(rows[0], rows[0].total_cents, date(2022, 4, 1))
    services.credit(by=BY, invoice=rows[1].pk, reason="Väärä", issued_on=date(2022, 4, 1), now=NOW)
    for wrong in rows[:2]:
        with pytest.raises(NotLate, match=wrong.number):
            reminders.remind(by=BY, invoices={wrong.pk: 1, rows[2].pk: 1}, dated=LATE, now=NOW)
    with pytest.raises(NotLate):
        remind(rows[2], on=DUE)
    with pytest.raises(ReminderInFuture):
        remind(rows[2], on=date(2022, 11, 16))
    assert not Reminder.objects.exists()
    planned = {one.item.id for one in reminders.plan(LATE)}
    assert len(planned) == 55
    assert planned.isdisjoint({rows[0].pk, rows[1].pk})


def test_levels_follow_one_another_and_end_at_three(issued_2022: None) -> None:
    row = first()
    with pytest.raises(NotLate):
        remind(row, level=2)
    for level in (1, 2, 3):
        assert remind(row, level, LATE + timedelta(days=14 * level)) == 1
    with pytest.raises(LastLevel):
        remind(row, 4, date(2022, 7, 1))
    assert row.pk not in {one.item.id for one in reminders.plan(date(2022, 7, 1))}


def test_interest_is_asked_only_where_the_seller_has_set_it(issued_2022: None) -> None:
    row = first()
    reminders.set_dunning(by=BY, party=row.seller.party_id, late_interest=Decimal("8.5"), now=NOW)
    remind(row)
    made = Reminder.objects.get()
    assert (
        made.interest_cents
        == interest(Cents(row.total_cents), per_cent=Decimal("8.5"), days=(LATE - row.due_on).days).value
    )
    with pytest.raises(BadInterest):
        reminders.set_dunning(by=BY, party=row.seller.party_id, late_interest=Decimal("101"), now=NOW)
    with pytest.raises(BadContact):
        reminders.set_dunning(by=BY, party=row.payer.party_id, email="ei osoite", now=NOW)
