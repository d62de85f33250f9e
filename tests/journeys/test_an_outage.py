"""Two kimppas' library systems go down and come up again under load; nobody who is in is thrown out.

The library systems are pysip2 over TLS. Requests, sign-ins and the circuit breaker live in real time; only
the hour that health looks at is made of sixty rounds, each at a minute of its own.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page
from tests.elibrary.patrons.counterparts import Person, certificates, library_system
from tests.home import Home, free_port
from tests.journeys.served import Landing, served

from kimppa.foundation.protocols import sip2
from kimppa.foundation.protocols import sip2_messages as messages

pytestmark = pytest.mark.journey
PIN = "1234"
CSRF = "k" * 32
SYSTEMS = {"outi": "OUTI-kirjastot", "lappi": "Lapin kirjasto"}
HOMES = {"outi": "Oulu", "lappi": "Rovaniemi"}
DOWN = "library-system-down"


def card(slug: str, number: int) -> str:
    return f"OUTI{number:07d}" if slug == "outi" else f"LAPPI{number:05d}"


@dataclass
class World:
    """The installation, its library systems, and who may ask what."""

    home: Home
    port: int
    sip2_port: int
    ports: dict[str, int]
    json_key: list[str]
    sip2_key: list[str]
    up: dict[str, ExitStack] = field(default_factory=dict)
    # Sessions whose hour came while their system was down.
    outlived: list[str] = field(default_factory=list)

    def start(self, slug: str) -> None:
        cards = {card(slug, number): Person(PIN, home=HOMES[slug]) for number in range(40)}
        self.up[slug] = ExitStack()
        self.up[slug].enter_context(library_system(cards, port=self.ports[slug]))

    def kill(self, slug: str) -> None:
        self.up.pop(slug).close()

    def region(self, code: str) -> object:
        return self.home.ask(f"from tests.journeys.region import *\nanswer = None\n{code}")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    home = Home(tmp_path / "home", more={"KIMPPA_SECRET_KEY": "j" * 50}).migrated()
    landing = Landing()
    ports = {slug: free_port() for slug in SYSTEMS}
    made = home.ask(
        "from tests.journeys.region import *\n"
        f"members({ports!r}, {certificates()[0]!r})\n"
        "watched(clock.real_now() - MINUTE * 70)\n"
        f"connected('films', 'ticket', start={landing.url!r})\n"
        "answer = [connected('news', 'json'), connected('music', 'sip2')]"
    )
    home.more |= {"KIMPPA_SIP2_PORT": str(free_port())}
    one = World(home, 0, int(home.more["KIMPPA_SIP2_PORT"]), ports, *made)
    for slug in SYSTEMS:
        one.start(slug)
    with served(home) as one.port:
        door = Home(home.path, more=home.more | {"KIMPPA_MODE": "run"}).start("sip2")
        try:
            yield one
        finally:
            door.terminate()
            door.wait(20)
            for slug in list(one.up):
                one.kill(slug)
            landing.end()


@dataclass
class Client:
    """A resident's browser without its eyes, or an e-service's server: counts what it was answered."""

    port: int
    token: str = ""

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        headers = {"Cookie": f"kimppa_csrf={CSRF}; kimppa_patron={self.token}"}
        body = urlencode({"csrfmiddlewaretoken": CSRF, **form}) if form is not None else None
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self._say(method, path, body, headers)[:2]

    def validate(self, key: list[str], number: str) -> str | None:
        headers = {"Authorization": f"Basic {b64encode(':'.join(key).encode()).decode()}"}
        body = json.dumps({"card": number, "pin": PIN})
        status, text, _ = self._say("POST", "/gateway/v1/validate", body, headers)
        assert status == 200, (status, text)
        reason: str | None = json.loads(text)["reason"]
        return reason

    def sign_in(self, system: str, number: str) -> tuple[int, str, str | None]:
        """Status, page and Retry-After; the session is then this client's."""
        form = {"csrfmiddlewaretoken": CSRF, "system": system, "card": number, "pin": PIN, "own": "on"}
        headers = {"Cookie": f"kimppa_csrf={CSRF}", "Content-Type": "application/x-www-form-urlencoded"}
        status, text, told = self._say("POST", "/fi/sign-in/", urlencode(form), headers)
        found = re.search(r"kimppa_patron=([^;]+)", told.get("set-cookie", ""))
        self.token = found[1] if found else ""
        return status, text, told.get("retry-after")

    def _say(self, method, path, body, headers) -> tuple[int, str, dict[str, str]]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            line.request(method, path, body, headers)
            answer = line.getresponse()
            told: dict[str, str] = {}
            for name, value in answer.getheaders():
                told[name.lower()] = f"{told.get(name.lower(), '')}; {value}".removeprefix("; ")
            return answer.status, answer.read().decode(), told
        finally:
            line.close()


