"""Dated rows may touch but not overlap. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.text import noop


class OverlappingMembership(Refused):
    code = "overlapping-membership"
    sentence = noop(
        "%(who)s: the time %(start)s–%(end)s overlaps with one that is recorded already (%(what)s). "
        "Nothing was changed. End the earlier one first."
    )


class DatesInWrongOrder(Invalid):
    code = "dates-in-wrong-order"
    sentence = noop("The last day %(end)s is before the first day %(start)s. Nothing was changed.")


class UnknownMunicipality(Missing):
    code = "unknown-municipality"
    sentence = noop("There is no municipality with the code “%(code)s”. Nothing was changed.")


class AlreadyMerged(Refused):
    code = "already-merged"
    sentence = noop(
        "The municipality %(code)s has ended already or is its own successor. Nothing was changed."
    )


Span = tuple[date | None, date | None]


def overlaps(a: Span, b: Span) -> bool:
    """Whether two spans (both ends inside, None open) share a day."""
    starts_in_time = a[0] is None or b[1] is None or a[0] <= b[1]
    ends_late = a[1] is None or b[0] is None or a[1] >= b[0]
    return starts_in_time and ends_late


def check_span(new: Span, existing: Iterable[tuple[Span, str]], *, who: str) -> None:
    """Raise if the new span is backwards or shares a day with one of `existing` (span, its name)."""
    start, end = new
    if start is not None and end is not None and end < start:
        raise DatesInWrongOrder(start=start.isoformat(), end=end.isoformat())
    for span, what in existing:
        if overlaps(new, span):
            raise OverlappingMembership(
                who=who,
                what=what or "–".join(_day(day) for day in span),
                start=_day(start),
                end=_day(end),
            )


def _day(day: date | None) -> str:
    return day.isoformat() if day else "…"
