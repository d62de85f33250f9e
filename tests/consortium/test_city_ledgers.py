"""A seller whose own ledger invoices: a batch out once, its numbers and payments back, never doubled."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from tests.consortium.conftest import BY, NOW

from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import services as budgets
from kimppa.consortium.budgets.services import Resolution
from kimppa.consortium.governance.services import Words
from kimppa.consortium.invoicing import ledger, ledger_queries, ledger_return, queries, services
from kimppa.consortium.invoicing.bookkeeping import (
    AccountRole,
    BadAccount,
    NothingToExport,
    NotLedgerSeller,
    OverlappingAccount,
)
from kimppa.consortium.invoicing.ledger_return import PreviewOutdated
from kimppa.consortium.invoicing.models import Document, Invoice, Payment, Seller
from kimppa.consortium.invoicing.rules import InvoiceState, LedgerSends, SellerMode
from kimppa.foundation.core import jobs
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.sheets import HeaderMissing, SheetUnreadable
from kimppa.foundation.core.tabular import xlsx_bytes
from kimppa.foundation.imports import queries as imports
from kimppa.foundation.imports.models import ImportBatch
from kimppa.foundation.imports.services import UndoRefused, WrongImportState

pytestmark = pytest.mark.django_db
TODAY = date(2022, 11, 15)


@pytest.fixture
def rovaniemi(issued_2022: None) -> Seller:
    """Rovaniemi's ledger invoices; 2023 is issued: 20 rows, ESIMROI21…40."""
    seller = Seller.objects.get(prefix="ESIMROI")
    ledger.set_mode(by=BY, seller=seller.pk, mode=SellerMode.LEDGER, now=NOW)
    revision = budgets.decide_and_levy(
        by=BY,
        resolution=Resolution("directors-days", "1/2022", date(2022, 11, 10), Words("Maksu 2023"), None),
        year=2023,
        cost_class=CostClass.CONTENT,
        rate=Decimal("0.78"),
        reference_date=date(2021, 12, 31),
        now=NOW,
    )
    services.issue(by=BY, revision=revision, issued_on=TODAY, now=NOW)
    return seller


def account(seller: Seller, number: str, start: date | None, cost_class: CostClass | None = None) -> None:
    ledger.set_account(
        by=BY,
        seller=seller.pk,
        role=AccountRole.INCOME,
        cost_class=cost_class,
        account=number,
        cost_centre="8801",
        valid_from=start,
        now=NOW,
    )


def exported(seller: Seller) -> list[dict[str, str]]:
    made = ledger.export(by=BY, seller=seller.pk, now=NOW)
    _, body = ledger_queries.export_file(made)
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig")), delimiter=";"))


def stage(text: str) -> int:
    return ledger_return.stage_return(by=BY, raw=text.encode(), source_name="vastaus.csv", now=NOW)


def apply(batch: int) -> int:
    return ledger_return.apply_return(by=BY, batch_id=batch, now=NOW)


def report(batch: int) -> list[tuple[int, str, str, str]]:
    rows = imports.report(ImportBatch.objects.get(pk=batch))
    return [(row.number, row.key, row.action, row.code) for row in rows]


def row(key: str) -> Invoice:
    return Invoice.objects.get(number=key)


def test_only_the_basis_is_made_and_it_is_no_invoice(rovaniemi: Seller) -> None:
    jobs.run_pending()
    one = row("ESIMROI21")
    assert one.ledger
    assert [d.kind for d in Document.objects.filter(invoice=one)] == ["pdf"]
    assert queries.invoice(one.pk).row.state is InvoiceState.TO_LEDGER
    assert {d.kind for d in Document.objects.filter(invoice__number="ESIMOUL38")} == {
        "pdf",
        "finvoice",
        "peppol",
    }
    with pytest.raises(LedgerSends, match="ESIMROI21"):
        services.mark_sent(by=BY, invoices=[one.pk], now=NOW)
    assert not Invoice.objects.filter(sent_at__isnull=False, ledger=True).exists()


