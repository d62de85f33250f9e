"""How much processor time do the back office's pages take after ten years of 309 members? (aim: 40 ms each)

Load: one caller, one process, no network: Django's test client through all middleware, SQLite in a home of
its own. Ten generated years (2016–2025; populations are the real ones of 2017–2022, used again for the years
that have none) are decided, levied and issued through the verbs: 309 shares and about 307 invoices each, nine
years paid. Warm: 5 requests of each page, then 30 measured ones. A figure is `time.process_time`.
Floor: an empty view through the same middleware in the same run.
Run: ./kimppa bench office
"""

from __future__ import annotations

import csv
import os
import statistics
import sys
import time
import types
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.test import Client

WARM, ROUNDS, AIM = 5, 30, 40
YEARS = range(2016, 2026)
NOW = datetime(2025, 11, 15, 10, tzinfo=UTC)
CITIES = {"091": ("HKI", "11", "FI2112345600000785"), "564": ("OUL", "12", "FI3715903000000776")}


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
    members()
    for year in YEARS:
        levied(year)
    print(f"ten years of 309 members decided, levied, issued and paid in {time.perf_counter() - start:.1f} s")
    empty_view()
    client = coordinator()
    for name, address in pages(client):
        measure(client, name, address)


def members() -> None:
    """309 municipalities with populations, one area, two sellers, a payer each."""
    from kimppa.commons.members.models import (
        Group,
        LegalParty,
        Membership,
        Municipality,
        Population,
        Region,
    )
    from kimppa.consortium.invoicing import payers
    from kimppa.foundation.accounts.actors import Operator

    by = Operator("benchmark")
    with (Path(__file__).parents[1] / "data" / "national.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    Group.objects.create(slug="directors-days", name_fi="Esimiespäivät")
    region = Region.objects.create(code="99", name_fi="Koko maa")
    for row in rows:
        place = Municipality.objects.create(code=row["code"], name_fi=row["name_fi"], region=region)
        Membership.objects.create(municipality=place, valid_from=date(2015, 1, 1))
        Population.objects.bulk_create(
            Population(
                municipality=place,
                reference_date=date(year - 1, 12, 31),
                residents=int(row[f"pop_{min(max(year - 1, 2017), 2022)}"]),
                source="Tilastokeskus (generated years)",
            )
            for year in YEARS
        )
        LegalParty.objects.create(name=place.name_fi, municipality=place, fictional=True)
    parties = dict(LegalParty.objects.values_list("municipality__code", "pk"))
    sellers = {
        code: payers.set_seller(
            by=by,
            party=parties[code],
            prefix=prefix,
            reference_base=base,
            iban=iban,
            bic="ESIMFIHH",
            example=True,
            now=NOW,
        )
        for code, (prefix, base, iban) in CITIES.items()
    }
    for number, row in enumerate(rows):
        payer = payers.set_payer(by=by, party=parties[row["code"]], now=NOW)
        payers.pays_for(by=by, payer=payer, municipality=row["code"], valid_from=date(2015, 1, 1), now=NOW)
        city = row["code"] if row["code"] in CITIES else list(CITIES)[number % 2]
        payers.sells_to(by=by, seller=sellers[city], payer=payer, valid_from=date(2015, 1, 1), now=NOW)


def levied(year: int) -> None:
    """The year decided, levied and issued; paid but for the last."""
    from kimppa.consortium.agreements.rules import CostClass
    from kimppa.consortium.budgets.services import Resolution, decide_and_levy
    from kimppa.consortium.governance.services import Words
    from kimppa.consortium.invoicing.models import Invoice, Payment
    from kimppa.consortium.invoicing.services import issue
    from kimppa.foundation.accounts.actors import Operator

    by, now = Operator("benchmark"), datetime(year, 2, 1, 10, tzinfo=UTC)
    revision = decide_and_levy(
        by=by,
        resolution=Resolution(
            "directors-days", f"BENCH/{year}", date(year - 1, 11, 15), Words(f"Maksu {year}")
        ),
        year=year,
        cost_class=CostClass.CONTENT,
        rate=Decimal("0.70") + Decimal(year - 2016) / 100,
        reference_date=date(year - 1, 12, 31),
        now=now,
    )
    issue(by=by, revision=revision, issued_on=now.date(), now=now)
    if year < YEARS[-1]:
        Payment.objects.bulk_create(
            Payment(
                invoice=row,
                key=f"bench-{row.pk}",
                received_on=row.due_on,
                amount_cents=row.total_cents,
                recorded_at=now + timedelta(days=30),
            )
            for row in Invoice.objects.filter(year=year)
        )


def empty_view() -> None:
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
        email="k@example.org", name="K", is_demo=True, date_joined=datetime(2016, 1, 1, tzinfo=UTC)
    )
    RoleAssignment.objects.create(user=user, role="coordinator", scope_kind="consortium")
    client = Client()
    client.force_login(user)
    return client


