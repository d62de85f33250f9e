"""Telling of incidents: alerts to the receivers that staff named, messages to those who subscribed.

Everything is put out in the transaction that opened or closed the incident, each thing once a receiver.
Messages to subscribers name nobody in their subject, and are removed when they went.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets as random
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from kimppa.commons.health.models import Alert, Incident, Receiver, Subscriber, Target
from kimppa.foundation.core import clock, http, jobs, secrets
from kimppa.foundation.core.errors import Invalid, KimppaError, Missing, Unavailable
from kimppa.foundation.core.text import LANGUAGES, in_language, noop
from kimppa.foundation.outbox import services as outbox

WEBHOOK_JOB = "kimppa.commons.health.jobs.webhook"
SUBSCRIBERS_JOB = "kimppa.commons.health.jobs.tell_subscribers"
MAIL_JOB = "kimppa.commons.health.jobs.mail"
UNCONFIRMED_KEPT = timedelta(days=3)
ASK_AGAIN_AFTER = timedelta(minutes=10)
WEBHOOK_TIMEOUT = 10.0
MOST_ANSWER_BYTES = 64 * 1024


class BadAddress(Invalid):
    code = "bad-mail-address"
    sentence = noop("“%(address)s” is not an e-mail address. Nothing was sent.")


class NoSuchSubscription(Missing):
    """One answer for unknown and ended ones: it tells a stranger nothing."""

    code = "no-such-subscription"
    sentence = noop("This subscription does not exist any more. You get no messages.")


class WebhookNotTaken(Unavailable):
    code = "webhook-not-taken"
    sentence = noop("%(host)s did not take the alert (status %(status)s).")


def tell(incident: Incident, event: str, now: datetime) -> None:
    """Put out what is to be told of an incident that opened or closed, in the caller's transaction."""
    for receiver in Receiver.objects.filter(active=True).order_by("pk"):
        alert, first = Alert.objects.get_or_create(
            incident=incident, receiver=receiver, event=event, defaults={"created": now}
        )
        if first and receiver.kind == "email":
            _mail_alert(alert, incident, receiver, now)
        elif first:
            jobs.enqueue(WEBHOOK_JOB, {"alert": alert.pk}, unique=f"alert:{alert.pk}", max_attempts=8)
    if incident.target.public and not incident.target.example:
        jobs.enqueue(SUBSCRIBERS_JOB, {"incident": incident.pk, "event": event})


def _mail_alert(alert: Alert, incident: Incident, receiver: Receiver, now: datetime) -> None:
    outbox.send_to_address(
        address=receiver.address,
        template="health-alert",
        params={
            "event": alert.event,
            "name": name_of(incident.target, receiver.language),
            "key": incident.target_id,
            "code": incident.code,
            "opened": as_written(incident.opened),
            "closed": as_written(incident.closed) if incident.closed else "",
        },
        language=receiver.language,
        now=now,
    )
    Alert.objects.filter(pk=alert.pk).update(sent=now)


def name_of(target: Target, language: str) -> str:
    return in_language(language, fi=target.name_fi, sv=target.name_sv, en=target.name_en)


def as_written(moment: datetime) -> str:
    local = moment.astimezone(clock.HELSINKI)
    return f"{local.day}.{local.month}.{local.year} {local:%H.%M}"


def send_webhook(alert_id: int, *, now: datetime, last_attempt: bool) -> bool:
    """Post one alert, called by a job; no transaction is held. Raises WebhookNotTaken, NotReached …

    A receiver may be told the same thing twice where its answer was lost: `id` is the same then.
    """
    alert = (
        Alert.objects.select_related("incident__target", "receiver")
        .filter(pk=alert_id, sent=None, given_up=None, receiver__active=True)
        .first()
    )
    if alert is None:
        return False
    try:
        post(alert.receiver, webhook_body(alert), now)
    except KimppaError as error:
        if last_attempt or not isinstance(error, Unavailable):  # a rule says the same next time
            Alert.objects.filter(pk=alert.pk).update(given_up=now)
        raise
    Alert.objects.filter(pk=alert.pk).update(sent=now)
    return True


def post(receiver: Receiver, body: bytes, now: datetime) -> None:
    """Post a signed body to a webhook. Raises WebhookNotTaken and what core.http raises."""
    url = urlsplit(receiver.address)
    host = url.hostname or ""
    allowed = http.Allowed(
        hosts=frozenset({host}),
        private=receiver.private,
        insecure=receiver.private,
        ports=frozenset({url.port} if url.port else ()),
    )
    stamp = str(int(now.timestamp()))
    signed = {"Kimppa-Timestamp": stamp, "Kimppa-Signature": f"sha256={_sign(receiver, stamp, body)}"}
    answer = http.post(
        receiver.address,
        allowed=allowed,
        content=body,
        media_type="application/json",
        headers=signed,
        timeout=WEBHOOK_TIMEOUT,
        max_bytes=MOST_ANSWER_BYTES,
    )
    if not 200 <= answer.status < 300:
        raise WebhookNotTaken(host=host, status=answer.status)


