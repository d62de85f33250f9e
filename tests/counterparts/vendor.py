"""A vendor's SUSHI server that does as it is told: serves reports, and all that goes wrong in the wild.

Nothing of ours is in it: it reads the query, compares credentials with its own, and answers bytes.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

JSON, HTML = "application/json", "text/html"
CREDENTIALS = {"customer_id": "cid-123456", "requestor_id": "pyytäjä 1&2", "api_key": "avain/+=?"}


@dataclass
class Said:
    """One answer. `slow`: seconds before it; `endless`: the body never ends."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = JSON
    slow: float = 0.0
    endless: bool = False
    then: Callable[[], None] | None = None


@dataclass
class Asked:
    path: str
    query: dict[str, str]


@dataclass
class Vendor:
    """`says` decides by the question; `asked` keeps what came, `most` how many came at the same time."""

    says: Callable[[Asked], Said] = lambda asked: Said(404, b"")
    base: str = ""
    asked: list[Asked] = field(default_factory=list)
    at_once: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, asked: Asked) -> Said:
        told = {key: asked.query.get(key, "") for key in CREDENTIALS}
        if told != CREDENTIALS:
            return exception(2000, 401, "Requestor Not Authorized to Access Service")
        return self.says(asked)


def exception(code: int, status: int, message: str = "told", **headers: str) -> Said:
    told = {"Code": code, "Severity": "Error", "Message": message}
    return Said(
        status, json.dumps(told).encode(), {key.replace("_", "-"): value for key, value in headers.items()}
    )


@contextmanager
def vendor() -> Iterator[Vendor]:
    """A server on loopback until the block ends."""
    here = Vendor()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            asked = Asked(parts.path, query)
            with here.lock:
                here.asked.append(asked)
                here.at_once += 1
                here.most = max(here.most, here.at_once)
            try:
                self._send(here.answer(asked))
            except (BrokenPipeError, ConnectionResetError):
                pass
            finally:
                with here.lock:
                    here.at_once -= 1

        def _send(self, said: Said) -> None:
            time.sleep(said.slow)
            self.send_response(said.status)
            self.send_header("Content-Type", said.media_type)
            for name, value in said.headers.items():
                self.send_header(name, value)
            if not said.endless:
                self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            self.wfile.write(said.body)
            while said.endless:
                self.wfile.write(b" " * 65536)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here.base = f"http://127.0.0.1:{server.server_address[1]}/sushi"
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
