"""The directors' paper as an accessible PDF (board_paper.typ): charts are drawn, and told in words too."""

from __future__ import annotations

import csv
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path

from kimppa.consortium.invoicing.words import show_day
from kimppa.environment import PROJECT
from kimppa.foundation.core import typeset
from kimppa.insight.reporting.board_paper import BoardPaper
from kimppa.insight.reporting.board_sections import Section, decimal_text, sections, title_of
from kimppa.insight.reporting.board_words import words

STEPS = 3


def pdf(paper: BoardPaper, language: str) -> bytes:
    """The document; the same paper gives the same bytes. Raises NotTypeset."""
    word, title = words(language), title_of(paper, language)
    data: dict[str, typeset.Data] = {
        "title": title,
        "example": word.example if paper.example else "",
        "as_of": word.as_of.format(day=show_day(paper.on)),
        "page": word.page,
        "sections": [_section(one, paper, language) for one in sections(paper, language)],
    }
    return typeset.pdf(_template(), data, title=title, language=language, day=paper.on)


def _section(section: Section, paper: BoardPaper, language: str) -> dict[str, typeset.Data]:
    tiles = _tiles(paper, language) if section.mapped else []
    grid = [tile for tile in tiles if isinstance(tile, dict)]
    return {
        "heading": section.heading,
        "sentences": list(section.sentences),
        "columns": list(section.columns),
        "widths": list(section.widths),
        "rows": [list(row) for row in section.rows],
        "bars": [
            {"name": bar.name, "text": bar.text, "length": bar.length, "hatched": bar.hatched}
            for bar in section.bars
        ],
        "alt": section.alt,
        "tiles": tiles,
        "width": max((int(str(tile["x"])) for tile in grid), default=0) + 1,
        "height": max((int(str(tile["y"])) for tile in grid), default=0) + 1,
    }


def _tiles(paper: BoardPaper, language: str) -> list[typeset.Data]:
    values = {place.code: paper.told.relative(place) for place in paper.told.places}
    farthest = max((abs(v - 100) for v in values.values() if v is not None), default=Decimal(0))
    places = _places("north") if set(values) <= set(_places("north")) else _places("finland")
    made: list[typeset.Data] = []
    for place in paper.told.places:
        if place.code not in places:
            continue
        x, y = places[place.code]
        value, name = values[place.code], place.name(language)
        made.append(
            {
                "x": x,
                "y": y,
                "name": name if len(name) <= 11 else f"{name[:10]}.",
                "text": decimal_text(value, language) if value is not None else "–",
                "shade": _shade(value, farthest),
            }
        )
    return made


def _shade(value: Decimal | None, farthest: Decimal) -> str:
    if value is None:
        return ""
    apart = value - 100
    if not apart or not farthest:
        return "0"
    step = min(STEPS, int(abs(apart) * STEPS / farthest) + 1)
    return str(step if apart > 0 else -step)


@cache
def _places(which: str) -> dict[str, tuple[int, int]]:
    """Code → (column, row) of a tile map (data/tiles_*.csv)."""
    with (PROJECT / "data" / f"tiles_{which}.csv").open(encoding="utf-8", newline="") as handle:
        return {r["code"]: (int(r["column"]), int(r["row"])) for r in csv.DictReader(handle)}


@lru_cache(maxsize=1)
def _template() -> str:
    return Path(__file__).with_name("board_paper.typ").read_text(encoding="utf-8")
