"""A real server with the demo region, and a real browser that complains of what a person would notice."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from tests import needs
from tests.home import Home, model
from tests.needs import ROOT

AXE = (ROOT / "assets/vendor/axe-core/axe.min.js").read_text(encoding="utf-8")
RUN_AXE = """
() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']}).then((found) =>
  found.violations.map((v) => `${v.id}: ${v.nodes.length} × ${v.nodes[0].html.slice(0, 200)}`))
"""
# The frame of a book's part has both; what it could run is stopped by its own policy (docs/decisions/0002).
EXPECTED_WARNING = "allow-scripts and allow-same-origin"
PIN = "1234"
PASSWORD = "kimppa-esimerkki-2022"
CARD = ("Lapin kirjasto", "ESIM 2000 002")


@dataclass
class Site:
    """A running demo: its address, and its home for tasks."""

    url: str
    home: Home


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo region behind granian on loopback, as `run` serves it; loaded once for most journeys."""
    with running(tmp_path_factory.mktemp("journeys") / "home") as one:
        yield one


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    """The demo region in a home of its own, served until the block ends."""
    needs.browser()
    shutil.copytree(model("demo", _with_demo), folder)
    home = Home(folder, more={"KIMPPA_SECRET_KEY": "j" * 50})
    port = _free_port()
    log = home.path / "server.log"
    with log.open("ab") as out:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"),
                *("--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "2"),
                "kimppa.wsgi:application",
            ],
            env=home.environment | {"KIMPPA_MODE": "run"},
            cwd=ROOT,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, server, log)
        yield Site(url, home)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=20)


def _with_demo(home: Home) -> None:
    loaded = home.migrated().task("demo", "--quiet")
    assert loaded.returncode == 0, loaded.stderr


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(120):
        assert server.poll() is None, log.read_text("utf-8")
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2):  # noqa: S310 (our own server)
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    raise AssertionError(log.read_text("utf-8"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=needs.browser(), args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Visitor:
    """A person with a browser. `complaints` are what the console and the network said unasked."""

    site: Site
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str, status: int = 200) -> Page:
        answer = self.page.goto(self.site.url + path)
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"
        return self.page

    def check(self, what: str = "") -> None:
        """No violation of WCAG 2.1 A or AA that axe finds, and nothing wider than the screen."""
        where = what or self.page.url.removeprefix(self.site.url)
        self.page.evaluate(AXE)
        assert self.page.evaluate(RUN_AXE) == [], where
        wider = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, f"{where} is {wider} px wider than the screen"

    def sign_in(self, library: str = CARD[0], card: str = CARD[1], pin: str = PIN) -> None:
        """With a library card, in Finnish, from wherever one is."""
        if "/sign-in/" not in self.page.url:
            self.go("/fi/sign-in/")
        self.page.get_by_label("Kirjastosi").select_option(label=library)
        self.page.get_by_label("Kirjastokortin numero").fill(card)
        self.page.get_by_label("PIN-koodi").fill(pin)
        self.page.locator("main").get_by_role("button", name="Kirjaudu").click()

    def sign_in_staff(self, email: str = "koordinaattori@kimppa.example") -> None:
        """Into the back office with a demo account."""
        self.go("/fi/backoffice/")
        self.page.locator("#id_login").fill(email)
        self.page.locator("#id_password").fill(PASSWORD)
        self.page.locator("main").get_by_role("button", name="Kirjaudu").click()


Open = Callable[..., Visitor]


@pytest.fixture
def visit(site: Site, chromium: Browser) -> Iterator[Open]:
    """`visit(width=360, dark=True, scripts=False, same_as=other)` → a Visitor; complaints fail the test."""
    opened: list[Visitor] = []

    def open_one(
        *, width: int = 1280, dark: bool = False, scripts: bool = True, same_as: Visitor | None = None
    ) -> Visitor:
        context = chromium.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            locale="fi-FI",
            storage_state=same_as.context.storage_state() if same_as else None,
        )
        visitor = Visitor(site, context, context.new_page())
        visitor.page.on("console", lambda said: _note(visitor, said))
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        opened.append(visitor)
        return visitor

    yield open_one
    for visitor in opened:
        visitor.context.close()
    assert [complaint for visitor in opened for complaint in visitor.complaints] == []


def _note(visitor: Visitor, said: ConsoleMessage) -> None:
    expected = EXPECTED_WARNING in said.text or "Failed to load resource" in said.text
    if said.type in {"error", "warning"} and not expected:
        visitor.complaints.append(said.text)
