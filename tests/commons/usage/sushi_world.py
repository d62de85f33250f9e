"""What tests of fetching share: an account at a vendor, months meant, a clock to move, a report to serve."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from tests.counterparts.vendor import CREDENTIALS, Asked, Said, Vendor

from kimppa.commons.platforms.models import Platform
from kimppa.commons.usage import harvest, sushi
from kimppa.commons.usage.sushi_models import SushiAccount
from kimppa.foundation.accounts.actors import Operator

BY = Operator("test")
NOW = datetime(2025, 12, 15, 10, tzinfo=UTC)
MONTH = date(2025, 11, 1)


def define(here: Vendor, *, credentials: sushi.Credentials | None = None, **more) -> int:
    """An account at the vendor; returns its id."""
    Platform.objects.get_or_create(slug="ellibs", defaults={"name": "Ellibs", "contents": []})
    told = {
        "platform": "ellibs",
        "base": here.base,
        "release": "5.1",
        "unit_kind": "consortium",
        "unit_code": "",
        "reports": ("TR",),
        "owner_email": "vastuu@example.org",
        "private": True,
    }
    setup = sushi.Setup(**{**told, **more})
    return sushi.define(
        by=BY, setup=setup, credentials=credentials or sushi.Credentials(**CREDENTIALS), now=NOW
    )


def only(account: int, *months: date) -> None:
    sushi.mean(SushiAccount.objects.get(pk=account), months, priority=0, now=NOW)


def answer(body: bytes | Callable[..., bytes]) -> Callable[[Asked], Said]:
    """The same body to every question, or one made for the month that was asked."""
    if isinstance(body, bytes):
        return lambda asked: Said(200, body)
    return lambda asked: Said(200, body(month=asked.query["begin_date"][:7]))


def report(
    *,
    month: str = "2025-11",
    kind: str = "TR",
    customer: str = "cid-123456",
    counts: dict[str, int] | None = None,
    exceptions: list[dict[str, object]] | None = None,
) -> bytes:
    """A 5.1 report of one book, written out here, not made by the code under test."""
    names = {"TR": "Title Report", "PR": "Platform Report"}
    year, number = int(month[:4]), int(month[5:])
    last = (date(year + number // 12, number % 12 + 1, 1) - timedelta(days=1)).isoformat()
    header = {
        "Report_ID": kind,
        "Report_Name": names[kind],
        "Release": "5.1",
        "Institution_Name": "Kirjasto",
        "Institution_ID": {"Proprietary": [f"V:{customer}"]},
        "Created": "2026-06-01T00:00:00Z",
        "Created_By": "Vendor",
        "Registry_Record": "https://registry.countermetrics.org/platform/99999999-9999-9999-9999-999999999999",
        "Report_Filters": {"Begin_Date": f"{month}-01", "End_Date": last},
        "Report_Attributes": {},
    }
    if exceptions:
        header["Exceptions"] = exceptions
    told = counts if counts is not None else {month: 12}
    performance = {"Total_Item_Requests": told, "Unique_Item_Requests": told}
    item: dict[str, object] = {
        "Platform": "Vendor",
        "Attribute_Performance": [{"Data_Type": "Book", "Performance": performance}],
    }
    if kind == "TR":
        item |= {"Title": "Kirja", "Publisher": "Kustantaja", "Item_ID": {"ISBN": "978-951-0-00000-3"}}
    return json.dumps({"Report_Header": header, "Report_Items": [item] if told else []}).encode()


@dataclass
class Line:
    """A worker with a clock that is moved by hand."""

    now: datetime = NOW

    def wait(self, **more: float) -> None:
        self.now += timedelta(**more)

    def run(self) -> int:
        """Ask until nothing is due, a second apart; how many questions were put."""
        count = 0
        while harvest.step(clock=lambda: self.now):
            count += 1
            self.now += timedelta(seconds=1)
            assert count < 100
        if count:
            self.now -= timedelta(seconds=1)  # the time of the last answer
        return count
