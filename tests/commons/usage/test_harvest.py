"""Fetching from a vendor's server with every fault on demand: exact states, exact batches, nothing twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.db.models import Sum
from tests.commons.usage.sushi_world import BY, MONTH, NOW, Line, answer, define, only, report
from tests.counterparts.vendor import CREDENTIALS, HTML, Said, Vendor, exception, vendor
from tests.needs import shared

from kimppa.commons.usage import harvest, sealing, sushi, sushi_rules
from kimppa.commons.usage.models import Batch, Figure
from kimppa.commons.usage.rules import Source
from kimppa.commons.usage.sushi_models import Attempt, Intention, SushiAccount, SushiHost
from kimppa.foundation.accounts.models import AuditEntry
from kimppa.foundation.core import secrets
from kimppa.foundation.files import queries as files
from kimppa.foundation.outbox.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def here() -> Iterator[Vendor]:
    with vendor() as made:
        yield made


def states() -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Intention.objects.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


@pytest.mark.parametrize(
    ("release", "name", "month", "wanted"),
    [
        ("5.1", "r51/TR_sample_r51.json", date(2022, 5, 1), 425035),
        ("5", "r50/Sample-TR.json", date(2016, 2, 1), 83),
    ],
)
def test_an_official_sample_of_either_release_is_fetched_kept_and_stored(
    here: Vendor, release: str, name: str, month: date, wanted: int
) -> None:
    raw = shared("samples", "counter", name).read_bytes()
    here.says = answer(raw)
    only(define(here, release=release), month)
    line = Line()
    assert line.run() == 1
    intention = Intention.objects.get()
    assert (intention.state, intention.not_before) == ("stored", None)
    batch = Batch.objects.get()
    assert (batch.source, batch.release, batch.report) == (Source.SUSHI, release, "TR")
    totals = dict(Figure.objects.values_list("metric").annotate(Sum("value")))
    assert totals["Total_Item_Investigations"] == wanted
    attempt = Attempt.objects.get()
    assert (attempt.status, attempt.outcome, attempt.code) == (200, "stored", 0)
    assert attempt.file is not None
    assert files.read(attempt.file) == raw
    assert here.asked[0].path == ("/sushi/r51/reports/tr" if release == "5.1" else "/sushi/reports/tr")
    assert here.asked[0].query == {
        **CREDENTIALS,
        "begin_date": f"{month:%Y-%m}-01",
        "end_date": "2022-05-31" if release == "5.1" else "2016-02-29",
    }


def test_the_same_bytes_for_two_months_are_one_batch(here: Vendor) -> None:
    here.says = answer(shared("samples", "counter", "r51/TR_sample_r51.json").read_bytes())
    account = define(here)
    only(account, date(2022, 5, 1), date(2022, 6, 1))
    assert Line().run() == 2
    assert states() == {"stored": 2}
    assert Batch.objects.count() == 1


def test_queued_is_asked_again_until_it_is_ready(here: Vendor) -> None:
    only(define(here), MONTH)
    line = Line()
    here.says = lambda asked: exception(1011, 202, Retry_After="600")
    assert line.run() == 1
    found = Intention.objects.get()
    assert (found.state, found.not_before) == ("queued", line.now + timedelta(seconds=600))
    assert line.run() == 0, "asked again before the vendor's time"
    line.wait(minutes=11)
    here.says = answer(report())
    assert line.run() == 1
    assert states() == {"stored": 1}
    assert [one.outcome for one in Attempt.objects.order_by("pk")] == ["queued", "stored"]
    assert Intention.objects.get().tries == {}


def test_too_many_questions_rest_the_whole_server_as_long_as_it_says(here: Vendor) -> None:
    account = define(here)
    only(account, MONTH, date(2025, 10, 1))
    line = Line()
    here.says = lambda asked: exception(1020, 429, Retry_After="3600")
    assert line.run() == 1, "one refusal must spare the server the other question"
    host = SushiHost.objects.get()
    assert (host.failures, host.not_before, host.lease) == (1, line.now + timedelta(hours=1), "")
    assert states() == {"busy": 1, "waiting": 1}
    line.wait(minutes=59)
    assert line.run() == 0
    line.wait(minutes=2)
    here.says = answer(report)
    assert line.run() == 2
    assert states() == {"stored": 2}
    assert SushiHost.objects.get().failures == 0


def test_a_busy_server_is_asked_ever_more_seldom_and_then_no_more(here: Vendor) -> None:
    only(define(here), MONTH)
    here.says = lambda asked: Said(503, b"<html>later</html>", media_type=HTML)
    line, pauses = Line(), []
    for _ in range(30):
        if line.run() == 0:
            break
        found = Intention.objects.get()
        if found.not_before is None:
            break
        pauses.append(found.not_before - line.now)
        line.now = found.not_before + timedelta(days=1)
    assert pauses[:4] == [
        timedelta(minutes=5),
        timedelta(minutes=10),
        timedelta(minutes=20),
        timedelta(minutes=40),
    ]
    assert pauses == sorted(pauses)
    assert max(pauses) == timedelta(days=1)
    assert (len(pauses), Intention.objects.get().not_before) == (20, None)
    assert not Batch.objects.exists()


def test_refused_credentials_stop_all_of_the_account_and_tell_the_owner_once(here: Vendor) -> None:
    account = define(here, credentials=sushi.Credentials("cid-123456", "pyytäjä 1&2", "väärä avain"))
    only(account, MONTH, date(2025, 10, 1), date(2025, 9, 1))
    line = Line()
    assert line.run() == 1
    row = SushiAccount.objects.get()
    assert (row.broken_since, row.broken_code) == (line.now, 2000)
    message = Message.objects.get()
    assert (message.address, message.template, message.params["code"]) == (
        "vastuu@example.org",
        "sushi-broken",
        2000,
    )
    assert "avain" not in json.dumps(message.params)
    line.wait(days=30)
    assert line.run() == 0
    assert len(here.asked) == 1
    sushi.change_credentials(
        by=BY, account_id=account, credentials=sushi.Credentials(**CREDENTIALS), now=line.now
    )
    here.says = answer(report)
    assert line.run() == 3
    assert states() == {"stored": 3}
    assert Message.objects.count() == 1
    told = json.dumps(list(AuditEntry.objects.values("before", "after", "label", "act")))
    assert "avain" not in told
    assert "pyyt" not in told
    assert b"avain" not in bytes(SushiAccount.objects.get().sealed)


def test_credentials_changed_while_the_old_ones_were_refused_are_tried_at_once(here: Vendor) -> None:
    account = define(here)
    only(account, MONTH)
    line = Line()
    taken = harvest.take(now=line.now)
    assert taken is not None
    attempt = Attempt.objects.select_related("intention__account").get()
    here.says = lambda asked: exception(2020, 401)
    assert harvest.ask(attempt, clock=lambda: line.now) is None
    SushiAccount.objects.filter(pk=account).update(version=2)
    harvest.finish(taken, error=None, now=line.now)
    assert SushiAccount.objects.get().broken_since is None
    assert states() == {"waiting": 1}
    assert not Message.objects.exists()


def test_no_usage_is_zero_with_a_report_around_it_or_bare(here: Vendor) -> None:
    account = define(here)
    only(account, MONTH, date(2025, 10, 1))
    empty = report(exceptions=[{"Code": 3030, "Message": "No Usage Available"}], counts={})
    here.says = lambda asked: (
        Said(200, empty) if asked.query["begin_date"] == "2025-11-01" else exception(3030, 404)
    )
    assert Line().run() == 2
    assert states() == {"zero": 2}
    batches = Batch.objects.order_by("month")
    assert [(one.month, one.incomplete, one.file is not None) for one in batches] == [
        (date(2025, 10, 1), False, True),
        (date(2025, 11, 1), False, True),
    ]
    assert not Figure.objects.exists()


def test_a_bare_no_usage_does_not_replace_use_that_stands(here: Vendor) -> None:
    only(define(here), MONTH)
    line = Line()
    here.says = answer(report(counts={"2025-11": 40}))
    assert line.run() == 1
    assert states() == {"stored": 1}
    Intention.objects.update(state="waiting", not_before=line.now)
    here.says = lambda asked: exception(3030, 404)
    line.wait(days=1)
    assert line.run() == 1
    assert states() == {"doubtful": 1}
    assert list(Figure.objects.values_list("value", flat=True)) == [40, 40]


@pytest.mark.parametrize(("code", "state"), [(3031, "not-ready"), (3040, "partial")])
def test_an_unready_or_partial_month_is_stored_stays_open_and_is_completed_later(
    here: Vendor, code: int, state: str
) -> None:
    only(define(here), MONTH)
    line = Line()
    here.says = answer(report(exceptions=[{"Code": code, "Message": "later"}], counts={"2025-11": 40}))
    assert line.run() == 1
    found = Intention.objects.get()
    assert (found.state, found.not_before) == (state, line.now + timedelta(days=1))
    first = Batch.objects.get()
    assert (first.incomplete, found.batch_id) == (True, first.pk)
    here.says = answer(report(exceptions=[{"Code": code, "Message": "later"}], counts={}))
    line.wait(days=2)
    assert line.run() == 1
    assert Batch.objects.get(dropped=None).pk == first.pk, "an empty answer took the place of figures"
    here.says = answer(report(counts={"2025-11": 55}))
    line.wait(days=8)
    assert line.run() == 1
    last = Batch.objects.get(dropped=None)
    assert (last.incomplete, last.pk != first.pk) == (False, True)
    assert Figure.objects.aggregate(Sum("value"))["value__sum"] == 110
    assert states() == {"stored": 1}


def test_what_is_no_longer_available_leaves_a_marked_gap_and_is_not_asked_again(here: Vendor) -> None:
    only(define(here), MONTH)
    line = Line()
    here.says = lambda asked: exception(3032, 200)
    assert line.run() == 1
    found = Intention.objects.get()
    assert (found.state, found.not_before) == ("gone", None)
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("body", "media_type", "problem"),
    [
        (b"<!DOCTYPE html><html><body>Maintenance</body></html>", HTML, "html"),
        (report()[:-200], "application/json", "truncated"),
        (b'{"error": "unauthorized"}', "application/json", "not-counter"),
    ],
)
def test_what_cannot_be_read_is_kept_explained_and_tried_three_times(
    here: Vendor, body: bytes, media_type: str, problem: str
) -> None:
    only(define(here), MONTH)
    line = Line()
    here.says = lambda asked: Said(200, body, media_type=media_type)
    for _ in range(5):
        line.run()
        line.wait(days=30)
    attempts = list(Attempt.objects.order_by("pk"))
    assert [one.outcome for one in attempts] == ["unreadable"] * 4
    assert all(one.file is not None and files.read(one.file) == body for one in attempts)
    assert problem in {one["code"] for one in attempts[0].problems}
    assert (Intention.objects.get().not_before, Batch.objects.count()) == (None, 0)


@pytest.mark.parametrize(
    ("body", "state", "code"),
    [
        (report(), "stored", 0),
        (json.dumps({"body": json.loads(report())}).encode(), "stored", 0),
        (json.dumps({"body": report().decode()}).encode(), "stored", 0),
        (json.dumps(report().decode()).encode(), "stored", 0),
        (b'{"code": "3032", "severity": "error", "message": "gone"}', "gone", 3032),
        (b'[{"Code": 3031, "Message": "later"}]', "not-ready", 3031),
        (b'{"body": {"Code": 2010, "Message": "no"}}', "broken", 2010),
        (b'{"Exception": {"Code": 1011, "Message": "queued"}}', "queued", 1011),
        (b'{"exceptions": [{"code": 3000, "message": "no such report"}]}', "refused", 3000),
        (b'{"Report_Header": {"Exceptions": [{"Code": 1010, "Message": "busy"}]}}', "busy", 1010),
    ],
)
def test_exceptions_are_found_wherever_they_hide_though_the_status_is_200(
    here: Vendor, body: bytes, state: str, code: int
) -> None:
    only(define(here), MONTH)
    here.says = lambda asked: Said(200, body)
    assert Line().run() == 1
    assert states() == {state: 1}
    assert Attempt.objects.get().code == code
    assert Batch.objects.count() == (state == "stored")


def test_a_report_of_another_customer_kind_or_month_is_kept_and_not_stored(here: Vendor) -> None:
    account = define(here)
    only(account, MONTH, date(2025, 10, 1), date(2025, 9, 1))
    bodies = {
        "2025-11-01": report(customer="cid-999"),
        "2025-10-01": report(month="2025-10", kind="PR"),
        "2025-09-01": report(month="2024-09"),
    }
    here.says = lambda asked: Said(200, bodies[asked.query["begin_date"]])
    assert Line().run() == 3
    found = {
        one.intention.month.month: {problem["code"] for problem in one.problems}
        for one in Attempt.objects.select_related("intention")
    }
    assert states() == {"unreadable": 3}
    assert "other-customer" in found[11]
    assert "other-report" in found[10]
    assert "other-months" in found[9]
    assert (Batch.objects.count(), Figure.objects.count()) == (0, 0)


def test_a_server_that_hangs_never_ends_or_sends_us_home_is_left(
    here: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sushi_rules, "ASK_TIMEOUT", 0.5)
    monkeypatch.setattr(sushi_rules, "MOST_BYTES", 1024 * 1024)
    account = define(here)
    only(account, MONTH)
    line, wanted = Line(), []
    for said in (
        Said(200, report(), slow=1.5),
        Said(200, b"{", endless=True),
        Said(302, b"", {"Location": "http://10.0.0.8/reports"}),
        Said(302, b"", {"Location": "https://169.254.169.254/latest"}),
    ):
        here.says = lambda asked, said=said: said
        sushi.ask_again(by=BY, intention_id=Intention.objects.get().pk, now=line.now)
        assert line.run() == 1
        attempt = Attempt.objects.latest("pk")
        wanted.append((attempt.outcome, attempt.error, attempt.file))
        line.wait(days=1)
    assert wanted == [
        ("unreached", "not-reached", None),
        ("unreadable", "answer-too-large", None),
        ("refused", "address-refused", None),
        ("refused", "address-refused", None),
    ]
    assert not Batch.objects.exists()


def test_an_answer_kept_before_a_kill_is_landed_without_asking_again(here: Vendor) -> None:
    only(define(here), MONTH)
    line = Line()
    here.says = answer(report())
    taken = harvest.take(now=line.now)
    assert taken is not None
    harvest.ask(Attempt.objects.select_related("intention__account").get(), clock=lambda: line.now)
    # killed here: the answer is kept, nothing has landed
    assert (Batch.objects.count(), line.run()) == (0, 0), "the lease holds until it ends"
    line.wait(minutes=16)
    assert line.run() == 1
    assert (len(here.asked), Batch.objects.count(), states()) == (1, 1, {"stored": 1})
    harvest.finish(taken, error=None, now=line.now)  # the one thought dead wakes up
    assert (Batch.objects.count(), Attempt.objects.count(), states()) == (1, 1, {"stored": 1})


def test_killed_before_the_answer_was_kept_it_is_asked_again(here: Vendor) -> None:
    only(define(here), MONTH)
    line = Line()
    here.says = answer(report())
    assert harvest.take(now=line.now) is not None
    line.wait(minutes=16)
    assert line.run() == 1
    assert [(one.outcome, one.error) for one in Attempt.objects.order_by("pk")] == [
        ("unreached", "interrupted"),
        ("stored", ""),
    ]
    assert states() == {"stored": 1}


def test_only_one_worker_holds_a_server_and_two_servers_are_asked_at_once(here: Vendor) -> None:
    with vendor() as other:
        first, second = define(here), define(other)
        only(first, MONTH, date(2025, 10, 1))
        only(second, MONTH)
        one, two, three = harvest.take(now=NOW), harvest.take(now=NOW), harvest.take(now=NOW)
    assert one is not None
    assert two is not None
    assert three is None
    assert one.host != two.host


def test_a_backfill_is_of_the_months_that_are_ready_and_is_meant_once(here: Vendor) -> None:
    account = define(here, reports=("TR", "PR"))
    assert sushi.backfill(by=BY, account_id=account, now=NOW) == 48
    assert sushi.backfill(by=BY, account_id=account, now=NOW) == 0
    months = sorted(set(Intention.objects.values_list("month", flat=True)))
    assert (months[0], months[-1], len(months)) == (date(2023, 12, 1), date(2025, 11, 1), 24)
    with pytest.raises(sushi.TooManyMonths):
        sushi.backfill(by=BY, account_id=account, months=61, now=NOW)


def test_the_routine_means_last_month_from_the_tenth_and_loses_none_that_it_slept_over(here: Vendor) -> None:
    define(here)
    plan = partial(sushi.plan)
    assert plan(now=datetime(2025, 12, 9, 12, tzinfo=UTC)) == 0
    assert plan(now=datetime(2025, 12, 10, 12, tzinfo=UTC)) == 1
    assert plan(now=datetime(2025, 12, 11, 12, tzinfo=UTC)) == 0
    assert plan(now=datetime(2026, 3, 10, 12, tzinfo=UTC)) == 3
    months = Intention.objects.order_by("month").values_list("month", flat=True)
    assert list(months) == [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]


def test_a_stopped_account_is_not_asked_until_it_is_resumed(here: Vendor) -> None:
    account = define(here)
    only(account, MONTH)
    here.says = answer(report())
    sushi.stop(by=BY, account_id=account, now=NOW)
    line = Line()
    assert (line.run(), here.asked) == (0, [])
    with pytest.raises(sushi.NothingStopped):
        sushi.stop(by=BY, account_id=account, now=NOW)
    sushi.resume(by=BY, account_id=account, now=NOW)
    assert line.run() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"base": "http://vendor.example/sushi"},
        {"base": "https://user:pw@vendor.example/"},
        {"base": "https://vendor.example/?api_key=x"},
        {"base": "ftp://vendor.example/"},
        {"base": "https://[::1/"},
        {"reports": ()},
        {"reports": ("XX",)},
        {"owner_email": "nobody"},
        {"valid_from": date(2025, 2, 1), "valid_to": date(2025, 1, 1)},
    ],
)
def test_an_account_that_could_not_be_asked_is_not_made(here: Vendor, change: dict[str, object]) -> None:
    from kimppa.foundation.core.errors import KimppaError

    with pytest.raises(KimppaError):
        define(here, **{"private": False, "base": "https://vendor.example/sushi", **change})
    assert not SushiAccount.objects.exists()


def test_credentials_outlive_a_change_of_keys(here: Vendor) -> None:
    account = define(here)
    secrets.add_key("secrets")
    assert not secrets.is_current(bytes(SushiAccount.objects.get().sealed))
    assert (sealing.seal_anew(), sealing.seal_anew()) == (1, 0)
    assert secrets.is_current(bytes(SushiAccount.objects.get().sealed))
    assert sushi.opened(SushiAccount.objects.get(pk=account)).api_key == CREDENTIALS["api_key"]


def test_an_answer_that_kills_its_worker_each_time_does_not_hold_the_server_for_ever(here: Vendor) -> None:
    account = define(here)
    only(account, MONTH)
    line = Line()
    here.says = answer(report)
    assert harvest.take(now=line.now) is not None
    harvest.ask(Attempt.objects.select_related("intention__account").get(), clock=lambda: line.now)
    for _ in range(3):
        line.wait(minutes=16)
        taken = harvest.take(now=line.now)
        assert taken is not None
        assert taken.again
    only(account, date(2025, 10, 1))
    line.wait(minutes=16)
    assert harvest.take(now=line.now) is None, "given up; the server is free for the next question"
    assert line.run() == 1
    assert states() == {"unreadable": 1, "stored": 1}
    assert Attempt.objects.order_by("pk")[0].error == "not-landed"