def test_the_batch_has_a_row_a_line_with_account_and_sums(rovaniemi: Seller) -> None:
    account(rovaniemi, "3100", None)
    account(rovaniemi, "3150", date(2022, 1, 1), CostClass.CONTENT)
    rows = exported(rovaniemi)
    assert tuple(rows[0]) == ledger.COLUMNS
    assert len(rows) == 20
    assert {(r["account"], r["cost_centre"]) for r in rows} == {("3150", "8801")}
    wanted = sum(Invoice.objects.filter(seller=rovaniemi, ledger=True).values_list("total_cents", flat=True))
    assert sum(Decimal(r["amount"]) for r in rows) == Cents(wanted).euros
    assert (rows[0]["key"], rows[0]["kind"], rows[0]["currency"]) == ("ESIMROI21", "invoice", "EUR")
    assert rows[0]["source"].startswith("levy/")


def test_nothing_is_in_two_batches_and_an_own_seller_has_none(rovaniemi: Seller) -> None:
    exported(rovaniemi)
    with pytest.raises(NothingToExport):
        ledger.export(by=BY, seller=rovaniemi.pk, now=NOW)
    with pytest.raises(NotLedgerSeller):
        ledger.export(by=BY, seller=Seller.objects.get(prefix="ESIMOUL").pk, now=NOW)
    services.credit(by=BY, invoice=row("ESIMROI21").pk, reason="Väärä", issued_on=TODAY, now=NOW)
    (credit,) = exported(rovaniemi)
    assert (credit["key"], credit["kind"], credit["credits_key"]) == (
        "ESIMROI41",
        "credit-note",
        "ESIMROI21",
    )
    assert credit["amount"].startswith("-")


def test_accounts_have_dates_that_never_overlap(rovaniemi: Seller) -> None:
    account(rovaniemi, "3100", date(2022, 1, 1))
    account(rovaniemi, "3200", date(2023, 1, 1))
    assert [(a.account, a.valid_to) for a in ledger_queries.accounts()] == [
        ("3100", date(2022, 12, 31)),
        ("3200", None),
    ]
    with pytest.raises(OverlappingAccount):
        account(rovaniemi, "3300", date(2022, 6, 1))
    with pytest.raises(BadAccount):
        account(rovaniemi, "31;00", date(2024, 1, 1))


def test_numbers_and_payments_come_back_and_reading_twice_doubles_nothing(rovaniemi: Seller) -> None:
    exported(rovaniemi)
    total = Cents(row("ESIMROI21").total_cents).plain()
    answer = (
        "Tunniste;Laskunumero;Laskupäivä;Tila;Maksettu;Maksupäivä\n"
        f"ESIMROI21;700001;15.11.2022;maksettu;{total};15.11.2022\n"
        "ESIMROI22;700002;15.11.2022;avoin;100,00;15.11.2022\n"
        "ESIMROI23;700003;15.11.2022;avoin;;\n"
        "Yhteensä;;;;;\n"
    )
    first = stage(answer)
    assert Payment.objects.filter(invoice__number="ESIMROI21").count() == 0
    assert [action for _, _, action, _ in report(first)] == ["update", "update", "update", "skip"]
    assert apply(first) == 3
    paid = queries.invoice(row("ESIMROI21").pk).row
    assert (paid.number, paid.key, paid.state) == ("700001", "ESIMROI21", InvoiceState.PAID)
    part = queries.invoice(row("ESIMROI22").pk).row
    assert (part.paid, part.state) == (Cents(10_000), InvoiceState.PART_PAID)
    assert queries.invoice(row("ESIMROI23").pk).row.state is InvoiceState.SENT
    again = stage(answer)
    assert [action for _, _, action, _ in report(again)] == ["unchanged"] * 3 + ["skip"]
    assert apply(again) == 0
    assert Payment.objects.filter(key__startswith="ledger:").count() == 2
    later = stage("key;paid;paid_on\nESIMROI22;150;15.11.2022\n")
    assert apply(later) == 1
    assert queries.invoice(row("ESIMROI22").pk).row.paid == Cents(15_000)


def test_an_answer_is_taken_back_whole_and_not_when_changed_since(rovaniemi: Seller) -> None:
    exported(rovaniemi)
    batch = stage("key;number;paid;paid_on\nESIMROI21;700001;10;2022-11-15\n")
    apply(batch)
    assert ledger_return.undo_return(by=BY, batch_id=batch, now=NOW) == 1
    assert row("ESIMROI21").ledger_number == ""
    assert not Payment.objects.filter(invoice=row("ESIMROI21")).exists()
    with pytest.raises(WrongImportState):
        apply(batch)
    batch = stage("key;number;paid;paid_on\nESIMROI21;700001;10;2022-11-15\n")
    apply(batch)
    services.record_payment(
        by=BY, invoice=row("ESIMROI21").pk, key="x", received_on=TODAY, amount=Cents(1), now=NOW
    )
    with pytest.raises(UndoRefused):
        ledger_return.undo_return(by=BY, batch_id=batch, now=NOW)
    assert row("ESIMROI21").ledger_number == "700001"


