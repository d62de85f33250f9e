"""Cities' identity providers to sign in at: npm `oidc-provider`, and one that does wrong as it is told to.

Both speak TLS by the certificates of tests.elibrary.patrons.counterparts, on loopback.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from tests.counterparts.node import Program
from tests.elibrary.patrons.counterparts import certificates, server_context

CLIENT = ("kimppa", "kaupungin salaisuus /:+%")
RETURN = "http://testserver/sign-in/return"
STAFF_RETURN = "http://testserver/backoffice/sign-in/return"


@dataclass
class City:
    """npm `oidc-provider`: whoever comes is `person`, without being asked."""

    program: Program
    issuer: str

    def person(self, sub: str, **claims: object) -> None:
        self.program.do("person", sub=sub, **claims)

    def refuse(self) -> None:
        self.program.do("refuse")


@contextmanager
def city(*, algorithm: str = "RS256") -> Iterator[City]:
    """A city that runs until the block ends."""
    pem = certificates()[1].decode()
    told = {"KEY": pem, "CERT": pem, "CLIENT_ID": CLIENT[0], "CLIENT_SECRET": CLIENT[1], "ALG": algorithm}
    program = Program("city", "city.mjs", told | {"REDIRECT_URIS": f"{RETURN} {STAFF_RETURN}"})
    try:
        yield City(program, str(program.do("where")))
    finally:
        program.end()


def through(address: str, *, back: str = RETURN) -> dict[str, str]:
    """What a browser does at the city, until it is sent back to us: the query that it brings."""
    with httpx.Client(verify=_trusting(), trust_env=False, timeout=10) as browser:
        for _ in range(10):
            answer = browser.get(address)
            assert answer.status_code in {302, 303}, (answer.status_code, answer.text[-600:])
            address = str(answer.next_request.url) if answer.next_request else ""
            if address.startswith(back):
                return dict(parse_qsl(urlsplit(address).query))
    raise AssertionError("never sent back")


def _trusting() -> Any:
    import ssl

    return ssl.create_default_context(cadata=certificates()[0])


@dataclass
class Faulty:
    """A provider made by hand. `fault` says what it does wrong; everything else about it is right."""

    fault: str = ""
    issuer: str = ""
    sub: str = "matti"
    nonce: str = ""
    asked: list[str] = field(default_factory=list)
    claims: dict[str, object] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}))
    signing: RSAKey | None = None

    def go(self, address: str) -> dict[str, str]:
        """What the browser brings back at once from the authorisation address."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        self.nonce = query["nonce"]
        return {"code": "code-1", "state": query["state"]}

    def discovery(self) -> dict[str, object]:
        told: dict[str, object] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
        }
        wrong: dict[str, dict[str, object]] = {
            "issuer of discovery": {"issuer": "https://other.example.fi"},
            "endpoint elsewhere": {"token_endpoint": "https://elsewhere.example.fi/token"},
            "endpoint plain": {"token_endpoint": self.issuer.replace("https", "http") + "/token"},
            "plain pkce only": {"code_challenge_methods_supported": ["plain"]},
            "implicit only": {"response_types_supported": ["id_token"]},
            "tells iss": {"authorization_response_iss_parameter_supported": True},
        }
        return told | wrong.get(self.fault, {})

    def token(self) -> str:
        now = int(time.time())
        said: dict[str, Any] = {
            "iss": self.issuer,
            "sub": self.sub,
            "aud": CLIENT[0],
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            **self.claims,
        }
        said |= {
            "wrong aud": {"aud": "somebody-else"},
            "two auds": {"aud": [CLIENT[0], "somebody-else"]},
            "wrong azp": {"aud": [CLIENT[0], "else"], "azp": "else"},
            "wrong nonce": {"nonce": "another"},
            "no nonce": {"nonce": None},
            "expired": {"exp": now - 61, "iat": now - 400},
            "no exp": {"exp": None},
            "endless exp": {"exp": "9999999999"},
            "of the future": {"iat": now + 120},
            "other issuer": {"iss": "https://other.example.fi"},
            "no sub": {"sub": ""},
            "sub of numbers": {"sub": 7},
        }.get(self.fault, {})
        key = self.signing or self.key
        head = {"alg": "RS256", "kid": key.kid}
        if self.fault == "alg none":
            return f"{_part({'alg': 'none'})}.{_part(said)}."
        if self.fault == "alg HS256":
            return self._by_public_key(said)
        if self.fault == "unknown kid":
            return jwt.encode({**head, "kid": "third"}, said, key, algorithms=["RS256"])
        if self.fault == "other key":
            other = RSAKey.generate_key(2048, {"kid": "first"})
            return jwt.encode(head, said, other, algorithms=["RS256"])
        return jwt.encode(head, said, key, algorithms=["RS256"])

    def _by_public_key(self, said: dict[str, Any]) -> str:
        """The old trick: our own verifying key taken for a shared secret."""
        import hashlib
        import hmac

        plain = f"{_part({'alg': 'HS256', 'kid': 'first'})}.{_part(said)}"
        made = hmac.digest(self.key.as_pem(private=False), plain.encode(), hashlib.sha256)
        return f"{plain}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"

    def keys(self) -> dict[str, object]:
        shown = [(self.signing or self.key).as_dict(private=False)]
        also = ECKey.generate_key("P-384", {"kid": "other"}).as_dict(private=False)
        return {"keys": [also, {"kty": "oct", "k": "c2FsYWlzdXVz"}, "nonsense", *shown]}


def _part(said: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


@contextmanager
def faulty(fault: str = "") -> Iterator[Faulty]:
    """A hand-made provider that runs until the block ends."""
    made = Faulty(fault)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            if self.path.endswith("/openid-configuration"):
                self._discovery()
            elif self.path == "/keys":
                self._json(made.keys())
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            made.asked.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if made.fault == "token hangs":
                time.sleep(4)
            answer: dict[str, object] = {"access_token": "a", "token_type": "Bearer", "expires_in": 60}
            if made.fault != "no id token":
                answer["id_token"] = made.token()
            self._json(answer)

        def _discovery(self) -> None:
            if made.fault == "redirects inside":
                self.send_response(302)
                self.send_header("Location", "https://169.254.169.254/latest/meta-data")
                self.end_headers()
            elif made.fault == "hangs":
                time.sleep(4)
            elif made.fault == "endless":
                self._endless()
            elif made.fault == "not json":
                self._send(b"<html>")
            elif made.fault == "broken":
                self.send_error(500)
            else:
                self._json(made.discovery())

        def _endless(self) -> None:
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b" " * 65_536)
            except OSError:
                return

        def _json(self, told: dict[str, object]) -> None:
            self._send(json.dumps(told).encode())

        def _send(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    server.socket = server_context().wrap_socket(server.socket, server_side=True)
    made.issuer = f"https://localhost:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
