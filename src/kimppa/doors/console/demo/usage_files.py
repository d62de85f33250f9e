"""Two services whose vendors tell of their use: one by its own Excel, one by COUNTER. All figures invented.

The files say so themselves (ESIMERKKI). They come in as a coordinator would bring them.
"""

from __future__ import annotations

import io
from datetime import date, datetime

from kimppa.commons.members import queries as members
from kimppa.commons.usage import batches, bringing, measures, sheets_brought
from kimppa.commons.usage.measures import Choice
from kimppa.commons.usage.rules import Interest, Source, Split, UnitKind
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.core import tabular

SHEET_SERVICE, COUNTER_SERVICE = "ellibs", "overdrive"
WHOLE = (UnitKind.CONSORTIUM.value, "")
YEARS = {2021: 12, 2022: 10}  # the demo stands in November 2022
NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FINNISH = (
    *(
        "tammi",
        "helmi",
        "maalis",
        "huhti",
        "touko",
        "kesä",
        "heinä",
        "elo",
        "syys",
        "loka",
        "marras",
        "joulu",
    ),
)
SEASON = (112, 104, 108, 100, 92, 84, 96, 94, 98, 104, 108, 110)
TITLES = ("Ensimmäinen kirja", "Toinen kirja", "Kolmas kirja", "Neljäs kirja", "Viides kirja", "Kuudes kirja")
LOANS = Choice(Source.SHEET, "loans", UnitKind.MUNICIPALITY, Interest.LOANS, Split.NONE)
REQUESTS = Choice(
    Source.COUNTER, "Unique_Title_Requests", UnitKind.CONSORTIUM, Interest.LOANS, Split.HUB, report="TR_B1"
)


def bring(*, by: Operator, now: datetime) -> None:
    """Both services' files of 2021 and of 2022 up to October, and that they count as use from 2021 on."""
    if not batches.listing(platform=SHEET_SERVICE, limit=1):
        for year, months in YEARS.items():
            _sheet(by, year, months, now)
        measures.choose(by=by, platform=SHEET_SERVICE, choice=LOANS, valid_from=date(2021, 1, 1), now=now)
    if not batches.listing(platform=COUNTER_SERVICE, limit=1):
        for year, months in YEARS.items():
            _report(by, year, months, now)
        measures.choose(
            by=by, platform=COUNTER_SERVICE, choice=REQUESTS, valid_from=date(2021, 1, 1), now=now
        )


def _sheet(by: Operator, year: int, months: int, now: datetime) -> None:
    raw = tabular.xlsx_bytes(
        ("Kunta", *(f"{name} {year}" for name in FINNISH[:months])),
        [(name, *counts) for name, counts in _by_place(year, months)],
        sheet=f"ESIMERKKI {year}",
    )
    name = f"ESIMERKKI-lainat-{year}.xlsx"
    brought = bringing.bring(
        by=by, stream=io.BytesIO(raw), name=name, platform=SHEET_SERVICE, unit=WHOLE, now=now
    )
    reading, chosen = sheets_brought.reading_of(batches.brought(brought))
    if not chosen:
        bringing.choose_reading(by=by, brought_id=brought, reading=reading, now=now)
    bringing.land(by=by, brought_id=brought, confirmed=False, now=now)


def _by_place(year: int, months: int) -> list[tuple[str, list[int]]]:
    """Invented loans: by residents, a little uneven, more in winter, more each year."""
    day = members.latest_population_date(date(2022, 12, 31))
    people = members.population(day) if day else {}
    growth = 100 if year == 2021 else 109
    return [
        (
            place.name_fi,
            [
                people.get(place.code, 0) * (70 + int(place.code) % 60) * season * growth // 200_000_000
                for season in SEASON[:months]
            ],
        )
        for place in members.members_on(date(2022, 1, 1))
    ]


def _report(by: Operator, year: int, months: int, now: datetime) -> None:
    last = date(year, months, 31)
    head = (
        ("Report_Name", "Book Requests (Excluding OA_Gold)"),
        ("Report_ID", "TR_B1"),
        ("Release", "5"),
        ("Institution_Name", "ESIMERKKI: Pohjoisen e-kirjasto (keksityt luvut)"),
        ("Institution_ID", "ESIMERKKI:1"),
        ("Metric_Types", "Total_Item_Requests; Unique_Title_Requests"),
        ("Report_Filters", "Data_Type=Book; Access_Type=Controlled; Access_Method=Regular"),
        ("Report_Attributes", ""),
        ("Exceptions", ""),
        ("Reporting_Period", f"Begin_Date={year}-01-01; End_Date={last.isoformat()}"),
        ("Created", f"{year + months // 12}-{months % 12 + 1:02}-05T06:00:00Z"),
        ("Created_By", "ESIMERKKI"),
    )
    columns = (
        "Title",
        "Publisher",
        "Publisher_ID",
        "Platform",
        "DOI",
        "Proprietary_ID",
        "ISBN",
        "Print_ISSN",
    )
    more = ("Online_ISSN", "URI", "YOP", "Metric_Type", "Reporting_Period_Total")
    lines = ["\t".join(pair) for pair in head] + [""]
    lines.append("\t".join((*columns, *more, *(f"{name}-{year}" for name in NAMES[:months]))))
    for number, title in enumerate(TITLES, start=1):
        for metric, times in (("Total_Item_Requests", 4), ("Unique_Title_Requests", 3)):
            counts = [season * times * (number + 3) * (year - 2011) // 100 for season in SEASON[:months]]
            told = (
                f"ESIMERKKI: {title}",
                "ESIMERKKI",
                "",
                "OverDrive",
                "",
                f"ESIMERKKI:{number}",
                "",
                "",
                "",
                "",
            )
            lines.append("\t".join((*told, "2020", metric, str(sum(counts)), *map(str, counts))))
    raw = ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()
    name = f"ESIMERKKI-TR_B1-{year}.tsv"
    brought = bringing.bring(
        by=by, stream=io.BytesIO(raw), name=name, platform=COUNTER_SERVICE, unit=WHOLE, now=now
    )
    bringing.land(by=by, brought_id=brought, confirmed=False, now=now)
