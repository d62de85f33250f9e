"""Attachments inside the e-invoice; settling between the cities to the cent, once."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from tests import needs, schematron
from tests.consortium.conftest import BY

from kimppa.commons.members.roles import Visible
from kimppa.consortium.invoicing import attachments, queries, services, settlements
from kimppa.consortium.invoicing.attachments import (
    AlreadySent,
    NoSuchAttachment,
    NotPdf,
    TooManyAttachments,
)
from kimppa.consortium.invoicing.between_cities import (
    NothingToSettle,
    NoWeights,
    SettlementChanged,
    SettlementReference,
    Side,
    settle,
)
from kimppa.consortium.invoicing.ledger_models import Attachment, Settlement
from kimppa.consortium.invoicing.models import Invoice, Seller
from kimppa.consortium.invoicing.rules import DocumentKind
from kimppa.consortium.invoicing.settlements import Terms
from kimppa.foundation.core.money import Cents
from kimppa.foundation.files.services import FileTooLarge

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)
PDF = b"%PDF-1.7\nliite"


def attach(row: Invoice, content: bytes = PDF, name: str = "liite.pdf") -> int:
    return attachments.attach(by=BY, invoice=row.pk, title="Erittely", name=name, content=content, now=NOW)


def carried(row: Invoice) -> list[bytes]:
    xml = queries.document(row.pk, DocumentKind.PEPPOL).content
    for name in ("CEN-EN16931-UBL.sch", "PEPPOL-EN16931-UBL.sch"):
        assert schematron.failures(needs.shared("schemas", "peppol", name), xml) == ()
    found = etree.fromstring(xml).iterfind(".//{*}EmbeddedDocumentBinaryObject")
    return [base64.b64decode(one.text or "") for one in found]


def test_an_attachment_travels_inside_whether_given_before_or_after_the_documents(issued_2022: None) -> None:
    early, late = Invoice.objects.order_by("pk")[:2]
    attach(early)
    for row in (early, late):
        services.keep_documents(invoice=row.pk, now=NOW)
    assert len(carried(late)) == 1
    made = attach(late)
    assert attach(late) == made
    for row in (early, late):
        drawn = queries.document(row.pk, DocumentKind.PDF).content
        assert carried(row) == [drawn, PDF]
    assert attachments.attachment(made)[1] == PDF
    with pytest.raises(NoSuchAttachment):
        attachments.attachment(made, visible=Visible(False, frozenset({"614"})))


def test_what_cannot_go_with_an_invoice_is_refused_with_its_reason(issued_2022: None) -> None:
    row = Invoice.objects.order_by("pk")[0]
    with pytest.raises(FileTooLarge, match="200 MB, at most 5 MB"):
        attach(row, PDF + b"0" * (200 * 1024 * 1024 - len(PDF)))
    with pytest.raises(NotPdf, match=r"kuva\.png"):
        attach(row, b"\x89PNG", "kuva.png")
    for number in range(5):
        attach(row, PDF + str(number).encode())
    with pytest.raises(TooManyAttachments):
        attach(row, PDF + b"6")
    services.keep_documents(invoice=row.pk, now=NOW)
    services.mark_sent(by=BY, invoices=[row.pk], now=NOW)
    with pytest.raises(AlreadySent):
        attach(row, PDF + b"7")
    assert Attachment.objects.count() == 5


def side(number: int, collected: int, paid: int, weight: int, before: int = 0) -> Side:
    return Side(number, str(number), Cents(collected), Cents(paid), weight, Cents(before))


def test_everybody_keeps_what_it_paid_and_its_part_of_the_rest() -> None:
    # 100.00 collected, 40.00 paid by the second; 60.00 left, 3 : 1.
    first, second = settle([side(1, 8_000, 0, 3), side(2, 2_000, 4_000, 1)])
    assert (first.due, first.transfer) == (Cents(4_500), Cents(3_500))
    assert (second.due, second.transfer) == (Cents(5_500), Cents(-3_500))
    with pytest.raises(NoWeights):
        settle([side(1, 1, 0, 0), side(2, 1, 0, 0)])


@given(
    st.lists(
        st.tuples(st.integers(0, 10**8), st.integers(0, 10**8), st.integers(0, 10**6)), min_size=2, max_size=4
    )
)
def test_transfers_sum_to_nothing(rows: list[tuple[int, int, int]]) -> None:
    rows[0] = (*rows[0][:2], rows[0][2] + 1)
    settled = settle([side(n, *row) for n, row in enumerate(rows)])
    assert sum(one.transfer.value for one in settled) == 0
    assert sum(one.due.value for one in settled) == sum(row[0] for row in rows)


def record(terms: dict[int, Terms], reference: str = "ESIMERKKI/20/2022") -> int:
    expected = {one.side.seller_id: one.transfer for one in settlements.plan(2022, terms)}
    return settlements.record_settlement(
        by=BY, year=2022, terms=terms, expected=expected, reference=reference,
        dated=date(2022, 11, 1), now=NOW,
    )  # fmt: skip


def test_a_settlement_is_recorded_once_and_a_later_one_moves_the_difference(issued_2022: None) -> None:
    oulu, rovaniemi = Seller.objects.order_by("prefix")
    sums = settlements.collected(2022)
    # 0.75 × 662,159 residents, each cent of which one of the two collected.
    assert sum(one.value for one in sums.values()) == 49_661_925
    terms = {oulu.pk: Terms(Cents(10_000_000), 7332), rovaniemi.pk: Terms(Cents(0), 2668)}
    with pytest.raises(SettlementReference):
        record(terms, " ")
    planned = settlements.plan(2022, terms)
    record(terms)
    assert sum(row.transfer.value for row in settlements.settlements()) == 0
    with pytest.raises(NothingToSettle):
        record(terms)
    with pytest.raises(SettlementChanged):
        settlements.record_settlement(
            by=BY, year=2022, terms={**terms, oulu.pk: Terms(Cents(0), 7332)},
            expected={one.side.seller_id: one.transfer for one in planned},
            reference="x", dated=date(2022, 11, 1), now=NOW,
        )  # fmt: skip
    more = {**terms, oulu.pk: Terms(Cents(10_100_000), 7332)}
    record(more)
    given = {row.seller: 0 for row in settlements.settlements()}
    for row in settlements.settlements():
        given[row.seller] += row.transfer.value
    wanted = {one.side.name: one.side.collected.value - one.due.value for one in settlements.plan(2022, more)}
    assert given == wanted
    assert Settlement.objects.count() == 2
