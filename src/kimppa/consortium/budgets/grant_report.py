"""The report to a funder as accessible PDF: costs by kind, the grant's part and the own share of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from kimppa.consortium.budgets.plan_rules import CostKind
from kimppa.consortium.budgets.purchase_queries import CostRow, GrantRow
from kimppa.foundation.core import typeset
from kimppa.foundation.core.money import Cents, show_euros, show_rate


@dataclass(frozen=True, slots=True)
class ReportWords:
    """What stands in the report, in its language; `kinds` by CostKind."""

    heading: str
    example: str
    facts: tuple[str, str, str, str, str, str]
    by_kind: str
    columns: tuple[str, str, str, str]
    total: str
    costs: str
    cost_columns: tuple[str, str, str, str]
    capped: str
    page: str
    kinds: dict[CostKind, str]


def pdf(row: GrantRow, costs: Sequence[CostRow], words: ReportWords, *, language: str, day: date) -> bytes:
    """The PDF/UA report of a grant as its costs stand on a day. Raises NotTypeset."""

    def euros(amount: Cents) -> str:
        return show_euros(amount, language)

    values = (
        row.funder,
        row.decision_number or row.agreement_number or "–",
        f"{_day(row.valid_from)} – {_day(row.valid_to)}",
        euros(row.amount),
        f"{show_rate(row.own_percent, language)} %",
        _day(day),
    )
    shares = row.shares
    return typeset.pdf(
        _template(),
        {
            "heading": f"{words.heading}: {row.title}",
            "example": words.example if row.example else "",
            "facts": [[label, value] for label, value in zip(words.facts, values, strict=True)],
            "by_kind": words.by_kind,
            "columns": list(words.columns),
            "kinds": [
                [words.kinds[CostKind(k.kind)], euros(k.cost), euros(k.grant), euros(k.own)]
                for k in shares.kinds
            ],
            "total": [words.total, euros(shares.cost), euros(shares.grant), euros(shares.own)],
            "capped": words.capped if shares.capped else "",
            "costs_heading": words.costs,
            "cost_columns": list(words.cost_columns),
            "costs": [
                [_day(c.issued), f"{c.vendor} {c.number}", words.kinds[c.kind], euros(c.amount)]
                for c in costs
            ],
            "footer": row.title,
            "page": words.page,
        },
        title=f"{words.heading}: {row.title}",
        language=language,
        day=day,
    )


@lru_cache(maxsize=1)
def _template() -> str:
    return Path(__file__).with_name("grant_report.typ").read_text(encoding="utf-8")


def _day(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"
