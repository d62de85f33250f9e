"""What becomes of invoices in ledgers: accounts, exports to a city's ledger."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kimppa.commons.members.models import Dated
from kimppa.consortium.agreements.models import dates_in_order
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.invoicing.bookkeeping import AccountRole
from kimppa.foundation.files.models import StoredFile


class LedgerAccount(Dated):
    """The account and cost centre on which a seller books one kind of thing, with dates.

    `cost_class` is empty for what all classes share, such as receivables and the bank.
    """

    seller = models.ForeignKey("invoicing.Seller", on_delete=models.PROTECT, related_name="accounts")
    role = models.CharField(max_length=16)
    cost_class = models.CharField(max_length=16, blank=True)
    account = models.CharField(max_length=20)
    cost_centre = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            dates_in_order("invoicing_account_dates"),
            models.UniqueConstraint(
                fields=["seller", "role", "cost_class"],
                condition=Q(valid_to__isnull=True),
                name="invoicing_one_open_account",
            ),
            models.CheckConstraint(
                condition=Q(role__in=[r.value for r in AccountRole]), name="invoicing_account_role"
            ),
            models.CheckConstraint(
                condition=Q(cost_class__in=["", *(c.value for c in CostClass)]),
                name="invoicing_account_class",
            ),
            models.CheckConstraint(condition=~Q(account=""), name="invoicing_account_named"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.cost_centre}".strip()


class LedgerExport(models.Model):
    """A billing batch as it was given to a city's ledger: its rows once, the file as it was."""

    seller = models.ForeignKey("invoicing.Seller", on_delete=models.PROTECT, related_name="exports")
    created = models.DateTimeField()
    actor = models.CharField(max_length=200)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    rows = models.PositiveIntegerField()
    total_cents = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.seller} {self.created:%Y-%m-%d}"
