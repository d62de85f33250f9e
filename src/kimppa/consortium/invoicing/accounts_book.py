"""Which account and cost centre a seller books on, by role, cost class and day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kimppa.consortium.invoicing.bookkeeping import BY_CLASS, AccountRole
from kimppa.consortium.invoicing.ledger_models import LedgerAccount


@dataclass(frozen=True, slots=True)
class Posting:
    """Empty where no account has been given for that day."""

    account: str = ""
    cost_centre: str = ""


@dataclass(frozen=True, slots=True)
class AccountBook:
    """A seller's accounts, read once and asked often."""

    rows: dict[tuple[str, str], list[tuple[date | None, date | None, Posting]]]

    def at(self, role: AccountRole, cost_class: str, on: date) -> Posting:
        """The account on a day; one given for all classes where the class has none of its own."""
        keys = [cost_class, ""] if role in BY_CLASS else [""]
        for key in keys:
            for start, end, posting in self.rows.get((role.value, key), []):
                if (start is None or start <= on) and (end is None or on <= end):
                    return posting
        return Posting()


def book_of(seller_id: int) -> AccountBook:
    """The accounts of one seller."""
    rows: dict[tuple[str, str], list[tuple[date | None, date | None, Posting]]] = {}
    for row in LedgerAccount.objects.filter(seller_id=seller_id).order_by("pk"):
        posting = Posting(row.account, row.cost_centre)
        rows.setdefault((row.role, row.cost_class), []).append((row.valid_from, row.valid_to, posting))
    return AccountBook(rows)
