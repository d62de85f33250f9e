"""How what happened is booked: accounts by role, entries with a debit and a credit side. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import noop


class AccountRole(StrEnum):
    """What an account is for. Income and internal costs by cost class, the others one for all."""

    INCOME = "income"
    RECEIVABLE = "receivable"
    BANK = "bank"
    INTERNAL = "internal"
    RETURNS = "returns"
    VAT = "vat"


ROLE_NAMES: dict[AccountRole, str] = {
    AccountRole.INCOME: noop("Income from shares"),
    AccountRole.RECEIVABLE: noop("Receivables"),
    AccountRole.BANK: noop("Bank"),
    AccountRole.INTERNAL: noop("The city's own share (cost)"),
    AccountRole.RETURNS: noop("Money to be returned"),
    AccountRole.VAT: noop("VAT to be paid on"),
}
BY_CLASS = frozenset({AccountRole.INCOME, AccountRole.INTERNAL})


class BadAccount(Invalid):
    code = "bad-ledger-account"
    sentence = noop("An account has 1–20 letters and digits, a cost centre at most 20. Nothing was changed.")


class OverlappingAccount(Refused):
    code = "overlapping-ledger-account"
    sentence = noop(
        "There is already an account for a part of that time. Nothing was changed. End the earlier one first."
    )


class NoSuchSeller(Missing):
    code = "no-such-seller"
    sentence = noop("There is no such seller.")


class NotLedgerSeller(Refused):
    code = "not-ledger-seller"
    sentence = noop("%(seller)s sends its own invoices; it has no ledger to export to. Nothing was exported.")


class NothingToExport(Refused):
    code = "nothing-to-export"
    sentence = noop("Everything of %(seller)s has been exported before. Nothing was exported.")


class NoSuchExport(Missing):
    code = "no-such-export"
    sentence = noop("There is no such batch.")


class Voucher(StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit-note"
    INTERNAL = "internal"
    PAYMENT = "payment"
    MOVE = "move"


VOUCHER_NAMES: dict[Voucher, str] = {
    Voucher.INVOICE: noop("Invoice"),
    Voucher.CREDIT_NOTE: noop("Credit note"),
    Voucher.INTERNAL: noop("Internal charge"),
    Voucher.PAYMENT: noop("Payment"),
    Voucher.MOVE: noop("Moved money"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a journal: a sum on one side of an account. Both sides of a voucher are always made."""

    day: date
    voucher: Voucher
    number: str
    text: str
    role: AccountRole
    account: str
    cost_centre: str
    debit: Cents
    credit: Cents


@dataclass(frozen=True, slots=True)
class AccountSum:
    account: str
    cost_centre: str
    debit: Cents
    credit: Cents

    @property
    def balance(self) -> Cents:
        return self.debit - self.credit


def by_account(entries: Iterable[Entry]) -> tuple[AccountSum, ...]:
    """The entries summed by account and cost centre, in their order."""
    sums: dict[tuple[str, str], list[int]] = {}
    for entry in entries:
        both = sums.setdefault((entry.account, entry.cost_centre), [0, 0])
        both[0] += entry.debit.value
        both[1] += entry.credit.value
    return tuple(
        AccountSum(account, centre, Cents(debit), Cents(credit))
        for (account, centre), (debit, credit) in sorted(sums.items())
    )


def sides(amount: Cents) -> tuple[Cents, Cents]:
    """A signed sum as debit and credit: a minus stands on the other side, never as a minus."""
    return (amount, Cents(0)) if amount.value >= 0 else (Cents(0), -amount)
