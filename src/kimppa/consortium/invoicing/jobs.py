"""Making the documents of what was issued."""

from __future__ import annotations

from kimppa.consortium.invoicing import reminders, services
from kimppa.consortium.invoicing.ledger_models import Reminder
from kimppa.consortium.invoicing.models import Invoice
from kimppa.foundation.core.jobs import Run


def render(run: Run, *, batch: int) -> None:
    """Make the documents of a batch, one invoice after another.

    Killed or stopped, it goes on where it was: an invoice that has its documents is left alone.
    """
    rows = Invoice.objects.filter(batch_id=batch)
    total = rows.count()
    waiting = list(rows.filter(rendered_at__isnull=True).order_by("serial").values_list("pk", flat=True))
    done = total - len(waiting)
    run.progress(done, total)
    for invoice in waiting:
        if run.stop_requested():
            return
        services.keep_documents(invoice=invoice, now=run.now)
        done += 1
        run.progress(done, total)


def letters(run: Run, *, dated: str) -> None:
    """Make the letters of a day's reminders that are not made yet, and write to their payers."""
    rows = Reminder.objects.filter(dated=dated)
    total = rows.count()
    waiting = list(rows.filter(file__isnull=True).order_by("pk").values_list("pk", flat=True))
    done = total - len(waiting)
    run.progress(done, total)
    for reminder in waiting:
        if run.stop_requested():
            return
        reminders.keep_letter(reminder=reminder, now=run.now)
        done += 1
        run.progress(done, total)
