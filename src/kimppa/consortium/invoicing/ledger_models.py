"""What becomes of invoices in ledgers: accounts, exports to a city's ledger."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kimppa.commons.members.models import Dated, LegalParty, Municipality
from kimppa.consortium.agreements.models import dates_in_order
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.invoicing.bookkeeping import AccountRole
from kimppa.foundation.files.models import StoredFile
from kimppa.foundation.imports.models import ImportBatch


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


class Dunning(models.Model):
    """How a payer or a seller wants late payments handled: whom to write to, what interest is asked.

    One row a legal party; without one nobody is written to and no interest is asked.
    """

    party = models.OneToOneField(LegalParty, on_delete=models.PROTECT, related_name="dunning")
    email = models.EmailField(blank=True)
    late_interest = models.DecimalField(max_digits=5, decimal_places=2, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(late_interest__isnull=True) | Q(late_interest__gte=0, late_interest__lte=100),
                name="invoicing_interest_per_cent",
            ),
        ]

    def __str__(self) -> str:
        return str(self.party)


class Reminder(models.Model):
    """A letter about an invoice that is late. `content` is frozen as it was on its day."""

    invoice = models.ForeignKey("invoicing.Invoice", on_delete=models.PROTECT, related_name="reminders")
    level = models.PositiveSmallIntegerField()
    dated = models.DateField()
    open_cents = models.BigIntegerField()
    interest_cents = models.BigIntegerField(default=0)
    content = models.JSONField()
    created = models.DateTimeField()
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    message = models.BigIntegerField(null=True, help_text="the outbox's message, where there was an address")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "level"], name="invoicing_one_reminder_a_level"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=3), name="invoicing_reminder_level"),
            models.CheckConstraint(
                condition=Q(open_cents__gt=0, interest_cents__gte=0), name="invoicing_reminder_of_debt"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.level}"


class MovedMoney(models.Model):
    """Money taken off an invoice that has too much: put on another one, or returned to the payer.

    Both sides are payments of their own, so that every invoice's sum tells itself.
    """

    key = models.CharField(max_length=40, unique=True)
    taken = models.OneToOneField("invoicing.Payment", on_delete=models.PROTECT, related_name="taken_by")
    put = models.OneToOneField(
        "invoicing.Payment", null=True, on_delete=models.PROTECT, related_name="put_by"
    )
    reason = models.CharField(max_length=300)
    created = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="invoicing_moved_for_a_reason"),
            models.CheckConstraint(
                condition=Q(put__isnull=True) | ~Q(put=models.F("taken")), name="invoicing_moved_elsewhere"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.taken} → {self.put or ''}"


class PastLevy(models.Model):
    """What a municipality was charged before this system, as a sheet told it. Never a voucher of ours."""

    year = models.PositiveSmallIntegerField(db_index=True)
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="past_levies")
    cost_class = models.CharField(max_length=16)
    amount_cents = models.BigIntegerField()
    paid_cents = models.BigIntegerField()
    residents = models.PositiveIntegerField(null=True)
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["year", "municipality", "cost_class"], name="invoicing_one_past_levy"
            ),
            models.CheckConstraint(
                condition=Q(cost_class__in=[c.value for c in CostClass]), name="invoicing_past_class"
            ),
            models.CheckConstraint(
                condition=Q(amount_cents__gte=0, paid_cents__gte=0), name="invoicing_past_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.municipality}"


class Attachment(models.Model):
    """A document that goes with an invoice, inside its Peppol e-invoice."""

    invoice = models.ForeignKey("invoicing.Invoice", on_delete=models.PROTECT, related_name="attachments")
    title = models.CharField(max_length=100)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    added = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "file"], name="invoicing_attached_once"),
        ]

    def __str__(self) -> str:
        return self.title


class Settlement(models.Model):
    """What the sellers owe one another for a year, as it was reckoned and agreed. Never changed.

    A later one of the same year reckons anew and moves only the difference.
    """

    year = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField()
    dated = models.DateField()
    reference = models.CharField(max_length=60, help_text="diary number of the decision or agreement")
    created = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "number"], name="invoicing_one_settlement_number"),
            models.CheckConstraint(condition=~Q(reference=""), name="invoicing_settlement_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.year}/{self.number}"


class SettlementRow(models.Model):
    """One seller's side: `transfer_cents` is what it gives (positive) or gets (negative) now."""

    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="rows")
    seller = models.ForeignKey("invoicing.Seller", on_delete=models.PROTECT, related_name="settlements")
    collected_cents = models.BigIntegerField()
    paid_cents = models.BigIntegerField()
    weight = models.PositiveIntegerField()
    due_cents = models.BigIntegerField()
    before_cents = models.BigIntegerField()
    transfer_cents = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["settlement", "seller"], name="invoicing_one_side_a_seller"),
            models.CheckConstraint(
                condition=Q(
                    transfer_cents=models.F("collected_cents")
                    - models.F("due_cents")
                    - models.F("before_cents")
                ),
                name="invoicing_settlement_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.settlement} {self.seller}"
