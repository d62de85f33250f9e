"""The real region as rows: 59 members, their populations of 2019–2022, two areas; and its demo money."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker

from kimppa.commons.members.models import (
    Area,
    AreaCoordinator,
    AreaMembership,
    Group,
    Membership,
    Municipality,
    Population,
    Region,
)
from kimppa.doors.console.demo import money
from kimppa.foundation.accounts.actors import Operator

DATA = Path(__file__).parents[2] / "data"
BY = Operator("test")
NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)
YEARS = (2019, 2020, 2021, 2022)


def load_region() -> None:
    """The 59 with their populations; members since 2021; Oulu and Rovaniemi coordinate."""
    with (DATA / "municipalities.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    areas = {
        "19": Area.objects.create(slug="lappi", name_fi="Lappi"),
        "17": Area.objects.create(slug="kainuu-pohjois-pohjanmaa", name_fi="Kainuu ja Pohjois-Pohjanmaa"),
    }
    Group.objects.create(slug="directors-days", name_fi="Esimiespäivät", name_sv="Chefsdagarna")
    for row in rows:
        region, _ = Region.objects.get_or_create(
            code=row["region_code"], defaults={"name_fi": row["region_fi"]}
        )
        place = Municipality.objects.create(
            code=row["code"], name_fi=row["name_fi"], name_sv=row["name_sv"], region=region
        )
        Population.objects.bulk_create(
            Population(
                municipality=place,
                reference_date=date(year, 12, 31),
                residents=int(row[f"pop_{year}"]),
                source="Tilastokeskus",
            )
            for year in YEARS
        )
        Membership.objects.create(municipality=place, valid_from=date(2020, 1, 1))
        area = areas.get(row["region_code"], areas["17"])
        AreaMembership.objects.create(municipality=place, area=area)
        if row["code"] in {"564", "698"}:
            AreaCoordinator.objects.create(municipality=place, area=area)


@pytest.fixture
def region(db: None) -> None:
    load_region()


@pytest.fixture
def demo_money(region: None) -> None:
    money.load(by=BY, now=NOW)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The region with 2022 issued, built once for this module; each test's changes are rolled back inside."""
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        try:
            load_region()
            money.issue_2022(by=BY)
            if connection.vendor == "postgresql":
                # Nobody else sees these rows, so no background process counts them: the planner would guess.
                connection.cursor().execute("ANALYZE")
            yield
        finally:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)


@pytest.fixture
def issued_2022(world: None, db: None) -> None:
    """2022 issued, its documents not made yet."""
