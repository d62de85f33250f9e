"""Rounds of probes from the job on: real servers, one worker at a time, alerts that arrive signed."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connection

from kimppa.commons.health import office_queries, rounds, sealing, services, telling, watching
from kimppa.commons.health.asking import ProbeKind
from kimppa.commons.health.models import Alert, Incident, Minute, Probe, Target
from kimppa.commons.health.passive import report
from kimppa.commons.health.services import ProbeSettings, TargetSettings, Words
from kimppa.commons.platforms.models import Platform
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.core import jobs, secrets
from kimppa.foundation.core.models import Job

BY = Operator("test")
KEY = "platform:ellibs"
NOW = datetime(2026, 3, 2, 10, 0, 3, tzinfo=UTC)


class Service(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked += 1  # type: ignore[attr-defined]
        self._answer()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((dict(self.headers), body))  # type: ignore[attr-defined]
        self._answer()

    def _answer(self) -> None:
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def service() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    server.status, server.asked, server.heard = 200, 0, []  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def address(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}/"


def watch(*addresses: str) -> None:
    told = TargetSettings(names=Words("Ellibs"), public=True, watched=True, every_minutes=5)
    Platform.objects.get_or_create(slug="ellibs", defaults={"name": "Ellibs"})
    services.add_target(by=BY, key=KEY, told=told, now=NOW)
    for one in addresses:
        probe = ProbeSettings(kind=ProbeKind.HTTP, address=one, private=True)
        services.add_probe(by=BY, key=KEY, told=probe, now=NOW)


def run(at: datetime) -> int:
    return rounds.run_due(now=at, clock=lambda: at)


@pytest.mark.django_db
def test_a_target_is_asked_when_it_is_due_and_a_round_is_one_observation(
    service: ThreadingHTTPServer,
) -> None:
    watch(address(service), address(service))
    assert run(NOW) == 1
    assert run(NOW + timedelta(minutes=4)) == 0
    assert run(NOW + timedelta(minutes=5)) == 1
    assert service.asked == 4  # type: ignore[attr-defined]
    assert list(Minute.objects.order_by("at").values_list("good", "bad")) == [(1, 0), (1, 0)]
    assert {row.outcome for row in office_queries.probes(KEY)} == {"ok"}


@pytest.mark.django_db
def test_a_round_fails_when_one_of_its_questions_fails_and_two_such_rounds_are_an_incident(
    service: ThreadingHTTPServer,
) -> None:
    watch(address(service), "http://127.0.0.1:9/")
    for number in range(2):
        run(NOW + timedelta(minutes=5 * number))
    incident = Incident.objects.get()
    assert (incident.target_id, incident.code) == (KEY, "not-reached")
    Probe.objects.filter(address="http://127.0.0.1:9/").update(active=False)
    for number in range(2, 4):
        run(NOW + timedelta(minutes=5 * number))
    incident.refresh_from_db()
    assert incident.closed is not None


@pytest.mark.django_db
def test_a_target_in_one_workers_hands_is_not_asked_by_another_until_its_lease_runs_out(
    service: ThreadingHTTPServer,
) -> None:
    watch(address(service))
    assert rounds.take(KEY, now=NOW) is not None
    assert rounds.take(KEY, now=NOW) is None
    assert run(NOW + timedelta(minutes=1)) == 0
    assert rounds.take(KEY, now=NOW + rounds.LEASE) is not None  # that worker was killed


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_one_asks(service: ThreadingHTTPServer) -> None:
    watch(address(service))
    gate, asked, mistakes = threading.Barrier(4), list[int](), list[Exception]()

    def work() -> None:
        try:
            gate.wait()
            asked.append(run(NOW))
        except Exception as error:  # noqa: BLE001 (whatever it is)
            mistakes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert mistakes == []
    assert sum(asked) == 1
    assert service.asked == 1  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_a_target_without_probes_or_unwatched_is_never_due(service: ThreadingHTTPServer) -> None:
    watch()
    assert Target.objects.get().due is None
    services.add_probe(
        by=BY,
        key=KEY,
        told=ProbeSettings(kind=ProbeKind.HTTP, address=address(service), private=True),
        now=NOW,
    )
    off = TargetSettings(names=Words("Ellibs"), public=True, watched=False)
    services.change_target(by=BY, key=KEY, told=off, now=NOW)
    assert run(NOW + timedelta(hours=1)) == 0


def open_incident() -> None:
    for number in range(2):
        at = NOW + timedelta(minutes=number)
        report(key=KEY, ok=False, took_ms=1, code="not-reached", now=at)
        watching.judge(now=at)


@pytest.mark.django_db
def test_a_webhook_is_signed_tells_no_secret_and_is_sent_once(service: ThreadingHTTPServer) -> None:
    watch()
    secret = services.add_receiver(
        by=BY, kind="webhook", address=address(service), language="fi", private=True, now=NOW
    )
    open_incident()
    watching.judge(now=NOW + timedelta(minutes=1))
    jobs.run_pending()
    ((headers, body),) = service.heard  # type: ignore[attr-defined]
    stamp = headers["Kimppa-Timestamp"].encode()
    wanted = hmac.new(secret.encode(), stamp + b"." + body, hashlib.sha256).hexdigest()
    assert headers["Kimppa-Signature"] == f"sha256={wanted}"
    told = json.loads(body)
    assert (told["event"], told["target"]["key"], told["code"]) == ("incident.opened", KEY, "not-reached")
    assert telling.send_webhook(Alert.objects.get().pk, now=NOW, last_attempt=False) is False


@pytest.mark.django_db
def test_a_webhook_that_is_not_taken_is_tried_again_and_given_up_at_last(
    service: ThreadingHTTPServer,
) -> None:
    watch()
    service.status = 500  # type: ignore[attr-defined]
    services.add_receiver(
        by=BY, kind="webhook", address=address(service), language="fi", private=True, now=NOW
    )
    open_incident()
    jobs.run_pending()
    waiting = Job.objects.get(name="kimppa.commons.health.jobs.webhook")
    assert (waiting.status, waiting.attempt, waiting.error_code) == ("ready", 1, "webhook-not-taken")
    with pytest.raises(telling.WebhookNotTaken):
        telling.send_webhook(Alert.objects.get().pk, now=NOW, last_attempt=True)
    assert Alert.objects.get().given_up == NOW


@pytest.mark.django_db
def test_a_webhook_to_the_inside_is_refused_unless_it_is_meant(service: ThreadingHTTPServer) -> None:
    watch()
    services.add_receiver(by=BY, kind="webhook", address="https://127.0.0.1/", language="fi", now=NOW)
    open_incident()
    jobs.run_pending()
    job = Job.objects.get(name="kimppa.commons.health.jobs.webhook")
    assert (job.status, job.error_code) == ("failed", "address-refused")
    assert Alert.objects.get().given_up is not None
    assert service.heard == []  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_secrets_are_sealed_anew_with_a_new_key() -> None:
    watch()
    told = ProbeSettings(
        kind=ProbeKind.SIP2, address="sip.example:6001", login="kimppa", secret="s3cret", active=False
    )
    services.add_probe(by=BY, key=KEY, told=told, now=NOW)
    assert sealing.seal_anew() == 0
    secrets.add_key("secrets")
    assert sealing.seal_anew() == 1
    secrets.drop_old_keys("secrets")
    assert secrets.decrypt(bytes(Probe.objects.get().secret or b"")) == b"s3cret"
