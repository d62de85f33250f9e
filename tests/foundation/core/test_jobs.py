"""Jobs: with the transaction, again after a failure, once a key, stopped, resumed, reaped, recurring."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from tests.foundation.core.sample import jobs as sample
from tests.needs import ROOT

from kimppa.foundation.core import clock, jobs, recurrences, worker
from kimppa.foundation.core.models import Job, Recurrence, Tick

HERE = "tests.foundation.core.sample.jobs."
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    sample.RAN.clear()


def test_a_job_runs_once_with_its_arguments_and_its_asker() -> None:
    number = jobs.enqueue(HERE + "note", {"word": "hei"}, asked_by="user:7")
    assert jobs.run_pending() == 1
    assert jobs.run_pending() == 0
    assert sample.RAN == ["hei:1:user:7"]
    assert jobs.view(number).status == "done"


@pytest.mark.django_db(transaction=True)
def test_a_job_of_a_transaction_that_was_rolled_back_never_was() -> None:
    with transaction.atomic():
        jobs.enqueue(HERE + "note", {"word": "hei"})
        transaction.set_rollback(True)
    assert Job.objects.count() == 0
    assert jobs.run_pending() == 0


def test_a_job_waits_for_its_time() -> None:
    jobs.enqueue(HERE + "note", {"word": "later"}, run_after=clock.real_now() + timedelta(hours=1))
    assert jobs.run_pending() == 0
    assert sample.RAN == []


def test_a_failure_outside_is_tried_again_with_growing_pauses_until_the_last_attempt() -> None:
    number = jobs.enqueue(HERE + "nobody_answers", {}, max_attempts=3)
    pauses = []
    for _ in range(3):
        Job.objects.update(run_after=clock.real_now())
        assert jobs.run_pending() == 1
        pauses.append(round((Job.objects.get().run_after - clock.real_now()).total_seconds(), -1))
    assert sample.RAN == ["asked:1", "asked:2", "asked:3"]
    assert pauses[:2] == [10, 40]
    seen = jobs.view(number)
    assert (seen.status, seen.error_code, seen.attempt) == ("failed", "unavailable", 3)
    assert jobs.run_pending() == 0


def test_pauses_grow_to_an_hour_and_no_further() -> None:
    seconds = [jobs.pause_after(n).total_seconds() for n in range(1, 9)]
    assert seconds == [10, 40, 160, 640, 2560, 3600, 3600, 3600]


def test_a_rule_that_says_no_is_not_asked_again() -> None:
    number = jobs.enqueue(HERE + "says_no", {})
    jobs.run_pending()
    seen = jobs.view(number)
    assert (seen.status, seen.error_code, seen.error_params) == ("failed", "refused", {"reason": "because"})
    assert Job.objects.get().trace == ""


def test_an_unexpected_error_is_kept_with_its_trace_and_tried_again() -> None:
    jobs.enqueue(HERE + "breaks", {})
    jobs.run_pending()
    job = Job.objects.get()
    assert (job.status, job.error_code) == ("ready", "unexpected")
    assert "ZeroDivisionError" in job.trace


def test_one_job_a_key_waits_and_another_may_come_after_it() -> None:
    first = jobs.enqueue(HERE + "note", {"word": "a"}, unique="index")
    assert jobs.enqueue(HERE + "note", {"word": "a"}, unique="index") == first
    assert jobs.run_pending() == 1
    assert jobs.enqueue(HERE + "note", {"word": "a"}, unique="index") != first


def test_a_key_asked_for_while_its_job_runs_runs_once_more() -> None:
    jobs.enqueue(HERE + "asks_for_itself", {"times": 3}, unique="the-index")
    assert jobs.run_pending() == 3
    assert sample.RAN == ["again"] * 3
    assert Job.objects.count() == 1


def test_the_database_itself_refuses_two_open_jobs_of_a_key() -> None:
    jobs.enqueue(HERE + "note", {"word": "a"}, unique="index")
    copy = Job.objects.get()
    copy.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save(force_insert=True)


@pytest.mark.parametrize("name", ["os.system", "kimppa.foundation.core.jobs", "x"])
def test_only_functions_of_a_jobs_module_can_be_enqueued(name: str) -> None:
    with pytest.raises(jobs.NotAJob):
        jobs.enqueue(name, {})


def test_a_stopped_job_resumes_where_it_was(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    number = jobs.enqueue(HERE + "counts_to", {"end": 5, "file": str(file)})
    Job.objects.filter(pk=number).update(stop_asked=True, state={"done": 2})
    jobs.run_pending()
    assert jobs.view(number).status == "stopped"
    assert not file.exists()
    jobs.resume(number)
    jobs.run_pending()
    seen = jobs.view(number)
    assert (seen.status, seen.done, seen.total) == ("done", 5, 5)
    assert file.read_text().split() == ["2", "3", "4"]
    with pytest.raises(jobs.JobNotStopped):
        jobs.resume(number)


def test_a_waiting_job_is_stopped_at_once() -> None:
    number = jobs.enqueue(HERE + "note", {"word": "a"})
    jobs.stop(number)
    assert jobs.run_pending() == 0
    assert jobs.view(number).status == "stopped"
    with pytest.raises(jobs.NoSuchJob):
        jobs.stop(number + 1)


def test_a_worker_that_ends_gives_its_job_back_without_counting_the_attempt(tmp_path: Path) -> None:
    number = jobs.enqueue(HERE + "counts_to", {"end": 5, "file": str(tmp_path / "lines")})
    job = worker.claim("here")
    assert job is not None
    assert worker.execute(job, shutting_down=lambda: True) == "ready"
    assert jobs.view(number).attempt == 0


def test_the_reaper_gives_back_a_job_of_a_dead_process_and_leaves_a_living_one() -> None:
    dead = jobs.enqueue(HERE + "note", {"word": "dead"})
    host = worker.identity().partition("|")[0]
    assert worker.claim(f"{host}|{2**22 + 5}|1") is not None
    alive = jobs.enqueue(HERE + "note", {"word": "alive"})
    assert worker.claim(worker.identity()) is not None
    assert worker.reap() == 1
    assert jobs.view(dead).status == "ready"
    assert jobs.view(alive).status == "running"


def test_a_silent_worker_of_another_host_is_given_up_after_two_minutes() -> None:
    number = jobs.enqueue(HERE + "note", {"word": "far"})
    claimed = worker.claim("another-host|1|1")
    assert claimed is not None
    assert worker.reap() == 0
    Job.objects.update(heartbeat=clock.real_now() - timedelta(seconds=121))
    assert worker.reap() == 1
    assert worker.execute(claimed) == "lost"
    assert jobs.view(number).status == "ready"


def test_a_job_that_kills_every_worker_ends_as_failed() -> None:
    number = jobs.enqueue(HERE + "note", {"word": "a"}, max_attempts=1)
    worker.claim("another-host|1|1")
    Job.objects.update(heartbeat=None)
    worker.reap()
    seen = jobs.view(number)
    assert (seen.status, seen.error_code) == ("failed", "worker-lost")


NIGHTLY = recurrences.Recurring(
    name="nightly",
    rule="FREQ=DAILY;BYHOUR=3;BYMINUTE=15;BYSECOND=0",
    job="kimppa.foundation.files.jobs.purge",
)


def test_a_recurring_job_is_enqueued_once_a_moment_and_the_past_is_not_made_up() -> None:
    recurrences.sync([NIGHTLY])
    since = datetime(2026, 3, 1, 12, tzinfo=UTC)
    Recurrence.objects.update(since=since)
    assert recurrences.tick(since + timedelta(hours=1)) == 0
    assert recurrences.tick(since + timedelta(days=3)) == 1
    assert recurrences.tick(since + timedelta(days=3)) == 0
    assert [tick.due_at for tick in Tick.objects.all()] == [datetime(2026, 3, 4, 1, 15, tzinfo=UTC)]
    assert Job.objects.count() == 1


def test_a_rule_is_read_in_finnish_time_across_the_change_to_summer_time() -> None:
    since = datetime(2026, 3, 28, 12, tzinfo=UTC)
    due = recurrences.due_at(
        "FREQ=DAILY;BYHOUR=5;BYMINUTE=0;BYSECOND=0", since=since, now=since + timedelta(days=1)
    )
    assert due == datetime(2026, 3, 29, 2, 0, tzinfo=UTC)


def test_what_the_list_no_longer_names_rests() -> None:
    recurrences.sync([NIGHTLY])
    recurrences.sync([])
    assert recurrences.tick(clock.real_now() + timedelta(days=3)) == 0
    recurrences.sync([NIGHTLY])
    assert Recurrence.objects.get().active


def _dotted_names() -> list[tuple[str, str]]:
    found = []
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                parts = node.value.split(".")
                if parts[0] == "kimppa" and len(parts) > 3 and parts[-2] == "jobs":
                    found.append((path.name, node.value))
    return found


def test_every_dotted_name_of_a_job_in_the_source_leads_to_a_function() -> None:
    names = _dotted_names()
    assert names
    for where, name in names:
        assert jobs.resolve(name), where
