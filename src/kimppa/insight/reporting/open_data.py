"""A year's use as open data: service × municipality with small cells kept, and what the files mean.

Only closed years are published: every month of every service told and none open, so that two editions of
one year cannot be put beside each other. What was kept back is said, not left out silently.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kimppa.commons.usage import examples, settled
from kimppa.foundation.core.errors import Missing
from kimppa.foundation.core.tabular import Cell, csv_bytes
from kimppa.foundation.core.text import noop
from kimppa.insight.reporting.suppression import LIMIT, WIDTH, Kept, suppress
from kimppa.insight.reporting.use_sums import Use
from kimppa.insight.reporting.use_year import ServiceYear, UseYear, is_own_lending, use_year

LICENCE = "CC BY 4.0"
HEADER = (
    "year",
    "service",
    "municipality_code",
    "municipality",
    "residents",
    "counted_as",
    "value",
    "quality",
)
TOTALS = ("year", "service", "counted_as", "value", "residents", "months")
NOT_KNOWN = "unknown"
# A file of the zip has a time of its own; the same data must give the same bytes.
_STAMP = (1980, 1, 1, 0, 0, 0)


class NoOpenData(Missing):
    code = "no-open-data"
    sentence = noop("There is no open data of the year %(year)s: it is not over, or some months are open.")


INVENTED = "ESIMERKKI (invented figures): "


@dataclass(frozen=True, slots=True)
class OpenYear:
    """What is published of a year. `hidden` cells and `withheld` services were kept back.

    `example`: some of the figures are invented, for a demonstration.
    """

    year: int
    cells: tuple[tuple[Cell, ...], ...]
    totals: tuple[tuple[Cell, ...], ...]
    hidden: int
    withheld: tuple[str, ...]
    example: bool = False


def published(*, on: date) -> tuple[int, ...]:
    """The years that can be published on a day: over, and without an open month."""
    still = {
        row.month.year
        for row in settled.by_month(date(2000, 1, 1), on)
        if row.month is not None and row.open_months
    }
    return tuple(year for year in settled.years() if year < on.year and year not in still)


def open_year(year: int, *, on: date) -> OpenYear:
    """One published year. Raises NoOpenData."""
    if year not in published(on=on):
        raise NoOpenData(year=year)
    told = use_year(year)
    services = [service for service in told.services if service.use.months]
    tiny = {s.slug for s in services if 0 < s.use.value < LIMIT}
    kept = suppress(_table(told, services), rows_told=False)
    lost = kept.columns | tiny
    shown = [service for service in services if service.slug not in lost]
    return OpenYear(
        year,
        tuple(_cells(told, shown, kept)),
        tuple(_total(told, service) for service in shown),
        len(kept.cells),
        tuple(_name(s) for s in services if s.slug in lost),
        examples.told_in(date(year, 1, 1), date(year, 12, 1)),
    )


def archive(found: OpenYear) -> bytes:
    """The zip: two tables as CSV and what they mean as JSON and in words. The same year, the same bytes."""
    out = io.BytesIO()
    files = {
        "use.csv": csv_bytes(HEADER, found.cells),
        "services.csv": csv_bytes(TOTALS, found.totals),
        "datapackage.json": json.dumps(description(found), ensure_ascii=False, indent=2).encode(),
        "README.md": readme(found).encode(),
    }
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(zipfile.ZipInfo(name, _STAMP), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def description(found: OpenYear) -> dict[str, object]:
    """A data package's description: the fields of both tables with their types and meanings."""
    return {
        "name": f"kimppa-use-{found.year}",
        "title": f"{INVENTED if found.example else ''}Use of e-services by municipality {found.year}",
        "licenses": [{"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}],
        "resources": [
            _resource("use", HEADER, found.cells),
            _resource("services", TOTALS, found.totals),
        ],
        "suppressed_cells": found.hidden,
        "withheld_services": list(found.withheld),
    }


def readme(found: OpenYear) -> str:
    """The same for people."""
    withheld = ", ".join(found.withheld) or "none"
    return f"""# {INVENTED if found.example else ""}Use of e-services by municipality, {found.year}

`use.csv`: one row for a service and a municipality. `services.csv`: the whole of each service.
UTF-8, commas, decimal points. Licence: {LICENCE}.

- `counted_as`: what one use is (loans, readings, plays, requests, searches, sign-ins). Unlike kinds must not
  be added.
- `value`: uses in the year. Empty: kept back, see below.
- `quality`: `measured`, `estimated` (dealt by sign-ins or residents, for the vendor does not tell the
  municipality), `partly-estimated`, or `suppressed`.
- A service without rows in `use.csv` is not known by municipality.
- `residents`: on the reference date of the year's levy. Municipality codes are those of Statistics Finland.
- An empty `municipality_code`: the home municipality is not known.

Counts of 1–{LIMIT - 1} are kept back, and so many more that nobody can reckon them from the rest to within
{WIDTH - 1}. Zeros are told. Kept back: {found.hidden} cells; services withheld whole: {withheld}.
"""


def _resource(name: str, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> dict[str, object]:
    whole = {"year", "residents", "value", "months"}
    return {
        "name": name,
        "path": f"{name}.csv",
        "format": "csv",
        "encoding": "utf-8",
        "rows": len(rows),
        "schema": {
            "fields": [{"name": one, "type": "integer" if one in whole else "string"} for one in header]
        },
    }


def _table(told: UseYear, services: Sequence[ServiceYear]) -> dict[tuple[str, str], int]:
    """Every count of a municipality, and of the unknown: all that sums to a service's public total."""
    table = {(place.code, slug): use.value for place in told.places for slug, use in place.uses.items()}
    table |= {("", slug): use.value for slug, use in told.unknown.items()}
    slugs = {service.slug for service in services if service.places.months}
    return {cell: value for cell, value in table.items() if cell[1] in slugs}


def _cells(told: UseYear, services: Sequence[ServiceYear], kept: Kept) -> list[tuple[Cell, ...]]:
    made: list[tuple[Cell, ...]] = []
    for service in services:
        if not service.places.months:
            continue
        counted = _counted(service)
        for place in told.places:
            use = place.uses.get(service.slug, Use())
            value, quality = _shown(use, hidden=(place.code, service.slug) in kept.cells)
            row = (told.year, _name(service), place.code, place.name_fi, place.residents)
            made.append((*row, counted, value, quality))
        lost = told.unknown.get(service.slug)
        if lost is not None:
            value, quality = _shown(lost, hidden=("", service.slug) in kept.cells)
            made.append((told.year, _name(service), "", "", None, counted, value, quality))
    return made


def _shown(use: Use, *, hidden: bool) -> tuple[int | None, str]:
    if hidden:
        return None, "suppressed"
    if not use.estimated:
        return use.value, "measured"
    return use.value, "estimated" if use.estimated == use.value else "partly-estimated"


def _total(told: UseYear, service: ServiceYear) -> tuple[Cell, ...]:
    return (
        *(told.year, _name(service), _counted(service)),
        *(service.use.value, told.residents, service.use.months),
    )


def _counted(service: ServiceYear) -> str:
    return "+".join(one.value for one in service.counted_as) or NOT_KNOWN


def _name(service: ServiceYear) -> str:
    return "Own lending" if is_own_lending(service.slug) else service.name
