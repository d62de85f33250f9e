"""Which documents are kept of what was issued."""

from __future__ import annotations

from kimppa.consortium.invoicing.models import Document
from kimppa.consortium.invoicing.rules import DocumentKind


def kinds_of(year: int) -> dict[int, tuple[DocumentKind, ...]]:
    """Invoice id → the kinds of its documents, of a fiscal year.

    Not every invoice has each: those of earlier years were made before Peppol was.
    """
    found: dict[int, tuple[DocumentKind, ...]] = {}
    rows = Document.objects.filter(invoice__year=year).order_by("pk").values_list("invoice_id", "kind")
    for invoice, kind in rows:
        found[invoice] = (*found.get(invoice, ()), DocumentKind(kind))
    return found
