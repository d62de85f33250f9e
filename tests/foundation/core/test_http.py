"""core.http against a real server on loopback, and everything that it must refuse."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kimppa.foundation.core import http


class Handler(BaseHTTPRequestHandler):
    seen: list[tuple[str, str, dict[str, str], bytes]] = []

    def _note(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        Handler.seen.append((self.command, self.path, headers, body))

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self._note()
        match self.path.split("?")[0]:
            case "/ok":
                self._answer(200, b"hyvin menee", Content_Type="text/plain")
            case "/big":
                self._answer(200, b"x" * 5000)
            case "/endless":
                self.send_response(200)
                self.end_headers()
                try:
                    while True:
                        self.wfile.write(b"x" * 1000)
                except OSError:
                    pass
            case "/gzip":
                self._answer(200, b"\x1f\x8b", Content_Encoding="gzip")
            case "/inside":
                self._answer(302, Location="/ok?from=inside")
            case "/outside":
                self._answer(302, Location="http://elsewhere.example/ok")
            case "/metadata":
                self._answer(302, Location="http://169.254.169.254/latest")
            case "/circle":
                self._answer(302, Location="/circle")
            case "/silent":
                threading.Event().wait(2)
            case _:
                self._answer(404, b"no")

    def do_POST(self) -> None:
        self._note()
        match self.path:
            case "/see-other":
                self._answer(303, Location="/ok")
            case "/moved":
                self._answer(302, Location="/ok")
            case _:
                self._answer(201, b"kept")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[int]:
    Handler.seen = []
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running.server_address[1]
    running.shutdown()
    running.server_close()


def here(port: int) -> http.Allowed:
    return http.Allowed(
        hosts=frozenset({"127.0.0.1", "localhost"}), private=True, insecure=True, ports=frozenset({port})
    )


def test_an_allowed_loopback_server_is_read(server: int) -> None:
    answer = http.get(f"http://127.0.0.1:{server}/ok?x=1", allowed=here(server), headers={"X-Own": "1"})
    assert (answer.status, answer.content) == (200, b"hyvin menee")
    assert answer.headers["content-type"] == "text/plain"
    (method, path, headers, _), *_ = Handler.seen
    assert (method, path, headers["host"]) == ("GET", "/ok?x=1", f"127.0.0.1:{server}")
    assert headers["x-own"] == "1"


def test_a_post_arrives_whole_and_an_error_status_is_an_answer(server: int) -> None:
    answer = http.post(
        f"http://127.0.0.1:{server}/in", allowed=here(server), content=b"<a/>", media_type="text/xml"
    )
    assert (answer.status, answer.content) == (201, b"kept")
    assert Handler.seen[0][3] == b"<a/>"
    assert http.get(f"http://127.0.0.1:{server}/none", allowed=here(server)).status == 404


@pytest.mark.parametrize("path", ["/big", "/endless"])
def test_an_answer_beyond_the_limit_is_refused_while_it_streams(server: int, path: str) -> None:
    with pytest.raises(http.AnswerTooLarge):
        http.get(f"http://127.0.0.1:{server}{path}", allowed=here(server), max_bytes=4999)


def test_a_compressed_answer_is_refused(server: int) -> None:
    with pytest.raises(http.AnswerEncoded):
        http.get(f"http://127.0.0.1:{server}/gzip", allowed=here(server))


def test_a_silent_server_ends_with_not_reached(server: int) -> None:
    with pytest.raises(http.NotReached):
        http.get(f"http://127.0.0.1:{server}/silent", allowed=here(server), timeout=0.3)


def test_redirects_inside_are_followed_and_outside_refused(server: int) -> None:
    assert http.get(f"http://127.0.0.1:{server}/inside", allowed=here(server)).content == b"hyvin menee"
    for path in ("/outside", "/metadata"):
        with pytest.raises(http.AddressRefused):
            http.get(f"http://127.0.0.1:{server}{path}", allowed=here(server))
    with pytest.raises(http.RedirectRefused):
        http.get(f"http://127.0.0.1:{server}/circle", allowed=here(server))


def test_a_post_is_not_sent_a_second_time_by_a_redirect(server: int) -> None:
    with pytest.raises(http.RedirectRefused):
        http.post(
            f"http://127.0.0.1:{server}/moved", allowed=here(server), content=b"a", media_type="text/plain"
        )
    assert [seen[0] for seen in Handler.seen] == ["POST"]
    answer = http.post(
        f"http://127.0.0.1:{server}/see-other", allowed=here(server), content=b"a", media_type="text/plain"
    )
    assert answer.content == b"hyvin menee"
    assert Handler.seen[-1][0] == "GET"
    assert Handler.seen[-1][3] == b""


def test_proxies_of_the_environment_are_not_used(server: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert http.get(f"http://127.0.0.1:{server}/ok", allowed=here(server)).status == 200


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/",
        "http://example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://user:pw@example.org/",
        "https://example.org:22/",
        "https://example.org:99999/",
        "https://evilexample.org/",
        "https:///nothing",
    ],
)
def test_what_the_allow_list_does_not_name_is_refused_before_any_look_up(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_look_up(*_: object, **__: object) -> object:
        raise AssertionError("looked up")

    monkeypatch.setattr(socket, "getaddrinfo", no_look_up)
    with pytest.raises(http.AddressRefused):
        http.get(url, allowed=http.Allowed(hosts=frozenset({"example.org"})))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.9",
        "169.254.169.254",
        "0.0.0.0",  # noqa: S104
        "100.64.0.1",
        "224.0.0.1",
        "::1",
        "fe80::1",
        "fc00::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
    ],
)
def test_a_public_name_that_leads_to_a_private_address_is_refused(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))
    answers = [public, (family, socket.SOCK_STREAM, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
    with pytest.raises(http.AddressRefused):
        http.get("https://example.org/", allowed=http.Allowed(hosts=frozenset({"example.org"})))


def test_link_local_is_refused_even_where_private_addresses_are_meant() -> None:
    with pytest.raises(http.AddressRefused):
        http.get(
            "http://169.254.169.254/",
            allowed=http.Allowed(hosts=frozenset({"169.254.169.254"}), private=True, insecure=True),
        )


def test_a_name_is_looked_up_once_so_that_it_cannot_be_bound_anew(
    server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[str] = []
    real = socket.getaddrinfo

    def first_here_then_elsewhere(host: str, port: int, *rest: object, **more: object) -> object:
        if host == "library.example":
            looked_up.append(host)
            address = "127.0.0.1" if len(looked_up) == 1 else "127.0.0.2"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]
        return real(host, port, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", first_here_then_elsewhere)
    allowed = http.Allowed(
        hosts=frozenset({"library.example"}), private=True, insecure=True, ports=frozenset({server})
    )
    assert http.get(f"http://library.example:{server}/ok", allowed=allowed).status == 200
    assert looked_up == ["library.example"]
    assert Handler.seen[0][2]["host"] == f"library.example:{server}"
