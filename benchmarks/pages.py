"""How much processor time does a page take? (aims: portal home and title page 15 ms, search page 20 ms)

Load: one caller, one process, no network: Django's test client through all middleware, on the demo region in
a home of its own (SQLite, 1,002 titles). Warm: 20 requests of each page, then 200 measured ones. Titles
rotate through 50, search through 10 queries of one to three words (a page of 20 hits with both filters).
A figure is `time.process_time`, so all threads of this process count, and waiting does not.
Floor: an empty view through the same middleware in the same run; it holds the test client's own share too.
Run: ./kimppa bench pages
"""

from __future__ import annotations

import itertools
import os
import statistics
import sys
import time
import types
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.test import Client

WARM, ROUNDS = 20, 200
YEAR = 2022
QUERIES = (
    *("kirja", "suomen kansan", "satuja", "elämä", "historia", "runoja"),
    *("kertomuksia lapsille", "vanha talo", "nuori mies", "story of the north"),
)


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
    call_command("demo", quiet=True)
    with_empty_view()
    visitor, staff = clients()
    pages: tuple[tuple[str, Client, list[str], int | None], ...] = (
        ("floor: an empty view", visitor, ["/fi/empty/"], None),
        ("portal home", visitor, ["/fi/"], 15),
        ("title page", visitor, titles(), 15),
        ("search page", visitor, [f"/fi/search/?q={text}" for text in QUERIES], 20),
        ("back office, the year", staff, [f"/fi/backoffice/money/{YEAR}/"], None),
    )
    for name, client, addresses, aim in pages:
        measure(name, client, addresses, aim)


def with_empty_view() -> None:
    from django.conf import settings
    from django.http import HttpResponse
    from django.urls import path

    from kimppa import urls

    module = types.ModuleType("benchmark_urls")
    module.urlpatterns = [path("fi/empty/", lambda request: HttpResponse("")), *urls.urlpatterns]  # type: ignore[attr-defined]
    sys.modules["benchmark_urls"] = module
    settings.ROOT_URLCONF = "benchmark_urls"


def clients() -> tuple[Client, Client]:
    from django.test import Client

    from kimppa.foundation.accounts.models import User

    staff = Client()
    staff.force_login(User.objects.get(email__startswith="koordinaattori"))
    return Client(), staff


def titles() -> list[str]:
    from kimppa.elibrary.catalog.models import Publication

    ids = Publication.objects.order_by("pk").values_list("pk", flat=True)[:50]
    return [f"/fi/titles/{pk}/" for pk in ids]


def measure(name: str, client: Client, addresses: list[str], aim: int | None) -> None:
    wanted: Iterator[str] = itertools.cycle(addresses)
    for _ in range(max(WARM, len(addresses))):
        ask(client, next(wanted))
    figures = []
    for _ in range(ROUNDS):
        start = time.process_time()
        ask(client, next(wanted))
        figures.append((time.process_time() - start) * 1000)
    figures.sort()
    middle, high = statistics.median(figures), figures[ROUNDS * 95 // 100]
    print(
        f"{name}, warm, one caller, {ROUNDS} requests: best {figures[0]:.2f} ms, median {middle:.2f} ms, "
        f"95th {high:.2f} ms of processor time" + (f" (aim {aim} ms)" if aim else "")
    )


def ask(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    if address.startswith("/fi/search"):
        assert b"/fi/titles/" in answer.content, address


if __name__ == "__main__":
    main()
