"""How much processor time does the public status page take? (aim: 10 ms, a year of minutes for 15 services)

Load: one caller, one process, no network: Django's test client through all middleware, on SQLite in a home of
its own. 15 public services; per service a year of days, 400 days of hours and 90 days of minutes (as `purge`
leaves them: 1,944,000 minutes in all; `--year` keeps all 7,884,000), an incident a week with an update, one
open, two pauses to come. Warm: 20 requests, then 200 measured ones.
A figure is `time.process_time`, so all threads of this process count, and waiting does not.
The web process keeps what it reads for two seconds (core.keeping); the page is measured without that too.
Floor: an empty view through the same middleware in the same run; it holds the test client's own share too.
Also: what a passive signal costs (aim 1 ms), and rolling up one hour of 15 services.
Run: ./kimppa bench status
"""

from __future__ import annotations

import os
import statistics
import sys
import time
import types
from collections.abc import Callable
from datetime import datetime, timedelta

SERVICES, WARM, ROUNDS = 15, 20, 200
MINUTES_KEPT, HOURS_KEPT, DAYS = 90, 400, 366
MINUTE = timedelta(minutes=1)


def main() -> None:
    os.environ.update(
        KIMPPA_MODE="run",
        KIMPPA_SECRET_KEY="benchmark",  # noqa: S106
        KIMPPA_LOG_LEVEL="WARNING",
        DJANGO_SETTINGS_MODULE="kimppa.settings",
    )
    __import__("kimppa.wsgi")  # loaded as the server loads it
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", verbosity=0)
    from kimppa.commons.health import counting, passive
    from kimppa.foundation.core import clock, keeping

    now = clock.real_now().replace(second=5, microsecond=0)
    began = time.monotonic()
    rows = fill(now, 366 if "--year" in sys.argv else MINUTES_KEPT)
    print(f"filled with {rows:,} minutes of {SERVICES} services in {time.monotonic() - began:.0f} s")
    with_empty_view()
    client = Client()
    measure("floor: an empty view", lambda: ask(client, "/fi/empty/"), None)
    measure("status page", lambda: ask(client, "/fi/status/"), 10)
    keeping.keep_for(0)
    measure("status page with nothing kept", lambda: ask(client, "/fi/status/"), 10)
    keeping.keep_for(2)
    measure("status.json", lambda: ask(client, "/fi/status.json"), None)
    measure("status.rss", lambda: ask(client, "/fi/status.rss"), None)
    signal = lambda: passive.report(key="platform:p0", ok=True, took_ms=31, now=now)  # noqa: E731
    measure("a passive signal", signal, 1)
    hour = now.replace(minute=0, second=0) - timedelta(hours=1)
    measure("rolling up an hour", lambda: counting._count_hour(hour), None)


def fill(now: datetime, minutes_for: int) -> int:
    """A year of what was seen, written in bulk; every 500th minute failed."""
    from kimppa.commons.health import models as m
    from kimppa.foundation.core import clock

    at = now.replace(second=0)
    for number in range(SERVICES):
        key = f"platform:p{number}"
        target = m.Target.objects.create(
            key=key,
            kind="platform",
            name_fi=f"Palvelu {number}",
            public=True,
            created=now - timedelta(days=DAYS),
            state="up",
            looked=at,
        )
        step = range(minutes_for * 1440)
        for start in range(0, len(step), 50_000):
            m.Minute.objects.bulk_create(
                m.Minute(target=target, at=at - MINUTE * n, good=1, bad=2 * (n % 500 == 0), took_ms=40)
                for n in step[start : start + 50_000]
            )
        hour = at.replace(minute=0)
        m.Hour.objects.bulk_create(
            m.Hour(
                target=target,
                at=hour - timedelta(hours=n),
                up=60 - n % 7,
                down=n % 7,
                planned=0,
                signals=60,
                took_ms=2400,
            )
            for n in range(HOURS_KEPT * 24)
        )
        m.Day.objects.bulk_create(
            m.Day(
                target=target,
                day=clock.day_of(now) - timedelta(days=n),
                up=1440 - n % 5 * 20,
                down=n % 5 * 20,
                planned=0,
                signals=1440,
                took_ms=57_600,
            )
            for n in range(DAYS)
        )
    stories(now)
    m.Rolled.objects.create(pk=1, upto=at.replace(minute=0))
    return SERVICES * minutes_for * 1440


def stories(now: datetime) -> None:
    from kimppa.commons.health import models as m

    for week in range(52):
        opened = now - timedelta(days=7 * week, hours=2)
        closed = opened + timedelta(hours=1) if week else None
        one = m.Incident.objects.create(
            target_id=f"platform:p{week % SERVICES}", opened=opened, closed=closed
        )
        m.IncidentUpdate.objects.create(incident=one, at=opened, text_fi="Selvitämme asiaa.", written_by="X")
    for number in range(2):
        starts = now + timedelta(days=number + 1)
        pause = m.Maintenance.objects.create(
            starts=starts, ends=starts + timedelta(hours=2), announced=now, text_fi="Päivitys"
        )
        pause.targets.set([f"platform:p{number}"])


def with_empty_view() -> None:
    from django.conf import settings
    from django.http import HttpResponse
    from django.urls import path

    from kimppa import urls

    module = types.ModuleType("benchmark_urls")
    module.urlpatterns = [path("fi/empty/", lambda request: HttpResponse("")), *urls.urlpatterns]  # type: ignore[attr-defined]
    sys.modules["benchmark_urls"] = module
    settings.ROOT_URLCONF = "benchmark_urls"


def measure(name: str, once: Callable[[], object], aim: int | None) -> None:
    for _ in range(WARM):
        once()
    figures = []
    for _ in range(ROUNDS):
        start = time.process_time()
        once()
        figures.append((time.process_time() - start) * 1000)
    figures.sort()
    middle, high = statistics.median(figures), figures[ROUNDS * 95 // 100]
    print(
        f"{name}, warm, one caller, {ROUNDS} times: best {figures[0]:.2f} ms, median {middle:.2f} ms, "
        f"95th {high:.2f} ms of processor time" + (f" (aim {aim} ms)" if aim else "")
    )


def ask(client: object, address: str) -> None:
    answer = client.get(address)  # type: ignore[attr-defined]
    assert answer.status_code == 200, (address, answer.status_code)


if __name__ == "__main__":
    main()
