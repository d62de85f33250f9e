"""Running jobs: claim, call, record; heartbeats; and the reaper for jobs whose worker was killed."""

from __future__ import annotations

import os
import socket
import threading
import time
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.db import DatabaseError, close_old_connections, connection, transaction

from kimppa.foundation.core import clock, jobs, recurrences
from kimppa.foundation.core.errors import Invalid, KimppaError, Missing, Refused
from kimppa.foundation.core.models import Job, JobStatus

BEAT_SECONDS = 10.0
LOST_AFTER = timedelta(seconds=120)
POLL_SECONDS = 1.0
LOOK_SECONDS = 5.0
log = structlog.get_logger("kimppa.jobs")


def _never() -> bool:
    return False


def identity() -> str:
    """`host|pid|start`: tells this process from any other, a reused process number included."""
    return f"{socket.gethostname()[:60]}|{os.getpid()}|{_started(os.getpid())}"


def _started(pid: int) -> str:
    """The kernel's start time of a process; empty where the system does not tell or it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def _alive(worker: str) -> bool | None:
    """Does the worker's process live? None when it runs on another host and nobody here can tell."""
    host, _, rest = worker.partition("|")
    pid_text, _, start = rest.partition("|")
    if host != socket.gethostname()[:60] or not pid_text.isdigit():
        return None
    try:
        os.kill(int(pid_text), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return _started(int(pid_text)) == start


def claim(worker: str) -> Job | None:
    """Take the job that has been due longest; no two workers get the same one."""
    due = Job.objects.filter(status=JobStatus.READY, run_after__lte=clock.real_now())
    if not due.exists():  # SQLite: looking takes no write lock, claiming does
        return None
    with transaction.atomic():
        job = due.select_for_update(skip_locked=True).order_by("run_after", "pk").first()
        if job is None:
            return None
        now = clock.real_now()
        job.status, job.worker, job.attempt = JobStatus.RUNNING, worker, job.attempt + 1
        job.started = job.heartbeat = now
        job.again = False
        job.save(update_fields=["status", "worker", "attempt", "started", "heartbeat", "again"])
        return job


def execute(job: Job, *, shutting_down: Callable[[], bool] = _never) -> str:
    """Run one claimed job and record how it ended; returns the new status."""
    run = jobs.Run(job, now=clock.now(), shutting_down=shutting_down)
    bound = log.bind(job=job.pk, name=job.name, attempt=job.attempt)
    bound.info("job-started")
    try:
        jobs.resolve(job.name)(run, **job.arguments)
    except Exception as error:  # noqa: BLE001 (whatever a job raises is recorded with it)
        status = _failed(job, error)
        bound.warning("job-failed", status=status, error=type(error).__name__)
        return status
    status = _ended(job, run, asked=shutting_down())
    bound.info("job-ended", status=status)
    return status


@transaction.atomic
def _ended(job: Job, run: jobs.Run, *, asked: bool) -> str:
    row = _mine(job)
    if row is None:
        return "lost"
    now = clock.real_now()
    if run.yielded and row.stop_asked:
        row.status, row.finished, row.state = JobStatus.STOPPED, now, run.state
    elif run.yielded and asked:
        # The worker is ending, not the job: it goes back, and this attempt does not count.
        row.status, row.run_after, row.state = JobStatus.READY, now, run.state
        row.attempt -= 1
    elif row.again:
        row.status, row.run_after, row.attempt, row.state, row.again = JobStatus.READY, now, 0, {}, False
    else:
        row.status, row.finished = JobStatus.DONE, now
    row.error_code, row.error_params, row.trace, row.worker = "", {}, "", ""
    row.save()
    return row.status


@transaction.atomic
def _failed(job: Job, error: Exception) -> str:
    row = _mine(job)
    if row is None:
        return "lost"
    known = isinstance(error, KimppaError)
    row.error_code = error.code if isinstance(error, KimppaError) else "unexpected"
    row.error_params = dict(error.params) if isinstance(error, KimppaError) else {}
    row.trace = "" if known else "".join(traceback.format_exception(error))[-8000:]
    final = isinstance(error, Invalid | Refused | Missing | jobs.NotAJob)
    return _again_or_failed(row, final=final, pause=jobs.pause_after(row.attempt))


def _again_or_failed(row: Job, *, final: bool, pause: timedelta) -> str:
    """A rule that says no, or a name that leads nowhere, says the same next time; the rest may pass."""
    now = clock.real_now()
    if row.stop_asked:
        row.status, row.finished = JobStatus.STOPPED, now
    elif row.again and final:
        row.status, row.run_after, row.attempt, row.again = JobStatus.READY, now, 0, False
    elif final or row.attempt >= row.max_attempts:
        row.status, row.finished = JobStatus.FAILED, now
    else:
        row.status, row.run_after = JobStatus.READY, now + pause
    row.worker = ""
    row.save()
    return row.status


def _mine(job: Job) -> Job | None:
    """The row, locked, if this worker still holds it: a reaped job belongs to somebody else."""
    return (
        Job.objects.select_for_update()
        .filter(pk=job.pk, status=JobStatus.RUNNING, worker=job.worker, attempt=job.attempt)
        .first()
    )


def reap() -> int:
    """Give back the jobs whose worker is gone; returns how many. They resume from their saved state."""
    gone = 0
    for row in Job.objects.filter(status=JobStatus.RUNNING).only("pk", "worker", "heartbeat"):
        if _lost(row.worker, row.heartbeat):
            gone += _give_back(row.pk, row.worker)
    return gone


def _lost(worker: str, heartbeat: datetime | None) -> bool:
    alive = _alive(worker)
    if alive is not None:
        return not alive
    return heartbeat is None or clock.real_now() - heartbeat > LOST_AFTER


@transaction.atomic
def _give_back(pk: int, worker: str) -> int:
    row = Job.objects.select_for_update().filter(pk=pk, status=JobStatus.RUNNING, worker=worker).first()
    if row is None:
        return 0
    log.warning("job-reaped", job=pk, name=row.name, attempt=row.attempt)
    row.error_code, row.error_params = "worker-lost", {}
    _again_or_failed(row, final=False, pause=timedelta(0))
    return 1


def run_due(*, limit: int) -> int:
    """Claim and run until nothing is due; returns how many ran."""
    ran, me = 0, identity()
    while ran < limit:
        job = claim(me)
        if job is None:
            break
        execute(job)
        ran += 1
    return ran


class Worker:
    """The loop of a worker process: recurrences, the reaper, and one job after another."""

    def __init__(self) -> None:
        self.name = identity()
        self._stop = threading.Event()
        self._ended = threading.Event()
        self._looked = 0.0
        self._current: int | None = None

    def stop(self) -> None:
        """End after the running job's next question; may be called from a signal handler."""
        self._stop.set()

    def run(self, *, every: float = POLL_SECONDS) -> None:
        """Work until stopped. A database that is away for a while is waited for."""
        beat = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        beat.start()
        while not self._stop.is_set():
            try:
                worked = self.round()
            except DatabaseError as error:
                log.error("database-away", error=type(error).__name__)
                connection.close()
                worked = False
            if not worked:
                self._stop.wait(every)
        self._ended.set()
        beat.join(timeout=2)

    def round(self) -> bool:
        """Ticks, reaping and at most one job; True if a job ran."""
        close_old_connections()
        if time.monotonic() - self._looked > LOOK_SECONDS:
            self._looked = time.monotonic()
            recurrences.tick(clock.real_now())
            reap()
        clock.forget()  # another process may have loaded the demo or a backup
        job = claim(self.name)
        if job is None:
            return False
        self._current = job.pk
        try:
            execute(job, shutting_down=self._stop.is_set)
        finally:
            self._current = None
        return True

    def _beat(self) -> None:
        """Say every few seconds that the running job is in living hands."""
        while not self._ended.wait(BEAT_SECONDS):
            current = self._current
            if current is None:
                continue
            try:
                Job.objects.filter(pk=current, worker=self.name).update(heartbeat=clock.real_now())
            except DatabaseError:
                connection.close()  # the job's own transaction may hold the lock; next time
        connection.close()
