"""Months as vendors spell them → `2025-01`; a month given by its first and last day."""

from __future__ import annotations

import calendar
import re
from functools import lru_cache

NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FULL = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}
WORD_FIRST = re.compile(r"([a-z]{3,9})\.?[-/ ,]{1,2}(\d{4}|\d{2})")
YEAR_FIRST = re.compile(r"(\d{4}|\d{2})[-/ ]([a-z]{3,9})\.?")
ISO = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?:[t ]00:00(?::00(?:\.0+)?)?z?)?")
NUMBER_FIRST = re.compile(r"(\d{1,2})[-/.](\d{4})")
DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


@lru_cache(maxsize=4096)
def month(text: str, first: str = "", last: str = "") -> str:
    """`2025-01` of Jan-2025, Jan-25, 25-Jan, January 2025, 2025-01, 2025-01-01, 01/2025; else empty.

    first, last: the months of the period, which decide where a spelling can mean two.
    """
    plain = text.strip().casefold()
    if found := WORD_FIRST.fullmatch(plain):
        return _made(_year(found[2]), _named(found[1]))
    if found := YEAR_FIRST.fullmatch(plain):
        return _made(_year(found[1]), _named(found[2]))
    if found := ISO.fullmatch(plain):
        return _of_day(int(found[1]), int(found[2]), int(found[3] or 1), first, last)
    if found := NUMBER_FIRST.fullmatch(plain):
        return _made(int(found[2]), int(found[1]))
    return ""


@lru_cache(maxsize=4096)
def of_days(begin: str, end: str) -> str:
    """The month whose first and last day these are; empty if they are not one whole month."""
    first, last = DAY.match(begin.strip()), DAY.match(end.strip())
    if not first or not last or (first[1], first[2]) != (last[1], last[2]) or first[3] != "01":
        return ""
    made = _made(int(first[1]), int(first[2]))
    return made if made and int(last[3]) == last_day(made) else ""


def last_day(of: str) -> int:
    return calendar.monthrange(int(of[:4]), int(of[5:]))[1]


def spelled(of: str) -> str:
    """As the headings of a table want it: `Jan-2025`."""
    return f"{NAMES[int(of[5:]) - 1].capitalize()}-{of[:4]}"


def between(first: str, last: str) -> tuple[str, ...]:
    """All months from the first to the last, both included; none if they are the wrong way round."""
    begin, end = int(first[:4]) * 12 + int(first[5:]) - 1, int(last[:4]) * 12 + int(last[5:]) - 1
    return tuple(f"{one // 12:04}-{one % 12 + 1:02}" for one in range(begin, end + 1))


def _of_day(year: int, number: int, day: int, first: str, last: str) -> str:
    """A spreadsheet takes “Jan-20” for the twentieth of January: then the day is the year."""
    plain, turned = _made(year, number), _made(2000 + day, number)
    if not plain or day == 1 or day == last_day(plain):
        return turned if day != 1 and first <= turned <= last and not first <= plain <= last else plain
    return plain if first <= plain <= last and not first <= turned <= last else turned


def _made(year: int, number: int) -> str:
    return f"{year:04}-{number:02}" if 1990 <= year <= 2100 and 1 <= number <= 12 else ""


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _named(word: str) -> int:
    if word in FULL:
        return FULL[word]
    short = word[:3] if len(word) == 3 or word == "sept" else ""
    return NAMES.index(short) + 1 if short in NAMES else 0
