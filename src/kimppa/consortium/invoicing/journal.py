"""The journal of a period: every invoice, credit, internal charge and payment with both its sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from kimppa.consortium.invoicing.accounts_book import AccountBook, book_of
from kimppa.consortium.invoicing.bookkeeping import AccountRole, AccountSum, Entry, Voucher, by_account, sides
from kimppa.consortium.invoicing.ledger_models import MovedMoney
from kimppa.consortium.invoicing.models import InternalCharge, Invoice, InvoiceLine, Payment
from kimppa.consortium.invoicing.rules import Kind
from kimppa.foundation.core.money import Cents


@dataclass(frozen=True, slots=True)
class Journal:
    """`debit` and `credit` are the same sum; `unnamed`: entries for which no account has been given."""

    entries: tuple[Entry, ...]
    accounts: tuple[AccountSum, ...]
    debit: Cents
    credit: Cents
    unnamed: int


def journal(seller_id: int, start: date, end: date) -> Journal:
    """What a seller books from one day to another, both included, in the order of days.

    What a city's own ledger invoices is booked there by its batch and does not stand here.
    """
    book = book_of(seller_id)
    entries = sorted(
        (
            *_invoices(seller_id, start, end, book),
            *_internal(seller_id, start, end, book),
            *_payments(seller_id, start, end, book),
        ),
        key=lambda entry: (entry.day, entry.voucher.value, len(entry.number), entry.number),
    )
    return Journal(
        entries=tuple(entries),
        accounts=by_account(entries),
        debit=Cents(sum(entry.debit.value for entry in entries)),
        credit=Cents(sum(entry.credit.value for entry in entries)),
        unnamed=sum(1 for entry in entries if not entry.account),
    )


def _invoices(seller_id: int, start: date, end: date, book: AccountBook) -> Iterator[Entry]:
    """The whole on receivables against each line's income and the VAT; a credit the other way round."""
    rows = Invoice.objects.filter(seller_id=seller_id, ledger=False, issued_on__range=(start, end))
    told = rows.values_list("kind", "number", "issued_on", "payer__party__name", "total_cents", "vat_cents")
    for kind, number, day, payer, cents, vat in told:
        voucher = Voucher.INVOICE if kind == Kind.INVOICE else Voucher.CREDIT_NOTE
        yield _entry(book, day, voucher, number, payer, AccountRole.RECEIVABLE, "", Cents(cents))
        if vat:
            yield _entry(book, day, voucher, number, payer, AccountRole.VAT, "", Cents(-vat))
    lines = InvoiceLine.objects.filter(invoice__in=rows).order_by("invoice_id", "position")
    for kind, number, day, place, cost_class, cents in lines.values_list(
        "invoice__kind",
        "invoice__number",
        "invoice__issued_on",
        "share__municipality__name_fi",
        "share__revision__levy__cost_class",
        "amount_cents",
    ):
        voucher = Voucher.INVOICE if kind == Kind.INVOICE else Voucher.CREDIT_NOTE
        yield _entry(book, day, voucher, number, place, AccountRole.INCOME, cost_class, Cents(-cents))


def _internal(seller_id: int, start: date, end: date, book: AccountBook) -> Iterator[Entry]:
    """The city's own share: a cost against income; a reversal the other way round."""
    rows = InternalCharge.objects.filter(seller_id=seller_id, charged_on__range=(start, end))
    for pk, day, place, cost_class, cents in rows.values_list(
        "pk",
        "charged_on",
        "share__municipality__name_fi",
        "share__revision__levy__cost_class",
        "amount_cents",
    ):
        for role, sign in ((AccountRole.INTERNAL, 1), (AccountRole.INCOME, -1)):
            amount = Cents(cents * sign)
            yield _entry(book, day, Voucher.INTERNAL, str(pk), place, role, cost_class, amount)


def _payments(seller_id: int, start: date, end: date, book: AccountBook) -> Iterator[Entry]:
    """The bank against receivables; between two invoices no bank is touched, only the clearing account."""
    rows = Payment.objects.filter(
        invoice__seller_id=seller_id, invoice__ledger=False, received_on__range=(start, end)
    )
    moved: set[int | None] = set()
    for pair in MovedMoney.objects.filter(put__isnull=False).values_list("taken_id", "put_id"):
        moved.update(pair)
    for pk, day, number, payer, cents in rows.values_list(
        "pk", "received_on", "invoice__number", "invoice__payer__party__name", "amount_cents"
    ):
        inside = pk in moved
        voucher = Voucher.MOVE if inside else Voucher.PAYMENT
        other = AccountRole.RETURNS if inside else AccountRole.BANK
        yield _entry(book, day, voucher, number, payer, other, "", Cents(cents))
        yield _entry(book, day, voucher, number, payer, AccountRole.RECEIVABLE, "", Cents(-cents))


def _entry(
    book: AccountBook,
    day: date,
    voucher: Voucher,
    number: str,
    text: str,
    role: AccountRole,
    cost_class: str,
    amount: Cents,
) -> Entry:
    posting = book.at(role, cost_class, day)
    debit, credit = sides(amount)
    return Entry(day, voucher, number, text, role, posting.account, posting.cost_centre, debit, credit)
