"""`./kimppa serve` as in production: its own processes, two hosts, both databases, and what it refuses."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from tests import needs
from tests.home import Home, free_port
from tests.needs import ROOT

pytestmark = pytest.mark.slow
PORTAL, OFFICE = "a.localhost", "b.localhost"
SETTINGS = {
    "KIMPPA_SECRET_KEY": "s" * 50,
    "KIMPPA_ALLOWED_HOSTS": f"{PORTAL},{OFFICE}",
    "KIMPPA_BACKOFFICE_HOST": OFFICE,
    "KIMPPA_PUBLIC_URL": f"https://{PORTAL}",
    "KIMPPA_METRICS_TOKEN": "t" * 40,
    "KIMPPA_TRUSTED_PROXIES": "1",
}
COUNTED = """
from kimppa.commons.members.models import Municipality
from kimppa.consortium.invoicing.models import Invoice
from kimppa.elibrary.catalog.models import Publication
from kimppa.foundation.accounts.models import User
answer = [model.objects.count() for model in (Municipality, Invoice, Publication, User)]
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """SQLite in the home, or an empty PostgreSQL database."""
    if request.param == "sqlite":
        yield ""
        return
    base, name = needs.postgres(), f"kimppa_serve_{uuid.uuid4().hex[:10]}"
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield urlunsplit(urlsplit(base)._replace(path=f"/{name}"))
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def command(*words: str) -> list[str]:
    return [sys.executable, str(ROOT / "kimppa"), *words]


def environment(home: Home) -> dict[str, str]:
    told = {name: value for name, value in home.environment.items() if name != "KIMPPA_MODE"}
    return told | SETTINGS


def kimppa(home: Home, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words), env=environment(home), capture_output=True, text=True, timeout=180, check=False
    )


@contextmanager
def served(home: Home) -> Iterator[int]:
    """The port where it answers; ended by SIGTERM, cleanly."""
    port = free_port()
    process = subprocess.Popen(
        command("serve", "--port", str(port)),
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        assert first.startswith("Kimppa is at "), process.stderr.read()
        yield port
        process.terminate()
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


def lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def ask(port: int, host: str, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """As the proxy in front asks: by the host's name, having ended TLS."""
    told = {"Host": host, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1", **headers}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=told)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect())
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, lower(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, lower(error.headers), error.read().decode()


def test_production_from_the_first_key_to_the_first_coordinator(url: str, tmp_path: Path) -> None:
    home = Home(tmp_path / "home", url)
    refused = kimppa(home, "serve", "--port", str(free_port()))
    assert refused.returncode == 1
    assert "./kimppa keys makes the first" in refused.stderr
    assert kimppa(home, "keys").returncode == 0
    invited = kimppa(home, "invite", "--email", "k@example.org", "--name", "K", "--role", "coordinator")
    assert invited.returncode == 0, invited.stderr
    link = re.match(rf"https://{re.escape(OFFICE)}(/fi/backoffice/\S+)\n", invited.stdout)
    assert link is not None, invited.stdout
    with served(home) as port:
        for host in (PORTAL, OFFICE):
            assert ask(port, host, "/healthz")[0] == 200
        status, _, body = ask(port, PORTAL, "/readyz")
        assert (status, json.loads(body)) == (
            200,
            {"ready": True, "database": True, "keys": True, "jobs": True},
        )
        assert ask(port, PORTAL, "/metrics")[0] == 404
        status, _, body = ask(port, PORTAL, "/metrics", Authorization=f"Bearer {'t' * 40}")
        assert status == 200
        assert "kimppa_jobs" in body
        status, headers, body = ask(port, PORTAL, "/fi/")
        assert status == 200
        assert headers["strict-transport-security"].startswith("max-age=31536000")
        assert ask(port, PORTAL, "/fi/backoffice/")[0] == 404
        assert ask(port, OFFICE, "/fi/")[0] == 404
        assert ask(port, "c.localhost", "/fi/")[0] == 400
        status, headers, _ = ask(port, OFFICE, "/fi/backoffice/")
        assert status == 302
        assert headers["location"].startswith("/fi/backoffice/account/sign-in/")
        assert ask(port, OFFICE, headers["location"])[0] == 200
        assert ask(port, PORTAL, link[1])[0] == 404
        status, headers, body = ask(port, OFFICE, link[1])
        assert status == 200
        assert "csrfmiddlewaretoken" in body
        cookies = headers["set-cookie"]
        assert "Secure" in cookies
        style = re.search(r'href="(/static/[^"]+\.css[^"]*)"', body)
        assert style is not None
        assert ask(port, OFFICE, style[1])[0] == 200


def test_a_demo_comes_back_from_its_backup_and_run_shows_it_but_serve_refuses_it(tmp_path: Path) -> None:
    old = Home(tmp_path / "old").migrated()
    loaded = kimppa(old, "demo", "--quiet")
    assert loaded.returncode == 0, loaded.stderr
    counted = old.ask(COUNTED)
    archive = tmp_path / "demo.kimppa"
    made = kimppa(old, "backup", str(archive))
    assert made.returncode == 0, made.stderr

    new = Home(tmp_path / "new")
    new.path.mkdir()
    shutil.copytree(old.path / "keys", new.path / "keys")
    restored = kimppa(new, "restore", str(archive))
    assert restored.returncode == 0, restored.stderr
    assert kimppa(new, "reindex").returncode == 0
    found = kimppa(new, "search", "kalevala", "--json")
    assert json.loads(found.stdout)["count"] > 0

    refused = kimppa(new, "serve", "--port", str(free_port()))
    assert refused.returncode == 1
    assert "lives in another time (a demo's clock offset)" in refused.stderr
    assert "Demo accounts are active" in refused.stderr

    port = free_port()
    told = {name: value for name, value in environment(new).items() if name not in SETTINGS}
    process = subprocess.Popen(
        command("run", "--port", str(port)),
        env=told,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        # The file of sign-ins is no part of a backup: the demo is looked through, and nothing is added.
        assert any(line.startswith("Kimppa is at ") for line in iter(process.stdout.readline, ""))
        status, _, body = ask(port, "127.0.0.1", "/fi/search/?q=kalevala")
        assert status == 200
        assert "Kalevala" in body
        assert new.ask(COUNTED) == counted
        process.terminate()
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
