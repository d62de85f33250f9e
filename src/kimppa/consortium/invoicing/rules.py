"""Invoices: states, prices of lines, and what is refused. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.money import Cents, decimals
from kimppa.foundation.core.text import noop

PRICE_DECIMALS = 5
MONTHS_OF_YEAR = 12


class Kind(StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit-note"


class DocumentKind(StrEnum):
    PDF = "pdf"
    FINVOICE = "finvoice"
    PEPPOL = "peppol"


class SellerMode(StrEnum):
    """Own numbering and sending, or a batch for the city's own ledger."""

    OWN = "own"
    LEDGER = "ledger"


class InvoiceState(StrEnum):
    ISSUED = "issued"
    READY = "ready"
    SENT = "sent"
    PART_PAID = "part-paid"
    PAID = "paid"
    CREDITED = "credited"
    TO_LEDGER = "to-ledger"


STATE_NAMES: dict[InvoiceState, str] = {
    InvoiceState.ISSUED: noop("Issued"),
    InvoiceState.READY: noop("Ready to send"),
    InvoiceState.SENT: noop("Sent"),
    InvoiceState.PART_PAID: noop("Partly paid"),
    InvoiceState.PAID: noop("Paid"),
    InvoiceState.CREDITED: noop("Credited"),
    InvoiceState.TO_LEDGER: noop("Waits for the city's ledger"),
}


class NoSuchInvoice(Missing):
    code = "no-such-invoice"
    sentence = noop("There is no such invoice.")


class DocumentMissing(Missing):
    code = "document-missing"
    sentence = noop("The invoice %(number)s does not have this document yet. It is being made.")


class PayerMissing(Refused):
    code = "payer-missing"
    sentence = noop(
        "%(count)s of the shares have no payer or no seller on %(day)s: %(names)s. Nothing was issued. "
        "Say first who pays and who sells."
    )


class NotLatestRevision(Refused):
    code = "not-latest-revision"
    sentence = noop("A newer calculation of this levy exists. Nothing was issued. Issue the newest one.")


class EarlierRevisionIssued(Refused):
    code = "earlier-revision-issued"
    sentence = noop(
        "%(count)s invoices of an earlier calculation of this levy stand. Nothing was issued, so that nobody "
        "is charged twice. Credit those invoices first."
    )


class DocumentsNotReady(Refused):
    code = "documents-not-ready"
    sentence = noop(
        "The documents of %(count)s invoices are still being made. Nothing was marked as sent. "
        "Try again when they are ready."
    )


class LedgerSends(Refused):
    code = "ledger-sends"
    sentence = noop(
        "%(number)s leaves from the city's own ledger and is not sent from here. Nothing was marked as sent."
    )


class AlreadyCredited(Refused):
    code = "already-credited"
    sentence = noop("The invoice %(number)s has already been credited by %(note)s. Nothing was changed.")


class CannotCredit(Refused):
    code = "cannot-credit"
    sentence = noop("%(number)s is a credit note itself and cannot be credited. Nothing was changed.")


class NoSuchCharge(Missing):
    code = "no-such-internal-charge"
    sentence = noop("There is no such internal charge.")


class CannotReverse(Refused):
    code = "cannot-reverse"
    sentence = noop("This row reverses another one and cannot be reversed itself. Nothing was changed.")


class AlreadyReversed(Refused):
    code = "already-reversed"
    sentence = noop(
        "The internal charge of %(municipality)s has already been reversed on %(day)s. Nothing was changed."
    )


class ChargesOthers(Refused):
    code = "charges-others"
    sentence = noop(
        "%(number)s charges other levies too and is not credited whole. Nothing was credited. "
        "Issue the new calculation as a difference instead."
    )


class NothingLeft(Refused):
    code = "nothing-left"
    sentence = noop("Nothing is left of %(number)s to credit: differences have taken all of it.")


class VatIdMissing(Refused):
    code = "vat-id-missing"
    sentence = noop(
        "An invoice with VAT names the VAT ids of both sides, and %(names)s has no business id. "
        "Nothing was issued."
    )


