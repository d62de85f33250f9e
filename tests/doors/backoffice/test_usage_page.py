"""What the hub counted, by municipality and by month; unknown homes are told as unknown."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from tests.north import load_everything

from kimppa.commons.usage import queries
from kimppa.commons.usage.services import AccessMetric, count_access, count_loan
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import clock

pytestmark = pytest.mark.django_db
BY = Operator("test")
NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)


@pytest.fixture
def counted(db: None) -> None:
    load_everything(BY, NOW)
    clock.set_offset(NOW - clock.real_now())
    for code, metric, month, times in (
        ("564", AccessMetric.SIGN_INS, 11, 3),
        ("564", AccessMetric.OPENS, 11, 2),
        ("890", AccessMetric.SIGN_INS, 10, 1),
        ("", AccessMetric.SIGN_INS, 11, 4),
    ):
        for _ in range(times):
            moment = datetime(2022, month, 15, 10, tzinfo=UTC)
            count_access(platform="ellibs", unit_code=code, metric=metric, kind="oidc", now=moment)
    count_access(platform="ellibs", unit_code="564", metric=AccessMetric.SIGN_INS, kind="sip2", now=NOW)
    count_loan(unit_code="564", kind="ebook", title_key="x", now=NOW)


def test_ways_in_are_added_and_lending_is_not_mixed_in(counted: None) -> None:
    rows = queries.hub_by_municipality(2022)
    assert [(r.unit_code, r.sign_ins, r.opens) for r in rows] == [("", 4, 0), ("564", 4, 2), ("890", 1, 0)]
    months = queries.hub_by_month(2022)
    assert [(r.month.month, r.sign_ins, r.opens) for r in months if r.month] == [(10, 1, 0), (11, 8, 2)]
    assert queries.hub_years() == (2022,)
    assert queries.hub_by_municipality(2021) == ()


def test_the_page_shows_places_months_sums_and_gives_them_as_a_file(counted: None) -> None:
    client = Client()
    client.force_login(User.objects.get(email="johtaja@kimppa.example"))
    page = client.get("/en/backoffice/use/?year=2022").content.decode()
    for seen in ("Ellibs", "Oulu", "Utsjoki", "Not known", "11/2022"):
        assert seen in page, seen
    file = client.get("/en/backoffice/use/?year=2022&places-export=csv").content.decode("utf-8-sig")
    assert "Ellibs;Oulu;4;2" in file or "Ellibs,Oulu,4,2" in file
    assert "Nothing has been counted" in client.get("/en/backoffice/use/?year=1999").content.decode()
    for year in ("abcd", "0000", "9999", "-1", ""):
        assert client.get(f"/en/backoffice/use/?year={year}").status_code == 200


def test_library_staff_do_not_see_it(counted: None) -> None:
    client = Client()
    client.force_login(User.objects.get(email="kirjasto@kimppa.example"))
    assert client.get("/en/backoffice/use/").status_code == 403
