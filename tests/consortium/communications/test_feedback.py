"""Feedback waits at most 14 days, is answered once, and leaves no address behind."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.test import Client

from kimppa.commons.members.models import RoleAssignment
from kimppa.commons.members.permissions import NotYours
from kimppa.consortium.communications import queries, services
from kimppa.consortium.communications.models import Feedback
from kimppa.consortium.communications.rules import AlreadyAnswered, BadFeedback, Subject, TooMuchFeedback
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.accounts.models import AuditEntry, User
from kimppa.foundation.core import jobs

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 11, 15, 22, 30, tzinfo=UTC)  # already the 16th in Finland
BY = Operator("test")


def write(text: str = "Ei toimi.", email: str = "", now: datetime = NOW) -> int:
    return services.receive_feedback(
        subject=Subject.ACCESSIBILITY, text=text, email=email, page="/fi/", language="fi", now=now
    )


def member_of_staff(role: str) -> User:
    user = User.objects.create(email=f"{role}@example.org", name=role, is_demo=True, date_joined=NOW)
    RoleAssignment.objects.create(user=user, role=role, scope_kind="consortium", scope_code="")
    return user


def test_the_last_day_for_an_answer_is_the_fourteenth_after_the_finnish_day_of_arrival() -> None:
    write()
    row = queries.open_feedback()[0]
    assert row.due == date(2022, 11, 30)
    assert not row.late(date(2022, 11, 30))
    assert row.late(date(2022, 12, 1))


def test_an_answer_goes_by_mail_in_the_residents_language_and_the_address_is_forgotten() -> None:
    number = write("Lukija ei lue otsikoita.", email="asukas@example.org")
    with pytest.raises(NotYours):
        services.answer_feedback(by=member_of_staff("finance"), feedback_id=number, text="Kiitos", now=NOW)
    assert Feedback.objects.get().email == "asukas@example.org"
    services.answer_feedback(
        by=member_of_staff("responsible-person"), feedback_id=number, text="Korjattu <b>nyt</b>.", now=NOW
    )
    row = Feedback.objects.get()
    assert (row.email, row.answer) == ("", "Korjattu <b>nyt</b>.")
    entry = AuditEntry.objects.get(act="communications.answer_feedback")
    assert "asukas" not in f"{entry.before}{entry.after}{entry.label}"
    jobs.run_pending()
    sent = mail.outbox[0]
    assert sent.to == ["asukas@example.org"]
    assert "Korjattu <b>nyt</b>." in sent.body
    assert "Lukija ei lue otsikoita." in sent.body
    with pytest.raises(AlreadyAnswered):
        services.answer_feedback(by=BY, feedback_id=number, text="Uudelleen", now=NOW)
    assert len(mail.outbox) == 1


def test_an_answer_without_an_address_sends_nothing() -> None:
    services.answer_feedback(by=BY, feedback_id=write(), text="Kiitos", now=NOW)
    jobs.run_pending()
    assert mail.outbox == []


@pytest.mark.parametrize("text", ["", "   \n", "x" * 5_001])
def test_nothing_and_too_much_is_not_kept(text: str) -> None:
    with pytest.raises(BadFeedback):
        write(text)
    assert not Feedback.objects.exists()


def test_a_flood_is_stopped_and_what_came_before_is_kept() -> None:
    for _ in range(100):
        write()
    with pytest.raises(TooMuchFeedback):
        write()
    assert Feedback.objects.count() == 100
    write(now=NOW + timedelta(minutes=61))


def test_answered_feedback_goes_after_a_year_and_waiting_feedback_stays() -> None:
    answered = write()
    write("odottaa")
    services.answer_feedback(by=BY, feedback_id=answered, text="Kiitos", now=NOW)
    assert services.purge_feedback(now=NOW + timedelta(days=365)) == 0
    assert services.purge_feedback(now=NOW + timedelta(days=366)) == 1
    assert Feedback.objects.get().text == "odottaa"


def test_the_queue_is_open_to_those_who_answer_and_to_nobody_else() -> None:
    number = write("Kuva ilman tekstiä", email="a@example.org")
    client = Client()
    client.force_login(member_of_staff("library-staff"))
    assert client.get("/en/backoffice/feedback/").status_code == 403
    assert client.post(f"/en/backoffice/feedback/{number}/", {"text": "x"}).status_code == 403
    client.force_login(member_of_staff("coordinator"))
    page = client.get("/en/backoffice/feedback/").content.decode()
    assert "Kuva ilman tekstiä" in page
    assert "a@example.org" not in page
    done = client.post(f"/en/backoffice/feedback/{number}/", {"text": "Korjataan."})
    assert (done.status_code, done["Location"]) == (302, "/en/backoffice/feedback/")
    again = client.post(f"/en/backoffice/feedback/{number}/", {"text": "Korjataan."})
    assert again.status_code == 409
