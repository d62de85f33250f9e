"""Issuing, documents, sending, paying, crediting; with exact figures and what must not happen."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from lxml import etree
from tests import needs
from tests.consortium.conftest import BY, NOW

from kimppa.commons.members.models import LegalParty
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import services as budgets
from kimppa.consortium.budgets.services import Resolution
from kimppa.consortium.governance.services import Words
from kimppa.consortium.invoicing import content, payers, pdf, plans, queries, services
from kimppa.consortium.invoicing import finvoice as einvoice
from kimppa.consortium.invoicing.models import (
    BillingBatch,
    Document,
    InternalCharge,
    Invoice,
    InvoiceLine,
    NumberSeries,
    PayerOf,
    Payment,
    Seller,
)
from kimppa.consortium.invoicing.rules import (
    AlreadyCredited,
    BadPayment,
    BadSeller,
    CannotCredit,
    DocumentKind,
    DocumentMissing,
    DocumentsNotReady,
    EarlierRevisionIssued,
    InvoiceState,
    IssuedBeforeOthers,
    IssuedInFuture,
    NoSuchInvoice,
    NotLatestRevision,
    NotPayable,
    PayerMissing,
    PaymentBeforeInvoice,
    PaymentInFuture,
    ReasonNeeded,
    price_by_rate,
    price_of_amount,
)
from kimppa.foundation.accounts.models import AuditEntry
from kimppa.foundation.core import jobs
from kimppa.foundation.core.money import Cents
from kimppa.foundation.protocols.reference import is_finnish

pytestmark = pytest.mark.django_db
TODAY = date(2022, 11, 15)


@pytest.fixture
def levied(issued_2022: None) -> int:
    """The levy of 2023, not issued: 0.78 on 31.12.2021 = 517,414.56 €."""
    return levy_2023("0.78", "1/2022")


def levy_2023(rate: str, number: str, supersedes: int | None = None) -> int:
    return budgets.decide_and_levy(
        by=BY,
        resolution=Resolution("directors-days", number, date(2022, 11, 10), Words("Maksu 2023"), supersedes),
        year=2023,
        cost_class=CostClass.CONTENT,
        rate=Decimal(rate),
        reference_date=date(2021, 12, 31),
        now=NOW,
    )


def issue(revision: int) -> services.Issued:
    return services.issue(by=BY, revision=revision, issued_on=TODAY, now=NOW)


def first_of_2023() -> Invoice:
    return Invoice.objects.filter(year=2023).order_by("pk")[0]


def test_the_preview_tells_the_truth_and_writes_nothing(levied: int) -> None:
    planned = plans.plan_issue(levied, on=TODAY)
    assert (planned.invoices, planned.internal, planned.done, planned.earlier) == (57, 2, 0, 0)
    assert planned.total == Cents(51_741_456)
    assert [(s.first, s.last) for s in planned.sellers] == [
        ("ESIMOUL38", "ESIMOUL74"),
        ("ESIMROI21", "ESIMROI40"),
    ]
    assert Invoice.objects.count() == 57
    made = issue(levied)
    assert (made.invoices, made.internal, made.total) == (57, 2, Cents(51_741_456))
    assert set(Invoice.objects.filter(year=2023).values_list("number", flat=True)) == {
        *(f"ESIMOUL{n}" for n in range(38, 75)),
        *(f"ESIMROI{n}" for n in range(21, 41)),
    }


def test_issuing_twice_issues_nothing_new(levied: int) -> None:
    issue(levied)
    counts = (Invoice.objects.count(), InternalCharge.objects.count(), BillingBatch.objects.count())
    series = list(NumberSeries.objects.order_by("pk").values_list("last", flat=True))
    assert issue(levied) == services.Issued(0, 0, Cents(0))
    assert (Invoice.objects.count(), InternalCharge.objects.count(), BillingBatch.objects.count()) == counts
    assert list(NumberSeries.objects.order_by("pk").values_list("last", flat=True)) == series
    assert AuditEntry.objects.filter(act="invoicing.issue").count() == 4


def test_the_database_itself_refuses_a_source_charged_twice(levied: int) -> None:
    issue(levied)
    line = InvoiceLine.objects.order_by("-pk")[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        InvoiceLine.objects.create(
            invoice=line.invoice, position=9, source=line.source, share=line.share, amount_cents=1
        )


def test_no_invoice_when_seller_and_payer_are_one(levied: int) -> None:
    issue(levied)
    charged = InternalCharge.objects.filter(share__revision=levied)
    assert set(charged.values_list("share__municipality__code", flat=True)) == {"564", "698"}
    assert not InvoiceLine.objects.filter(share__municipality__code__in=["564", "698"]).exists()


def test_references_bar_codes_and_due_days_are_right(levied: int) -> None:
    issue(levied)
    for row in Invoice.objects.filter(year=2023):
        frozen = content.from_json(row.content)
        assert is_finnish(row.reference)
        assert len(frozen.barcode) == 54
        assert frozen.barcode[17:25] == f"{row.total_cents:08d}"
        assert frozen.barcode.endswith(row.due_on.strftime("%y%m%d"))
        # 15.11. + 30 days is a Thursday, a working day.
        assert row.due_on == date(2022, 12, 15)


def test_a_due_day_on_a_holiday_moves_to_the_next_working_day(levied: int) -> None:
    # 6.11. + 30 days is Independence Day, a Tuesday.
    services.issue(by=BY, revision=levied, issued_on=date(2022, 11, 6), now=NOW)
    assert first_of_2023().due_on == date(2022, 12, 7)


def test_every_e_invoice_follows_the_schema(levied: int) -> None:
    schema = etree.XMLSchema(etree.parse(str(needs.shared("schemas", "finvoice", "Finvoice3.0.xsd"))))
    issue(levied)
    for row in Invoice.objects.filter(year=2023):
        root = etree.fromstring(einvoice.xml(content.from_json(row.content)))
        schema.assertValid(root)
        assert root.findtext("InvoiceDetails/InvoiceNumber") == row.number
        assert "ESIMERKKI" in root.findtext("InvoiceDetails/InvoiceFreeText", "")


def test_documents_are_made_by_the_job_and_are_the_same_each_time(levied: int) -> None:
    issue(levied)
    row = first_of_2023()
    with pytest.raises(DocumentMissing):
        queries.document(row.pk, DocumentKind.PDF)
    jobs.run_pending()
    progress = queries.progress_of(2023)
    assert (progress.done, progress.total) == (57, 57)
    frozen = content.from_json(row.content)
    assert queries.document(row.pk, DocumentKind.PDF).content == pdf.pdf(frozen)
    assert queries.document(row.pk, DocumentKind.FINVOICE).content == einvoice.xml(frozen)
    services.keep_documents(invoice=row.pk, now=NOW)
    assert Document.objects.filter(invoice=row).count() == 3


def test_what_is_corrected_later_does_not_touch_what_was_issued(levied: int) -> None:
    issue(levied)
    row = first_of_2023()
    LegalParty.objects.update(name="Jotain muuta", street="Muu katu 2")
    Seller.objects.update(iban="FI2112345600000785")
    jobs.run_pending()
    xml = queries.document(row.pk, DocumentKind.FINVOICE).content.decode()
    assert "Jotain muuta" not in xml
    assert "FI2112345600000785" not in xml


def test_frozen_content_survives_json(levied: int) -> None:
    issue(levied)
    for row in Invoice.objects.filter(year=2023)[:3]:
        frozen = content.from_json(row.content)
        assert content.to_json(frozen) == row.content


def test_sending_waits_for_the_documents_and_is_all_or_none(levied: int) -> None:
    issue(levied)
    first, second = Invoice.objects.filter(year=2023).order_by("pk")[:2]
    services.keep_documents(invoice=first.pk, now=NOW)
    with pytest.raises(DocumentsNotReady):
        services.mark_sent(by=BY, invoices=[first.pk, second.pk], now=NOW)
    assert queries.invoice(first.pk).row.state is InvoiceState.READY
    assert services.mark_sent(by=BY, invoices=[first.pk], now=NOW) == 1
    assert services.mark_sent(by=BY, invoices=[first.pk], now=NOW) == 0
    assert queries.invoice(first.pk).row.state is InvoiceState.SENT
    with pytest.raises(NoSuchInvoice):
        services.mark_sent(by=BY, invoices=[first.pk, 999_999], now=NOW)


def test_payments_add_up_and_one_form_pays_once(levied: int) -> None:
    issue(levied)
    row = first_of_2023()

    def pay(key: str, cents: int, day: date = TODAY) -> int:
        return services.record_payment(
            by=BY, invoice=row.pk, key=key, received_on=day, amount=Cents(cents), now=NOW
        )

    assert pay("a", 100) == pay("a", 100)
    assert queries.invoice(row.pk).row.state is InvoiceState.PART_PAID
    assert queries.invoice(row.pk).row.open == Cents(row.total_cents - 100)
    pay("b", row.total_cents - 100)
    assert queries.invoice(row.pk).row.state is InvoiceState.PAID
    pay("c", -100)
    assert queries.invoice(row.pk).row.state is InvoiceState.PART_PAID
    with pytest.raises(BadPayment):
        pay("d", 0)
    with pytest.raises(PaymentInFuture):
        pay("e", 1, TODAY + timedelta(days=1))
    with pytest.raises(PaymentBeforeInvoice):
        pay("f", 1, row.issued_on - timedelta(days=1))
    other = Invoice.objects.filter(year=2023).order_by("-pk")[0]
    with pytest.raises(BadPayment):
        services.record_payment(by=BY, invoice=other.pk, key="a", received_on=TODAY, amount=Cents(1), now=NOW)
    assert Payment.objects.filter(invoice=row).count() == 3


def credit(row: Invoice, reason: str = "Väärä maksaja") -> int:
    return services.credit(by=BY, invoice=row.pk, reason=reason, issued_on=TODAY, now=NOW)


def test_a_credit_note_turns_every_line_and_frees_the_shares(levied: int) -> None:
    issue(levied)
    row = first_of_2023()
    before = row.content
    note = Invoice.objects.get(pk=credit(row))
    assert (note.total_cents, note.serial) == (-row.total_cents, 75)
    assert note.number == "ESIMOUL75"
    row.refresh_from_db()
    assert row.content == before
    assert queries.invoice(row.pk).row.state is InvoiceState.CREDITED
    assert [line.amount_cents for line in note.lines.all()] == [-row.total_cents]
    made = issue(levied)
    assert (made.invoices, made.total) == (1, Cents(row.total_cents))
    assert Invoice.objects.get(serial=76, seller=row.seller).total_cents == row.total_cents


def test_a_credit_note_is_a_valid_e_invoice_and_pdf(levied: int) -> None:
    schema = etree.XMLSchema(etree.parse(str(needs.shared("schemas", "finvoice", "Finvoice3.0.xsd"))))
    issue(levied)
    row = first_of_2023()
    note = credit(row)
    jobs.run_pending()
    root = etree.fromstring(queries.document(note, DocumentKind.FINVOICE).content)
    schema.assertValid(root)
    assert root.findtext("InvoiceDetails/InvoiceTypeCode") == "INV02"
    assert root.findtext("InvoiceDetails/OriginalInvoiceNumber") == row.number
    assert root.findtext("InvoiceRow/InvoicedQuantity", "").startswith("-")
    assert queries.document(note, DocumentKind.PDF).content.startswith(b"%PDF-")


def test_a_credit_is_given_once_with_a_reason_and_never_to_a_note(levied: int) -> None:
    issue(levied)
    row = first_of_2023()
    with pytest.raises(ReasonNeeded):
        credit(row, "  ")
    note = credit(row)
    assert credit(row) == note
    with pytest.raises(AlreadyCredited, match="ESIMOUL75"):
        credit(row, "toinen syy")
    with pytest.raises(CannotCredit):
        credit(Invoice.objects.get(pk=note))
    with pytest.raises(NotPayable):
        services.record_payment(by=BY, invoice=row.pk, key="x", received_on=TODAY, amount=Cents(1), now=NOW)
    assert Invoice.objects.filter(credits=row).count() == 1


def test_a_superseding_decision_is_not_issued_beside_invoices_that_stand(levied: int) -> None:
    issue(levied)
    first = first_of_2023()
    decision = first.batch.revision.decision_id
    second = levy_2023("0.80", "2/2022", supersedes=decision)
    with pytest.raises(NotLatestRevision):
        issue(levied)
    with pytest.raises(EarlierRevisionIssued, match="59"):
        issue(second)
    assert Invoice.objects.filter(year=2023).count() == 57


def test_a_share_without_payer_stops_everything_and_is_named(levied: int) -> None:
    PayerOf.objects.filter(municipality__code="009").update(valid_to=date(2022, 6, 30))
    assert plans.plan_issue(levied, on=TODAY).without_payer == ("Alavieska",)
    with pytest.raises(PayerMissing, match="Alavieska"):
        issue(levied)
    assert not Invoice.objects.filter(year=2023).exists()


def test_one_payer_of_two_municipalities_gets_one_invoice_with_two_lines(levied: int) -> None:
    host = PayerOf.objects.get(municipality__code="009").payer
    payers.pays_for(by=BY, payer=host.pk, municipality="069", valid_from=date(2022, 7, 1), now=NOW)
    assert issue(levied).invoices == 56
    both = Invoice.objects.get(year=2023, payer=host)
    assert set(both.lines.values_list("share__municipality__code", flat=True)) == {"009", "069"}
    assert both.total_cents == sum(both.lines.values_list("amount_cents", flat=True))
    etree.fromstring(einvoice.xml(content.from_json(both.content)))
    assert pdf.pdf(content.from_json(both.content)).startswith(b"%PDF-")


def test_an_invoice_is_not_dated_in_the_future(levied: int) -> None:
    with pytest.raises(IssuedInFuture):
        services.issue(by=BY, revision=levied, issued_on=TODAY + timedelta(days=1), now=NOW)


def test_a_sellers_account_must_be_real_in_form(issued_2022: None) -> None:
    party = Seller.objects.all()[0].party_id
    for change in ({"iban": "FI00123"}, {"reference_base": "0123"}, {"prefix": "x" * 13}):
        said = {"iban": "FI3715903000000776", "reference_base": "1234", "prefix": "A", "bic": "X"} | change
        with pytest.raises(BadSeller):
            payers.set_seller(by=BY, party=party, now=NOW, **said)  # type: ignore[arg-type]


def test_a_line_leads_back_to_population_rate_decision_and_annex(issued_2022: None) -> None:
    line = InvoiceLine.objects.get(share__municipality__code="009")
    told = queries.explain(line.pk)
    assert (told.share.residents, told.share.reference_date) == (2517, date(2020, 12, 31))
    assert told.share.population_source == "Tilastokeskus"
    assert told.exact == Decimal("1887.75")
    assert told.revision.decision.diary_number == "ESIMERKKI/12/2021"
    assert told.annex is not None
    assert told.annex.agreement_number == "ESIMERKKI/1/2021"
    assert told.annex.rate == Decimal("0.75")
    assert told.line.source == told.share.source


def test_prices_of_lines_keep_rate_and_months_apart() -> None:
    whole = price_by_rate(Decimal("0.75"), 2517, 12)
    assert (whole.quantity, whole.unit, whole.base) == (2517, Decimal("0.75"), 1)
    part = price_by_rate(Decimal("0.70"), 2447, 8)
    assert (part.unit, part.base) == (Decimal("5.6"), 12)
    fine = price_by_rate(Decimal("0.123457"), 2517, 8)
    assert (fine.unit, fine.base) == (Decimal("987.656"), 12_000)
    assert price_of_amount(Cents(12_345)).unit == Decimal("123.45")


def test_no_invoice_is_dated_before_one_with_a_smaller_number(levied: int) -> None:
    numbers = Invoice.objects.count()
    newest = Invoice.objects.order_by("-issued_on")[0].issued_on
    with pytest.raises(IssuedBeforeOthers):
        services.issue(by=BY, revision=levied, issued_on=newest - timedelta(days=1), now=NOW)
    assert Invoice.objects.count() == numbers
    assert services.issue(by=BY, revision=levied, issued_on=newest, now=NOW).invoices == 57
