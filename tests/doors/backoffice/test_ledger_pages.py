"""Ledgers, open items, reminders, books, too much money and past years through the door."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.consortium.conftest import BY, NOW
from tests.doors.backoffice.test_money_pages import person

from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.invoicing import ledger, services
from kimppa.consortium.invoicing.bookkeeping import AccountRole
from kimppa.consortium.invoicing.ledger_models import (
    LedgerAccount,
    LedgerExport,
    MovedMoney,
    PastLevy,
    Reminder,
)
from kimppa.consortium.invoicing.models import Invoice, Seller
from kimppa.consortium.invoicing.rules import SellerMode
from kimppa.doors.backoffice import money_tables as tables
from kimppa.foundation.core import jobs
from kimppa.foundation.core.money import Cents
from kimppa.foundation.imports.models import ImportBatch

pytestmark = pytest.mark.django_db
PAGES = (
    "open/",
    "open/remind/",
    "open/contacts/",
    "too-much/",
    "ledgers/",
    "ledgers/accounts/add/",
    "ledgers/answers/add/",
    "books/",
    "past/",
    "past/sheets/add/",
    "settlement/",
)
YEAR = "start=2022-01-01&end=2022-12-31"


@pytest.fixture
def coordinator(money_2022: None) -> Client:
    return person("coordinator")


def get(client: Client, path: str, status: int = 200) -> str:
    response = client.get(f"/en/backoffice/money/{path}")
    assert response.status_code == status, (path, response.status_code)
    return response.content.decode()


def post(client: Client, path: str, data: dict[str, object], status: int = 302) -> str:
    response = client.post(f"/en/backoffice/money/{path}", data)
    assert response.status_code == status, response.content.decode()[:2000]
    return response["Location"] if status == 302 else response.content.decode()


def sheet(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("v.csv", text.encode(), content_type="text/csv")


def test_every_page_opens_for_a_coordinator_in_three_languages(coordinator: Client) -> None:
    for path in PAGES:
        for language in ("fi", "sv", "en"):
            assert coordinator.get(f"/{language}/backoffice/money/{path}").status_code == 200, path


def test_a_director_sees_the_own_open_items_and_nothing_of_the_rest(money_2022: None) -> None:
    director = person("director", "municipality", "009")
    html = get(director, "open/")
    assert "Alavieska" in html
    assert "Kemijärvi" not in html
    get(director, "past/")
    for path in set(PAGES) - {"open/", "past/"}:
        get(director, path, 403)
    assert director.post("/en/backoffice/money/open/remind/", {"reminder": "1:1"}).status_code == 403
    assert not Reminder.objects.exists()


def test_open_items_can_be_asked_of_a_day(coordinator: Client) -> None:
    assert "Nothing is open" in get(coordinator, "open/?on=2022-01-31")
    assert "57 rows" in get(coordinator, "open/?on=2022-03-04")
    assert "not come yet" in get(coordinator, "open/?on=2030-01-01")


def test_reminders_are_previewed_and_what_was_seen_is_made_once(coordinator: Client) -> None:
    assert "57 letters" in get(coordinator, "open/remind/?on=2022-04-01")
    first, second = Invoice.objects.order_by("pk")[:2]
    said = {"on": "2022-04-01", "reminder": [f"{first.pk}:1", f"{second.pk}:1", "x:y"]}
    post(coordinator, "open/remind/", said)
    post(coordinator, "open/remind/", said)
    assert Reminder.objects.count() == 2
    jobs.run_pending()
    made = Reminder.objects.order_by("pk")[0]
    letter = coordinator.get(f"/en/backoffice/money/open/reminders/{made.pk}/")
    assert letter.content.startswith(b"%PDF-")
    stranger = person("director", "municipality", "614")
    assert stranger.get(f"/en/backoffice/money/open/reminders/{made.pk}/").status_code == 404


def test_a_ledgers_batch_goes_out_and_its_answer_comes_back(coordinator: Client) -> None:
    seller = Seller.objects.get(prefix="ESIMROI")
    post(coordinator, f"ledgers/{seller.pk}/mode/", {"mode": "ledger"})
    seller.refresh_from_db()
    assert seller.mode == SellerMode.LEDGER
    Invoice.objects.filter(number="ESIMROI1").update(ledger=True)
    account = {"seller": str(seller.pk), "role": "income", "account": "3100"}
    post(coordinator, "ledgers/accounts/add/", account)
    assert LedgerAccount.objects.get().cost_class == ""
    assert "1 invoices and credits wait" in get(coordinator, "ledgers/")
    post(coordinator, f"ledgers/{seller.pk}/export/", {})
    post(coordinator, f"ledgers/{seller.pk}/export/", {})
    made = LedgerExport.objects.get()
    body = coordinator.get(f"/en/backoffice/money/ledgers/batches/{made.pk}/").content.decode()
    assert "ESIMROI1;invoice" in body
    where = post(coordinator, "ledgers/answers/add/", {"file": sheet("key;number\nESIMROI1;900\n")})
    batch = ImportBatch.objects.get(kind="ledger-return")
    assert where.endswith(f"/ledgers/answers/{batch.pk}/")
    post(coordinator, f"ledgers/answers/{batch.pk}/", {"do": "apply"})
    assert Invoice.objects.get(number="ESIMROI1").ledger_number == "900"
    post(coordinator, f"ledgers/answers/{batch.pk}/", {"do": "undo"})
    assert Invoice.objects.get(number="ESIMROI1").ledger_number == ""
    html = post(coordinator, "ledgers/answers/add/", {"file": sheet("a;b\n1;2\n")}, 422)
    assert "headings needed: key" in html


def test_a_sheet_of_past_levies_is_previewed_recorded_and_taken_back(coordinator: Client) -> None:
    text = "vuosi;kunta;summa;maksettu\n2021;Alavieska;10;ei\n"
    post(coordinator, "past/sheets/add/", {"file": sheet(text)})
    batch = ImportBatch.objects.get(kind="past-levies")
    assert "Not in effect yet" in get(coordinator, f"past/sheets/{batch.pk}/")
    get(coordinator, f"ledgers/answers/{batch.pk}/", 404)
    post(coordinator, f"past/sheets/{batch.pk}/", {"do": "apply"})
    assert "€10.00" in get(coordinator, "past/")
    post(coordinator, f"past/sheets/{batch.pk}/", {"do": "undo"})
    assert not PastLevy.objects.exists()


def test_too_much_money_is_returned_once_from_the_page(coordinator: Client) -> None:
    row = Invoice.objects.order_by("pk")[0]
    more = Cents(row.total_cents + 500)
    services.record_payment(
        by=BY, invoice=row.pk, key="a", received_on=date(2022, 3, 1), amount=more, now=NOW
    )
    assert "€5.00" in get(coordinator, "too-much/")
    assert "€5.00" in get(coordinator, f"too-much/{row.pk}/")
    said: dict[str, object] = {
        "key": "6f0f6c1e-0b0c-4d5e-9a68-0d4d0a3d9d5f",
        "to": "0",
        "amount": "5,00",
        "dated": "2022-06-01",
        "reason": "Maksettu liikaa",
    }
    post(coordinator, f"too-much/{row.pk}/", said)
    post(coordinator, f"too-much/{row.pk}/", said)
    assert MovedMoney.objects.count() == 1
    other = said | {"key": "6f0f6c1e-0b0c-4d5e-9a68-0d4d0a3d9d60"}
    post(coordinator, f"too-much/{row.pk}/", other, 422)


def test_books_balance_on_the_page_and_say_what_has_no_account(coordinator: Client) -> None:
    seller = Seller.objects.get(prefix="ESIMOUL")
    assert "entries have no account" in get(coordinator, f"books/?seller={seller.pk}&{YEAR}")
    ledger.set_account(
        by=BY, seller=seller.pk, role=AccountRole.INCOME, account="3100", valid_from=None, now=NOW
    )
    assert "3100" in get(coordinator, f"books/?seller={seller.pk}&{YEAR}")
    wrong = f"books/?seller={seller.pk}&start=2022-02-01&end=2022-01-01"
    assert "last day is before" in get(coordinator, wrong)


def test_a_contact_and_a_sellers_interest_are_saved(coordinator: Client) -> None:
    row = Invoice.objects.order_by("pk")[0]
    said = {"party": str(row.payer.party_id), "email": "talous@kunta.example"}
    post(coordinator, "open/contacts/", said)
    post(coordinator, "open/contacts/", {"party": str(row.seller.party_id), "late_interest": "8"})
    html = get(coordinator, "open/remind/?on=2022-04-01")
    assert "talous@kunta.example" in html
    assert "1 payer with an e-mail address" in html
    post(coordinator, "open/contacts/", {"party": str(row.seller.party_id), "late_interest": "200"}, 422)


def test_an_attachment_goes_with_an_invoice_and_too_large_a_one_is_refused(coordinator: Client) -> None:
    row = Invoice.objects.order_by("pk")[0]
    pdf = SimpleUploadedFile("liite.pdf", b"%PDF-1.7 liite", content_type="application/pdf")
    post(coordinator, f"invoices/{row.pk}/attachments/", {"title": "Erittely", "file": pdf})
    html = get(coordinator, f"invoices/{row.pk}/attachments/")
    assert "Erittely" in html
    made = row.attachments.get()
    assert coordinator.get(f"/en/backoffice/money/attachments/{made.pk}/").content == b"%PDF-1.7 liite"
    big = SimpleUploadedFile("iso.pdf", b"%PDF-" + b"0" * (6 * 1024 * 1024), content_type="application/pdf")
    said = {"title": "Iso", "file": big}
    assert "at most 5 MB" in post(coordinator, f"invoices/{row.pk}/attachments/", said, 422)
    assert row.attachments.count() == 1


def test_a_settlement_is_reckoned_seen_and_recorded_once(coordinator: Client) -> None:
    oulu, rovaniemi = Seller.objects.order_by("prefix")
    asked = {
        "year": "2022",
        f"paid_{oulu.pk}": "100 000",
        f"weight_{oulu.pk}": "7332",
        f"paid_{rovaniemi.pk}": "0",
        f"weight_{rovaniemi.pk}": "2668",
    }
    response = coordinator.get("/en/backoffice/money/settlement/", asked)
    hidden = dict(response.context["hidden"])
    assert set(asked) <= set(hidden)
    said = hidden | {"reference": "ESIMERKKI/20/2022", "dated": "2022-11-01"}
    post(coordinator, "settlement/", said)
    assert "2022/1" in get(coordinator, "settlement/")
    post(coordinator, "settlement/", said, 422)


def test_an_invoice_shows_its_reminders_and_its_money_moves(coordinator: Client) -> None:
    row = Invoice.objects.order_by("pk")[0]
    post(coordinator, "open/remind/", {"on": "2022-04-01", "reminder": [f"{row.pk}:1"]})
    jobs.run_pending()
    paid = Cents(row.total_cents + 500)
    services.record_payment(
        by=BY, invoice=row.pk, key="x", received_on=date(2022, 5, 2), amount=paid, now=NOW
    )
    said: dict[str, object] = {
        "key": "6f0f6c1e-0b0c-4d5e-9a68-0d4d0a3d9d5f",
        "to": "0",
        "amount": "5,00",
        "dated": "2022-06-01",
        "reason": "Maksettu liikaa",
    }
    post(coordinator, f"too-much/{row.pk}/", said)
    html = get(coordinator, f"invoices/{row.pk}/")
    assert f"open/reminders/{Reminder.objects.get().pk}/" in html
    assert "Reminder 1 of 1.4.2022" in html
    assert "returned to the payer. Reason: Maksettu liikaa" in html
    other = Invoice.objects.order_by("pk")[1]
    assert "Reminder 1 of" not in get(coordinator, f"invoices/{other.pk}/")


def test_a_past_year_stands_among_the_years_and_beside_a_plan(coordinator: Client) -> None:
    text = "vuosi;kunta;summa;maksettu\n2021;Alavieska;1234,50;ei\n"
    post(coordinator, "past/sheets/add/", {"file": sheet(text)})
    post(coordinator, f"past/sheets/{ImportBatch.objects.get(kind='past-levies').pk}/", {"do": "apply"})
    html = get(coordinator, "")
    assert "Charged before this system" in html
    assert "€1,234.50" in html
    planned = budgets.plan(
        budgets.Basis(date(2020, 12, 31), members_on=date(2022, 1, 1), rate=Decimal("0.75"))
    )
    changes = budgets.changes(planned, budgets.latest_revision(2021, CostClass.CONTENT))
    assert {row.before for row in changes} == {None}
    told = tables.with_past(changes, 2021, CostClass.CONTENT, levied=False)
    assert {row.share.code: row.before for row in told if row.before} == {"009": Cents(123_450)}
    # Where the year was levied here, what was imported of it does not count.
    assert tables.with_past(changes, 2021, CostClass.CONTENT, levied=True) == changes


def test_the_voucher_of_a_settlement_is_a_pdf(coordinator: Client) -> None:
    oulu, rovaniemi = Seller.objects.order_by("prefix")
    asked = {"year": "2022", f"weight_{oulu.pk}": "7332", f"weight_{rovaniemi.pk}": "2668"}
    response = coordinator.get("/en/backoffice/money/settlement/", asked)
    said = dict(response.context["hidden"]) | {"reference": "ESIMERKKI/20/2022", "dated": "2022-11-01"}
    post(coordinator, "settlement/", said)
    assert "settlement/2022/1/pdf/" in get(coordinator, "settlement/")
    made = coordinator.get("/en/backoffice/money/settlement/2022/1/pdf/")
    assert made["Content-Type"] == "application/pdf"
    assert made.content.startswith(b"%PDF")
    get(coordinator, "settlement/2022/2/pdf/", 404)