def webhook_body(alert: Alert) -> bytes:
    """What a program is told: no person, no secret, no address of the target."""
    incident, target = alert.incident, alert.incident.target
    told = {
        "id": f"incident-{incident.pk}-{alert.event}",
        "event": f"incident.{alert.event}",
        "target": {"key": target.key, "kind": target.kind, "name": target.name_fi},
        "opened": incident.opened.isoformat(),
        "closed": incident.closed.isoformat() if incident.closed else None,
        "code": incident.code,
        "example": target.example,
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True).encode()


def _sign(receiver: Receiver, stamp: str, body: bytes) -> str:
    """HMAC-SHA256 of `timestamp.body` by the receiver's own secret."""
    secret = secrets.decrypt(bytes(receiver.secret or b""))
    return hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


# ── subscribers ───────────────────────────────────────────────────────────────────────────────────────
@transaction.atomic
def subscribe(*, address: str, language: str, links: tuple[str, str], now: datetime) -> None:
    """Ask an address whether it wants to hear of incidents; nothing is sent to it before it says yes.

    `links`: how the pages that confirm and end it begin, the token is put behind. The answer is the same
    whether the address subscribes already; a second letter goes out only after a while. Raises BadAddress.
    """
    bare = address.strip().lower()
    try:
        validate_email(bare)
    except ValidationError:
        raise BadAddress(address=address[:100]) from None
    row = Subscriber.objects.select_for_update().filter(address=bare).first()
    if row is not None and (row.confirmed or now - row.asked < ASK_AGAIN_AFTER):
        return
    token = random.token_urlsafe(32)
    values = {
        "language": language if language in LANGUAGES else "fi",
        "token_hash": _hash(token),
        "token": secrets.encrypt(token.encode()),
        "asked": now,
    }
    row, _ = Subscriber.objects.update_or_create(address=bare, defaults=values)
    params: dict[str, str | int] = {
        "confirm": f"{links[0]}{token}/",
        "unsubscribe": f"{links[1]}{token}/",
    }
    _write(row, "status-confirm", params, now)


@transaction.atomic
def confirm(*, token: str, now: datetime) -> None:
    """The second yes. Raises NoSuchSubscription."""
    row = _by_token(token)
    if row.confirmed is None:
        row.confirmed = now
        row.save(update_fields=["confirmed"])


@transaction.atomic
def unsubscribe(*, token: str) -> None:
    """End a subscription: the address is removed. Doing it twice is no mistake."""
    Subscriber.objects.filter(token_hash=_hash(token)).delete()


def knows(token: str) -> bool:
    """Whether a subscription with this token is there."""
    return Subscriber.objects.filter(token_hash=_hash(token)).exists()


def _by_token(token: str) -> Subscriber:
    row = Subscriber.objects.select_for_update().filter(token_hash=_hash(token)).first()
    if row is None:
        raise NoSuchSubscription
    return row


def _hash(token: str) -> str:
    return hashlib.sha256(token[:200].encode("utf-8", "replace")).hexdigest()


def _write(row: Subscriber, template: str, params: dict[str, str | int], now: datetime) -> None:
    outbox.send_to_key(
        opaque_key=f"subscriber:{row.pk}",
        template=template,
        params=params,
        language=row.language,
        job=MAIL_JOB,
        now=now,
    )


def address_of(opaque_key: str) -> str | None:
    """The address behind a message's key; None where it does not subscribe any more."""
    number = opaque_key.partition(":")[2]
    row = Subscriber.objects.filter(pk=int(number)).first() if number.isdigit() else None
    return row.address if row else None


@transaction.atomic
def tell_subscribers(incident_id: int, event: str, *, now: datetime) -> int:
    """Put out the messages of one incident's opening or closing, once; returns how many."""
    incident = Incident.objects.select_for_update().filter(pk=incident_id).first()
    told = f"told_{event}"
    if incident is None or getattr(incident, told):
        return 0
    setattr(incident, told, True)
    incident.save(update_fields=[told])
    rows = list(Subscriber.objects.filter(confirmed__isnull=False).order_by("pk"))
    site = (settings.ENV.public_url or "http://127.0.0.1:8000").rstrip("/")
    for row in rows:
        token = secrets.decrypt(bytes(row.token)).decode()
        params: dict[str, str | int] = {
            "event": event,
            "name": name_of(incident.target, row.language),
            "opened": as_written(incident.opened),
            "closed": as_written(incident.closed) if incident.closed else "",
            "page": f"{site}/{row.language}/status/",
            "unsubscribe": f"{site}/{row.language}/status/unsubscribe/{token}/",
        }
        _write(row, "status-incident", params, now)
    return len(rows)


def forget_unconfirmed(*, now: datetime) -> int:
    """Remove addresses that never said yes within three days."""
    gone, _ = Subscriber.objects.filter(confirmed__isnull=True, asked__lt=now - UNCONFIRMED_KEPT).delete()
    return gone
