"""What does the hub add to a SIP2 question, and how many can it take? (aims: 3 ms of processor time, 300/s)

Load: 4 e-service connections held open, plain on loopback, each asking 63 for one of 500 cards in turn, as
fast as answered; warm: 400 questions before, then 4,000 measured. The hub is a process of its own, limited to
one processor, on SQLite in a home of its own; its figure is the processor time that the kernel counted.
The library system answers at once: a socket in another process that sends a ready line.
Floor: the same clients ask the library system without the hub.
Run: ./kimppa bench sip2
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, date, datetime
from pathlib import Path

CARDS = [f"OUTI{number:07d}" for number in range(500)]
CONNECTIONS, WARM, MEASURED = 4, 400, 4000
NOW, TODAY = datetime(2026, 1, 15, 10, tzinfo=UTC), date(2026, 1, 15)


def main() -> None:
    os.environ.update(KIMPPA_MODE="run", KIMPPA_SECRET_KEY="benchmark", KIMPPA_LOG_LEVEL="WARNING")  # noqa: S106
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kimppa.settings")
    os.environ.setdefault("KIMPPA_HOME", tempfile.mkdtemp(prefix="kimppa-sip2-"))
    fresh = multiprocessing.get_context("spawn")
    said = fresh.Queue()
    upstream = fresh.Process(target=library_system, args=(said,), daemon=True)
    upstream.start()
    port = said.get(timeout=30)
    rate, _ = load(port, login=None)
    print(f"floor: the library system alone: {rate:,.0f} questions/s (4 connections)")
    user, secret = installation(port)
    with hub() as (process, hub_port):
        load(hub_port, login=(user, secret), questions=WARM)
        before = spent(process.pid)
        rate, yes = load(hub_port, login=(user, secret))
        cpu = (spent(process.pid) - before) * 1000 / MEASURED
    assert yes == MEASURED, f"{MEASURED - yes} questions were not confirmed"
    print(f"through the hub: {cpu:.2f} ms of processor time a question (aim 3.00 ms){over(cpu > 3)}")
    print(f"through the hub: {rate:,.0f} questions/s on one processor (aim 300){over(rate < 300)}")
    upstream.terminate()


def over(wrong: bool) -> str:
    return "  ← over the aim" if wrong else ""


def library_system(said: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    """Answers every 63 with a ready line, every 93 with a yes; one thread a connection."""
    from kimppa.foundation.protocols import sip2
    from kimppa.foundation.protocols import sip2_messages as messages

    listening = socket.create_server(("127.0.0.1", 0))
    said.put(listening.getsockname()[1])
    dialect = sip2.Dialect()

    def serve(talking: socket.socket) -> None:
        lines = sip2.Lines()
        while octets := talking.recv(4096):
            for raw in lines.feed(octets):
                line = sip2.read(raw)
                if line.frame.code == "63":
                    card = line.frame.get("AA") or ""
                    answer = messages.PatronAnswer(
                        "64", card, "", None, valid_patron=True, valid_password=True, more=(("PX", "1"),)
                    ).frame()
                else:
                    answer = messages.LoginAnswer(True).frame()
                talking.sendall(sip2.write(answer, dialect, sequence=line.sequence))

    while True:
        taken, _ = listening.accept()
        taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(taken,), daemon=True).start()


def installation(port: int) -> tuple[str, str]:
    """Oulu, its library system by SIP2, a film service with a SIP2 connection; returns its sign-in."""
    __import__("kimppa.wsgi")
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from kimppa.commons.members.models import Membership, Municipality, Region
    from kimppa.commons.platforms import services as platforms
    from kimppa.elibrary.access import services
    from kimppa.elibrary.access.rules import Way
    from kimppa.elibrary.patrons import connecting
    from kimppa.foundation.accounts.actors import Operator

    by = Operator("benchmark")
    place = Municipality.objects.create(
        code="564", name_fi="Oulu", region=Region.objects.create(code="17", name_fi="Pohjois-Pohjanmaa")
    )
    Membership.objects.create(municipality=place)
    connecting.define_system(
        by=by,
        slug="outi",
        names=("OUTI", "", ""),
        owner=connecting.Owner(municipality="564"),
        card_pattern="OUTI[0-9]{7}",
        now=NOW,
    )
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
    platforms.define_platform(by=by, slug="films", name="Films", contents=[], now=NOW)
    platforms.take_into_use(by=by, slug="films", valid_from=None, now=NOW)
    platforms.entitle(by=by, slug="films", valid_from=None, now=NOW)
    made = services.add_connection(by=by, platform="films", way=Way.SIP2, name="Films", now=NOW)
    services.set_up(
        by=by,
        client_id=made.client_id,
        setup=services.Setup("Films", (), 60_000, (), (), "", ("entitled",)),
        today=TODAY,
        now=NOW,
    )
    return made.client_id, made.secret


class hub:  # noqa: N801 - used as `with hub()`
    """The hub's SIP2 process on one processor."""

    def __enter__(self) -> tuple[subprocess.Popen[bytes], int]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {**os.environ, "KIMPPA_SIP2_PORT": str(self.port), "KIMPPA_MODE": "run"}
        environment["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "django", "sip2"],
            env=environment,
            stdout=subprocess.DEVNULL,
            preexec_fn=lambda: os.sched_setaffinity(0, {0}),
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return self.process, self.port
        raise SystemExit("the SIP2 door did not open")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)


def spent(pid: int) -> float:
    """Seconds of processor time of a process and its threads, as the kernel counts them."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(port: int, *, login: tuple[str, str] | None, questions: int = MEASURED) -> tuple[float, int]:
    """Questions a second, and how many were confirmed."""
    yes = [0] * CONNECTIONS

    def ask(number: int) -> None:
        yes[number] = one_connection(port, login, number, questions // CONNECTIONS)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CONNECTIONS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return questions / (time.perf_counter() - begun), sum(yes)


def one_connection(port: int, login: tuple[str, str] | None, first: int, questions: int) -> int:
    from kimppa.foundation.protocols import sip2
    from kimppa.foundation.protocols import sip2_messages as messages

    dialect = sip2.Dialect()
    lines = [
        sip2.write(messages.PatronQuestion("63", card, "1234", "", None).frame(), dialect, sequence=0)
        for card in CARDS
    ]
    confirmed = 0
    with socket.create_connection(("127.0.0.1", port), timeout=30) as talking:
        talking.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if login:
            heard(talking, sip2.write(messages.Login(*login).frame(), dialect, sequence=0))
        for number in range(questions):
            answer = heard(talking, lines[(first * 125 + number) % len(lines)])
            confirmed += b"BLY|CQY|" in answer
    return confirmed


def heard(talking: socket.socket, line: bytes) -> bytes:
    talking.sendall(line)
    answer = b""
    while not answer.endswith(b"\r"):
        more = talking.recv(4096)
        if not more:
            raise SystemExit("the connection ended")
        answer += more
    return answer


if __name__ == "__main__":
    main()
