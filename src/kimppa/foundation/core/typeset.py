"""PDF by typst: tagged, PDF/UA-1, with the project's own fonts; the same input gives the same bytes.

A template reads its data as JSON and the frame as plain inputs:

    #let data = json(bytes(sys.inputs.data))

and must not ask for today's date. What typst claims as PDF/UA it also refuses to write when a heading
level is skipped or a picture has no words, so a bad template fails here and not at a reader.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TypeAlias

import typst

from kimppa.environment import PROJECT
from kimppa.foundation.core.errors import Unavailable
from kimppa.foundation.core.text import noop

Data: TypeAlias = "Mapping[str, Data] | Sequence[Data] | str | int | bool | None"

FONTS: Path = PROJECT / "assets" / "fonts"
FAMILY = "Source Sans 3"
# The compiler is one mutable thing; two threads of a web process must take turns.
_turn = Lock()

_FRAME = """
#let frame = json(bytes(sys.inputs.frame))
#set document(
  title: frame.title,
  author: frame.author,
  date: datetime(year: frame.year, month: frame.month, day: frame.day),
)
#set text(font: "{family}", lang: frame.language, number-width: "tabular", fallback: false)
"""


class NotTypeset(Unavailable):
    code = "not-typeset"
    sentence = noop("The document could not be typeset: %(reason)s")


def pdf(
    template_source: str,
    data: Mapping[str, Data],
    *,
    title: str,
    language: str,
    day: date,
    author: str = "",
) -> bytes:
    """Typeset one document. Title, language and the document's date are set from the arguments.

    Raises NotTypeset with typst's own reason (a fault of the template or a character without a glyph).
    """
    frame = {
        "title": title,
        "author": author,
        "language": language[:2],
        "year": day.year,
        "month": day.month,
        "day": day.day,
    }
    inputs = {"frame": json.dumps(frame), "data": json.dumps(data, ensure_ascii=False, sort_keys=True)}
    source = _FRAME.replace("{family}", FAMILY) + template_source
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    try:
        with _turn:
            made = _compiler().compile(
                source.encode(),
                format="pdf",
                sys_inputs=inputs,
                pdf_standards="ua-1",
                timestamp=int(moment.timestamp()),
            )
    except typst.TypstError as error:
        raise NotTypeset(reason=" ".join(str(error.message).split())) from error
    if not isinstance(made, bytes):
        raise NotTypeset(reason="no pages")
    return made


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    """One compiler a process: the fonts are read once, and typst remembers what did not change."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    return typst.Compiler(font_paths=fonts)
