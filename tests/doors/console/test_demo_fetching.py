"""The demo's account at a vendor is invented, stopped, and never asked."""

from __future__ import annotations

import pytest
from tests.consortium.conftest import BY, NOW, load_region

from kimppa.commons.usage import harvest, sushi_queries
from kimppa.doors.console.demo import eservices, fetching, governance, money, prices

pytestmark = pytest.mark.django_db


def test_a_year_waits_at_a_stopped_account_and_nothing_is_due() -> None:
    load_region()
    money.issue_2022(by=BY)
    governance.load(by=BY, now=NOW)
    eservices.load(by=BY, now=NOW)
    prices.load(by=BY, now=NOW)
    fetching.load(by=BY, now=NOW)
    fetching.load(by=BY, now=NOW)
    (row,) = sushi_queries.accounts()
    assert (row.state, row.meant, row.host) == ("stopped", 24, "sushi.esimerkkikustantamo.example")
    assert harvest.take(now=NOW) is None
