"""Messages: in three languages, sent after the commit, and nothing of a patron is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.template import engines
from pytest_django import Settings

from kimppa.foundation.core import jobs
from kimppa.foundation.core.models import Job
from kimppa.foundation.outbox import services
from kimppa.foundation.outbox.models import Message

NOW = datetime(2022, 11, 15, 9, tzinfo=UTC)
JOB = "tests.foundation.outbox.sample.jobs.deliver"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _templates(settings: Settings, tmp_path: Path) -> Iterator[None]:
    folder = tmp_path / "templates" / "outbox"
    folder.mkdir(parents=True)
    (folder / "due.subject.txt").write_text("{% load i18n %}{% translate 'Yes' %} {{ title }}\n")
    (folder / "due.txt").write_text("{{ title }} & {% load i18n %}{% translate 'Yes' %}\n")
    told = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path / "templates")]}]
    told[0]["OPTIONS"] = {}
    settings.TEMPLATES = told
    yield
    engines._engines.clear() if hasattr(engines, "_engines") else None


def to_address(language: str = "fi", title: str = "Lasku <1>") -> int:
    return services.send_to_address(
        address="talous@example.fi", template="due", params={"title": title}, language=language, now=NOW
    )


@pytest.mark.parametrize(
    ("language", "word"), [("fi", "Kyllä"), ("sv", "Ja"), ("en", "Yes"), ("de", "Kyllä")]
)
def test_a_message_is_written_in_its_language_and_not_escaped(language: str, word: str) -> None:
    to_address(language)
    jobs.run_pending()
    (sent,) = mail.outbox
    assert (sent.subject, sent.body) == (f"{word} Lasku <1>", f"Lasku <1> & {word}\n")
    assert sent.to == ["talous@example.fi"]
    assert Message.objects.get().sent is not None


def test_a_message_goes_once_under_one_message_id() -> None:
    number = to_address()
    jobs.run_pending()
    assert services.deliver(number, now=NOW) is False
    assert len(mail.outbox) == 1
    assert mail.outbox[0].extra_headers["Message-ID"] == f"<kimppa-20221115090000-{number}@localhost>"


def test_a_line_break_in_a_value_adds_no_header() -> None:
    to_address(title="a\r\nBcc: evil@example.com")
    jobs.run_pending()
    assert mail.outbox[0].subject == "Kyllä a Bcc: evil@example.com"


def to_patron() -> int:
    return services.send_to_key(
        opaque_key="k" * 64,
        template="due",
        params={"title": "Punainen viiva"},
        language="fi",
        job=JOB,
        now=NOW,
    )


def test_a_patrons_message_names_no_title_in_its_subject_and_is_gone_when_sent() -> None:
    to_patron()
    assert jobs.run_pending() == 1
    (sent,) = mail.outbox
    assert sent.subject == "Kyllä"
    assert "Punainen viiva" in sent.body
    assert sent.to == ["kkkk@example.fi"]
    assert Message.objects.count() == 0
    assert "Punainen" not in str(Job.objects.get().arguments)


def test_a_patron_who_takes_no_mail_any_more_gets_none_and_nothing_is_kept() -> None:
    number = to_patron()
    assert services.deliver(number, now=NOW, resolve=lambda key: None) is False
    assert mail.outbox == []
    assert Message.objects.count() == 0


def test_a_mail_server_that_refuses_is_asked_again_and_given_up_in_the_end(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    number = to_address()
    with pytest.raises(services.MailNotSent):
        services.deliver(number, now=NOW)
    assert Message.objects.get().given_up is None
    with pytest.raises(services.MailNotSent):
        services.deliver(number, now=NOW, last_attempt=True)
    assert Message.objects.get().given_up == NOW
    patron = to_patron()
    with pytest.raises(services.MailNotSent):
        services.deliver(patron, now=NOW, last_attempt=True, resolve=lambda key: "a@example.fi")
    assert not Message.objects.filter(pk=patron).exists()


def test_the_database_keeps_one_way_of_naming_the_recipient() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(template="due", language="fi", created=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(template="due", language="fi", created=NOW, opaque_key="k", sent=NOW)


def test_old_messages_are_purged() -> None:
    to_address()
    to_patron()
    assert services.purge(now=NOW + timedelta(days=7)) == 0
    assert services.purge(now=NOW + timedelta(days=8)) == 1
    assert services.purge(now=NOW + timedelta(days=366)) == 1
