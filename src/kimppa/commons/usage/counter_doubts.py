"""Is it the right report? What one says of itself against what earlier ones of the service said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import QuerySet

from kimppa.commons.platforms.queries import every_platform
from kimppa.commons.usage.landing import Told
from kimppa.commons.usage.models import Figure
from kimppa.commons.usage.rules import COUNTER_FAMILY
from kimppa.commons.usage.sheet_models import ReportHeader
from kimppa.foundation.core.errors import Param
from kimppa.foundation.core.text import noop, shorten
from kimppa.foundation.protocols.counter import reading

QUESTION = "question"
SUDDEN_ZERO = "nothing-now"
LATEST = 200
OTHER_PLATFORM = noop(
    "The report names “%(found)s”, but the earlier ones of this service named “%(earlier)s”. "
    "Is it the right vendor's?"
)
OF_ANOTHER = noop("The report names “%(found)s”, which is how %(other)s is named. Were two files swapped?")
OTHER_INSTITUTION = noop(
    "The report is of “%(found)s”, but the earlier ones of the same service and unit were of “%(earlier)s”."
)
OTHER_CUSTOMER = noop(
    "The report is of customer %(found)s, but the earlier ones of the same service and unit "
    "were of %(earlier)s."
)


NOTHING_NOW = noop(
    "The report says that there was no use from %(first)s to %(last)s, but earlier ones told of some in "
    "those months. Is it to take their place?"
)


def questions(
    report: reading.Report, platform: str, unit: tuple[str, str], span: tuple[date, date] | None
) -> tuple[Told, ...]:
    """What a person must answer: is it this vendor's, of us, and is a sudden zero meant?

    `span`: first and last month, None where the report does not say them.
    """
    heads = ReportHeader.objects.filter(batch__dropped__isnull=True)
    asked = list(_vendor(report, platform, _names_by_service(heads)))
    kind, code = unit
    same = list(
        heads.filter(batch__platform=platform, batch__unit_kind=kind, batch__unit_code=code).order_by("-pk")[
            :LATEST
        ]
    )
    institutions = {head.institution for head in same if head.institution}
    header = report.header
    if header.institution and institutions and _folded(header.institution) not in _all(institutions):
        asked.append(_asked("other-institution", OTHER_INSTITUTION, header.institution, institutions))
    ids = {one for head in same for one in head.customer_ids}
    if header.customer_ids and ids and not _all(set(header.customer_ids)) & _all(ids):
        asked.append(_asked("other-customer", OTHER_CUSTOMER, ", ".join(header.customer_ids), ids))
    if span is not None and not any(report.totals.values()):
        zero = sudden_zero(platform, unit, report.id[:20], span)
        asked += [zero] if zero else []
    return tuple(asked)


def sudden_zero(platform: str, unit: tuple[str, str], report: str, span: tuple[date, date]) -> Told | None:
    """The question where a report without any use would replace use that is in force; else None."""
    before = Figure.objects.filter(
        platform=platform,
        month__gte=span[0],
        month__lte=span[1],
        value__gt=0,
        batch__source__in=COUNTER_FAMILY,
        batch__unit_kind=unit[0],
        batch__unit_code=unit[1],
        batch__report=report,
        batch__dropped__isnull=True,
    )
    if not before.exists():
        return None
    params: dict[str, Param] = {"first": f"{span[0]:%Y-%m}", "last": f"{span[1]:%Y-%m}"}
    return Told(QUESTION, SUDDEN_ZERO, "", NOTHING_NOW, params)


def _names_by_service(heads: QuerySet[ReportHeader]) -> dict[str, set[str]]:
    """Service → the platforms that its reports have named."""
    found: dict[str, set[str]] = {}
    for slug, names in heads.order_by().values_list("batch__platform", "platforms").distinct():
        found.setdefault(slug, set()).update(names)
    return found


def _vendor(report: reading.Report, platform: str, earlier: dict[str, set[str]]) -> Iterator[Told]:
    named, known = _all(set(report.platforms)), earlier.get(platform, set())
    if not named or named & _all(known):
        return
    shown = ", ".join(report.platforms[:3])
    services = {row.slug: row.name for row in every_platform()}
    theirs = {slug: _folded(name) for slug, name in services.items() if slug != platform}
    swapped = next((slug for slug, name in theirs.items() if name in named), "")
    swapped = swapped or next(
        (slug for slug, names in earlier.items() if slug != platform and named & _all(names)), ""
    )
    if swapped:
        params: dict[str, Param] = {"found": shown, "other": services.get(swapped, swapped)}
        yield Told(QUESTION, "other-service", "Platform", OF_ANOTHER, params)
    elif known:
        yield _asked("other-platform", OTHER_PLATFORM, shown, known)


def _asked(code: str, sentence: str, found: str, earlier: set[str]) -> Told:
    params: dict[str, Param] = {
        "found": shorten(found, 120),
        "earlier": shorten(", ".join(sorted(earlier)), 120),
    }
    return Told(QUESTION, code, "", sentence, params)


def _folded(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _all(names: set[str]) -> set[str]:
    return {_folded(name) for name in names} - {""}
