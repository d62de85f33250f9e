"""The web server of an installation, as the supervisor starts it, and a page that an e-service has."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.home import Home, free_port
from tests.needs import ROOT

from kimppa import supervisor


@contextmanager
def served(home: Home, port: int = 0) -> Iterator[int]:
    """The port at which the installation of that home answers, until the block ends."""
    port = port or free_port()
    log = home.path / "server.log"
    with log.open("ab") as out:
        server = subprocess.Popen(
            supervisor.web_server(port).command,
            env=home.environment | {"KIMPPA_MODE": "run"},
            cwd=ROOT,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        for _ in range(240):
            assert server.poll() is None, log.read_text("utf-8")
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
            except (urllib.error.URLError, OSError):
                time.sleep(0.25)
            else:
                break
        yield port
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=20)


class Landing:
    """An e-service's front page: 200 to everybody."""

    def __init__(self) -> None:
        class Page(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<!doctype html><title>films</title>")

            def log_message(self, *args: object) -> None:
                """Nothing to say."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/start"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()
