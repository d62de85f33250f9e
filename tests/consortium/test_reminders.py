"""Reminders by person and kind, once a deadline; the calendar by its secret address."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from tests.consortium.conftest import BY, NOW

from kimppa.commons.members.models import RoleAssignment
from kimppa.consortium.agreements import reminders
from kimppa.consortium.agreements.deadlines import Kind
from kimppa.consortium.agreements.models import ReminderSent
from kimppa.doors.console.demo import governance
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import clock
from kimppa.foundation.core.jobs import run_pending
from kimppa.foundation.outbox.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_money")]


def user(role: str) -> User:
    made = User.objects.create(
        email=f"{role}@example.org",
        name=role,
        language="sv",
        is_demo=True,
        date_joined=datetime(2022, 1, 1, tzinfo=UTC),
    )
    RoleAssignment.objects.create(user=made, role=role, scope_kind="consortium")
    return made


@pytest.fixture
def contracts() -> None:
    governance.load(by=BY, now=NOW)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 6, 30, tzinfo=UTC)


def test_who_may_sign_is_reminded_once_of_each_deadline(contracts: None) -> None:
    coordinator = user("coordinator")
    user("director")  # may see, and is not reminded without asking
    user("library-staff")
    assert reminders.remind_all(now=at(date(2022, 10, 30))) == 0  # 31 days before
    assert reminders.remind_all(now=at(date(2022, 10, 31))) == 1
    assert reminders.remind_all(now=at(date(2022, 10, 31))) == 0
    assert reminders.remind_all(now=at(date(2022, 11, 1))) == 0
    message = Message.objects.get()
    assert message.address == coordinator.email
    assert message.params["number"] == "ESIMERKKI/22/2021"
    assert (message.params["kind"], message.params["day"], message.params["left"]) == (
        "notice",
        "30.11.2022",
        30,
    )
    run_pending()
    message.refresh_from_db()
    assert message.sent is not None


def test_each_chooses_own_kinds_and_days(contracts: None) -> None:
    director = user("director")
    reminders.choose(by=director, wanted={Kind.RENEWAL: 90, Kind.NOTICE: 0, Kind.END: 9999}, now=NOW)
    chosen = reminders.choices_of(director, now=NOW)
    assert (chosen[Kind.RENEWAL], chosen[Kind.NOTICE], chosen[Kind.END]) == (90, 0, 365)
    assert reminders.remind_all(now=NOW) == 1
    assert ReminderSent.objects.get().kind == "renewal"


def test_who_lost_the_role_or_the_account_is_reminded_no_more(contracts: None) -> None:
    gone, closed = user("coordinator"), user("responsible-person")
    gone.roles.update(valid_to=date(2022, 10, 1))
    User.objects.filter(pk=closed.pk).update(is_active=False)
    assert reminders.remind_all(now=NOW) == 0


def test_a_calendar_answers_by_its_newest_address_only(contracts: None) -> None:
    clock.set_offset(NOW - clock.real_now() + timedelta(seconds=1))
    coordinator = user("coordinator")
    client = Client()
    client.force_login(coordinator)
    assert client.get("/en/backoffice/agreements/reminders/").status_code == 200
    old = reminders.new_calendar(by=coordinator, now=NOW)
    shown = client.post("/en/backoffice/agreements/calendar/").content.decode()
    address = shown[shown.index("http://testserver/calendar/") + 17 :].split('"', 1)[0]
    stranger = Client()
    response = stranger.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    text = response.content.decode().replace("\r\n ", "")
    assert text.count("BEGIN:VEVENT") == 4
    assert "DTSTART;VALUE=DATE:20221130" in text
    assert "ESIMERKKI/22/2021" in text
    assert old not in text
    assert stranger.get(f"/calendar/{old}.ics").status_code == 404
    assert stranger.get("/calendar/x.ics").status_code == 404
    coordinator.roles.update(valid_to=date(2022, 1, 1))
    assert stranger.get(address).status_code == 404


def test_the_page_saves_and_refuses_what_is_no_number_of_days(contracts: None) -> None:
    client = Client()
    client.force_login(user("coordinator"))
    path = "/en/backoffice/agreements/reminders/"
    told = {"notice": "14", "option": "14", "renewal": "0", "end": "30"}
    assert client.post(path, told | {"notice": "-1"}).status_code == 422
    assert client.post(path, told).status_code == 302
    assert 'value="14"' in client.get(path).content.decode()
    assert client.get("/en/backoffice/agreements/calendar/").status_code == 405
