"""What a record of a title may hold. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kimppa.foundation.core.errors import Invalid, Missing
from kimppa.foundation.core.text import noop

KINDS = ("ebook", "audiobook", "magazine", "newspaper", "film", "music", "course")
KIND_NAMES: dict[str, str] = {
    "ebook": noop("E-book"),
    "audiobook": noop("Audiobook"),
    "magazine": noop("Magazine"),
    "newspaper": noop("Newspaper"),
    "film": noop("Film"),
    "music": noop("Music"),
    "course": noop("Course"),
}
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
COLUMNS = ("identifier", "title", "contributors", "year", "language", "kind")


class NotACsv(Invalid):
    code = "not-a-csv"
    sentence = noop("The file is not CSV text in UTF-8 (%(why)s). Nothing was loaded.")


class ColumnsMissing(Invalid):
    code = "columns-missing"
    sentence = noop(
        "The file has no column %(columns)s. Nothing was loaded; the first row must name the columns."
    )


class NoSuchPublication(Missing):
    code = "no-such-publication"
    sentence = noop("There is no such title in the e-library.")


PROBLEMS: dict[str, str] = {
    "no-identifier": noop("The identifier is missing; the record was skipped."),
    "no-title": noop("The title is missing; the record was skipped."),
    "too-long": noop("The field %(field)s is longer than %(limit)s characters; the record was skipped."),
    "wrong-columns": noop("The record does not have the same columns as the first row; it was skipped."),
    "bad-year": noop("“%(value)s” is not a year; the field was left empty."),
    "bad-language": noop("“%(value)s” is not a language code; the field was left empty."),
    "unknown-kind": noop("“%(value)s” is not a kind we know; the field was left empty."),
}


@dataclass(frozen=True, slots=True)
class TitleRecord:
    """A title as a source gives it; empty text or None where the source says nothing."""

    identifier: str
    title: str
    contributors: tuple[str, ...]
    year: int | None
    language: str
    kind: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to be said of a record: severity warning (kept) or error (skipped), code, params."""

    record: int
    severity: str
    code: str
    params: tuple[tuple[str, str | int], ...] = ()
