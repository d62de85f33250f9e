"""Rates that stand, and levies: what each municipality owes for a year, and what that was made of."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from kimppa.commons.members.models import Kimppa, Municipality, Population
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets.recipes import Stage
from kimppa.consortium.budgets.rules import MONTHS_OF_YEAR, Method
from kimppa.consortium.governance.models import Decision

_CLASSES = [c.value for c in CostClass]


class FiscalYear(models.Model):
    year = models.PositiveSmallIntegerField(unique=True)
    starts = models.DateField()
    ends = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="budgets_year_dates"),
        ]

    def __str__(self) -> str:
        return str(self.year)


class StandingRate(models.Model):
    """A rate valid until superseded. Both days are inside; withdrawn: superseded before it ever counted."""

    cost_class = models.CharField(max_length=20)
    rate = models.DecimalField(max_digits=12, decimal_places=6)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    withdrawn = models.BooleanField(default=False)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="rates")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(rate__gte=0), name="budgets_rate_not_negative"),
            models.CheckConstraint(condition=Q(cost_class__in=_CLASSES), name="budgets_rate_class"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="budgets_rate_dates",
            ),
            models.UniqueConstraint(
                fields=["cost_class"],
                condition=Q(valid_to__isnull=True, withdrawn=False),
                name="budgets_one_open_rate",
            ),
            models.UniqueConstraint(fields=["decision", "cost_class"], name="budgets_one_rate_a_decision"),
        ]

    def __str__(self) -> str:
        return f"{self.cost_class} {self.rate} {self.valid_from}"


class Levy(models.Model):
    """What is raised for one year in one cost class. Its figures stand in revisions."""

    year = models.ForeignKey(FiscalYear, on_delete=models.PROTECT, related_name="levies")
    cost_class = models.CharField(max_length=20)
    title_fi = models.CharField(max_length=200)
    title_sv = models.CharField(max_length=200, blank=True)
    title_en = models.CharField(max_length=200, blank=True)
    created = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(cost_class__in=_CLASSES), name="budgets_levy_class"),
            models.UniqueConstraint(
                fields=["year", "cost_class"],
                condition=~Q(cost_class=CostClass.OTHER.value),
                name="budgets_one_levy_a_class",
            ),
            models.UniqueConstraint(fields=["year", "cost_class", "title_fi"], name="budgets_levy_title"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.title_fi}"


class LevyRevision(models.Model):
    """One calculation of a levy. Never changed; a superseding decision makes the next one."""

    levy = models.ForeignKey(Levy, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    method = models.CharField(max_length=10)
    rate = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    amount_cents = models.BigIntegerField(null=True)
    months = models.PositiveSmallIntegerField(default=12)
    reference_date = models.DateField()
    members_on = models.DateField()
    standing_rate = models.ForeignKey(
        StandingRate, null=True, on_delete=models.PROTECT, related_name="revisions"
    )
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="levy_revisions")
    total_cents = models.BigIntegerField()
    created = models.DateTimeField()
    # The default stands in the database too, so that the release before this one can go on writing.
    stage = models.CharField(max_length=12, default=Stage.WHOLE.value, db_default=Stage.WHOLE.value)
    recipe = models.JSONField(null=True, help_text="how a sum is shared; null: by residents among all")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["levy", "number"], name="budgets_revision_number"),
            models.CheckConstraint(
                condition=Q(stage__in=[s.value for s in Stage]), name="budgets_revision_stage"
            ),
            models.CheckConstraint(
                condition=Q(method=Method.RATE.value, rate__gte=0, amount_cents__isnull=True)
                | Q(method=Method.AMOUNT.value, rate__isnull=True, amount_cents__gt=0),
                name="budgets_rate_or_amount",
            ),
            models.CheckConstraint(condition=Q(months__gte=1, months__lte=12), name="budgets_months"),
        ]

    def __str__(self) -> str:
        return f"{self.levy} · {self.number}"


class CostShare(models.Model):
    """One municipality's share, with everything it was made of, so that it can be explained in ten years."""

    revision = models.ForeignKey(LevyRevision, on_delete=models.PROTECT, related_name="shares")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="cost_shares")
    # A kimppa's share paid by its host: then `municipality` is the host, and no one population row is its.
    kimppa = models.ForeignKey(Kimppa, null=True, on_delete=models.PROTECT, related_name="cost_shares")
    population = models.ForeignKey(
        Population, null=True, on_delete=models.PROTECT, related_name="cost_shares"
    )
    residents = models.PositiveIntegerField()
    reference_date = models.DateField()
    rate = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    months = models.PositiveSmallIntegerField()
    share_cents = models.BigIntegerField()
    made_of = models.JSONField(null=True, help_text="keys, quota and bound of a share by a recipe")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(population__isnull=False) | Q(kimppa__isnull=False), name="budgets_share_of_whom"
            ),
            models.UniqueConstraint(fields=["revision", "municipality"], name="budgets_one_share"),
            models.CheckConstraint(condition=Q(months__gte=1, months__lte=12), name="budgets_share_months"),
            models.CheckConstraint(condition=Q(share_cents__gte=0), name="budgets_share_not_negative"),
        ]


class FrozenUse(models.Model):
    """A figure of use as it stood when a levy was shared by it. What is delivered later changes none."""

    revision = models.ForeignKey(LevyRevision, on_delete=models.PROTECT, related_name="frozen_use")
    platform = models.CharField(max_length=60)
    metric = models.CharField(max_length=60, help_text="`use`: what counted as the service's use")
    unit_code = models.CharField(max_length=60, blank=True, help_text="a municipality; empty: not known")
    month = models.DateField()
    kind = models.CharField(max_length=30, blank=True)
    value = models.BigIntegerField()
    estimated = models.BigIntegerField(help_text="how much of the value is an estimate")
    source = models.CharField(max_length=40, blank=True)
    whole = models.BigIntegerField(null=True)
    weight = models.BigIntegerField(null=True)
    weights = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(value__gte=0, estimated__gte=0), name="budgets_frozen_not_negative"
            ),
        ]
        indexes = [models.Index(fields=["revision", "unit_code"], name="budgets_frozen_of")]


class MemberMonths(models.Model):
    """For how many months of a year a member that joined or left in it is charged, by which decision."""

    year = models.PositiveSmallIntegerField()
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="months_charged")
    months = models.PositiveSmallIntegerField()
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="member_months")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "municipality"], name="budgets_one_months"),
            models.CheckConstraint(condition=Q(months__lte=MONTHS_OF_YEAR), name="budgets_member_months"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.municipality} {self.months}"


# The rows of budgets, purchases and grants stand in a file of their own; Django finds them through this one.
from kimppa.consortium.budgets import plan_models as plan_models  # noqa: E402
