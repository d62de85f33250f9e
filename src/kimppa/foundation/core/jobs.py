"""Work for later: enqueue, and what a running job may say and ask.

Promises: a job exists exactly when the transaction that enqueued it was committed; it runs at least
once and, by its key, at most one at a time; a failure outside is tried again with growing pauses; a
job whose worker was killed runs again from the state that it saved. Hence a job must bear being run
twice. Claiming, heartbeats and the reaper are in `worker.py`; recurring jobs in `recurrences.py`.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils.module_loading import import_string

from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import Missing, Param, Refused
from kimppa.foundation.core.models import OPEN, Job, JobStatus, Tick
from kimppa.foundation.core.text import noop

Argument: TypeAlias = str | int | bool | list[int] | list[str] | None
StateValue: TypeAlias = str | int
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)
KEPT_DONE = timedelta(days=30)
KEPT_FAILED = timedelta(days=365)
ASK_EVERY_SECONDS = 1.0


class NoSuchJob(Missing):
    code = "no-such-job"
    sentence = noop("There is no job number %(job)s.")


class JobNotStopped(Refused):
    code = "job-not-stopped"
    sentence = noop("Only a job that was stopped or failed can be resumed.")


class NotAJob(ValueError):
    """A dotted name that leads to no function of a jobs module: a mistake in our own code."""


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as pages and the console show it."""

    id: int
    name: str
    status: str
    asked_by: str
    attempt: int
    max_attempts: int
    done: int
    total: int
    run_after: datetime
    created: datetime
    finished: datetime | None
    error_code: str
    error_params: dict[str, Param]


@dataclass(frozen=True, slots=True)
class Load:
    """How much waits, and how long the oldest due job has waited."""

    by_status: dict[str, int]
    oldest_seconds: float


class Run:
    """One attempt at a job, given to its function as the first argument."""

    def __init__(self, job: Job, *, now: datetime, shutting_down: Callable[[], bool]) -> None:
        self.job_id: int = job.pk
        self.attempt: int = job.attempt
        self.last_attempt: bool = job.attempt >= job.max_attempts
        self.now: datetime = now
        self.asked_by: str | None = job.asked_by or None
        self.state: dict[str, StateValue] = dict(job.state)
        self.yielded = False
        self._shutting_down = shutting_down
        self._asked = 0.0
        self._said = 0.0
        self._mine = Job.objects.filter(
            pk=job.pk, status=JobStatus.RUNNING, worker=job.worker, attempt=job.attempt
        )

    def progress(self, done: int, total: int) -> None:
        """Say how far it is; written at most once a second, and always at the end."""
        if done < total and time.monotonic() - self._said < ASK_EVERY_SECONDS:
            return
        self._said = time.monotonic()
        self._mine.update(done=done, total=total)

    def stop_requested(self) -> bool:
        """True when somebody asked this job to stop, or the worker is ending.

        The function then saves its state and returns; it will be given that state when it runs again.
        """
        if self.yielded:
            return True
        if not self._shutting_down():
            if time.monotonic() - self._asked < ASK_EVERY_SECONDS:
                return False
            self._asked = time.monotonic()
            if self._mine.filter(stop_asked=False).exists():
                return False
        self.yielded = True
        return True

    def save_state(self) -> None:
        """Keep `state` for the next attempt. Inside the job's own transaction it is kept with it."""
        self._mine.update(state=self.state)


JobFunction: TypeAlias = Callable[..., None]


def resolve(name: str) -> JobFunction:
    """The function behind a dotted name. It must stand in a module called `jobs`. Raises NotAJob."""
    parts = name.split(".")
    if len(parts) < 3 or parts[-2] != "jobs":
        raise NotAJob(f"{name} is not in a jobs module")
    try:
        found: object = import_string(name)
    except ImportError as error:
        raise NotAJob(str(error)) from error
    if not inspect.isfunction(found):
        raise NotAJob(f"{name} is not a function")
    return found


def enqueue(
    name: str,
    arguments: Mapping[str, Argument],
    *,
    asked_by: str | None = None,
    unique: str | None = None,
    run_after: datetime | None = None,
    max_attempts: int = 5,
) -> int:
    """Ask for a job in the caller's transaction; returns its id.

    With `unique`, one job of that key is open at a time: where one waits, that one's id is returned;
    where one runs, it runs once more after it ends (it may have read what has changed since).
    """
    parts = name.split(".")
    if len(parts) < 3 or parts[-2] != "jobs":
        raise NotAJob(f"{name} is not in a jobs module")
    now = clock.real_now()
    job = Job(
        name=name,
        arguments=dict(arguments),
        asked_by=asked_by or "",
        unique_key=unique,
        run_after=run_after or now,
        max_attempts=max_attempts,
        created=now,
    )
    with transaction.atomic():
        return _insert(job) if unique is None else _insert_unique(job, unique)


