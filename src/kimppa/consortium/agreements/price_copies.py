"""A new version of an agreement begins with the prices that still run on the day it begins."""

from __future__ import annotations

from django.db.models import Q

from kimppa.consortium.agreements.models import Agreement
from kimppa.consortium.agreements.price_models import PlatformPrice, PriceTier


def copy_prices(old: Agreement, new: Agreement) -> None:
    """Write the prices of one version into the next; what began before it begins with it."""
    runs = Q(valid_to__isnull=True) | Q(valid_to__gte=new.valid_from)
    for price in old.prices.filter(runs, withdrawn_at__isnull=True).prefetch_related("tiers"):
        tiers = list(price.tiers.all())
        if price.valid_from is not None and new.valid_from is not None:
            price.valid_from = None if price.valid_from <= new.valid_from else price.valid_from
        made = _again(price, new)
        PriceTier.objects.bulk_create(PriceTier(price=made, start=t.start, rate=t.rate) for t in tiers)


def _again(price: PlatformPrice, agreement: Agreement) -> PlatformPrice:
    price.pk, price._state.adding = None, True
    price.agreement = agreement
    price.save(force_insert=True)
    return price