def said_by_sip2(port: int, key: list[str], number: str) -> str:
    """`yes`, or the words for the person of a 64."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as talking:
        for frame in (
            messages.Login(*key).frame(),
            messages.PatronQuestion("63", number, PIN, "", None).frame(),
        ):
            talking.sendall(sip2.write(frame, sip2.Dialect(), sequence=0))
            answer = b""
            while not answer.endswith(b"\r"):  # a closed door ends the test, it does not hold it up
                more = talking.recv(4096)
                if not more:
                    raise ConnectionError(f"the door closed after {answer!r}")
                answer += more
    said = answer.decode()
    return "yes" if "BLY" in said and "CQY" in said else said.partition("|AF")[2].partition("|")[0]


@dataclass
class Load:
    """Four threads that never rest: residents open pages and a service, an e-service asks about cards."""

    world: World
    residents: dict[str, list[Client]]
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    opened: Counter[str] = field(default_factory=Counter)
    confirmed: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        for slug in SYSTEMS:
            for work in (self._resident, self._service):
                self._threads.append(threading.Thread(target=self._loop, args=(work, slug)))
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(60)

    def _loop(self, work: Callable[[str, int], None], slug: str) -> None:
        number = 0
        while not self._ended.is_set():
            try:
                work(slug, number)
            except Exception as error:  # noqa: BLE001 (whatever it was, the test tells)
                self.wrong.append(f"{slug}: {error!r}")
            number += 1
            time.sleep(0.05)

    def _resident(self, slug: str, number: int) -> None:
        client = self.residents[slug][number % len(self.residents[slug])]
        for path in ("/fi/me/", "/fi/services/", "/fi/services/films/"):
            status, text = client.ask("GET", path)
            self._heard(slug, status, "/fi/sign-out/" in text, path)
        status, text = client.ask("POST", "/fi/open/films/", {"answer": "yes"})
        if self._heard(slug, status, "ticket=" in text, "open"):
            with self._lock:
                self.opened[slug] += 1

    def _heard(self, slug: str, status: int, signed_in: bool, what: str) -> bool:
        with self._lock:
            self.answers[slug, str(status)] += 1
            if status != 200 or not signed_in:
                self.wrong.append(f"{slug} {what}: {status}, signed in: {signed_in}")
        return status == 200 and signed_in

    def _service(self, slug: str, number: int) -> None:
        asked = card(slug, 20 + number % 20)
        reason = Client(self.world.port).validate(self.world.json_key, asked)
        with self._lock:
            self.answers[slug, f"json {reason or 'ok'}"] += 1
            self.confirmed[slug] += reason is None
            if reason not in {None, DOWN}:
                self.wrong.append(f"{slug} json: {reason}")


def until(what: Callable[[], bool], seconds: float, why: str) -> float:
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if what():
            return time.monotonic() - began
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds} s: {why}")


def browse(page: Page, world: World, slug: str) -> None:
    """Signed in with a card of that system, in a real browser."""
    page.goto(f"http://127.0.0.1:{world.port}/fi/sign-in/")
    page.get_by_label("Kirjastosi").select_option(label=SYSTEMS[slug])
    page.get_by_label("Kirjastokortin numero").fill(card(slug, 1))
    page.get_by_label("PIN-koodi").fill(PIN)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(re.compile(r"/fi/$"))


def is_down(world: World, slug: str) -> bool:
    found = world.region(
        f"answer = LibrarySystem.objects.filter(slug={slug!r}, state__down_since__isnull=False).count()"
    )
    return bool(found)


def incidents(world: World) -> dict[str, list[bool]]:
    """Key → for each incident whether it is closed."""
    return world.region(
        "from kimppa.commons.health.models import Incident\nanswer = {}\n"
        "for row in Incident.objects.order_by('pk'):\n"
        "    answer.setdefault(row.target_id, []).append(row.closed is not None)"
    )


def refused(world: World, slug: str) -> None:
    """A new sign-in: 503, whose system it is, and that the card is fine."""
    status, text, after = Client(world.port).sign_in(slug, card(slug, 3))
    assert status == 503
    assert f"{SYSTEMS[slug]} ei vastaa juuri nyt" in text
    assert after == "120"


def test_two_systems_go_down_and_up_under_load_and_nobody_is_thrown_out(world: World, chromium: Browser):
    residents = {slug: [Client(world.port) for _ in range(4)] for slug in SYSTEMS}
    for slug, clients in residents.items():
        for number, client in enumerate(clients):
            assert client.sign_in(slug, card(slug, 10 + number))[0] == 302
    contexts = {slug: chromium.new_context(locale="fi-FI") for slug in SYSTEMS}
    pages = {slug: context.new_page() for slug, context in contexts.items()}
    for slug, page in pages.items():
        browse(page, world, slug)
    # An hour ago all was well; so health saw it.
    base = "base = clock.real_now().replace(second=0, microsecond=0)\n"
    world.region(f"{base}asked_each_minute(base - MINUTE * 70, 10, 'outi', 'lappi')")
    load = Load(world, residents)
    load.begin()
    try:
        one_down(world, load)
        both_down(world, load, pages)
        assert world.region(f"{base}asked_each_minute(base - MINUTE * 60, 60, 'outi', 'lappi')") is None
        seen_and_told(world, pages["outi"])
        sessions_that_would_have_ended(world, load)
        up_again(world)
    finally:
        load.end()
        for context in contexts.values():
            context.close()
    assert load.wrong == []
    for slug in SYSTEMS:
        assert {status for who, status in load.answers if who == slug} == {"200", "json ok", f"json {DOWN}"}
        assert load.answers[slug, "200"] > 100
    counted(world, load)


def one_down(world: World, load: Load) -> None:
    """Only OUTI: Lapland's cards are asked about as before."""
    world.kill("outi")
    until(lambda: load.answers["outi", f"json {DOWN}"] >= 5, 30, "the e-service hears of it")
    until(lambda: is_down(world, "outi"), 30, "the breaker opens")
    refused(world, "outi")
    assert Client(world.port).sign_in("lappi", card("lappi", 4))[0] == 302
    assert said_by_sip2(world.sip2_port, world.sip2_key, card("lappi", 5)) == "yes"
    assert load.answers["lappi", f"json {DOWN}"] == 0
    assert not is_down(world, "lappi")


