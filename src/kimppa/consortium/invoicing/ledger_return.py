"""What a city's ledger answers: its invoice numbers, and what has been paid. Staged, applied, undone.

A row names our key, the ledger's number and day, and how much has been paid in all and when. Read twice, it
changes nothing the second time: payments are recorded up to the sum that the ledger tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.invoicing.models import Invoice, Payment
from kimppa.consortium.invoicing.rules import Kind
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core import clock, sheets
from kimppa.foundation.core.errors import Refused
from kimppa.foundation.core.money import BadAmount, Cents, parse_cents
from kimppa.foundation.core.sheets import Line
from kimppa.foundation.core.text import clean_line, noop, shorten
from kimppa.foundation.imports import queries as imports
from kimppa.foundation.imports import services
from kimppa.foundation.imports.models import BatchState, ImportBatch
from kimppa.foundation.imports.rules import Draft, Outcome, Param, Value

KIND = "ledger-return"
OBJECT = "invoicing.Invoice"
COLUMNS: dict[str, tuple[str, ...]] = {
    "key": ("key", "tunniste", "avain", "kod", "nyckel"),
    "number": ("number", "laskunumero", "laskun numero", "fakturanummer", "invoice number"),
    "issued": ("issued", "laskupäivä", "laskun päiväys", "fakturadatum", "invoice date"),
    "state": ("state", "tila", "status", "maksutila", "payment state"),
    "paid": ("paid", "maksettu", "betalat", "paid amount"),
    "paid_on": ("paid_on", "maksupäivä", "maksettu pvm", "betalningsdag", "paid on"),
}
NEEDED = ("key",)
PAID_WORDS = frozenset({"paid", "maksettu", "suoritettu", "betald", "betalad", "kyllä", "ja", "yes", "1"})
PROBLEMS: dict[str, str] = {
    "ledger-no-key": noop("The row has no key."),
    "ledger-unknown-key": noop("No billing row of ours has the key %(value)s."),
    "ledger-own": noop("%(value)s was numbered and sent by ourselves; its number is not the ledger's."),
    "ledger-not-exported": noop("%(value)s has not been given to the ledger yet."),
    "ledger-twice": noop("The key %(value)s stands in the file twice."),
    "ledger-other-number": noop("The ledger's number of %(key)s is already %(known)s, not %(value)s."),
    "ledger-number-taken": noop("The ledger's number %(value)s is already that of %(key)s."),
    "ledger-bad-day": noop("“%(value)s” in the column %(field)s is not a day."),
    "ledger-future": noop("The day %(value)s has not come yet."),
    "ledger-bad-amount": noop("“%(value)s” in the column %(field)s is not an amount of money."),
    "ledger-no-number": noop("Something has been paid, but the row has no invoice number."),
    "ledger-no-paid-day": noop("Something has been paid, but the row does not say when."),
    "ledger-credit-paid": noop("%(value)s is a credit; nothing is paid for it."),
    "ledger-early": noop("It was paid on %(value)s, before its own date %(issued)s."),
    "ledger-less": noop(
        "The ledger tells %(value)s € paid, but %(known)s € was known. The difference is taken back."
    ),
    "ledger-more": noop("%(value)s € has been paid, more than the sum %(total)s €."),
    "ledger-total": noop("A row of totals; it was left out."),
}


class PreviewOutdated(Refused):
    code = "preview-outdated"
    sentence = noop(
        "Row %(row)s (%(key)s) has changed since the preview was made. Nothing was recorded. "
        "Read the file again."
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """A billing row as it is now."""

    id: int
    kind: str
    ledger: bool
    exported: bool
    number: str
    issued: str
    own_day: str
    seller_id: int
    total: int
    paid: int


class _Problem(Exception):
    def __init__(self, code: str, **params: Param) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@transaction.atomic
def stage_return(*, by: Actor, raw: bytes, source_name: str, now: datetime) -> int:
    """Read the ledger's answer and keep what each row would do; returns the batch's id.

    Raises SheetUnreadable, HeaderMissing.
    """
    require(by, Act.RECORD_PAYMENTS, now=now)
    sheet = sheets.load(raw)
    found = sheets.header(sheet, COLUMNS, NEEDED)
    batch = services.open_import(
        kind=KIND, source_name=source_name, raw=raw, by=by, now=now, media_type=sheets.media_type(raw)
    )
    services.stage(batch, _records(sheets.lines(sheet, found), now))
    return batch.pk


@transaction.atomic
def apply_return(*, by: Actor, batch_id: int, now: datetime) -> int:
    """Record the numbers and payments that were staged; returns how many rows changed.

    Where a row was changed since the preview nothing is recorded. Raises WrongImportState, PreviewOutdated.
    """
    require(by, Act.RECORD_PAYMENTS, now=now)
    batch = _batch(batch_id)
    if batch.state != BatchState.STAGED:
        raise services.WrongImportState(state=batch.state)
    outcomes = []
    for record in reversed(imports.applied_records(batch)):
        before, after = record.before or {}, record.after or {}
        row = Invoice.objects.select_for_update().get(pk=int(record.object_key))
        if any(_values(row, _paid(row)).get(name) != value for name, value in before.items()):
            raise PreviewOutdated(row=record.number, key=record.key)
        _write(row, before, after, batch, now)
        outcomes.append(Outcome(record.number, OBJECT, record.object_key))
    services.mark_applied(batch, outcomes, now)
    told: dict[str, audit.Value] = {"rows": len(outcomes), "source": batch.source_name}
    audit.record(by=by, act="invoicing.apply_ledger_return", obj=batch, before=None, after=told, now=now)
    return len(outcomes)


@transaction.atomic
def undo_return(*, by: Actor, batch_id: int, now: datetime) -> int:
    """Take back the numbers and payments that an answer brought; returns how many rows changed.

    Refused where a row was changed since; then nothing is taken back. Raises UndoRefused, WrongImportState.
    """
    require(by, Act.RECORD_PAYMENTS, now=now)
    batch = _batch(batch_id)
    paid_on = {one.object_key: (one.after or {}).get("paid_on") for one in imports.applied_records(batch)}
    keys = [int(key) for key in paid_on if key]
    rows = {str(row.pk): row for row in Invoice.objects.select_for_update().filter(pk__in=keys)}
    current = {key: {**_values(row, _paid(row)), "paid_on": paid_on[key]} for key, row in rows.items()}
    taken = services.begin_undo(batch, current=current, used={}, now=now)
    Payment.objects.filter(key__startswith=f"ledger:{batch.pk}:").delete()
    for record in taken:
        row, before = rows[record.object_key], record.before or {}
        row.ledger_number = str(before["number"] or "")
        row.ledger_issued = sheets.day(str(before["issued"] or ""))
        row.save(update_fields=["ledger_number", "ledger_issued"])
    told: dict[str, audit.Value] = {"rows": len(taken)}
    audit.record(by=by, act="invoicing.undo_ledger_return", obj=batch, before=None, after=told, now=now)
    return len(taken)


def _write(
    row: Invoice, before: Mapping[str, Value], after: Mapping[str, Value], batch: ImportBatch, now: datetime
) -> None:
    row.ledger_number = str(after["number"] or "")
    row.ledger_issued = sheets.day(str(after["issued"] or ""))
    row.save(update_fields=["ledger_number", "ledger_issued"])
    more = int(str(after["paid"])) - int(str(before["paid"]))
    received = sheets.day(str(after["paid_on"] or ""))
    if more and received is not None:
        Payment.objects.create(
            invoice=row,
            key=f"ledger:{batch.pk}:{row.pk}",
            received_on=received,
            amount_cents=more,
            note=batch.source_name[:200],
            recorded_at=now,
        )


def _values(row: Invoice, paid: int) -> dict[str, Value]:
    """What an answer may change, as it is now; the day of a payment is told with its sum only."""
    return {
        "number": row.ledger_number,
        "issued": row.ledger_issued.isoformat() if row.ledger_issued else "",
        "paid": paid,
    }


def _paid(row: Invoice) -> int:
    return int(row.payments.aggregate(sum=Sum("amount_cents"))["sum"] or 0)


def _batch(batch_id: int) -> ImportBatch:
    batch = imports.get(batch_id)
    if batch.kind != KIND:
        raise imports.NoSuchImport(number=batch_id)
    return batch


def _records(lines: tuple[Line, ...], now: datetime) -> Iterator[Draft]:
    known = _known({clean_line(line.cells.get("key", ""))[:20] for line in lines})
    wanted = {clean_line(line.cells.get("number", ""))[:40] for line in lines} - {""}
    taken = {
        (seller, number): key
        for seller, number, key in Invoice.objects.filter(ledger_number__in=wanted).values_list(
            "seller_id", "ledger_number", "number"
        )
    }
    seen: set[str] = set()
    for line in lines:
        key = line.cells.get("key", "")[:20]
        if line.total:
            yield Draft(line.number, "", "skip", severity="warning", code="ledger-total")
            continue
        try:
            row, after, warning = _checked(line, known, taken, seen, now)
        except _Problem as problem:
            yield Draft(line.number, key, "skip", "error", problem.code, problem.params)
            continue
        seen.add(key)
        before: dict[str, Value] = {"number": row.number, "issued": row.issued, "paid": row.paid}
        changed = any(after[name] != value for name, value in before.items())
        yield Draft(
            line.number,
            key,
            "update" if changed else "unchanged",
            severity="warning" if warning else "",
            code=warning.code if warning else "",
            params=warning.params if warning else {},
            before=before,
            after=after,
            object_kind=OBJECT,
            object_key=str(row.id),
        )


def _checked(
    line: Line,
    known: Mapping[str, _Known],
    taken: dict[tuple[int, str], str],
    seen: set[str],
    now: datetime,
) -> tuple[_Known, dict[str, Value], _Problem | None]:
    """The row meant, what it will be, and what is to be warned of. Raises _Problem."""
    key = line.cells.get("key", "")[:20]
    row = _row(key, known, seen)
    number = line.cells.get("number", "")[:40] or row.number
    if row.number and number != row.number:
        raise _Problem("ledger-other-number", key=key, known=row.number, value=number)
    if number and taken.setdefault((row.seller_id, number), key) != key:
        raise _Problem("ledger-number-taken", value=number, key=taken[row.seller_id, number])
    issued = _day(line, "issued", now) or row.issued
    paid, paid_on = _money(line, row, now)
    if paid and not number:
        raise _Problem("ledger-no-number")
    # `paid_on` says when; only the sum is compared when it is taken back.
    after: dict[str, Value] = {"number": number, "issued": issued, "paid": paid}
    after["paid_on"] = paid_on if paid != row.paid else ""
    return row, after, _warning(row, paid)


def _row(key: str, known: Mapping[str, _Known], seen: set[str]) -> _Known:
    if not key:
        raise _Problem("ledger-no-key")
    row = known.get(key)
    if row is None:
        raise _Problem("ledger-unknown-key", value=key)
    if key in seen:
        raise _Problem("ledger-twice", value=key)
    if not row.ledger:
        raise _Problem("ledger-own", value=key)
    if not row.exported:
        raise _Problem("ledger-not-exported", value=key)
    return row


def _money(line: Line, row: _Known, now: datetime) -> tuple[int, str]:
    """How much has been paid in all, in cents, and when the last of it came."""
    said = line.cells.get("paid", "")
    paid = row.paid
    if said:
        try:
            paid = parse_cents(said).value
        except BadAmount as error:
            raise _Problem("ledger-bad-amount", value=said[:40], field="paid") from error
    elif line.cells.get("state", "").casefold() in PAID_WORDS:
        paid = max(row.paid, row.total)
    if paid == row.paid:
        return paid, ""
    if row.kind != Kind.INVOICE or paid < 0:
        raise _Problem("ledger-credit-paid", value=line.cells.get("key", "")[:20])
    paid_on = _day(line, "paid_on", now)
    if not paid_on:
        raise _Problem("ledger-no-paid-day")
    if paid_on < row.own_day:
        raise _Problem("ledger-early", value=paid_on, issued=row.own_day)
    return paid, paid_on


def _warning(row: _Known, paid: int) -> _Problem | None:
    if paid < row.paid:
        return _Problem("ledger-less", value=Cents(paid).plain(), known=Cents(row.paid).plain())
    if paid > row.total and row.kind == Kind.INVOICE:
        return _Problem("ledger-more", value=Cents(paid).plain(), total=Cents(row.total).plain())
    return None


def _day(line: Line, field: str, now: datetime) -> str:
    text = line.cells.get(field, "")
    if not text:
        return ""
    found = sheets.day(text)
    if found is None:
        raise _Problem("ledger-bad-day", value=shorten(text, 40), field=field)
    if found > clock.day_of(now):
        raise _Problem("ledger-future", value=found.isoformat())
    return found.isoformat()


def _known(keys: set[str]) -> dict[str, _Known]:
    paid = dict(
        Payment.objects.filter(invoice__number__in=keys)
        .values_list("invoice_id")
        .annotate(sum=Sum("amount_cents"))
        .order_by()
    )
    return {
        row.number: _Known(
            id=row.pk,
            kind=row.kind,
            ledger=row.ledger,
            exported=row.ledger_export_id is not None,
            number=row.ledger_number,
            issued=row.ledger_issued.isoformat() if row.ledger_issued else "",
            own_day=row.issued_on.isoformat(),
            seller_id=row.seller_id,
            total=row.total_cents,
            paid=paid.get(row.pk, 0),
        )
        for row in Invoice.objects.filter(number__in=keys).defer("content")
    }
