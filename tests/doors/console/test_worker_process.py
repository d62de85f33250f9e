"""A real worker process: it works, ends cleanly, and what it held when it was killed is finished."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.home import Home

pytestmark = pytest.mark.slow
STATUS = """
from kimppa.foundation.core.models import Job
answer = list(Job.objects.filter(name__startswith="tests.").values_list("status", "attempt", "done"))
"""
STATE = """
from kimppa.foundation.core.models import Job
answer = list(Job.objects.filter(name__startswith="tests.").values_list("status", "attempt", "state"))
"""


@contextmanager
def working(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    process = home.start("worker")
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def enqueue(home: Home, file: Path, end: int) -> None:
    home.ask(
        "from kimppa.foundation.core import jobs\n"
        "name = 'tests.foundation.core.sample.jobs.counts_to'\n"
        f"answer = jobs.enqueue(name, {{'end': {end}, 'file': {str(file)!r}}})"
    )


def wait_for(home: Home, wanted: list[object], seconds: float = 60) -> None:
    deadline, seen = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        seen = home.ask(STATUS)
        if seen == wanted:
            return
        time.sleep(0.5)
    raise AssertionError(f"{seen} is not {wanted}: {(home.path / 'process.log').read_text()}")


def test_a_job_of_a_killed_worker_is_finished_by_the_next_one_from_where_it_was(tmp_path: Path) -> None:
    home, file = Home(tmp_path / "home").migrated(), tmp_path / "lines"
    Path(f"{file}.kill").touch()
    enqueue(home, file, 20)
    with working(home) as first:
        assert first.wait(timeout=60) == -signal.SIGKILL
    assert home.ask(STATUS) == [["running", 1, 1]]
    with working(home) as second:
        wait_for(home, [["done", 2, 20]])
        second.send_signal(signal.SIGTERM)
        assert second.wait(timeout=15) == 0
    assert file.read_text().split() == [str(n) for n in range(20)]


def test_a_worker_that_is_asked_to_end_gives_its_long_job_back(tmp_path: Path) -> None:
    home, file = Home(tmp_path / "home").migrated(), tmp_path / "lines"
    enqueue(home, file, 10_000_000)
    with working(home) as process:
        deadline = time.monotonic() + 60
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0
    assert file.exists()
    lines = len(file.read_text().split())
    assert home.ask(STATE) == [["ready", 0, {"done": lines}]]