def both_down(world: World, load: Load, pages: dict[str, Page]) -> None:
    world.kill("lappi")
    until(lambda: is_down(world, "lappi"), 30, "the breaker opens")
    for slug, page in pages.items():
        refused(world, slug)
        assert "Henkilön kirjastojärjestelmä ei vastannut" in said_by_sip2(
            world.sip2_port, world.sip2_key, card(slug, 6)
        )
        page.goto(f"http://127.0.0.1:{world.port}/fi/")
        assert page.get_by_text(f"{SYSTEMS[slug]} ei vastaa juuri nyt").count() == 1
        page.goto(f"http://127.0.0.1:{world.port}/fi/services/films/")
        page.locator("form[action$='/open/films/'] button").click()
        if page.locator("button[value=yes]").count():
            page.locator("button[value=yes]").click()
        page.wait_for_url(re.compile(r"ticket="))


def seen_and_told(world: World, page: Page) -> None:
    """One incident each, however often the worker looks; the public page says it in words."""
    one_each = {f"library-system:{slug}": [False] for slug in SYSTEMS}
    assert incidents(world) == one_each
    world.region(
        "from kimppa.foundation.core import jobs\n"
        "for number in range(3):\n"
        "    jobs.enqueue('kimppa.commons.health.jobs.watch', {})\n"
        "    jobs.enqueue('kimppa.elibrary.patrons.jobs.probe', {})\n"
        "    jobs.run_pending()"
    )
    assert incidents(world) == one_each
    page.goto(f"http://127.0.0.1:{world.port}/fi/status/")
    words = page.locator("main").inner_text()
    assert "Nämä eivät nyt toimi: Lapin kirjasto, OUTI-kirjastot." in words
    assert words.count("Ei toimi") >= 2


