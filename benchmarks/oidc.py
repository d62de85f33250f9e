"""How much processor time does one sign-on take? (aim: authorisation with a live session 15 ms)

Load: one caller, one process, no network: Django's test client through all middleware, on the demo region in
a home of its own (SQLite). The resident is signed in and has agreed; each authorisation gives a new code, and
each code is then redeemed for an ID token (RS256, 2,048 bits). Warm: 20 of each, then 200 measured ones.
A figure is `time.process_time`, so all threads of this process count, and waiting does not.
Floor: an empty view through the same middleware in the same run; it holds the test client's own share too.
Run: ./kimppa bench oidc
"""

from __future__ import annotations

import base64
import os
import statistics
import sys
import time
import types
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

WARM, ROUNDS = 20, 200
AIM_MS = 15
BACK = "https://films.example/back"
VERIFIER = "v" * 43
Step = Callable[[], object]


def main() -> None:
    os.environ.update(
        KIMPPA_MODE="run",
        KIMPPA_SECRET_KEY="benchmark",  # noqa: S106
        KIMPPA_LOG_LEVEL="WARNING",
        DJANGO_SETTINGS_MODULE="kimppa.settings",
    )
    __import__("kimppa.wsgi")  # loaded as the server loads it
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("demo", quiet=True)
    with_empty_view()
    floor, authorize, redeem = steps()
    measure("floor: an empty view", floor, None)
    measure("authorisation with a live session", authorize, AIM_MS)
    measure("a code for tokens", redeem, None)


def with_empty_view() -> None:
    from django.conf import settings
    from django.http import HttpResponse
    from django.urls import path

    from kimppa import urls

    both = types.ModuleType("kimppa_benchmark_urls")
    both.__dict__["urlpatterns"] = [
        path("gateway/empty", lambda request: HttpResponse("")),
        *urls.urlpatterns,
    ]
    sys.modules[both.__name__] = both
    settings.ROOT_URLCONF = both.__name__


def steps() -> tuple[Step, Step, Step]:
    from django.test import Client

    from kimppa.doors.console.demo import people
    from kimppa.elibrary.access import rules, services
    from kimppa.elibrary.patrons import services as patrons
    from kimppa.foundation.accounts.actors import Operator
    from kimppa.foundation.core import clock

    by, now = Operator("benchmark"), clock.real_now()
    made = services.add_connection(by=by, platform="epress", way=rules.Way.OIDC, name="B", now=now)
    setup = services.Setup(name="B", redirect_uris=(BACK,), rate_per_minute=rules.RATE_MOST)
    services.set_up(by=by, client_id=made.client_id, setup=setup, today=clock.today(), now=now)
    card = people.CARDS[0]
    session = patrons.sign_in(
        system=card.system, card=card.card, pin=people.PIN, now=now, today=clock.today()
    )
    browser, server = Client(), Client()
    browser.cookies["kimppa_patron"] = session.token
    asked = urlencode(
        {
            "response_type": "code",
            "client_id": made.client_id,
            "redirect_uri": BACK,
            "scope": "openid entitled",
            "state": "s",
            "nonce": "n",
            "code_challenge": rules.challenge_of(VERIFIER),
            "code_challenge_method": "S256",
        }
    )
    browser.post(f"/fi/connect/?{asked}", {"answer": "yes"})
    secret = base64.b64encode(f"{made.client_id}:{made.secret}".encode()).decode()
    codes: list[str] = []

    def authorize() -> None:
        answer = browser.get(f"/gateway/authorize?{asked}")
        codes.append(parse_qs(urlsplit(answer["Location"]).query)["code"][0])

    def redeem() -> None:
        told = {
            "grant_type": "authorization_code",
            "code": codes.pop(),
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
        }
        answer = server.post("/gateway/token", told, headers={"Authorization": f"Basic {secret}"})
        assert answer.status_code == 200, answer.content

    return (lambda: browser.get("/gateway/empty")), authorize, redeem


def measure(name: str, step: Step, aim: int | None) -> None:
    for _ in range(WARM):
        step()
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        step()
        taken.append((time.process_time() - began) * 1000)
    taken.sort()
    middle, late = statistics.median(taken), taken[int(len(taken) * 0.95)]
    said = "" if aim is None else f"   aim {aim} ms: {'kept' if middle <= aim else 'MISSED'}"
    print(f"{name:<40}{middle:8.2f} ms{late:10.2f} ms (95 %){said}")


if __name__ == "__main__":
    main()