def test_a_preview_that_has_grown_old_records_nothing(rovaniemi: Seller) -> None:
    exported(rovaniemi)
    text = "key;number;paid;paid_on\nESIMROI21;700001;10;2022-11-15\nESIMROI22;700002;10;2022-11-15\n"
    old = stage(text)
    apply(stage("key;number\nESIMROI22;700002\n"))
    with pytest.raises(PreviewOutdated, match="ESIMROI22"):
        apply(old)
    assert row("ESIMROI21").ledger_number == ""


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (";7;;;", "ledger-no-key"),
        ("X1;7;;;", "ledger-unknown-key"),
        ("ESIMOUL38;7;;;", "ledger-own"),
        ("ESIMROI24;700003;;;", "ledger-number-taken"),
        ("ESIMROI23;800000;;;", "ledger-other-number"),
        ("ESIMROI25;7;30.2.2022;;", "ledger-bad-day"),
        ("ESIMROI25;7;16.11.2022;;", "ledger-future"),
        ("ESIMROI25;7;;paljon;15.11.2022", "ledger-bad-amount"),
        ("ESIMROI25;;;10;15.11.2022", "ledger-no-number"),
        ("ESIMROI25;7;;10;", "ledger-no-paid-day"),
        ("ESIMROI25;7;;10;14.11.2022", "ledger-early"),
    ],
)
def test_a_row_with_a_mistake_is_told_and_left_out(rovaniemi: Seller, line: str, code: str) -> None:
    exported(rovaniemi)
    apply(stage("key;number\nESIMROI23;700003\n"))
    batch = stage(f"key;number;issued;paid;paid_on\n{line}\n")
    assert [(action, told) for _, _, action, told in report(batch)] == [("skip", code)]
    assert apply(batch) == 0


def test_what_was_not_exported_and_a_key_twice_are_told(rovaniemi: Seller) -> None:
    assert report(stage("key;number\nESIMROI21;1\n")) == [(2, "ESIMROI21", "skip", "ledger-not-exported")]
    exported(rovaniemi)
    assert [c for *_, c in report(stage("key;number\nESIMROI21;1\nESIMROI21;1\n"))] == ["", "ledger-twice"]


def test_a_workbook_is_read_too_and_what_is_none_is_refused(rovaniemi: Seller) -> None:
    exported(rovaniemi)
    raw = xlsx_bytes(
        ["Tunniste", "Laskunumero", "Maksettu", "Maksupäivä"], [["ESIMROI21", "9", Cents(1), TODAY]]
    )
    batch = ledger_return.stage_return(by=BY, raw=raw, source_name="v.xlsx", now=NOW)
    assert apply(batch) == 1
    assert queries.invoice(row("ESIMROI21").pk).row.paid == Cents(1)
    with pytest.raises(SheetUnreadable):
        ledger_return.stage_return(by=BY, raw=b"PK\x03\x04x", source_name="v.xlsx", now=NOW)
    with pytest.raises(HeaderMissing, match="key"):
        stage("a;b\n1;2\n")


def test_the_database_refuses_a_ledgers_number_given_twice(rovaniemi: Seller) -> None:
    Invoice.objects.filter(number="ESIMROI21").update(ledger_number="7")
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.filter(number="ESIMROI22").update(ledger_number="7")
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.filter(number="ESIMOUL38").update(ledger_number="8")


def test_the_document_names_every_column_of_batch_and_answer() -> None:
    text = (Path(__file__).parents[2] / "docs" / "ledgers.md").read_text(encoding="utf-8")
    batch, answer = text.split("The answer is")
    assert tuple(re.findall(r"^\| `(\w+)` \|", batch, re.MULTILINE)) == ledger.COLUMNS
    assert re.findall(r"^\| `(\w+)` \|", answer, re.MULTILINE) == list(ledger_return.COLUMNS)
