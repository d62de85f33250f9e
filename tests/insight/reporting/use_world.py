"""Two years of use of three services, written as settled rows; costs booked on two of their lines.

Ellibs is measured by municipality: in 2022 each month residents // 100 loans (the year before half of it),
Oulu twice that; Viddla is dealt by population (all estimated), December 2022 still open; Naxos knows only
the whole.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from kimppa.commons.members.models import LegalParty, Municipality
from kimppa.commons.members.queries import member_codes_on, population
from kimppa.commons.platforms.models import Platform
from kimppa.commons.usage.models import Measure, Settled
from kimppa.consortium.budgets.models import FiscalYear
from kimppa.consortium.budgets.plan_models import Booking, BudgetLine, Purchase

NOW = datetime(2023, 1, 20, 10, tzinfo=UTC)
OULU = "564"
MONTHS = {year: [date(year, month, 1) for month in range(1, 13)] for year in (2021, 2022)}


def people() -> dict[str, int]:
    members = member_codes_on(date(2022, 12, 31))
    return {code: count for code, count in population(date(2021, 12, 31)).items() if code in members}


def loans(code: str, residents: int, year: int) -> int:
    each = residents // 100 * (2 if code == OULU else 1)
    return each if year == 2022 else each // 2


def settle(platform: str, month: date, values: dict[str, int], *, estimated: bool, is_open: bool) -> None:
    rows = [
        Settled(
            platform=platform,
            month=month,
            unit_kind="municipality",
            unit_code=code,
            value=value,
            estimated=value if estimated else 0,
            open=is_open,
            split="population" if estimated else "",
        )
        for code, value in values.items()
    ]
    whole = sum(values.values())
    rows.append(
        Settled(
            platform=platform, month=month, unit_kind="consortium", value=whole, estimated=0, open=is_open
        )
    )
    Settled.objects.bulk_create(rows)


def measure(platform: str, metric: str, counted_as: str, split: str) -> None:
    Measure.objects.create(
        platform=platform,
        valid_from=date(2021, 1, 1),
        source="sheet",
        metric=metric,
        unit_kind="municipality",
        counted_as=counted_as,
        split=split,
    )


def load_use() -> None:
    """The region and its services must stand (tests.north)."""
    measure("ellibs", "loans", "loans", "none")
    measure("viddla", "plays", "plays", "population")
    measure("naxos-music-library", "plays", "plays", "none")
    residents = people()
    for year, months in MONTHS.items():
        for month in months:
            told = {code: loans(code, count, year) for code, count in residents.items()}
            settle("ellibs", month, told, estimated=False, is_open=False)
            dealt = {code: count // 1000 for code, count in residents.items()}
            last = month == date(2022, 12, 1)
            settle("viddla", month, dealt, estimated=True, is_open=last)
            settle("naxos-music-library", month, {"": 40}, estimated=False, is_open=False)
    load_costs()


def load_costs() -> None:
    """13 900 € of Ellibs with a credit of 900 €; 2 400 € on a line of no service."""
    year = FiscalYear.objects.get_or_create(
        year=2022, defaults={"starts": date(2022, 1, 1), "ends": date(2022, 12, 31)}
    )[0]
    books = BudgetLine.objects.create(
        year=year, title="Ellibs", platform=Platform.objects.get(slug="ellibs"), cost_class="content"
    )
    shared = BudgetLine.objects.create(year=year, title="Muut", cost_class="other")
    vendor = LegalParty.objects.create(name="Esimerkki Oy")
    for number, line, cents in (("1", books, 13_900_00), ("2", books, -900_00), ("3", shared, 2_400_00)):
        invoice = Purchase.objects.create(
            vendor=vendor,
            number=number,
            number_key=number,
            form="typed",
            issued=date(2022, 2, 1),
            original_cents=cents,
            net_cents=cents,
            vat_cents=0,
            state="booked",
            received_at=NOW,
        )
        Booking.objects.create(purchase=invoice, line=line, amount_cents=cents, cost_kind="licences")


def code_of(name: str) -> str:
    return Municipality.objects.get(name_fi=name).code
