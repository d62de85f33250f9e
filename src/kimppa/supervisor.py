"""The processes of one installation: web, worker and perhaps SIP2, started, watched and ended together.

Standard library only.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from kimppa.bootstrap import ROOT, python, say

GRACE_SECONDS = 15.0
READY_SECONDS = 60.0
LONGEST_PAUSE = 30.0
STABLE_SECONDS = 60.0
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class NotStarted(Exception):
    """Why it cannot start, in one sentence."""


@contextmanager
def alone_in(home: Path) -> Iterator[None]:
    """Hold the home; a second `run`, `serve` or `restore` on it is refused. Raises NotStarted."""
    descriptor = os.open(home / "kimppa.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotStarted(f"Another Kimppa is running on the home {home}; stop it first.") from None
        yield
    finally:
        os.close(descriptor)


def see_that_free(port: int) -> None:
    """Raises NotStarted where something else listens on the port."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise NotStarted(f"Port {port} needs more rights; choose one above 1023 with --port.") from None
        except OSError:
            raise NotStarted(f"Port {port} is taken by something else; choose another with --port.") from None


@dataclass(slots=True)
class Child:
    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = field(default=0.5)
    not_before: float = 0.0


def run(environment: dict[str, str], port: int, signins: Path | None) -> int:
    """Start both, print the address once pages are answered, and watch until asked to end."""
    children = [web_server(port), _worker(), *_sip2(environment)]
    ending = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ending.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        web, *others = children
        _start(web, environment)
        if not _wait_until_ready(port, _own_host(environment, port), web, ending):
            return 0 if ending.is_set() else 1
        _announce(port, signins)
        for child in others:  # after the first page: they would take the processors from the web
            _start(child, environment)
        while not ending.wait(0.3):
            for child in children:
                _watch(child, environment)
        return 0
    finally:
        _end_all(children)
        for number, handler in before.items():
            signal.signal(number, handler)


def web_server(port: int) -> Child:
    """The web server. Many threads, as one that waits for a library system does nothing else meanwhile.

    Granian warns of so many, which is why it tells of errors only.
    """
    options = ["--interface", "wsgi", "--no-ws", "--workers", "2", "--blocking-threads", "16"]
    place = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "error"]
    more = ["--respawn-failed-workers", "--workers-kill-timeout", "10"]
    return Child("web", [str(python()), "-m", "granian", *options, *place, *more, "kimppa.wsgi:application"])


def _worker() -> Child:
    return Child("worker", [str(python()), "-m", "django", "worker"])


def _sip2(environment: dict[str, str]) -> list[Child]:
    """The door for e-services that ask by SIP2, where it has a port."""
    if not environment.get("KIMPPA_SIP2_PORT", "").strip("0"):
        return []
    return [Child("sip2", [str(python()), "-m", "django", "sip2"])]


def _with_parent() -> None:
    """In the child: end when the supervisor is killed, so that no worker is left alone."""
    if _libc is not None:
        _libc.prctl(DIE_WITH_PARENT, signal.SIGTERM)


def _start(child: Child, environment: dict[str, str]) -> None:
    child.process = subprocess.Popen(
        child.command,
        env=environment,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches the supervisor only, which ends them in order
        preexec_fn=_with_parent,
    )
    child.started = time.monotonic()


def _watch(child: Child, environment: dict[str, str]) -> None:
    """Start a child again that died, with growing pauses while it keeps dying."""
    now = time.monotonic()
    if child.process is None:
        if now >= child.not_before:
            _start(child, environment)
        return
    status = child.process.poll()
    if status is None:
        if now - child.started > STABLE_SECONDS:
            child.pause = 0.5
        return
    say(f"kimppa: the {child.name} process ended with {status}; starting it again in {child.pause:g} s.")
    child.process = None
    child.not_before = now + child.pause
    child.pause = min(LONGEST_PAUSE, child.pause * 2)


def _own_host(environment: dict[str, str], port: int) -> str:
    """A name that the site answers to: in `serve` only those it was told."""
    first = environment.get("KIMPPA_ALLOWED_HOSTS", "").partition(",")[0].strip()
    return first.removeprefix(".") or f"127.0.0.1:{port}"


def _wait_until_ready(port: int, host: str, web: Child, ending: threading.Event) -> bool:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and not ending.wait(0.05):
        if web.process is None or web.process.poll() is not None:
            say("kimppa: the web process did not start; see the lines above.")
            return False
        if _answers(port, host):
            return True
    if not ending.is_set():
        say(f"kimppa: no page was answered within {READY_SECONDS:g} seconds.")
    return False


def _answers(port: int, host: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(f"http://127.0.0.1:{port}/healthz", headers={"Host": host})
    try:
        with opener.open(request, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _announce(port: int, signins: Path | None) -> None:
    here = f"http://127.0.0.1:{port}"
    lines = [f"Kimppa is at {here}/ (Ctrl-C stops it)"]
    if signins is not None and signins.exists():
        lines += _demo_lines(here, json.loads(signins.read_text(encoding="utf-8")))
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _demo_lines(here: str, known: dict[str, list[dict[str, str]]]) -> list[str]:
    """The demo's ways in, as the loader wrote them down."""
    lines = ["", f"Residents sign in at {here}/fi/sign-in/ (library, card, PIN):"]
    lines += [f"  {r['library']:<20} {r['card']:<15} {r['pin']}   {r['home']}" for r in known["residents"]]
    lines += ["", f"Staff sign in at {here}/fi/backoffice/ (role, e-mail, password):"]
    lines += [f"  {s['role']:<20} {s['email']:<30} {s['password']}" for s in known["staff"]]
    return lines


def _end_all(children: list[Child]) -> None:
    """Ask all to end, wait, and end by force what is left."""
    alive = [child.process for child in children if child.process and child.process.poll() is None]
    for process in alive:
        process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for process in alive:
        try:
            process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
