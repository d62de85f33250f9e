"""SUSHI's addresses and what answers mean, by the table of the standard and by what is seen in the wild."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from kimppa.foundation.protocols import sushi
from kimppa.foundation.protocols.sushi import Account, Outcome, Verdict, judge

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def account(base: str = "https://sushi.example/counter", release: str = "5.1", **more: str) -> Account:
    return Account(base, release, "c 1", **more)


def test_each_release_has_its_own_path_and_every_credential_is_escaped() -> None:
    month = {"begin": date(2025, 2, 1), "end": date(2025, 2, 28)}
    whole = account(requestor_id="r&x", api_key="k/=", platform="p")
    assert sushi.address(whole, "reports/tr", attributes=["YOP", "Customer_ID"], **month) == (
        "https://sushi.example/counter/r51/reports/tr?customer_id=c+1&requestor_id=r%26x&api_key=k%2F%3D"
        "&platform=p&begin_date=2025-02-01&end_date=2025-02-28&attributes_to_show=YOP%7CCustomer_ID"
    )
    assert sushi.address(account(release="5"), "reports/tr_b1", **month) == (
        "https://sushi.example/counter/reports/tr_b1?customer_id=c+1&begin_date=2025-02-01&end_date=2025-02-28"
    )
    assert sushi.address(account(), "status") == "https://sushi.example/counter/r51/status?customer_id=c+1"


@pytest.mark.parametrize(
    "base",
    [
        "https://v.example/c/",
        "https://v.example/c/r51",
        "https://v.example/c/r51/reports/",
        "https://v.example/c",
    ],
)
def test_a_base_copied_with_too_much_at_its_end_is_understood(base: str) -> None:
    assert sushi.address(account(base), "reports") == "https://v.example/c/r51/reports?customer_id=c+1"


def test_a_query_that_the_vendor_gave_stays() -> None:
    asked = sushi.address(account("https://v.example/api?tenant=7"), "members")
    assert asked == "https://v.example/api/r51/members?tenant=7&customer_id=c+1"


def test_credentials_are_in_no_picture_of_an_account() -> None:
    assert "salaisuus" not in repr(account(api_key="salaisuus", requestor_id="salaisuus"))


@pytest.mark.parametrize(
    ("status", "codes", "usable", "usage", "outcome", "code"),
    [
        (200, (), True, True, Outcome.STORED, 0),
        (200, (3050,), True, True, Outcome.STORED, 3050),
        (200, (3040,), True, True, Outcome.PARTIAL, 3040),
        (200, (3031,), True, True, Outcome.NOT_READY, 3031),
        (200, (3032,), True, True, Outcome.GONE, 3032),
        (200, (3030,), True, False, Outcome.ZERO, 3030),
        (200, (3030,), False, False, Outcome.ZERO, 3030),
        (404, (3030,), False, False, Outcome.ZERO, 3030),
        (200, (3031,), True, False, Outcome.NOT_READY, 3031),
        (200, (3032,), True, False, Outcome.GONE, 3032),
        (200, (3040,), True, False, Outcome.PARTIAL, 3040),
        (202, (1011,), False, False, Outcome.QUEUED, 1011),
        (202, (), False, False, Outcome.QUEUED, 0),
        (503, (1000,), False, False, Outcome.BUSY, 1000),
        (503, (1010,), False, False, Outcome.BUSY, 1010),
        (429, (1020,), False, False, Outcome.BUSY, 1020),
        (429, (), False, False, Outcome.BUSY, 0),
        (500, (), False, False, Outcome.BUSY, 0),
        (400, (1030,), False, False, Outcome.BROKEN, 1030),
        (401, (2000,), False, False, Outcome.BROKEN, 2000),
        (200, (2000,), False, False, Outcome.BROKEN, 2000),
        (403, (2010,), False, False, Outcome.BROKEN, 2010),
        (401, (2020,), False, False, Outcome.BROKEN, 2020),
        (401, (2030,), False, False, Outcome.BROKEN, 2030),
        (401, (), False, False, Outcome.BROKEN, 0),
        (200, (2010, 3030), False, False, Outcome.BROKEN, 2010),
        (404, (3000,), False, False, Outcome.REFUSED, 3000),
        (404, (3010,), False, False, Outcome.REFUSED, 3010),
        (400, (3020,), False, False, Outcome.REFUSED, 3020),
        (404, (), False, False, Outcome.REFUSED, 0),
        (302, (), False, False, Outcome.REFUSED, 0),
        (200, (), False, False, Outcome.UNREADABLE, 0),
        (200, (), True, False, Outcome.NOT_READY, 0),
    ],
)
def test_what_an_answer_means(
    status: int, codes: tuple[int, ...], usable: bool, usage: bool, outcome: Outcome, code: int
) -> None:
    assert judge(status, codes, usable=usable, usage=usage) == Verdict(outcome, code)


def test_retry_after_is_seconds_or_a_day_and_never_more_than_is_borne() -> None:
    week = timedelta(days=7)
    assert sushi.retry_after("120", now=NOW, most=week) == timedelta(minutes=2)
    assert sushi.retry_after("Thu, 15 Jan 2026 13:00:00 GMT", now=NOW, most=week) == timedelta(hours=1)
    assert sushi.retry_after("Thu, 15 Jan 2026 11:00:00 GMT", now=NOW, most=week) == timedelta(0)
    assert sushi.retry_after("999999999", now=NOW, most=week) == week
    for nothing in ("", "soon", "-5", "1e9", "99999999999999999999"):
        assert sushi.retry_after(nothing, now=NOW, most=week) is None


def test_status_and_list_of_reports_are_read_however_they_are_wrapped() -> None:
    assert sushi.service(b'[{"Description":"COUNTER","Service_Active":true}]') == sushi.Service(
        True, "COUNTER"
    )
    assert sushi.service(b'{"body":"{\\"service_active\\":\\"False\\"}"}') == sushi.Service(False, "")
    assert sushi.service(b"<html>") is None
    assert sushi.service(b"[" * 100_000) is None
    found = sushi.offered(
        b'[{"Report_ID":"tr","Report_Name":"Title","Release":"5.1","First_Month_Available":"2024-01"}]'
    )
    assert found == (sushi.Offered("TR", "Title", "5.1", "2024-01", ""),)
    assert sushi.offered(b'{"code":"2010","message":"no"}') is None
    assert sushi.exceptions(b'{"Report_Header":{"Exceptions":[{"code":"2010","message":"no"}]}}') == (2010,)