def sessions_that_would_have_ended(world: World, load: Load) -> None:
    """Their hour comes while the system is down: they stay in, by what it last said."""
    told = [client.token for client in load.residents["outi"][:2]]
    world.region(
        "from kimppa.elibrary.patrons.models import PatronSession\n"
        "from kimppa.elibrary.patrons.services import token_hash\n"
        f"mine = [token_hash(one) for one in {told!r}]\n"
        "answer = PatronSession.objects.filter(token_hash__in=mine).update(expires=clock.real_now())"
    )
    time.sleep(1)
    for token in told:
        status, text = Client(world.port, token).ask("GET", "/fi/me/")
        assert status == 200
        assert "/fi/sign-out/" in text
    # They hold by the outage alone; the load goes on with sessions that have not ended.
    load.residents["outi"] = load.residents["outi"][2:]
    time.sleep(0.5)
    world.outlived = told


def up_again(world: World) -> None:
    """New sign-ins within a minute, each system by one single trial; what held by the outage has ended."""
    for slug in SYSTEMS:
        world.start(slug)
    began = time.monotonic()
    for number, slug in enumerate(SYSTEMS):
        client = Client(world.port)
        until(
            lambda c=client, s=slug, n=number: c.sign_in(s, card(s, 7 + n))[0] == 302,
            60 - (time.monotonic() - began),
            f"{slug} takes sign-ins",
        )
    for token in world.outlived:
        assert Client(world.port, token).ask("GET", "/fi/me/")[0] == 302
    world.region(
        "asked_each_minute(clock.real_now().replace(second=0, microsecond=0) + MINUTE, 2, 'outi', 'lappi')"
    )
    assert incidents(world) == {f"library-system:{slug}": [True] for slug in SYSTEMS}


def counted(world: World, load: Load) -> None:
    """The hour stands in the month's figures; sign-ins are those that were, and no more."""
    time.sleep(1.5)  # what the SIP2 door has gathered is written each second
    found = world.region(
        "judged_and_counted(clock.real_now() + MINUTE * 120)\n"
        "from collections import Counter\n"
        "from kimppa.commons.health.models import Day\n"
        "from kimppa.commons.usage.models import Figure\n"
        "down, figures = Counter(), Counter()\n"
        "for row in Day.objects.all():\n"
        "    down[row.target_id] += row.down\n"
        "for row in Figure.objects.all():\n"
        "    figures[f'{row.platform} {row.unit_code} {row.metric}'] += row.value\n"
        "answer = [down, figures]"
    )
    down, figures = found
    codes = {"outi": "564", "lappi": "698"}
    for slug, code in codes.items():
        assert 59 <= down[f"library-system:{slug}"] <= 66
        assert figures[f"news {code} sign-ins"] == load.confirmed[slug]
        # In the load, and once in the browser.
        assert figures[f"films {code} opens"] == load.opened[slug] + 1
        assert figures[f"films {code} sign-ins"] == load.opened[slug] + 1
    assert figures["music 698 sign-ins"] == 1
    assert "music 564 sign-ins" not in figures
