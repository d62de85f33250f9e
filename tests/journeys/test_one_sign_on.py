"""An e-service by somebody else's library, over TLS, and a real browser between the two."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import Browser, Page
from tests.counterparts.node import Program
from tests.elibrary.access.conftest import CARD, PIN, STRANGER
from tests.home import Home, free_port
from tests.needs import ROOT

pytestmark = pytest.mark.journey
MAKE = """
from tests.elibrary.access.conftest import connect, make_films
from kimppa.elibrary.access.rules import Way
from kimppa.commons.platforms import services as platforms
from tests.elibrary.access.conftest import BY, NOW
make_films()
platforms.define_platform(by=BY, slug="music", name="Music", contents=[], now=NOW)
platforms.take_into_use(by=BY, slug="music", valid_from=None, now=NOW)
platforms.entitle(by=BY, slug="music", valid_from=None, now=NOW)
made = [connect(Way.OIDC, back=BACK), connect(Way.OIDC, platform="music", back=BACK), connect(Way.TICKET)]
answer = [[one.client_id, one.secret] for one in made]
"""


@dataclass
class Hub:
    """A hub that serves over TLS, and the secrets of its connections."""

    url: str
    authority: Path
    home: Home
    films: tuple[str, str]
    music: tuple[str, str]
    back: str

    def service(self, who: tuple[str, str]) -> Program:
        told = {"ISSUER": self.url, "CLIENT_ID": who[0], "CLIENT_SECRET": who[1], "REDIRECT_URI": self.back}
        return Program("e-service", "service.mjs", told | {"NODE_EXTRA_CA_CERTS": str(self.authority)})


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of this run for loopback, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "tls.pem", folder / "tls.key"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return cert, private


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("hub")
    port = free_port()
    url = f"https://localhost:{port}"
    home = Home(folder / "home", more={"KIMPPA_SECRET_KEY": "j" * 50, "KIMPPA_PUBLIC_URL": url}).migrated()
    cert, private = certificate(folder)
    landing = Landing(cert, private)
    films, music, _ticket = home.ask(f"BACK = {landing.back!r}\n{MAKE}")
    tls = ["--ssl-certificate", str(cert), "--ssl-keyfile", str(private)]
    log = folder / "server.log"
    with log.open("ab") as out:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--workers", "1"),
                *("--host", "127.0.0.1", "--port", str(port), "--blocking-threads", "2", *tls),
                "kimppa.wsgi:application",
            ],
            env=home.environment | {"KIMPPA_MODE": "run"},
            cwd=ROOT,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        _wait_for(url, cert, server, log)
        yield Hub(url, cert, home, tuple(films), tuple(music), landing.back)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=20)
        landing.end()


class Landing:
    """Where the e-service's own pages would be: says 200 to everything, over TLS."""

    def __init__(self, cert: Path, private: Path) -> None:
        class Page200(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<!doctype html><title>films</title>")

            def log_message(self, format: str, *args: object) -> None:
                """Nothing to say."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Page200)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(cert, private)
        self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.back = f"https://localhost:{self.server.server_address[1]}/back"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def _wait_for(url: str, cert: Path, server: subprocess.Popen[bytes], log: Path) -> None:
    trusted = ssl.create_default_context(cafile=str(cert))
    for _ in range(120):
        assert server.poll() is None, log.read_text("utf-8")
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2, context=trusted):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    raise AssertionError(log.read_text("utf-8"))


@pytest.fixture
def films(hub: Hub) -> Iterator[Program]:
    program = hub.service(hub.films)
    program.do("discover")
    yield program
    program.end()


@pytest.fixture
def music(hub: Hub) -> Iterator[Program]:
    program = hub.service(hub.music)
    program.do("discover")
    yield program
    program.end()


@dataclass
class Sitter:
    """Somebody at a browser."""

    page: Page
    landing: str

    def go(self, url: str) -> None:
        self.page.goto(url)

    def sign_in(self, card: str = CARD, library: str = "outi") -> None:
        self.page.get_by_label("Kirjastosi").select_option(label=library)
        self.page.get_by_label("Kirjastokortin numero").fill(card)
        self.page.get_by_label("PIN-koodi").fill(PIN)
        self.page.locator("main form button[type=submit]").first.click()

    def agree(self) -> None:
        self.page.locator("button[value=yes]").click()

    def back(self) -> str:
        """The address by which the e-service got them back."""
        self.page.wait_for_url(f"{self.landing}**")
        return self.page.url


@pytest.fixture
def sitter(hub: Hub, chromium: Browser) -> Iterator[Sitter]:
    context = chromium.new_context(ignore_https_errors=True, locale="fi-FI")
    yield Sitter(context.new_page(), hub.back)
    context.close()


def test_one_sign_in_opens_two_services_that_know_the_resident_by_two_names(films, music, sitter):
    first = films.do("start")
    sitter.go(first["url"])
    sitter.sign_in()
    sitter.agree()
    told = films.do("finish", url=sitter.back(), state=first["state"])
    assert told["claims"]["entitled"] is True
    assert told["told"] == {"sub": told["claims"]["sub"], "entitled": True, "age_group": "unknown"}
    again = films.do("start", prompt="none")
    sitter.go(again["url"])
    silent = films.do("finish", url=sitter.back(), state=again["state"])
    assert silent["claims"]["sub"] == told["claims"]["sub"]
    second = music.do("start")
    sitter.go(second["url"])
    sitter.agree()
    other = music.do("finish", url=sitter.back(), state=second["state"])
    assert other["claims"]["sub"] != told["claims"]["sub"]
    assert not {"name", "email", "given_name"} & set(other["claims"])


def test_after_a_first_agreement_the_sign_in_form_itself_leads_all_the_way_back(films, sitter):
    """A form's way to another site is stopped by our own policy, unless a page of ours goes on."""
    for _ in range(2):
        started = films.do("start")
        sitter.go(started["url"])
        sitter.sign_in()
        if sitter.page.locator("button[value=yes]").count():
            sitter.agree()
        assert films.do("finish", url=sitter.back(), state=started["state"])["claims"]["sub"]
        sitter.page.context.clear_cookies()


def test_a_new_sign_in_is_made_where_the_service_asks_for_one(films, sitter):
    started = films.do("start")
    sitter.go(started["url"])
    sitter.sign_in()
    if sitter.page.locator("button[value=yes]").count():
        sitter.agree()
    earlier = films.do("finish", url=sitter.back(), state=started["state"])["claims"]["auth_time"]
    time.sleep(1.1)
    fresh = films.do("start", prompt="login", max_age=1)
    sitter.go(fresh["url"])
    sitter.sign_in()
    later = films.do("finish", url=sitter.back(), state=fresh["state"])["claims"]["auth_time"]
    assert later > earlier


def test_replay_wrong_verifier_and_anothers_code_are_refused_and_the_token_ends(films, music, sitter):
    started = films.do("start")
    sitter.go(started["url"])
    sitter.sign_in()
    if sitter.page.locator("button[value=yes]").count():
        sitter.agree()
    url = sitter.back()
    told = films.do("finish", url=url, state=started["state"])
    assert films.ask("finish", url=url, state=started["state"])["error"] == "invalid_grant"
    ended = films.ask("userinfo", token=told["access_token"], sub=told["claims"]["sub"])
    assert "ok" not in ended
    wrong = films.do("start")
    sitter.go(wrong["url"])
    answer = films.ask("finish", url=sitter.back(), state=wrong["state"], verifier="x" * 43)
    assert answer["error"] == "invalid_grant"
    mixed, theirs = films.do("start"), music.do("start")
    sitter.go(mixed["url"])
    code = parse_qs(urlsplit(sitter.back()).query)["code"][0]
    issuer = re.match(r"https://[^/]+", mixed["url"])[0]
    stolen = f"{sitter.landing}?code={code}&state={theirs['state']}&iss={issuer}"
    assert music.ask("finish", url=stolen, state=theirs["state"])["error"] == "invalid_grant"


def test_who_may_not_reads_why_and_the_service_hears_access_denied(films, sitter):
    started = films.do("start")
    sitter.go(started["url"])
    sitter.sign_in(STRANGER, "lapin-kirjasto")
    assert sitter.page.locator("h1").inner_text()
    sitter.page.locator("button[value=no]").click()
    answer = films.ask("finish", url=sitter.back(), state=started["state"])
    assert answer["error"] == "access_denied"


def test_keys_change_under_a_running_service_and_nobody_notices(hub, films, sitter):
    rotate = """
from datetime import timedelta
from kimppa.elibrary.access import services
from kimppa.elibrary.access.models import SigningKey
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.core import clock
kid = services.rotate_keys(by=Operator("test"), now=clock.real_now())
SigningKey.objects.filter(kid=kid).update(signs_from=clock.real_now())
answer = kid
"""
    started = films.do("start")
    sitter.go(started["url"])
    sitter.sign_in()
    if sitter.page.locator("button[value=yes]").count():
        sitter.agree()
    before = films.do("finish", url=sitter.back(), state=started["state"])
    new = hub.home.ask(rotate)
    again = films.do("start")
    sitter.go(again["url"])
    after = films.do("finish", url=sitter.back(), state=again["state"])
    assert after["claims"]["sub"] == before["claims"]["sub"]
    trusted = ssl.create_default_context(cafile=str(hub.authority))
    with urllib.request.urlopen(f"{hub.url}/gateway/keys.json", context=trusted) as answer:  # noqa: S310
        kids = {key["kid"] for key in json.load(answer)["keys"]}
    assert new in kids
    assert len(kids) == 2


def test_leaving_one_service_ends_the_session_here(films, sitter):
    started = films.do("start")
    sitter.go(started["url"])
    sitter.sign_in()
    if sitter.page.locator("button[value=yes]").count():
        sitter.agree()
    told = films.do("finish", url=sitter.back(), state=started["state"])
    sitter.go(films.do("leave", id_token=told["id_token"])["url"])
    silent = films.do("start", prompt="none")
    sitter.go(silent["url"])
    assert films.ask("finish", url=sitter.back(), state=silent["state"])["error"] == "login_required"
