"""Budgets by line and version, what is committed and bought, and grants."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from kimppa.commons.members.models import LegalParty
from kimppa.commons.platforms.models import Platform
from kimppa.consortium.agreements.models import Agreement
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets.plan_rules import CostKind, PurchaseState
from kimppa.consortium.governance.models import Decision
from kimppa.foundation.files.models import StoredFile

YEAR = "budgets.FiscalYear"


class BudgetVersion(models.Model):
    """A year's budget. Without a decision it is in preparation; adopted, it is never changed."""

    year = models.ForeignKey(YEAR, on_delete=models.PROTECT, related_name="budgets")
    number = models.PositiveSmallIntegerField()
    decision = models.OneToOneField(
        Decision, null=True, blank=True, on_delete=models.PROTECT, related_name="budget"
    )
    adopted_at = models.DateTimeField(null=True, blank=True)
    begun_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "number"], name="budgets_version_number"),
            models.UniqueConstraint(
                fields=["year"], condition=Q(decision__isnull=True), name="budgets_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(decision__isnull=True, adopted_at__isnull=True)
                | Q(decision__isnull=False, adopted_at__isnull=False),
                name="budgets_adopted_by_decision",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} · {self.number}"


class BudgetLine(models.Model):
    """What money is for, in one year; its sum stands in each version. Bookings point here."""

    year = models.ForeignKey(YEAR, on_delete=models.PROTECT, related_name="lines")
    title = models.CharField(max_length=200)
    platform = models.ForeignKey(
        Platform, null=True, blank=True, on_delete=models.PROTECT, related_name="budget_lines"
    )
    cost_class = models.CharField(max_length=20)
    account = models.CharField(max_length=30, blank=True)
    cost_centre = models.CharField(max_length=30, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "title"], name="budgets_line_title"),
            models.CheckConstraint(condition=~Q(title=""), name="budgets_line_named"),
            models.CheckConstraint(
                condition=Q(cost_class__in=[c.value for c in CostClass]), name="budgets_line_class"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.title}"


class LineAmount(models.Model):
    """A line's sum in one version: its own and what was carried over from a line of the year before."""

    version = models.ForeignKey(BudgetVersion, on_delete=models.PROTECT, related_name="amounts")
    line = models.ForeignKey(BudgetLine, on_delete=models.PROTECT, related_name="amounts")
    own_cents = models.BigIntegerField()
    carried_cents = models.BigIntegerField(default=0)
    carried_from = models.ForeignKey(
        BudgetLine, null=True, blank=True, on_delete=models.PROTECT, related_name="carried_to"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "line"], name="budgets_one_amount_a_line"),
            models.CheckConstraint(
                condition=Q(own_cents__gte=0, carried_cents__gte=0), name="budgets_amount_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(carried_cents=0) | Q(carried_from__isnull=False), name="budgets_carried_from"
            ),
        ]


class Commitment(models.Model):
    """What an agreement's price binds the consortium to pay for an e-service in a year, on one line."""

    line = models.ForeignKey(BudgetLine, on_delete=models.PROTECT, related_name="commitments")
    year = models.ForeignKey(YEAR, on_delete=models.PROTECT, related_name="commitments")
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="commitments")
    platform = models.ForeignKey(Platform, on_delete=models.PROTECT, related_name="commitments")
    amount_cents = models.BigIntegerField()
    vat_cents = models.BigIntegerField()
    quantities = models.JSONField(default=dict, help_text="what it was reckoned with")
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "agreement", "platform"], name="budgets_one_commitment"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="budgets_commitment_above_zero"),
        ]


class Grant(models.Model):
    """Money from a funder for costs of a time, of which an own share is paid by the consortium."""

    title = models.CharField(max_length=200, unique=True)
    funder = models.ForeignKey(LegalParty, on_delete=models.PROTECT, related_name="grants")
    agreement = models.ForeignKey(
        Agreement, null=True, blank=True, on_delete=models.PROTECT, related_name="grants"
    )
    decision_number = models.CharField(max_length=60, blank=True, help_text="the funder's own")
    valid_from = models.DateField()
    valid_to = models.DateField()
    amount_cents = models.BigIntegerField()
    own_percent = models.DecimalField(max_digits=5, decimal_places=2)
    example = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(valid_to__gte=F("valid_from")), name="budgets_grant_dates"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="budgets_grant_above_zero"),
            models.CheckConstraint(
                condition=Q(own_percent__gte=0, own_percent__lte=100), name="budgets_own_share"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Purchase(models.Model):
    """A vendor's invoice or credit note (its sums below zero) as it came, with its file."""

    vendor = models.ForeignKey(LegalParty, on_delete=models.PROTECT, related_name="purchases")
    number = models.CharField(max_length=60)
    number_key = models.CharField(max_length=60, help_text="the number without spaces and case")
    form = models.CharField(max_length=10)
    issued = models.DateField()
    due = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3, default="EUR")
    exchange_rate = models.DecimalField(max_digits=12, decimal_places=6, default=1)
    original_cents = models.BigIntegerField(help_text="with VAT, in its own currency")
    net_cents = models.BigIntegerField()
    vat_cents = models.BigIntegerField()
    reverse_charge = models.BooleanField(default=False)
    self_assessed_cents = models.BigIntegerField(default=0, help_text="VAT that the city pays itself")
    paid_by = models.ForeignKey(
        LegalParty,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="purchases_paid",
        help_text="the city that pays it for all, and its VAT with reverse charge",
    )
    agreement = models.ForeignKey(
        Agreement, null=True, blank=True, on_delete=models.PROTECT, related_name="purchases"
    )
    reference = models.CharField(max_length=40, blank=True)
    iban = models.CharField(max_length=34, blank=True)
    file = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="purchases"
    )
    state = models.CharField(max_length=10, default=PurchaseState.RECEIVED.value)
    discarded_why = models.CharField(max_length=300, blank=True)
    received_at = models.DateTimeField()
    booked_at = models.DateTimeField(null=True, blank=True)
    example = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "number_key"],
                condition=~Q(state=PurchaseState.DISCARDED.value),
                name="budgets_a_purchase_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[s.value for s in PurchaseState]), name="budgets_purchase_state"
            ),
            models.CheckConstraint(
                condition=Q(reverse_charge=True) | Q(self_assessed_cents=0), name="budgets_self_assessed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vendor} {self.number}"


class Booking(models.Model):
    """A part of a purchase on a budget line, perhaps as a cost of a grant."""

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="bookings")
    line = models.ForeignKey(BudgetLine, on_delete=models.PROTECT, related_name="bookings")
    amount_cents = models.BigIntegerField()
    grant = models.ForeignKey(Grant, null=True, blank=True, on_delete=models.PROTECT, related_name="costs")
    cost_kind = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount_cents=0), name="budgets_booking_not_zero"),
            models.CheckConstraint(
                condition=Q(cost_kind__in=[k.value for k in CostKind]), name="budgets_cost_kind"
            ),
        ]