class YearsMixed(Invalid):
    code = "years-mixed"
    sentence = noop("Levies of different years cannot stand on the same invoices. Nothing was issued.")


class NewerCalculation(Refused):
    code = "newer-calculation"
    sentence = noop(
        "A newer calculation of this levy exists. Nothing was credited. Start from the newest one."
    )


class ReasonNeeded(Invalid):
    code = "reason-needed"
    sentence = noop("A credit needs a reason; it is printed on the credit note. Nothing was changed.")


class BadPayment(Invalid):
    code = "bad-payment"
    sentence = noop("A payment needs an amount other than zero. Nothing was recorded.")


class PaymentInFuture(Invalid):
    code = "payment-in-future"
    sentence = noop("The payment's date %(day)s has not come yet. Nothing was recorded.")


class IssuedBeforeOthers(Refused):
    code = "issued-before-others"
    sentence = noop(
        "The invoice date %(day)s is before that of an invoice issued already, %(newest)s. Dates follow "
        "numbers: choose that day or a later one. Nothing was issued."
    )


class PaymentBeforeInvoice(Invalid):
    code = "payment-before-invoice"
    sentence = noop(
        "The payment's date %(day)s is before the invoice's own, %(issued)s. Nothing was recorded."
    )


class NotPayable(Refused):
    code = "not-payable"
    sentence = noop(
        "%(number)s takes no payments: it has been credited or is a credit note. Nothing was recorded."
    )


class IssuedInFuture(Invalid):
    code = "issued-in-future"
    sentence = noop("The invoice date %(day)s has not come yet. Nothing was issued.")


class BadSeller(Invalid):
    code = "bad-seller"
    sentence = noop("The seller's %(field)s “%(value)s” is not valid. Nothing was changed.")


class OverlappingPayer(Refused):
    code = "overlapping-payer"
    sentence = noop(
        "%(who)s already has one for a part of that time. Nothing was changed. End the earlier one first."
    )


@dataclass(frozen=True, slots=True)
class Price:
    """quantity × unit ÷ base, rounded half up, is the line's amount."""

    quantity: Decimal
    unit: Decimal
    base: int

    @property
    def amount(self) -> Cents:
        """What a reader gets who multiplies it again."""
        exact = self.quantity * self.unit / self.base
        return Cents(int((exact * 100).to_integral_value(ROUND_HALF_UP)))


def price_by_rate(rate: Decimal, residents: int, months: int) -> Price:
    """The price of a share by rate, so that a reader with five decimals can multiply it again.

    For a whole year the rate itself; else rate × months for a base of 12. A sixth decimal is moved away by
    pricing a thousand at a time. Rate and months are never divided into a rounded quotient.
    """
    unit, base = (rate, 1) if months == MONTHS_OF_YEAR else (rate * months, MONTHS_OF_YEAR)
    if decimals(unit) > PRICE_DECIMALS:
        unit, base = unit * 1000, base * 1000
    return Price(Decimal(residents), unit.normalize() + 0, base)


def price_of_amount(amount: Cents) -> Price:
    """A share of a decided sum: one piece at the share's price."""
    return Price(Decimal(1), amount.euros, 1)


def state_of(
    *,
    rendered: bool,
    sent: bool,
    credited: bool,
    total: Cents,
    paid: Cents,
    kind: Kind = Kind.INVOICE,
    ledger: bool = False,
) -> InvoiceState:
    """Where an invoice stands; derived each time, never stored. A city's ledger is waited for."""
    if credited:
        return InvoiceState.CREDITED
    if kind is Kind.INVOICE and paid.value > 0:
        return InvoiceState.PAID if paid >= total else InvoiceState.PART_PAID
    if sent:
        return InvoiceState.SENT
    if ledger:
        return InvoiceState.TO_LEDGER
    return InvoiceState.READY if rendered else InvoiceState.ISSUED
