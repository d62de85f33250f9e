"""Payments by reference: matched, partial, over, unmatched; nothing doubled, nothing dropped."""

from __future__ import annotations

import pytest
from tests.consortium.conftest import BY, NOW, load_region
from tests.foundation.protocols.test_camt import entry, message

from kimppa.consortium.invoicing import bank_queries, statements
from kimppa.consortium.invoicing.models import BankMovement, BankStatement, Invoice, Payment
from kimppa.consortium.invoicing.queries import invoice as detail
from kimppa.consortium.invoicing.rules import InvoiceState, NoSuchInvoice
from kimppa.doors.console.demo import money
from kimppa.foundation.core.money import Cents
from kimppa.foundation.files.models import StoredFile
from kimppa.foundation.protocols.camt import NotCamt

pytestmark = pytest.mark.django_db


@pytest.fixture
def unpaid(db) -> Invoice:
    """The first invoice of Oulu's series: 1,887.75 € and not paid."""
    load_region()
    money.load(by=BY, now=NOW)
    return Invoice.objects.get(number="ESIMOUL1")


def read(raw: bytes, now=NOW) -> statements.Report:
    return statements.read_statement(by=BY, raw=raw, name="tiliote.xml", now=now)


def of(invoice: Invoice, *entries: str) -> bytes:
    return message("".join(entries), iban=invoice.seller.iban.replace(" ", ""))


def test_a_payment_is_found_by_its_reference(unpaid):
    report = read(of(unpaid, entry(reference=unpaid.reference)))
    assert (report.read, report.matched, report.unmatched) == (1, 1, 0)
    found = detail(unpaid.pk)
    assert found.row.state is InvoiceState.PAID
    assert found.row.open == Cents(0)


def test_the_same_statement_twice_and_the_same_payment_in_a_notification_is_one_payment(unpaid):
    read(of(unpaid, entry(reference=unpaid.reference)))
    again = read(of(unpaid, entry(reference=unpaid.reference)))
    assert (again.read, again.known) == (0, 1)
    notified = (
        of(unpaid, entry(reference=unpaid.reference)).replace(b"Stmt", b"Ntfctn").replace(b"053", b"054")
    )
    assert read(notified).known == 1
    assert Payment.objects.filter(invoice=unpaid).count() == BankMovement.objects.count() == 1


def test_a_partial_payment_leaves_the_rest_open_and_an_overpayment_is_shown(unpaid):
    read(of(unpaid, entry(amount="1000.00", reference=unpaid.reference)))
    assert detail(unpaid.pk).row.state is InvoiceState.PART_PAID
    assert detail(unpaid.pk).row.open == Cents(88_775)
    read(of(unpaid, entry(amount="1000.00", reference=unpaid.reference, key="A2")))
    assert detail(unpaid.pk).row.open == Cents(-11_225)


def test_money_without_a_known_reference_is_kept_and_put_on_an_invoice_by_a_person(unpaid):
    report = read(of(unpaid, entry(reference="2348236"), entry(reference="", key="A2", amount="5.00")))
    assert (report.matched, report.unmatched) == (0, 2)
    waiting = bank_queries.movements(unmatched_only=True)
    assert sorted(row.amount.value for row in waiting) == [500, 188_775]
    chosen = next(row for row in waiting if row.reference == "2348236")
    with pytest.raises(NoSuchInvoice):
        statements.match_movement(by=BY, movement=chosen.id, number="ESIMROI1", now=NOW)
    statements.match_movement(by=BY, movement=chosen.id, number="ESIMOUL1", now=NOW)
    with pytest.raises(statements.NoSuchMovement):
        statements.match_movement(by=BY, movement=chosen.id, number="ESIMOUL1", now=NOW)
    assert detail(unpaid.pk).row.state is InvoiceState.PAID
    assert len(bank_queries.movements(unmatched_only=True)) == 1


def test_a_statement_of_another_account_is_refused_whole(unpaid):
    with pytest.raises(statements.ForeignAccount):
        read(message(entry(reference=unpaid.reference), iban="FI2112345600000785"))
    assert BankStatement.objects.count() == Payment.objects.filter(invoice=unpaid).count() == 0


def test_a_statement_with_one_impossible_entry_records_nothing_of_it(unpaid):
    files = StoredFile.objects.count()
    with pytest.raises(NotCamt):
        read(of(unpaid, entry(reference=unpaid.reference), entry(amount="x", key="A2")))
    assert BankMovement.objects.count() == 0
    assert StoredFile.objects.count() == files


def test_a_payment_of_a_credited_invoice_and_foreign_money_wait_for_a_person(unpaid):
    from kimppa.consortium.invoicing.services import credit

    foreign = entry(reference=unpaid.reference, key="A3").replace("'EUR'", "'SEK'")
    report = read(of(unpaid, foreign))
    credit(by=BY, invoice=unpaid.pk, reason="Väärä maksaja", issued_on=NOW.date(), now=NOW)
    second = read(of(unpaid, entry(reference=unpaid.reference)))
    assert report.unmatched == second.unmatched == 1
    sek = next(row for row in bank_queries.movements() if row.currency == "SEK")
    with pytest.raises(statements.WrongCurrency):
        statements.match_movement(by=BY, movement=sek.id, number="ESIMOUL1", now=NOW)


def test_the_page_reads_a_file_and_shows_what_waits(unpaid):
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    from kimppa.commons.members.models import RoleAssignment
    from kimppa.foundation.accounts.models import User

    user = User.objects.create(email="t@x.example", name="T", is_demo=True, date_joined=NOW)
    RoleAssignment.objects.create(user=user, role="finance", scope_kind="consortium")
    client = Client()
    client.force_login(user)

    def send(raw: bytes):
        file = SimpleUploadedFile("tiliote.xml", raw, "application/xml")
        return client.post("/en/backoffice/money/bank/", {"file": file})

    good = of(unpaid, entry(reference=unpaid.reference), entry(reference="2348236", key="A2"))
    assert send(good).status_code == 302
    html = client.get("/en/backoffice/money/bank/").content.decode()
    assert "2348236" in html
    assert "ESIMOUL1" in html
    refused = send(b"<x/>")
    assert refused.status_code == 422
    assert "not a bank statement" in refused.content.decode()
    row = bank_queries.movements(unmatched_only=True)[0]
    assert (
        client.post(f"/en/backoffice/money/bank/{row.id}/match/", {"number": "ESIMOUL2"}).status_code == 302
    )
    assert bank_queries.movements(unmatched_only=True) == ()
    RoleAssignment.objects.update(role="director", scope_kind="municipality", scope_code="742")
    assert client.get("/en/backoffice/money/bank/").status_code == 403
    assert send(good).status_code == 403
