"""How a funder and the consortium share costs. Pure.

The grant pays (100 − own share) per cent of the costs, rounded half up once, and never more than was
granted. The grant's part is divided over the kinds of cost by the largest remainder, so that the kinds add
up to it to the cent; the own share of a kind is the rest of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from kimppa.foundation.core.money import Cents


@dataclass(frozen=True, slots=True)
class KindShare:
    """One kind of cost: in all, of it the grant's, and the own share."""

    kind: str
    cost: Cents
    grant: Cents

    @property
    def own(self) -> Cents:
        return self.cost - self.grant


@dataclass(frozen=True, slots=True)
class GrantShares:
    kinds: tuple[KindShare, ...]
    cost: Cents
    grant: Cents
    capped: bool

    @property
    def own(self) -> Cents:
        return self.cost - self.grant


def share_costs(costs: Mapping[str, Cents], *, own_percent: Decimal, granted: Cents) -> GrantShares:
    """Costs by kind (credits may make one negative) divided between funder and consortium."""
    total = sum(cost.value for cost in costs.values())
    exact = Fraction(max(total, 0)) * (100 - Fraction(own_percent)) / 100
    wanted = int(exact + Fraction(1, 2))
    paid = min(wanted, granted.value)
    parts = _divided(paid, {kind: cost.value for kind, cost in costs.items()}, total)
    kinds = tuple(KindShare(kind, cost, Cents(parts[kind])) for kind, cost in costs.items())
    return GrantShares(kinds, Cents(total), Cents(paid), capped=wanted > granted.value)


def _divided(paid: int, costs: Mapping[str, int], total: int) -> dict[str, int]:
    """Largest remainder; ties to the larger cost and then by name. A negative kind has a negative part."""
    if total <= 0 or not paid:
        return dict.fromkeys(costs, 0)
    parts = {kind: paid * cost // total for kind, cost in costs.items()}
    left = paid - sum(parts.values())
    queue = sorted(costs, key=lambda kind: (-(paid * costs[kind] % total), -costs[kind], kind))
    for lucky in queue[:left]:
        parts[lucky] += 1
    return parts
