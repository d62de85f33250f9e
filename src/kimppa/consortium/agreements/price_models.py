"""Prices of vendors, VAT rates and exchange rates: dated facts that people write down."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from kimppa.commons.members.models import Dated, LegalParty
from kimppa.commons.platforms.models import Platform
from kimppa.consortium.agreements.prices import BASE_CURRENCY, Measure, PriceKind, TierMode, VatTreatment
from kimppa.consortium.agreements.vat import VatContent


def _dates(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
        name=name,
    )


class PlatformPrice(Dated):
    """What a vendor asks for an e-service in an agreement or an offer (an agreement that is not signed).

    Never edited: a mistake is withdrawn with its reason and written anew. `part` names what it is for,
    where one service has several prices at a time.
    """

    agreement = models.ForeignKey("agreements.Agreement", on_delete=models.PROTECT, related_name="prices")
    platform = models.ForeignKey(Platform, on_delete=models.PROTECT, related_name="prices")
    part = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=20)
    rate = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    currency = models.CharField(max_length=3, default=BASE_CURRENCY)
    measure = models.CharField(max_length=10, default=Measure.USES.value)
    mode = models.CharField(max_length=10, default=TierMode.MARGINAL.value)
    patron_cap = models.PositiveIntegerField(null=True, blank=True)
    month_cap = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    content = models.CharField(max_length=20)
    treatment = models.CharField(max_length=10)
    vat_payer = models.ForeignKey(
        LegalParty, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    clause = models.CharField(max_length=120, blank=True)
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            _dates("agreements_price_dates"),
            models.CheckConstraint(condition=Q(rate__gte=0), name="agreements_price_not_negative"),
            models.CheckConstraint(
                condition=Q(kind__in=[k.value for k in PriceKind]), name="agreements_known_price"
            ),
            models.CheckConstraint(
                condition=Q(measure__in=[m.value for m in Measure]), name="agreements_known_measure"
            ),
            models.CheckConstraint(
                condition=Q(mode__in=[m.value for m in TierMode]), name="agreements_known_tier_mode"
            ),
            models.CheckConstraint(
                condition=Q(content__in=[c.value for c in VatContent]), name="agreements_known_content"
            ),
            models.CheckConstraint(
                condition=Q(treatment__in=[t.value for t in VatTreatment]), name="agreements_known_treatment"
            ),
            models.CheckConstraint(
                condition=~Q(treatment=VatTreatment.REVERSE.value) | Q(vat_payer__isnull=False),
                name="agreements_reverse_charge_has_payer",
            ),
            models.CheckConstraint(
                condition=(Q(patron_cap__isnull=True) & Q(month_cap__isnull=True))
                | Q(kind=PriceKind.PER_USE.value),
                name="agreements_caps_are_per_use",
            ),
            models.UniqueConstraint(
                fields=["agreement", "platform", "part"],
                condition=Q(valid_to__isnull=True, withdrawn_at__isnull=True),
                name="agreements_one_open_price",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.kind} {self.part}".strip()


class PriceTier(models.Model):
    price = models.ForeignKey(PlatformPrice, on_delete=models.CASCADE, related_name="tiers")
    start = models.PositiveBigIntegerField()
    rate = models.DecimalField(max_digits=12, decimal_places=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["price", "start"], name="agreements_one_tier_a_start"),
            models.CheckConstraint(condition=Q(rate__gte=0), name="agreements_tier_not_negative"),
        ]


class VatRate(models.Model):
    """A rate of value added tax for one kind of content. A later one ends it the day before."""

    content = models.CharField(max_length=20)
    percent = models.DecimalField(max_digits=9, decimal_places=6)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            _dates("agreements_vat_dates"),
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lte=100), name="agreements_vat_per_cent"
            ),
            models.CheckConstraint(
                condition=Q(content__in=[c.value for c in VatContent]), name="agreements_vat_content"
            ),
            models.UniqueConstraint(fields=["content", "valid_from"], name="agreements_one_vat_a_day"),
            models.UniqueConstraint(
                fields=["content"], condition=Q(valid_to__isnull=True), name="agreements_one_open_vat"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.content} {self.percent} {self.valid_from}"


class ExchangeRate(models.Model):
    """How many euros one unit of a currency cost on a day, and who said so."""

    currency = models.CharField(max_length=3)
    day = models.DateField()
    rate = models.DecimalField(max_digits=12, decimal_places=6)
    source = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "day"], name="agreements_one_exchange_a_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="agreements_exchange_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.day}"
