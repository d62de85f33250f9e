"""A resident opens ten e-services with one sign-in, and each service knows for certain that they may come in.

The services are small servers of their own: five sign in by OpenID Connect (code and PKCE), five take a
signed ticket. What they are given they verify with joserfc by the hub's published keys.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
import urllib.request
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from playwright.sync_api import Browser, Page
from tests.elibrary.patrons.counterparts import Person, Running, certificates, library_system
from tests.home import Home, free_port
from tests.journeys.served import served

pytestmark = pytest.mark.journey
PIN = "1234"
OIDC = ("films", "music", "news", "courses", "comics")
TICKET = ("opera", "chess", "maps", "poems", "trains")


@dataclass
class Services:
    """Ten e-services on one port, each with credentials of its own; `inside` are those who got in."""

    hub: str
    keys: dict[str, list[str]] = field(default_factory=dict)
    inside: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    started: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    url: str = ""

    def begin(self) -> ThreadingHTTPServer:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                slug, step = parts.path.strip("/").split("/")
                given = {name: values[0] for name, values in parse_qs(parts.query).items()}
                status, place, text = outer.answer(slug, step, given)
                self.send_response(status)
                if place:
                    self.send_header("Location", place)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(f"<!doctype html><title>{slug}</title><h1>{text}</h1>".encode())

            def log_message(self, *args: object) -> None:
                """Nothing to say."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def answer(self, slug: str, step: str, given: dict[str, str]) -> tuple[int, str, str]:
        try:
            if slug in OIDC and step == "start":
                return 302, self._authorize(slug), ""
            claims = self._redeemed(slug, given) if slug in OIDC else self._by_ticket(slug, given)
        except (AssertionError, KeyError, OSError) as error:
            return 403, "", f"Not let in: {error!r}"
        self.inside.setdefault(slug, []).append(claims)
        return 200, "", f"Welcome to {slug}"

    def _authorize(self, slug: str) -> str:
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        self.started[state] = (slug, nonce, verifier)
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {"response_type": "code", "client_id": self.keys[slug][0], "scope": "openid entitled"}
        asked |= {"redirect_uri": f"{self.url}/{slug}/back", "state": state, "nonce": nonce}
        asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        return f"{self.hub}/gateway/authorize?{urlencode(asked)}"

    def _redeemed(self, slug: str, given: dict[str, str]) -> dict[str, Any]:
        begun, nonce, verifier = self.started.pop(given["state"])
        assert begun == slug
        form = {"grant_type": "authorization_code", "code": given["code"], "code_verifier": verifier}
        form["redirect_uri"] = f"{self.url}/{slug}/back"
        made = self._post(
            slug, "/gateway/token", urlencode(form).encode(), "application/x-www-form-urlencoded"
        )
        claims = self._verified(made["id_token"], slug)
        assert claims["nonce"] == nonce
        return claims

    def _by_ticket(self, slug: str, given: dict[str, str]) -> dict[str, Any]:
        claims = self._verified(given["ticket"], slug)
        spend = json.dumps({"ticket": given["ticket"]}).encode()
        first, again = (self._post(slug, "/gateway/v1/ticket", spend, "application/json") for _ in range(2))
        assert first["valid"]
        assert first["subject"] == claims["sub"]
        assert not again["valid"]
        return claims

    def _verified(self, token: str, slug: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.hub}/gateway/keys.json", timeout=20) as answer:  # noqa: S310 (ours)
            keys = KeySet.import_key_set(json.load(answer))
        claims = jwt.decode(token, keys, algorithms=["RS256"]).claims
        audience = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.hub},
            aud={"essential": True, "value": self.keys[slug][0]},
            exp={"essential": True},
        )
        audience.validate(claims)
        assert claims["entitled"] is True
        return claims

    def _post(self, slug: str, path: str, body: bytes, media_type: str) -> dict[str, Any]:
        basic = b64encode(":".join(self.keys[slug]).encode()).decode()
        headers = {"Authorization": f"Basic {basic}", "Content-Type": media_type}
        asked = urllib.request.Request(f"{self.hub}{path}", body, headers)  # noqa: S310 (ours)
        with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310 (ours)
            said: dict[str, Any] = json.load(answer)
            return said