def pages(client: Client) -> list[tuple[str, str]]:
    """Every page of the back office that needs no number, and one of each that does."""
    from kimppa.consortium.budgets.models import CostShare, LevyRevision
    from kimppa.consortium.governance.models import Decision
    from kimppa.consortium.invoicing.models import Invoice

    office, last = "/fi/backoffice/", YEARS[-1]
    newest = LevyRevision.objects.order_by("-pk")[0].pk
    decide = "?rate=0,90&reference_date=2024-12-31&months=12&body=directors-days&decided_on=2025-11-01"
    decide += "&diary_number=X&title_fi=Y"
    listed = [
        ("floor: an empty view", "/fi/empty/"),
        ("overview", office),
        ("members", f"{office}members/"),
        ("a municipality", f"{office}members/009/"),
        ("years", f"{office}money/"),
        ("a year", f"{office}money/{last}/"),
        ("a levy", f"{office}money/levies/{newest}/"),
        ("issue preview, all issued", f"{office}money/levies/{newest}/issue/"),
        ("a share", f"{office}money/shares/{CostShare.objects.order_by('-pk')[0].pk}/"),
        ("an invoice", f"{office}money/invoices/{Invoice.objects.order_by('-pk')[0].pk}/"),
        ("decision form", f"{office}money/{last + 1}/decide/"),
        ("decision preview, 309 shares", f"{office}money/{last + 1}/decide/{decide}"),
        ("sum form", f"{office}money/{last}/levy/"),
        ("payers", f"{office}money/payers/"),
        ("decisions", f"{office}money/decisions/"),
        ("a decision", f"{office}money/decisions/{Decision.objects.order_by('-pk')[0].pk}/"),
        (
            "scenario, asked",
            f"{office}money/scenario/?content=0,8&maintenance=0&months=12&reference_date=2024-12-31",
        ),
        ("bank", f"{office}money/bank/"),
        ("agreements", f"{office}agreements/"),
        ("who is bound", f"{office}agreements/bound/"),
        ("audit trail", f"{office}audit/"),
        ("people", f"{office}people/"),
        ("roles", f"{office}roles/"),
        ("our share, 309 of a year", f"{office}our-share/?year={last}"),
        ("our share, one", f"{office}our-share/009/{last}/"),
        ("programs: 309 shares", f"/api/v1/levies/{newest}/shares?limit=1000"),
        ("programs: 309 statements", f"/api/v1/statements?year={last}&limit=1000"),
        ("programs: a year's invoices", f"/api/v1/invoices?year={last}&limit=1000"),
        ("programs: a statement", f"/api/v1/statements/009/{last}"),
    ]
    return [
        (name, address)
        for name, address in listed
        if client.get(address).status_code == 200 or _gone(address)
    ]


def _gone(address: str) -> bool:
    print(f"not measured, it does not answer: {address}")
    return False


def measure(client: Client, name: str, address: str) -> None:
    for _ in range(WARM):
        client.get(address)
    figures = []
    for _ in range(ROUNDS):
        start = time.process_time()
        answer = client.get(address)
        figures.append((time.process_time() - start) * 1000)
        assert answer.status_code == 200, address
    middle = statistics.median(figures)
    over = "" if middle <= AIM else "  ← over the aim"
    print(f"{name}: best {min(figures):.1f} ms, median {middle:.1f} ms (aim {AIM} ms){over}", flush=True)


if __name__ == "__main__":
    main()
