"""A municipality's statement as an accessible PDF (statement.typ)."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

from kimppa.consortium.invoicing.words import show_count, show_day
from kimppa.foundation.core import typeset
from kimppa.foundation.core.money import Cents, show_euros, show_rate
from kimppa.insight.reporting.statement_words import Words, as_of, in_short, of_part, title_of, words
from kimppa.insight.reporting.statements import Statement


def pdf(told: Statement, *, on: date, language: str) -> bytes:
    """The document; the same statement and day give the same bytes. Raises NotTypeset."""
    word, title = words(language), title_of(told, language)
    data: dict[str, typeset.Data] = {
        "title": title,
        "example": word.example if told.example else "",
        "as_of": as_of(on, language),
        "short": list(in_short(told, language)),
        "made_heading": word.made if told.parts else "",
        "part_columns": [word.what, word.residents, word.rate, word.months_column, word.amount],
        "parts": _parts(told, language),
        "total": [word.total, show_euros(told.sums.levied, language)],
        "explained": [
            {"title": part.revision.title(language), "texts": list(of_part(part, language))}
            for part in told.parts
        ],
        "documents_heading": word.documents,
        "no_documents": word.no_documents,
        "document_columns": [
            *(word.what, word.number, word.issued, word.due_on, word.amount, word.paid_column, word.open)
        ],
        "documents": _documents(told, word, language),
        "shared": word.shared if any(one.shared for one in told.vouchers) else "",
        "years_heading": word.years,
        "year_columns": [word.year, word.amount, word.change, word.per_resident, word.paid_column, word.open],
        "years": _years(told, language),
        "page": word.page,
    }
    return typeset.pdf(
        _template(), data, title=title, language=language, day=on, author=told.place.name(language)
    )


def _parts(told: Statement, language: str) -> list[typeset.Data]:
    return [
        [
            part.revision.title(language),
            show_count(part.share.residents, language),
            show_rate(part.share.rate, language) if part.share.rate is not None else "–",
            str(part.share.months),
            show_euros(part.share.amount, language),
        ]
        for part in told.parts
    ]


def _documents(told: Statement, word: Words, language: str) -> list[typeset.Data]:
    rows: list[typeset.Data] = [
        [
            word.kinds[one.kind] + (f" ({one.of})" if one.of else ""),
            one.number,
            show_day(one.issued_on),
            show_day(one.due_on) if not one.of else "–",
            show_euros(one.amount, language),
            show_euros(one.paid, language) if not one.of else "–",
            show_euros(Cents(one.open.value - one.overpaid.value), language) if not one.of else "–",
        ]
        for one in told.vouchers
    ]
    rows += [
        [
            word.internal_charge,
            one.seller,
            show_day(one.charged_on),
            *("–", show_euros(one.amount, language), "–", "–"),
        ]
        for one in told.internal
    ]
    return rows


def _years(told: Statement, language: str) -> list[typeset.Data]:
    rows: list[typeset.Data] = []
    for line in reversed(told.years):
        each, sums = line.per_resident, line.sums
        rows.append(
            [
                str(line.year),
                show_euros(sums.total, language),
                show_euros(line.change, language) if line.change is not None else "–",
                show_rate(each, language) if each is not None else "–",
                show_euros(sums.paid + sums.past_paid, language),
                show_euros(sums.open - sums.overpaid + sums.past - sums.past_paid, language),
            ]
        )
    return rows


@lru_cache(maxsize=1)
def _template() -> str:
    return Path(__file__).with_name("statement.typ").read_text(encoding="utf-8")
