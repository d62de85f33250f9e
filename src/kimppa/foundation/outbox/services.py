"""Messages: put one out, deliver it.

A message is a template's name, plain values and a language; its text is made when it is sent. Nothing
of a patron is kept after that, and no value reaches the subject of such a message.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template import Context
from django.template.loader import get_template
from django.utils import translation

from kimppa.foundation.core import jobs
from kimppa.foundation.core.errors import Unavailable
from kimppa.foundation.core.text import LANGUAGES, clean_line, noop
from kimppa.foundation.outbox.models import Message

KEPT = timedelta(days=365)
KEPT_UNSENT_OF_PATRONS = timedelta(days=7)
SEND_JOB = "kimppa.foundation.outbox.jobs.send"


class MailNotSent(Unavailable):
    code = "mail-not-sent"
    sentence = noop("The mail server did not take the message.")


@transaction.atomic
def send_to_address(
    *, address: str, template: str, params: Mapping[str, str | int], language: str, now: datetime
) -> int:
    """Put out a message to an address; returns its id. It is sent once the transaction is committed."""
    message = Message.objects.create(
        address=address,
        template=template,
        params=dict(params),
        language=_known(language),
        created=now,
    )
    jobs.enqueue(SEND_JOB, {"message": message.pk}, unique=f"outbox:{message.pk}", max_attempts=8)
    return message.pk


@transaction.atomic
def send_to_key(
    *,
    opaque_key: str,
    template: str,
    params: Mapping[str, str | int],
    language: str,
    job: str,
    now: datetime,
) -> int:
    """Put out a message to somebody known here only by an opaque key.

    `job` is the dotted name of the caller's own job (argument `message`), which knows how to find the
    address and calls `deliver`.
    """
    message = Message.objects.create(
        opaque_key=opaque_key,
        template=template,
        params=dict(params),
        language=_known(language),
        created=now,
    )
    jobs.enqueue(job, {"message": message.pk}, unique=f"outbox:{message.pk}", max_attempts=8)
    return message.pk


def _known(language: str) -> str:
    return language if language in LANGUAGES else "fi"


def deliver(
    message_id: int,
    *,
    now: datetime,
    last_attempt: bool = False,
    resolve: Callable[[str], str | None] | None = None,
) -> bool:
    """Send one message, called by a job; True if it went. Calls outside: no transaction is held.

    resolve: opaque key → address, or None where that person takes no mail any more; then the message
    is dropped. Raises MailNotSent; after the last attempt the message is given up.
    A mail that went but could not be recorded goes again under the same Message-ID.
    """
    message = Message.objects.filter(pk=message_id, sent=None, given_up=None).first()
    if message is None:
        return False
    address = message.address or (resolve(message.opaque_key) if resolve else None)
    if address is None:
        message.delete()
        return False
    try:
        _mail(message, address).send()
    except (smtplib.SMTPException, OSError) as error:
        if last_attempt:
            _give_up(message, now)
        raise MailNotSent from error
    if message.opaque_key:
        message.delete()
    else:
        Message.objects.filter(pk=message.pk).update(sent=now)
    return True


def _give_up(message: Message, now: datetime) -> None:
    if message.opaque_key:
        message.delete()
    else:
        Message.objects.filter(pk=message.pk).update(given_up=now)


def _mail(message: Message, address: str) -> EmailMessage:
    with translation.override(message.language):
        in_subject = {} if message.opaque_key else dict(message.params)
        subject = _render(f"outbox/{message.template}.subject.txt", in_subject)
        body = _render(f"outbox/{message.template}.txt", dict(message.params))
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ")
    # RFC 8058: mail programs end a subscription with one press.
    ends = message.params.get("unsubscribe", "")
    one_click = {"List-Unsubscribe": f"<{ends}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return EmailMessage(
        subject=clean_line(subject),
        body=body,
        to=[address],
        headers={
            "Message-ID": f"<kimppa-{message.created:%Y%m%d%H%M%S}-{message.pk}@{host}>",
            **(one_click if ends else {}),
        },
    )


def _render(name: str, params: dict[str, str | int]) -> str:
    """A plain text: nothing is escaped for HTML."""
    backend = get_template(name)
    return str(backend.template.render(Context(params, autoescape=False)))  # type: ignore[attr-defined]


def purge(*, now: datetime) -> int:
    """Remove messages that were sent a year ago, and what could not reach a patron within a week."""
    old, _ = Message.objects.filter(opaque_key="", created__lt=now - KEPT).delete()
    unsent, _ = (
        Message.objects.exclude(opaque_key="").filter(created__lt=now - KEPT_UNSENT_OF_PATRONS).delete()
    )
    return old + unsent
