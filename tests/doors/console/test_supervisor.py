"""The one command as its user meets it: refusals are a sentence each, and nothing is left running."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from tests.home import Home, free_port
from tests.needs import ROOT

pytestmark = pytest.mark.slow


def kimppa(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    told = {k: v for k, v in os.environ.items() if not k.startswith("KIMPPA_")}
    return subprocess.run(
        [sys.executable, str(ROOT / "kimppa"), *words],
        env=told | {"KIMPPA_HOME": str(home)} | more,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_wrong_words_are_answered_by_one_sentence(tmp_path: Path) -> None:
    unknown = kimppa(tmp_path, "levyy")
    assert unknown.returncode == 1
    assert "There is no task “levyy”" in unknown.stderr
    assert "Did you mean" in unknown.stderr
    assert "Traceback" not in unknown.stderr
    assert kimppa(tmp_path, "run", "--port", "x").returncode == 1
    assert "./kimppa backup FILE" in kimppa(tmp_path, "help").stdout


def test_serve_refuses_in_sentences_and_makes_no_database(tmp_path: Path) -> None:
    refused = kimppa(tmp_path / "home", "serve", "--port", str(free_port()))
    assert refused.returncode == 1
    for name in ("KIMPPA_SECRET_KEY", "KIMPPA_ALLOWED_HOSTS", "KIMPPA_BACKOFFICE_HOST", "./kimppa keys"):
        assert name in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "home" / "kimppa.sqlite3").exists()
    assert not (tmp_path / "home" / "keys").exists()


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = kimppa(tmp_path, "run", "--port", str(port))
    assert refused.returncode == 1
    assert refused.stderr.strip() == (
        f"kimppa: Port {port} is taken by something else; choose another with --port."
    )


def test_run_answers_survives_a_killed_worker_refuses_a_second_and_ends_cleanly(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").migrated()
    staff = {"role": "finance", "email": "a@example.fi", "password": "sana"}
    (home.path / "demo_signins.json").write_text(json.dumps({"residents": [], "staff": [staff]}))
    port = free_port()
    told = {k: v for k, v in os.environ.items() if not k.startswith("KIMPPA_")}
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "kimppa"), "run", "--port", str(port)],
        env=told | {"KIMPPA_HOME": str(home.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first == f"Kimppa is at http://127.0.0.1:{port}/ (Ctrl-C stops it)\n"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20) as answer:
            assert answer.status == 200
        second = kimppa(home.path, "run", "--port", str(free_port()))
        assert "Another Kimppa is running on the home" in second.stderr
        time.sleep(0.5)
        (worker,) = _children(process.pid, "worker")
        os.kill(worker, 9)
        deadline = time.monotonic() + 15
        while _children(process.pid, "worker") in ([], [worker]) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert _children(process.pid, "worker") != [worker]
        process.terminate()
        assert process.wait(timeout=30) == 0
        assert "a@example.fi" in process.stdout.read()
    finally:
        process.kill()
        process.wait()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)


def _children(parent: int, word: str) -> list[int]:
    """Processes of a parent whose command holds the word."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text()
                command = (folder / "cmdline").read_text()
            except OSError:
                continue
            ppid = re.split(r"\) ", stat)[-1].split()[1]
            if ppid == str(parent) and word in command.split("\0"):
                found.append(int(folder.name))
    return found
