"""How what happened is booked: accounts by role, entries with a debit and a credit side. Pure."""

from __future__ import annotations

from enum import StrEnum

from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.text import noop


class AccountRole(StrEnum):
    """What an account is for. Income and internal costs by cost class, the others one for all."""

    INCOME = "income"
    RECEIVABLE = "receivable"
    BANK = "bank"
    INTERNAL = "internal"
    RETURNS = "returns"


ROLE_NAMES: dict[AccountRole, str] = {
    AccountRole.INCOME: noop("Income from shares"),
    AccountRole.RECEIVABLE: noop("Receivables"),
    AccountRole.BANK: noop("Bank"),
    AccountRole.INTERNAL: noop("The city's own share (cost)"),
    AccountRole.RETURNS: noop("Money to be returned"),
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
