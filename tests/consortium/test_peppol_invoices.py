"""Every issued invoice and credit note as Peppol, by the published rules and an engine that is not ours."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from lxml import etree
from tests import needs, schematron
from tests.consortium.conftest import BY, NOW

from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import services as budgets
from kimppa.consortium.budgets.services import Resolution
from kimppa.consortium.governance.services import Words
from kimppa.consortium.invoicing import content, peppol, queries, services
from kimppa.consortium.invoicing.models import Document, Invoice
from kimppa.consortium.invoicing.rules import DocumentKind, DocumentMissing
from kimppa.foundation.core import jobs
from kimppa.foundation.core.money import Cents

pytestmark = pytest.mark.django_db
TODAY = date(2022, 11, 15)
RULES = ("CEN-EN16931-UBL.sch", "PEPPOL-EN16931-UBL.sch")


def failures(document: bytes) -> list[str]:
    paths = [needs.shared("schemas", "peppol", name) for name in RULES]
    return [one for path in paths for one in schematron.failures(path, document)]


def levy_and_issue(*, months: int = 12) -> list[Invoice]:
    """2023 by a rate for some months, issued."""
    revision = budgets.decide_and_levy(
        by=BY,
        resolution=Resolution("directors-days", "1/2022", date(2022, 11, 10), Words("Maksu 2023"), None),
        year=2023,
        cost_class=CostClass.CONTENT,
        rate=Decimal("0.70"),
        months=months,
        reference_date=date(2021, 12, 31),
        now=NOW,
    )
    services.issue(by=BY, revision=revision, issued_on=TODAY, now=NOW)
    return list(Invoice.objects.filter(year=2023).order_by("pk"))


def test_all_57_of_a_rate_for_eight_months_follow_every_rule(issued_2022: None) -> None:
    rows = levy_and_issue(months=8)
    assert len(rows) == 57
    for row in rows:
        xml = peppol.xml(content.from_json(row.content))
        assert failures(xml) == [], row.number
        assert etree.fromstring(xml).findtext(".//{*}PayableAmount") == Cents(row.total_cents).plain()


def test_shares_of_a_sum_follow_them_too(issued_2022: None) -> None:
    for row in levy_and_issue()[::7]:
        frozen = content.from_json(row.content)
        lines = tuple(replace(one, rate=None, decided_sum=Cents(46_000_000)) for one in frozen.lines)
        assert failures(peppol.xml(replace(frozen, lines=lines))) == [], row.number


def test_a_difference_that_is_no_product_is_one_piece_at_its_sum(issued_2022: None) -> None:
    frozen = content.from_json(levy_and_issue()[0].content)
    line = replace(frozen.lines[0], amount=Cents(12_345))
    xml = peppol.xml(replace(frozen, lines=(line,), total=Cents(12_345)))
    assert failures(xml) == []
    root = etree.fromstring(xml)
    assert (root.findtext(".//{*}InvoicedQuantity"), root.findtext(".//{*}PriceAmount")) == ("1", "123.45")


def test_the_stored_document_carries_the_pdf_and_a_credit_note_names_its_invoice(issued_2022: None) -> None:
    row = levy_and_issue()[0]
    note = services.credit(by=BY, invoice=row.pk, reason="Väärä maksaja", issued_on=TODAY, now=NOW)
    jobs.run_pending()
    for invoice, kind in ((row.pk, "Invoice"), (note, "CreditNote")):
        xml = queries.document(invoice, DocumentKind.PEPPOL).content
        root = etree.fromstring(xml)
        assert etree.QName(root).localname == kind
        assert failures(xml) == []
        inside = base64.b64decode(root.findtext(".//{*}EmbeddedDocumentBinaryObject") or "")
        assert inside == queries.document(invoice, DocumentKind.PDF).content
    assert root.findtext(".//{*}InvoiceDocumentReference/{*}ID") == row.number
    assert root.findtext(".//{*}PayableAmount") == Cents(row.total_cents).plain()


def test_without_a_business_id_the_other_documents_are_made_and_peppol_is_not(issued_2022: None) -> None:
    row = Invoice.objects.order_by("pk")[0]
    row.content["payer"]["business_id"] = ""
    row.save(update_fields=["content"])
    services.keep_documents(invoice=row.pk, now=NOW)
    assert set(Document.objects.filter(invoice=row).values_list("kind", flat=True)) == {"pdf", "finvoice"}
    with pytest.raises(DocumentMissing):
        queries.document(row.pk, DocumentKind.PEPPOL)
