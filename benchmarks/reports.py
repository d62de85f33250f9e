"""How much processor time do the pages of reports take, and how long the directors' paper? (aims below)

Load: one caller, one process, no network: Django's test client through all middleware, SQLite in a home of
its own. The real region (59 members), its e-services, five generated years of settled use of ten services by
municipality and month (every figure invented, each service estimated in part), costs booked on ten lines.
With KIMPPA_BENCH_ROWS=10000000 that many rows of deliveries lie beside them, which no page may touch.
Warm: 3 requests of each page, then 15 measured ones. A figure is `time.process_time`; of the paper, seconds.
Aims: the year 50 ms; any page 100 ms; the paper under 5 s. Floor: an empty view through the same middleware.
Run: ./kimppa bench reports
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
import types
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.test import Client

WARM, ROUNDS = 3, 15
YEAR_AIM, PAGE_AIM, PAPER_AIM = 50, 100, 5
YEARS = range(2018, 2023)
NOW = datetime(2023, 1, 20, 10, tzinfo=UTC)
ROWS_A_BATCH = 500_000


def main() -> None:
    os.environ.update(
        KIMPPA_MODE="run",
        KIMPPA_SECRET_KEY="benchmark",  # noqa: S106
        KIMPPA_LOG_LEVEL="WARNING",
        DJANGO_SETTINGS_MODULE="kimppa.settings",
    )
    __import__("kimppa.wsgi")  # loaded as the server loads it
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    start = time.perf_counter()
    slugs = region()
    settled = use(slugs)
    money(slugs)
    print(f"{settled:,} settled rows of {len(slugs)} services and {len(YEARS)} years in {_since(start)}")
    wanted = int(os.environ.get("KIMPPA_BENCH_ROWS", "0"))
    if wanted:
        start = time.perf_counter()
        deliveries(wanted, slugs)
        print(f"{wanted:,} rows of deliveries beside them in {_since(start)}")
    empty_view()
    client = coordinator()
    year, first = YEARS[-1], slugs[0]
    office = "/fi/backoffice/reports/"
    measure(client, "floor: an empty view", "/fi/empty/", PAGE_AIM)
    measure(client, "the year: 59 members × 10 services", f"{office}?year={year}", YEAR_AIM)
    measure(client, "the year, one service", f"{office}?year={year}&service={first}", YEAR_AIM)
    measure(client, "a service", f"{office}services/{first}/?year={year}", PAGE_AIM)
    measure(client, "a municipality", f"{office}places/564/?year={year}", PAGE_AIM)
    measure(client, "equality", f"{office}equality/?year={year}", PAGE_AIM)
    measure(client, "trends of ten services", f"{office}trends/", PAGE_AIM)
    measure(client, "national sheet", f"{office}national/?year={year}", PAGE_AIM)
    measure(client, "directors' paper on a page", f"{office}paper/?year={year}", PAGE_AIM)
    if wanted:
        from kimppa.commons.usage.models import Batch

        batch = Batch.objects.get(pk=Batch.objects.order_by("-pk")[0].pk)
        measure(client, "a delivery of 500,000 rows", f"/fi/backoffice/use/deliveries/{batch.pk}/", PAGE_AIM)
        rows = f"/fi/backoffice/use/deliveries/{batch.pk}/rows/"
        measure(client, "its rows, the first page", rows, PAGE_AIM)
        measure(client, "its rows, a page in the middle", f"{rows}?page=4000", PAGE_AIM)
        measure(client, "all deliveries", "/fi/backoffice/use/deliveries/", PAGE_AIM)
        figure = f"platform={first}&code=564&first={year}-01&last={year}-12"
        measure(client, "where a figure comes from", f"/fi/backoffice/use/figure/?{figure}", PAGE_AIM)
        measure(client, "what counts", f"/fi/backoffice/use/measures/{first}/", PAGE_AIM)
    measure(client, "open data, the zip", f"/fi/open-data/kimppa-use-{year}.zip", PAGE_AIM)
    for language in ("fi", "sv", "en"):
        paper(client, f"{office}paper/{year}/{language}.pdf")


def region() -> list[str]:
    """The members with their populations, and ten e-services."""
    from kimppa.commons.platforms.models import Platform
    from kimppa.doors.console.demo import eservices
    from kimppa.doors.console.demo import region as places
    from kimppa.foundation.accounts.actors import Operator

    by = Operator("benchmark")
    places.load(by=by, now=NOW)
    eservices.load(by=by, now=NOW)
    return list(Platform.objects.order_by("order").values_list("slug", flat=True))[:10]


def use(slugs: list[str]) -> int:
    """Settled use of every month: municipalities with the sum of all, one service in two an estimate."""
    from kimppa.commons.members.queries import member_codes_on
    from kimppa.commons.usage.models import Measure, Settled

    codes, noise = sorted(member_codes_on(date(2022, 12, 31))), random.Random(1)  # noqa: S311
    rows: list[Settled] = []
    for number, slug in enumerate(slugs):
        guessed = number % 2 == 1
        Measure.objects.create(
            platform=slug,
            valid_from=date(YEARS[0], 1, 1),
            source="sheet",
            metric="loans",
            unit_kind="municipality",
            counted_as="loans" if number < 5 else "plays",
            split="hub" if guessed else "none",
        )
        for month in (date(year, n, 1) for year in YEARS for n in range(1, 13)):
            values = {code: noise.randrange(0, 900) for code in codes}
            place = {"platform": slug, "month": month, "unit_kind": "municipality", "open": False}
            rows += [
                Settled(**place, unit_code=code, value=value, estimated=value if guessed else 0)
                for code, value in values.items()
            ]
            place |= {"unit_kind": "consortium"}
            rows.append(Settled(**place, value=sum(values.values()), estimated=0))
    Settled.objects.bulk_create(rows, batch_size=2000)
    return len(rows)


def money(slugs: list[str]) -> None:
    """A line and an invoice of each service, each year."""
    from kimppa.commons.members.models import LegalParty
    from kimppa.commons.platforms.models import Platform
    from kimppa.consortium.budgets.models import FiscalYear
    from kimppa.consortium.budgets.plan_models import Booking, BudgetLine, Purchase

    vendor = LegalParty.objects.create(name="Generated")
    for year in YEARS:
        fiscal = FiscalYear.objects.create(year=year, starts=date(year, 1, 1), ends=date(year, 12, 31))
        for slug in slugs:
            platform = Platform.objects.get(slug=slug)
            line = BudgetLine.objects.create(year=fiscal, title=slug, platform=platform, cost_class="content")
            key = f"{year}-{slug}"
            bought = Purchase.objects.create(
                vendor=vendor,
                number=key,
                number_key=key,
                form="typed",
                issued=date(year, 2, 1),
                original_cents=1_000_000,
                net_cents=1_000_000,
                vat_cents=0,
                state="booked",
                received_at=NOW,
            )
            Booking.objects.create(purchase=bought, line=line, amount_cents=1_000_000, cost_kind="licences")


def deliveries(wanted: int, slugs: list[str]) -> None:
    """Rows as they came, and the roll-up of each batch."""
    from django.db import connection

    from kimppa.commons.usage.models import Batch, Figure

    made = 0
    while made < wanted:
        month = date(YEARS[made // ROWS_A_BATCH % len(YEARS)], 1, 1)
        slug = slugs[made // ROWS_A_BATCH % len(slugs)]
        batch = Batch.objects.create(source="sheet", month=month, opened=NOW, closed=NOW, platform=slug)
        count = min(ROWS_A_BATCH, wanted - made)
        # By the database itself: ten million are made in a minute instead of half an hour.
        with connection.cursor() as cursor:
            cursor.execute(
                "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %s) "
                "INSERT INTO usage_row (batch_id, number, subject, identifiers, unit_kind, unit_code, "
                "metric, kind, language, audience, attributes, counts, total) "
                "SELECT %s, i, 'Title ' || i, '', '', '', 'loans', '', '', '', '', "
                "'1,2,3,4,5,6,7,8,9,10,11,12', 78 FROM n",
                [count, batch.pk],
            )
        Figure.objects.bulk_create(
            Figure(
                batch=batch,
                platform=slug,
                unit_kind="municipality",
                unit_code=str(place),
                month=month.replace(month=n),
                metric="loans",
                kind="ebook",
                language=language,
                value=7,
                quality="measured",
            )
            for place in range(59)
            for n in range(1, 13)
            for language in ("fi", "sv", "en")
        )
        made += count


def empty_view() -> None:
    """A view with nothing in it, behind the same middleware."""
    from django.conf import settings
    from django.http import HttpResponse
    from django.urls import path

    from kimppa import urls

    module = types.ModuleType("benchmark_urls")
    module.urlpatterns = [path("fi/empty/", lambda request: HttpResponse("")), *urls.urlpatterns]  # type: ignore[attr-defined]
    sys.modules["benchmark_urls"] = module
    settings.ROOT_URLCONF = "benchmark_urls"


def coordinator() -> Client:
    from django.test import Client

    from kimppa.commons.members.models import RoleAssignment
    from kimppa.foundation.accounts.models import User
    from kimppa.foundation.core import clock

    clock.set_offset(NOW - clock.real_now())
    user = User.objects.create(
        email="k@example.org", name="K", is_demo=True, date_joined=datetime(2018, 1, 1, tzinfo=UTC)
    )
    RoleAssignment.objects.create(user=user, role="coordinator", scope_kind="consortium")
    client = Client()
    client.force_login(user)
    return client


def measure(client: Client, name: str, address: str, aim: int) -> None:
    for _ in range(WARM):
        client.get(address)
    figures = []
    for _ in range(ROUNDS):
        start = time.process_time()
        answer = client.get(address)
        figures.append((time.process_time() - start) * 1000)
        assert answer.status_code == 200, address
    middle = statistics.median(figures)
    over = "" if middle <= aim else "  ← over the aim"
    print(f"{name}: best {min(figures):.1f} ms, median {middle:.1f} ms (aim {aim} ms){over}", flush=True)


def paper(client: Client, address: str) -> None:
    start = time.perf_counter()
    answer = client.get(address)
    took = time.perf_counter() - start
    assert answer.status_code == 200, address
    size = len(answer.content) / 1000
    print(f"{address.rpartition('/')[2]}: {took:.2f} s, {size:.0f} kB (aim {PAPER_AIM} s)", flush=True)


def _since(start: float) -> str:
    return f"{time.perf_counter() - start:.1f} s"


if __name__ == "__main__":
    main()