@dataclass
class World:
    home: Home
    url: str
    services: Services
    library: Running


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    more = {"KIMPPA_SECRET_KEY": "j" * 50, "KIMPPA_PUBLIC_URL": url}
    home = Home(tmp_path_factory.mktemp("ten") / "home", more=more).migrated()
    services = Services(url)
    server = services.begin()
    cards = {"OUTI0000001": Person(PIN), "LAPPI00001": Person(PIN, home="Rovaniemi")}
    with library_system(cards) as library:
        told = {"PORT": library.port, "CA": certificates()[0], "URL": services.url}
        told |= {"OIDC": OIDC, "TICKET": TICKET}
        services.keys = home.ask("".join(f"{name} = {value!r}\n" for name, value in told.items()) + MAKE)
        with served(home, port):
            yield World(home, url, services, library)
    server.shutdown()
    server.server_close()


MAKE = """
from tests.journeys.region import *
members(dict(outi=PORT, lappi=PORT), CA)
answer = {}
for slug in OIDC:
    answer[slug] = connected(slug, "oidc", start=f"{URL}/{slug}/start", back=f"{URL}/{slug}/back")
for slug in TICKET:
    answer[slug] = connected(slug, "ticket", start=f"{URL}/{slug}/start")
"""


def sign_in(page: Page, world: World, library: str, card: str) -> None:
    page.goto(f"{world.url}/fi/sign-in/")
    page.get_by_label("Kirjastosi").select_option(label=library)
    page.get_by_label("Kirjastokortin numero").fill(card)
    page.get_by_label("PIN-koodi").fill(PIN)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(re.compile(r"/fi/$"))


def open_one(page: Page, world: World, slug: str) -> bool:
    """From the service's page to inside the service; whether the resident was asked to agree."""
    page.goto(f"{world.url}/fi/services/{slug}/")
    page.locator(f"form[action$='/open/{slug}/'] button").click()
    agree, inside = page.locator("button[value=yes]"), page.get_by_text(f"Welcome to {slug}")
    agree.or_(inside).wait_for()
    asked = agree.count() > 0
    if asked:
        agree.click()
        inside.wait_for()
    return asked


def figures(world: World) -> dict[str, int]:
    """Platform, municipality, what and how → how many, over all months."""
    found: dict[str, int] = world.home.ask(
        "from collections import Counter\nfrom kimppa.commons.usage.models import Figure\n"
        "answer = Counter()\n"
        "for row in Figure.objects.all():\n"
        "    answer[f'{row.platform} {row.unit_code} {row.metric} {row.kind}'] += row.value"
    )
    return found


def test_ten_services_open_with_one_sign_in_and_each_is_counted_once(world: World, chromium: Browser):
    context = chromium.new_context(locale="fi-FI")
    page = context.new_page()
    try:
        sign_in(page, world, "OUTI-kirjastot", "OUTI0000001")
        for slug in (*OIDC, *TICKET):
            assert open_one(page, world, slug), f"{slug} asks once what it is told"
        assert world.library.asked == [("OUTI0000001", PIN)]
        people = {slug: [one["sub"] for one in came] for slug, came in world.services.inside.items()}
        assert {slug: len(came) for slug, came in people.items()} == dict.fromkeys((*OIDC, *TICKET), 1)
        # Ten names for one person: no two services can put together what they know.
        assert len({came[0] for came in people.values()}) == 10
        expected = {f"{slug} 564 {what} oidc": 1 for slug in OIDC for what in ("opens", "sign-ins")}
        expected |= {f"{slug} 564 {what} ticket": 1 for slug in TICKET for what in ("opens", "sign-ins")}
        assert figures(world) == expected
        # Again: not asked anew, known by the same name, and counted as the second opening that it is.
        for slug in ("films", "opera"):
            assert not open_one(page, world, slug)
            first, second = world.services.inside[slug]
            assert first["sub"] == second["sub"]
            assert figures(world)[f"{slug} 564 opens {'oidc' if slug == 'films' else 'ticket'}"] == 2
        assert world.library.asked == [("OUTI0000001", PIN)]
    finally:
        context.close()


def test_it_works_without_scripts(world: World, chromium: Browser):
    context = chromium.new_context(locale="fi-FI", java_script_enabled=False)
    page = context.new_page()
    try:
        sign_in(page, world, "Lapin kirjasto", "LAPPI00001")
        for slug in ("comics", "trains"):
            open_one(page, world, slug)
        found = figures(world)
        assert found["comics 698 opens oidc"] == found["comics 698 sign-ins oidc"] == 1
        assert found["trains 698 opens ticket"] == found["trains 698 sign-ins ticket"] == 1
    finally:
        context.close()
