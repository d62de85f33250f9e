"""Telling the receivers of alerts that a certificate soon ends: once a threshold, anew for a new one.

A probe that finds so puts it out in the transaction of its round. Nothing fails by it: a certificate that has
ended fails its probe, and is an incident like any other.
"""

from __future__ import annotations

import json
from datetime import datetime

from kimppa.commons.health import telling
from kimppa.commons.health.asking import Outcome, ProbeKind, Question, Seen
from kimppa.commons.health.models import CertificateNotice, Probe, Receiver
from kimppa.commons.health.rules import certificate_threshold
from kimppa.foundation.core import jobs
from kimppa.foundation.core.errors import KimppaError, Unavailable
from kimppa.foundation.outbox import services as outbox

WEBHOOK_JOB = "kimppa.commons.health.jobs.certificate_webhook"


def warn(question: Question, seen: Seen, *, now: datetime) -> int:
    """Put out what a probe saw of a certificate's end, in the caller's transaction; returns how many hear it.

    Of several thresholds passed at once only the nearest is told. A receiver added later hears the next one.
    """
    days, ends = seen.params.get("days"), seen.params.get("ends")
    if question.kind is not ProbeKind.TLS or seen.outcome is not Outcome.WARN:
        return 0
    if not isinstance(days, int) or not isinstance(ends, str):
        return 0
    threshold = certificate_threshold(days, question.warn_days)
    known = CertificateNotice.objects.filter(probe_id=question.id, ends=datetime.fromisoformat(ends))
    if threshold is None or known.filter(threshold__lte=threshold).exists():
        return 0
    rows = list(Receiver.objects.filter(active=True).order_by("pk"))
    for receiver in rows:
        _put_out(question.id, receiver, datetime.fromisoformat(ends), threshold, now)
    return len(rows)


def _put_out(probe_id: int, receiver: Receiver, ends: datetime, threshold: int, now: datetime) -> None:
    notice, first = CertificateNotice.objects.get_or_create(
        probe_id=probe_id, receiver=receiver, ends=ends, threshold=threshold, defaults={"created": now}
    )
    if first and receiver.kind == "email":
        _mail(notice, receiver, now)
    elif first:
        jobs.enqueue(WEBHOOK_JOB, {"notice": notice.pk}, unique=f"certificate:{notice.pk}", max_attempts=8)


def _mail(notice: CertificateNotice, receiver: Receiver, now: datetime) -> None:
    probe = Probe.objects.select_related("target").get(pk=notice.probe_id)
    outbox.send_to_address(
        address=receiver.address,
        template="health-certificate",
        params={
            "name": telling.name_of(probe.target, receiver.language),
            "key": probe.target_id,
            "address": probe.address,
            "ends": telling.as_written(notice.ends),
        },
        language=receiver.language,
        now=now,
    )
    CertificateNotice.objects.filter(pk=notice.pk).update(sent=now)


def send_webhook(notice_id: int, *, now: datetime, last_attempt: bool) -> bool:
    """Post one notice, called by a job; no transaction is held. Raises as telling.send_webhook."""
    notice = (
        CertificateNotice.objects.select_related("probe__target", "receiver")
        .filter(pk=notice_id, sent=None, given_up=None, receiver__active=True)
        .first()
    )
    if notice is None:
        return False
    try:
        telling.post(notice.receiver, webhook_body(notice), now)
    except KimppaError as error:
        if last_attempt or not isinstance(error, Unavailable):  # a rule says the same next time
            CertificateNotice.objects.filter(pk=notice.pk).update(given_up=now)
        raise
    CertificateNotice.objects.filter(pk=notice.pk).update(sent=now)
    return True


def webhook_body(notice: CertificateNotice) -> bytes:
    """As an incident's: no person, no secret, no address of the target."""
    target = notice.probe.target
    told = {
        "id": f"certificate-{notice.pk}",
        "event": "certificate.ends",
        "target": {"key": target.key, "kind": target.kind, "name": target.name_fi},
        "ends": notice.ends.isoformat(),
        "within_days": notice.threshold,
        "example": target.example,
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