def _insert(job: Job) -> int:
    job.save(force_insert=True)
    return job.pk


def _insert_unique(job: Job, key: str) -> int:
    while True:
        waiting = Job.objects.select_for_update().filter(unique_key=key, status__in=OPEN).first()
        if waiting is None:
            try:
                with transaction.atomic():
                    return _insert(job)
            except IntegrityError:
                continue  # another transaction enqueued the same key between the two statements
        if waiting.status == JobStatus.RUNNING:
            Job.objects.filter(pk=waiting.pk).update(again=True)
        elif job.run_after < waiting.run_after:
            Job.objects.filter(pk=waiting.pk).update(run_after=job.run_after)
        return waiting.pk


def pause_after(attempt: int) -> timedelta:
    """How long to wait after this failed attempt: 10 s, 40 s, 160 s … at most an hour."""
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << 2 * min(attempt - 1, 10)))


@transaction.atomic
def stop(job_id: int) -> None:
    """Ask a job to stop: at once if it waits, at its next question if it runs. Raises NoSuchJob."""
    job = _locked(job_id)
    if job.status == JobStatus.READY:
        Job.objects.filter(pk=job_id).update(status=JobStatus.STOPPED, finished=clock.real_now())
    elif job.status == JobStatus.RUNNING:
        Job.objects.filter(pk=job_id).update(stop_asked=True)


@transaction.atomic
def resume(job_id: int) -> None:
    """Run a stopped or failed job again from its saved state. Raises NoSuchJob, JobNotStopped."""
    job = _locked(job_id)
    if job.status not in {JobStatus.STOPPED, JobStatus.FAILED}:
        raise JobNotStopped
    if job.unique_key and Job.objects.filter(unique_key=job.unique_key, status__in=OPEN).exists():
        raise JobNotStopped
    Job.objects.filter(pk=job_id).update(
        status=JobStatus.READY,
        run_after=clock.real_now(),
        attempt=0,
        finished=None,
        stop_asked=False,
        error_code="",
        error_params={},
        trace="",
    )


def _locked(job_id: int) -> Job:
    job = Job.objects.select_for_update().filter(pk=job_id).first()
    if job is None:
        raise NoSuchJob(job=job_id)
    return job


def view(job_id: int) -> JobView:
    """One job as it stands. Raises NoSuchJob."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        raise NoSuchJob(job=job_id)
    return _view(job)


def latest(limit: int = 50, *, status: str | None = None) -> tuple[JobView, ...]:
    """The newest jobs first, all or of one status."""
    rows = Job.objects.order_by("-pk")
    if status is not None:
        rows = rows.filter(status=status)
    return tuple(_view(job) for job in rows[:limit])


def _view(job: Job) -> JobView:
    return JobView(
        id=job.pk,
        name=job.name,
        status=job.status,
        asked_by=job.asked_by,
        attempt=job.attempt,
        max_attempts=job.max_attempts,
        done=job.done,
        total=job.total,
        run_after=job.run_after,
        created=job.created,
        finished=job.finished,
        error_code=job.error_code,
        error_params=dict(job.error_params),
    )


def load(now: datetime) -> Load:
    """Figures for monitoring (real time)."""
    counts = dict(Job.objects.values_list("status").annotate(n=Count("pk")))
    oldest = Job.objects.filter(status=JobStatus.READY, run_after__lte=now).order_by("run_after").first()
    waited = (now - oldest.run_after).total_seconds() if oldest else 0.0
    return Load({status: counts.get(status, 0) for status in JobStatus.values}, waited)


def run_pending(*, limit: int = 10_000) -> int:
    """Run everything that is due, in this process, and say how many jobs ran.

    For the console, the demo and tests. A job that fails is kept as failed or for its next attempt,
    as in a worker.
    """
    from kimppa.foundation.core import worker

    return worker.run_due(limit=limit)


def recurring(*, name: str, rule: str, job: str) -> None:
    """Set a recurring job (see recurrences.py); the same name again changes it."""
    from kimppa.foundation.core import recurrences

    recurrences.put(recurrences.Recurring(name=name, rule=rule, job=job))


def purge(run: Run) -> None:
    """Daily: forget done jobs after a month, failed and stopped ones after twelve (real time)."""
    now = clock.real_now()
    Job.objects.filter(status=JobStatus.DONE, finished__lt=now - KEPT_DONE).delete()
    Job.objects.filter(
        status__in=[JobStatus.FAILED, JobStatus.STOPPED], finished__lt=now - KEPT_FAILED
    ).delete()
    Tick.objects.filter(due_at__lt=now - KEPT_FAILED).delete()
