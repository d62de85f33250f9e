"""Whoever receives the alerts hears in time that a certificate ends, once a threshold; nobody else does."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core import mail

from kimppa.commons.health import certificates, office_queries, rounds, services
from kimppa.commons.health.asking import Outcome, ProbeKind, Seen
from kimppa.commons.health.models import Alert, CertificateNotice, Incident, Probe
from kimppa.commons.health.rules import certificate_threshold
from kimppa.commons.health.services import ProbeSettings, TargetSettings, Words
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.core import jobs
from kimppa.foundation.core.http import AddressRefused

NOW = datetime(2026, 3, 2, 10, 15, 5, tzinfo=UTC)
ENDS = datetime(2026, 3, 22, 10, tzinfo=UTC)
KEY = "other:ovi"
BY = Operator("test")


def watched() -> None:
    told = TargetSettings(names=Words("Ovi", "Dörren"), public=True, watched=True)
    services.add_target(by=BY, key=KEY, told=told, now=NOW)
    probe = ProbeSettings(kind=ProbeKind.TLS, address="ovi.example:443", warn_days=21)
    services.add_probe(by=BY, key=KEY, told=probe, now=NOW)


def receiver(kind: str = "email", address: str = "paivystys@kimppa.example", **more: object) -> str:
    told = {"language": "sv", "now": NOW, **more}
    return services.add_receiver(by=BY, kind=kind, address=address, **told)  # type: ignore[arg-type]


def see(days: int, *, ends: datetime = ENDS, outcome: Outcome = Outcome.WARN) -> None:
    """A round at which the certificate has so many days left."""
    now = ends - timedelta(days=days, hours=1)
    question = rounds.question_of(Probe.objects.get())
    params = {"days": days, "ends": ends.isoformat()}
    code = {Outcome.WARN: "certificate-ends", Outcome.OK: "", Outcome.FAIL: "certificate-ended"}[outcome]
    rounds.put(rounds.Round(KEY, (question,)), [Seen(outcome, 5, code, params)], now=now)


@pytest.mark.parametrize(
    ("days", "warn", "threshold"),
    [(21, 21, None), (20, 21, 21), (7, 21, 21), (6, 21, 7), (1, 21, 7), (0, 21, 1), (4, 5, 5), (5, 5, None)],
)
def test_the_nearest_threshold_is_the_one_that_is_told(days, warn, threshold):
    assert certificate_threshold(days, warn) == threshold


@pytest.mark.django_db
def test_each_threshold_is_told_once_by_mail_and_no_incident_opens():
    watched()
    receiver()
    for days in (22, 20, 20, 19, 8, 6, 6, 2, 0, 0):
        see(days, outcome=Outcome.OK if days > 20 else Outcome.WARN)
    jobs.run_pending()
    assert list(CertificateNotice.objects.order_by("pk").values_list("threshold", flat=True)) == [21, 7, 1]
    assert [letter.to for letter in mail.outbox] == [["paivystys@kimppa.example"]] * 3
    assert mail.outbox[0].subject == "Ett certifikat går snart ut: Dörren"
    assert "ovi.example:443" in mail.outbox[0].body
    assert "22.3.2026 12.00" in mail.outbox[0].body
    assert not Incident.objects.exists()
    assert not Alert.objects.exists()
    assert office_queries.receivers()[0].sent == 3


@pytest.mark.django_db
def test_seen_late_only_the_nearest_is_told_and_a_new_certificate_begins_anew():
    watched()
    receiver()
    see(3)
    later = ENDS + timedelta(days=90)
    see(80, ends=later, outcome=Outcome.OK)
    see(20, ends=later)
    assert list(CertificateNotice.objects.order_by("pk").values_list("ends", "threshold")) == [
        (ENDS, 7),
        (later, 21),
    ]


@pytest.mark.django_db
def test_what_has_failed_is_an_incident_and_no_warning_and_nobody_hears_without_receivers():
    watched()
    see(5)
    receiver()
    see(0, outcome=Outcome.FAIL)
    assert not CertificateNotice.objects.exists()


@pytest.mark.django_db
def test_asking_by_hand_tells_nobody():
    watched()
    receiver()
    services.try_probe(by=BY, probe_id=Probe.objects.get().pk, now=NOW)
    assert not CertificateNotice.objects.exists()


@pytest.fixture
def program() -> Iterator[ThreadingHTTPServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.heard.append((dict(self.headers), body))
            self.send_response(self.server.status)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.status, server.heard = 200, []
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.django_db
def test_a_program_hears_it_signed_and_once(program):
    watched()
    address = f"http://127.0.0.1:{program.server_address[1]}/"
    secret = receiver("webhook", address, private=True)
    see(20)
    see(19)
    jobs.run_pending()
    ((headers, body),) = program.heard
    stamp = headers["Kimppa-Timestamp"]
    sign = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["Kimppa-Signature"] == f"sha256={sign}"
    notice = CertificateNotice.objects.get()
    assert json.loads(body) == {
        "id": f"certificate-{notice.pk}",
        "event": "certificate.ends",
        "target": {"key": KEY, "kind": "other", "name": "Ovi"},
        "ends": "2026-03-22T10:00:00+00:00",
        "within_days": 21,
        "example": False,
    }
    assert "ovi.example" not in body.decode()
    assert notice.sent is not None
    assert certificates.send_webhook(notice.pk, now=NOW, last_attempt=True) is False


@pytest.mark.django_db
def test_a_program_inside_is_not_told_unless_it_is_meant():
    watched()
    receiver("webhook", "https://127.0.0.1:9/")
    see(20)
    notice = CertificateNotice.objects.get()
    with pytest.raises(AddressRefused):
        certificates.send_webhook(notice.pk, now=NOW, last_attempt=False)
    notice.refresh_from_db()
    assert (notice.sent, notice.given_up) == (None, NOW)
