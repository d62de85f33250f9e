"""Reminders of what is late: made once an invoice and level, never of what is paid or credited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from kimppa.commons.members.models import LegalParty
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.invoicing.ageing import (
    LEVELS,
    BadContact,
    BadInterest,
    LastLevel,
    NotLate,
    ReminderInFuture,
    interest,
)
from kimppa.consortium.invoicing.content import from_json
from kimppa.consortium.invoicing.ledger_models import Dunning, Reminder
from kimppa.consortium.invoicing.models import Invoice
from kimppa.consortium.invoicing.open_items import OpenItem, open_items
from kimppa.consortium.invoicing.reminder_letter import Letter, pdf
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor, key_of
from kimppa.foundation.accounts.audit import Value
from kimppa.foundation.core import clock, jobs
from kimppa.foundation.core.money import Cents, decimals
from kimppa.foundation.core.text import clean_line
from kimppa.foundation.files.models import Retention
from kimppa.foundation.files.services import store
from kimppa.foundation.outbox import services as outbox

LETTERS = "kimppa.consortium.invoicing.jobs.letters"
TEMPLATE = "payment-reminder"


@dataclass(frozen=True, slots=True)
class Planned:
    """A reminder that would be made; `email` empty where nobody is written to."""

    item: OpenItem
    level: int
    interest: Cents
    email: str


@transaction.atomic
def set_dunning(
    *, by: Actor, party: int, email: str = "", late_interest: Decimal | None = None, now: datetime
) -> None:
    """Whom to write to about late payments, and a seller's interest for them (None: none is asked).

    Raises BadContact, BadInterest.
    """
    require(by, Act.EDIT_PAYERS, now=now)
    address = clean_line(email)
    if address:
        try:
            validate_email(address)
        except ValidationError as error:
            raise BadContact(value=address[:60]) from error
    if late_interest is not None and not (0 <= late_interest <= 100 and decimals(late_interest) <= 2):
        raise BadInterest
    values: dict[str, Value] = {
        "email": address,
        "late_interest": str(late_interest) if late_interest is not None else None,
    }
    row, _ = Dunning.objects.update_or_create(
        party=LegalParty.objects.get(pk=party), defaults={"email": address, "late_interest": late_interest}
    )
    audit.record(by=by, act="invoicing.set_dunning", obj=row, before=None, after=values, now=now)


def plan(on: date, *, only: Sequence[int] | None = None) -> tuple[Planned, ...]:
    """What reminding of everything late on a day would make now. Writes nothing."""
    late = [item for item in open_items(on, only=only) if item.days_late > 0 and item.level < LEVELS[-1]]
    rows = Invoice.objects.filter(pk__in=[item.id for item in late]).values_list(
        "pk", "payer__party__dunning__email", "seller__party__dunning__late_interest"
    )
    told = {pk: (email or "", rate) for pk, email, rate in rows}
    return tuple(
        Planned(
            item=item,
            level=item.level + 1,
            interest=interest(item.open, per_cent=told[item.id][1], days=item.days_late),
            email=told[item.id][0],
        )
        for item in late
    )


@transaction.atomic
def remind(*, by: Actor, invoices: dict[int, int], dated: date, now: datetime) -> int:
    """Make the reminders that were previewed: invoice id → level; returns how many are new.

    A level that has been made is left as it is, so that asking twice makes nothing new. Where one of them
    has been paid or credited since, none is made. A job makes the letters and writes to the payers.
    Raises ReminderInFuture, NotLate, LastLevel.
    """
    require(by, Act.RECORD_PAYMENTS, now=now)
    if dated > clock.day_of(now):
        raise ReminderInFuture(day=dated.isoformat())
    rows = {
        row.pk: row
        for row in Invoice.objects.select_for_update(of=("self",))
        .select_related("seller__party", "payer__party")
        .filter(pk__in=list(invoices))
        .order_by("pk")
    }
    made = dict(
        Reminder.objects.filter(invoice__in=rows).values_list("invoice_id", "level").order_by("level")
    )
    wanted = {pk: level for pk, level in invoices.items() if made.get(pk, 0) < level}
    planned = {one.item.id: one for one in plan(dated, only=list(wanted))}
    new = [_one(rows.get(pk), planned.get(pk), level, dated, now) for pk, level in sorted(wanted.items())]
    if not new:
        return 0
    Reminder.objects.bulk_create(new)
    jobs.enqueue(LETTERS, {"dated": dated.isoformat()}, asked_by=key_of(by))
    after: dict[str, Value] = {
        "reminders": len(new),
        "dated": dated,
        "numbers": ", ".join(rows[one.invoice_id].number for one in new)[:900],
    }
    first = Reminder.objects.get(invoice_id=new[0].invoice_id, level=new[0].level)
    audit.record(by=by, act="invoicing.remind", obj=first, before=None, after=after, now=now)
    return len(new)


def _one(row: Invoice | None, planned: Planned | None, level: int, dated: date, now: datetime) -> Reminder:
    if row is not None and level > LEVELS[-1]:
        raise LastLevel(number=row.number)
    if row is None or planned is None or planned.level != level:
        raise NotLate(number=row.number if row else "", day=dated.isoformat())
    item, content = planned.item, from_json(row.content)
    told = Letter.of(content, level=level, dated=dated, item=item, interest=planned.interest)
    return Reminder(
        invoice=row,
        level=level,
        dated=dated,
        open_cents=item.open.value,
        interest_cents=planned.interest.value,
        content=told.to_json(),
        created=now,
    )


def keep_letter(*, reminder: int, now: datetime) -> None:
    """Make a reminder's letter, keep it and write to the payer; once made, it stays. Called by the job."""
    row = Reminder.objects.select_related("invoice__payer__party__dunning").get(pk=reminder)
    if row.file_id is not None:
        return
    letter = Letter.from_json(row.content)
    body = pdf(letter)
    with transaction.atomic():
        locked = Reminder.objects.select_for_update().get(pk=reminder)
        if locked.file_id is not None:
            return
        locked.file = store(
            name=f"{letter.number}-{locked.level}.pdf",
            content=body,
            media_type="application/pdf",
            retention=Retention.ACCOUNTING,
            now=now,
        )
        dunning = Dunning.objects.filter(party=row.invoice.payer.party_id).exclude(email="").first()
        if dunning is not None:
            locked.message = outbox.send_to_address(
                address=dunning.email,
                template=TEMPLATE,
                params=letter.message(),
                language=letter.language,
                now=now,
            )
        locked.save(update_fields=["file", "message"])
