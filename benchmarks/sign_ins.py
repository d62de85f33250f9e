"""How many residents a second can sign in? (aim: 50/s for 10 minutes, 99 of 100 within 300 ms)

Load: sign-ins begin at even times, whether earlier ones have ended or not; each is the portal's own form with
its CSRF token, over 200 connections kept open, with one of 2,000 cards in turn. A time counts from the moment
at which the sign-in was due. Server: granian as `run` and `serve` start it, on SQLite in a home of its own.
The library system answers after 50 ms: SIP2 on loopback, in a process of its own.
Warm: 10 seconds at the same rate, not counted.
Floor: GET /healthz at the same rate from the same client.
All of it shares one machine: server, library system and this client.
Run: ./kimppa bench sign_ins [--seconds 60] [--rate 50]
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlencode

CARDS = [f"OUTI{number:07d}" for number in range(2000)]
RATE, SECONDS, WARM, FLOOR = 50.0, 600.0, 10.0, 10.0
CONNECTIONS, UPSTREAM_MS, AIM_MS = 200, 50, 300
NOW, TODAY = datetime(2026, 1, 15, 10, tzinfo=UTC), date(2026, 1, 15)


def main() -> None:
    wanted = argparse.ArgumentParser()
    wanted.add_argument("--seconds", type=float, default=SECONDS)
    wanted.add_argument("--rate", type=float, default=RATE)
    asked = wanted.parse_args()
    os.environ.update(KIMPPA_MODE="run", KIMPPA_SECRET_KEY="benchmark", KIMPPA_LOG_LEVEL="ERROR")  # noqa: S106
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kimppa.settings")
    os.environ.setdefault("KIMPPA_HOME", tempfile.mkdtemp(prefix="kimppa-sign-ins-"))
    fresh = multiprocessing.get_context("spawn")
    said = fresh.Queue()
    upstream = fresh.Process(target=library_system, args=(said,), daemon=True)
    upstream.start()
    installation(said.get(timeout=30))
    with web() as (process, port):
        requests = sign_ins(port)
        floor = asyncio.run(
            load(port, [b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"], 200, asked.rate, FLOOR)
        )
        told("floor: GET /healthz", floor, asked.rate)
        asyncio.run(load(port, requests, 302, asked.rate, WARM))
        before, mine = spent(process.pid), own()
        found = asyncio.run(load(port, requests, 302, asked.rate, asked.seconds))
        cpu, client = (spent(process.pid) - before) * 1000, (own() - mine) * 1000
    told("sign-ins", found, asked.rate)
    number = max(1, len(found.taken))
    print(f"processor time a sign-in: server {cpu / number:.1f} ms, this client {client / number:.1f} ms")
    late = found.at(99)
    wrong = late > AIM_MS or found.wrong or found.rate < asked.rate * 0.99
    print(f"aim: {asked.rate:g}/s with 99 % within {AIM_MS} ms: {'MISSED' if wrong else 'kept'}")
    upstream.terminate()


def library_system(said: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    """Answers every 63 with a yes after 50 ms, every 93 at once; one thread a connection."""
    from kimppa.foundation.protocols import sip2
    from kimppa.foundation.protocols import sip2_messages as messages

    listening = socket.create_server(("127.0.0.1", 0), backlog=100)
    said.put(listening.getsockname()[1])
    dialect = sip2.Dialect()

    def serve(talking: socket.socket) -> None:
        lines = sip2.Lines()
        while octets := talking.recv(4096):
            for raw in lines.feed(octets):
                line = sip2.read(raw)
                if line.frame.code == "63":
                    time.sleep(UPSTREAM_MS / 1000)
                    card = line.frame.get("AA") or ""
                    answer = messages.PatronAnswer(
                        "64", card, "", None, valid_patron=True, valid_password=True, more=(("PX", "564"),)
                    ).frame()
                else:
                    answer = messages.LoginAnswer(True).frame()
                talking.sendall(sip2.write(answer, dialect, sequence=line.sequence))

    while True:
        taken, _ = listening.accept()
        taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(taken,), daemon=True).start()


def installation(port: int) -> None:
    """Oulu, and its library system by SIP2."""
    __import__("kimppa.wsgi")
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from kimppa.commons.members.models import Membership, Municipality, Region
    from kimppa.elibrary.patrons import connecting
    from kimppa.foundation.accounts.actors import Operator

    by = Operator("benchmark")
    place = Municipality.objects.create(
        code="564", name_fi="Oulu", region=Region.objects.create(code="17", name_fi="Pohjois-Pohjanmaa")
    )
    Membership.objects.create(municipality=place)
    owner = connecting.Owner(municipality="564")
    connecting.define_system(by=by, slug="outi", names=("OUTI", "", ""), owner=owner, now=NOW)
    connecting.connect(
        by=by,
        system="outi",
        kind="sip2",
        settings={"host": "127.0.0.1", "port": port, "tls": False, "private": True, "user": "hub"},
        secrets={"login_password": "x"},
        mapping={},
        valid_from=None,
        now=NOW,
    )


class web:  # noqa: N801 - used as `with web()`
    """The web process and its workers, by the very command of `run` and `serve`."""

    def __enter__(self) -> tuple[subprocess.Popen[bytes], int]:
        from kimppa import supervisor

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        command = supervisor.web_server(self.port).command
        self.process = subprocess.Popen(command, env=environment, start_new_session=True)
        address = f"http://127.0.0.1:{self.port}/healthz"
        for _ in range(300):
            try:
                urllib.request.urlopen(address, timeout=2).close()
            except OSError:
                time.sleep(0.2)
            else:
                return self.process, self.port
        raise SystemExit("the server did not start")

    def __exit__(self, *_: object) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(30)


def sign_ins(port: int) -> list[bytes]:
    """A ready request for each card, by one form and its token."""
    place = f"http://127.0.0.1:{port}/fi/sign-in/"
    with urllib.request.urlopen(place, timeout=10) as answer:
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        page = answer.read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    made = []
    for card in CARDS:
        told = {"csrfmiddlewaretoken": token[1], "system": "outi", "card": card, "pin": "1234", "own": "on"}
        body = urlencode(told).encode()
        head = (
            "POST /fi/sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Cookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"User-Agent: Mozilla/5.0 (X11; Linux) Firefox/140.0\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


@dataclass
class Found:
    """Milliseconds from the moment when each was due until it was answered; and what was not as it should."""

    taken: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    lasted: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.taken) / self.lasted

    def at(self, share: int) -> float:
        taken = sorted(self.taken)
        return taken[min(len(taken) - 1, len(taken) * share // 100)] if taken else 0.0


async def load(port: int, requests: list[bytes], expected: int, rate: float, seconds: float) -> Found:
    """Begin one request each 1/rate seconds for so long, and wait for the last."""
    found, idle, under_way = Found(), list[tuple[asyncio.StreamReader, asyncio.StreamWriter]](), set()
    gate = asyncio.Semaphore(CONNECTIONS)

    async def one(request: bytes, due: float) -> None:
        async with gate:
            # What the server has closed meanwhile is not used again, as in every HTTP client.
            while idle and idle[-1][0].at_eof():
                idle.pop()[1].close()
            talking = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
            try:
                status = await heard(talking, request)
            except (OSError, asyncio.IncompleteReadError) as error:
                found.wrong[type(error).__name__] += 1
                return
            idle.append(talking)
        found.taken.append((time.perf_counter() - due) * 1000)
        if status != expected:
            found.wrong[str(status)] += 1

    begun = time.perf_counter()
    for number in range(int(rate * seconds)):
        due = begun + number / rate
        pause = due - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        task = asyncio.create_task(one(requests[number % len(requests)], due))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)
    found.lasted = time.perf_counter() - begun
    for _, writer in idle:
        writer.close()
    return found


async def heard(talking: tuple[asyncio.StreamReader, asyncio.StreamWriter], request: bytes) -> int:
    """The status of the answer; its body is read and dropped."""
    reader, writer = talking
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    await reader.readexactly(int(length[1]) if length else 0)
    return int(head[9:12])


def spent(pid: int) -> float:
    """Seconds of processor time of a process and its children, as the kernel counts them."""
    total = 0.0
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(place.parent.name) == pid or int(fields[1]) == pid:
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def own() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def told(name: str, found: Found, rate: float) -> None:
    print(
        f"{name}: {found.rate:.1f}/s of {rate:g}/s for {found.lasted:.0f} s, {len(found.taken):,} answered, "
        f"{found.wrong.total()} wrong {dict(found.wrong) or ''}; "
        f"median {found.at(50):.0f} ms, 95 % {found.at(95):.0f} ms, "
        f"99 % {found.at(99):.0f} ms, worst {max(found.taken, default=0):.0f} ms",
        flush=True,
    )


if __name__ == "__main__":
    main()
