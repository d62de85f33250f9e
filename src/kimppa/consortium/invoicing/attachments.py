"""Documents that go with an invoice: PDF, inside its Peppol e-invoice, until it is sent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act, Visible
from kimppa.consortium.budgets.queries import EVERYTHING
from kimppa.consortium.invoicing import peppol
from kimppa.consortium.invoicing.content import Content, from_json
from kimppa.consortium.invoicing.ledger_models import Attachment
from kimppa.consortium.invoicing.models import Document, Invoice
from kimppa.consortium.invoicing.queries import invoice_rows
from kimppa.consortium.invoicing.rules import DocumentKind, NoSuchInvoice
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.text import clean_line, noop
from kimppa.foundation.files import queries as files
from kimppa.foundation.files.models import Retention
from kimppa.foundation.files.rules import MEGABYTE
from kimppa.foundation.files.services import FileTooLarge, store
from kimppa.foundation.protocols.peppol import Attachment as Inside

MAX_BYTES = 5 * MEGABYTE
MOST = 5


class NotPdf(Invalid):
    code = "attachment-not-pdf"
    sentence = noop("“%(name)s” is not a PDF file. Only PDF goes into an e-invoice. Nothing was attached.")


class TooManyAttachments(Refused):
    code = "too-many-attachments"
    sentence = noop("%(number)s has %(most)s attachments, which is the most. Nothing was attached.")


class AlreadySent(Refused):
    code = "attachment-already-sent"
    sentence = noop("%(number)s has been sent or is not sent from here. Nothing was attached.")


class NoSuchAttachment(Missing):
    code = "no-such-attachment"
    sentence = noop("There is no such attachment.")


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    id: int
    title: str
    name: str
    size: int


@transaction.atomic
def attach(*, by: Actor, invoice: int, title: str, name: str, content: bytes, now: datetime) -> int:
    """Put a PDF with an invoice; returns the attachment's id. The same bytes twice are one attachment.

    Where the e-invoice has been made, it is made again with the attachment inside. Raises NoSuchInvoice,
    AlreadySent, NotPdf, FileTooLarge, TooManyAttachments.
    """
    require(by, Act.ISSUE_INVOICES, now=now)
    row = Invoice.objects.select_for_update().filter(pk=invoice).first()
    if row is None:
        raise NoSuchInvoice
    if row.sent_at is not None or row.ledger:
        raise AlreadySent(number=row.number)
    if len(content) > MAX_BYTES:
        raise FileTooLarge(size=-(-len(content) // MEGABYTE), limit=MAX_BYTES // MEGABYTE)
    if not content.startswith(b"%PDF-"):
        raise NotPdf(name=clean_line(name)[:60])
    same = hashlib.sha256(content).hexdigest()
    standing = Attachment.objects.filter(invoice=row, file__sha256=same).first()
    if standing is not None:
        return standing.pk
    if row.attachments.count() >= MOST:
        raise TooManyAttachments(number=row.number, most=MOST)
    file = store(
        name=name, content=content, media_type="application/pdf", retention=Retention.ACCOUNTING, now=now
    )
    shown = clean_line(title)[:100] or file.name[:100]
    made = Attachment.objects.create(invoice=row, title=shown, file=file, added=now)
    if row.rendered_at is not None:
        _make_again(row, now)
    told: dict[str, audit.Value] = {"invoice": row.number, "title": shown, "sha256": file.sha256}
    audit.record(by=by, act="invoicing.attach", obj=made, before=None, after=told, now=now)
    return made.pk


def _make_again(row: Invoice, now: datetime) -> None:
    """The e-invoice with its attachments; the earlier bytes stay in the store until their time."""
    kept = Document.objects.select_related("file").filter(invoice=row, kind=DocumentKind.PEPPOL.value).first()
    drawn = Document.objects.select_related("file").filter(invoice=row, kind=DocumentKind.PDF.value).first()
    if kept is None or drawn is None:
        return
    content = from_json(row.content)
    body = peppol.xml(content, inside(row, content, files.read(drawn.file)))
    kept.file = store(
        name=kept.file.name,
        content=body,
        media_type="application/xml",
        retention=Retention.ACCOUNTING,
        now=now,
    )
    kept.sha256 = kept.file.sha256
    kept.save(update_fields=["file", "sha256"])


def inside(row: Invoice, content: Content, drawn: bytes) -> tuple[Inside, ...]:
    """What an invoice's Peppol document carries: its own PDF and whatever was attached."""
    more = [
        Inside(
            identifier=f"{content.number}-{position}",
            description=one.title,
            name=one.file.name,
            media_type=one.file.media_type,
            content=files.read(one.file),
        )
        for position, one in enumerate(row.attachments.select_related("file").order_by("pk"), start=1)
    ]
    return (peppol.of_pdf(content, drawn), *more)


def attachments_of(invoice: int) -> tuple[AttachmentRow, ...]:
    """What goes with an invoice, in the order it was attached."""
    rows = Attachment.objects.filter(invoice_id=invoice).select_related("file").order_by("pk")
    return tuple(AttachmentRow(row.pk, row.title, row.file.name, row.file.size) for row in rows)


def attachment(attachment_id: int, *, visible: Visible = EVERYTHING) -> tuple[str, bytes]:
    """Name and bytes of an attachment. Raises NoSuchAttachment, also for who may not see its invoice."""
    row = Attachment.objects.select_related("file").filter(pk=attachment_id).first()
    if row is None or not invoice_rows(visible).filter(pk=row.invoice_id).exists():
        raise NoSuchAttachment
    return row.file.name, files.read(row.file)
