"""A tier table as people write it, one tier a line: `0 – 999: 2,50`, `1000 –: 2,00`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise

from kimppa.consortium.agreements.prices import BadTiers, PriceNegative, Tier, TiersDoNotBegin, TiersHaveGap
from kimppa.foundation.core.money import decimals, parse_decimal, show_rate

LINE = re.compile(r"(?P<start>\d{1,12})\s*(?:[–—-]\s*(?P<end>\d{1,12})?)?\s*[:=]\s*(?P<rate>\S+)")
MOST_TIERS = 50
SPACES = str.maketrans("", "", " \u00a0\u2009\u202f\t")


def parse_tiers(text: str) -> tuple[Tier, ...]:
    """The tiers of a text, checked that they begin at zero and meet each other.

    Raises BadTiers, TiersDoNotBegin, TiersHaveGap, PriceNegative.
    """
    rows = [_row(line) for line in text.splitlines() if line.strip()]
    if not rows or len(rows) > MOST_TIERS:
        raise BadTiers(value=text.strip()[:40])
    if rows[0][0] != 0:
        raise TiersDoNotBegin(start=rows[0][0])
    for (start, end, _), (following, _, _) in pairwise(rows):
        if (end is not None and following != end + 1) or following <= start:
            raise TiersHaveGap(end=start if end is None else end, start=following)
    if rows[-1][1] is not None:
        raise TiersHaveGap(end=rows[-1][1], start="…")
    return tuple(Tier(start, rate) for start, _, rate in rows)


def show_tiers(tiers: Iterable[Tier], language: str = "fi") -> str:
    """The same tiers as text that parse_tiers reads."""
    rows = list(tiers)
    lines = []
    for tier, after in zip(rows, [*rows[1:], None], strict=True):
        end = "" if after is None else f" {after.start - 1}"
        lines.append(f"{tier.start} –{end}: {show_rate(tier.rate, language)}")
    return "\n".join(lines)


def _row(line: str) -> tuple[int, int | None, Decimal]:
    found = LINE.fullmatch(line.translate(SPACES).removesuffix("€"))
    rate = parse_decimal(found["rate"]) if found else None
    if found is None or rate is None or decimals(rate) > 6 or rate >= 1_000_000:
        raise BadTiers(value=line.strip()[:40])
    if rate < 0:
        raise PriceNegative(value=found["rate"][:40])
    end = int(found["end"]) if found["end"] else None
    start = int(found["start"])
    if end is not None and end < start:
        raise BadTiers(value=line.strip()[:40])
    return start, end, rate
