"""Incidents open and close by themselves, once, and everybody who should hears of it once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection

from kimppa.commons.health import queries, services, telling, watching
from kimppa.commons.health.models import Alert, Incident, Maintenance, Subscriber, Target
from kimppa.commons.health.passive import report
from kimppa.commons.health.rules import Standing
from kimppa.commons.health.services import TargetSettings, Words
from kimppa.commons.platforms.models import Platform
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.accounts.models import AuditEntry
from kimppa.foundation.core import jobs
from kimppa.foundation.outbox.models import Message

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 10, 15, 5, tzinfo=UTC)
KEY = "platform:ellibs"
BY = Operator("test")
LINKS = ("https://kimppa.example/fi/status/confirm/", "https://kimppa.example/fi/status/unsubscribe/")


def minute(number: int) -> datetime:
    return NOW + timedelta(minutes=number)


def see(pattern: str, *, start: int = 0, key: str = KEY) -> None:
    for number, one in enumerate(pattern, start=start):
        report(key=key, ok=one == "S", took_ms=5, code="" if one == "S" else "hangs", now=minute(number))
        watching.judge(now=minute(number))


def watched() -> None:
    told = TargetSettings(names=Words("Ellibs"), public=True, watched=True)
    Platform.objects.get_or_create(slug="ellibs", defaults={"name": "Ellibs"})
    services.add_target(by=BY, key=KEY, told=told, now=NOW)


def test_one_failure_is_trouble_two_are_an_incident_and_two_successes_close_it():
    watched()
    see("SSF")
    assert queries.standing(minute(2)) == {KEY: Standing.TROUBLE}
    assert queries.open_incidents(minute(2)) == ()
    see("F", start=3)
    (row,) = queries.open_incidents(minute(3))
    assert (row.key, row.name("sv"), row.code, row.opened) == (KEY, "Ellibs", "hangs", minute(3))
    assert queries.standing(minute(3)) == {KEY: Standing.DOWN}
    see("S", start=4)
    assert len(queries.open_incidents(minute(4))) == 1
    see("S", start=5)
    assert queries.open_incidents(minute(5)) == ()
    assert queries.standing(minute(5)) == {KEY: Standing.WORKS}
    assert Incident.objects.get().closed == minute(5)


def test_judging_again_changes_nothing():
    watched()
    see("SFF")
    for _ in range(3):
        assert watching.judge(now=minute(2)) == 0
    assert Incident.objects.count() == 1


def test_in_announced_maintenance_no_incident_opens_and_after_it_one_does():
    watched()
    services.announce_maintenance(
        by=BY, keys=[KEY], starts=minute(1), ends=minute(10), text=Words("Päivitys"), now=NOW
    )
    see("SFFF")
    assert Incident.objects.count() == 0
    assert queries.standing(minute(3)) == {KEY: Standing.MAINTENANCE}
    see("F", start=11)
    assert Incident.objects.count() == 1


def test_a_target_that_is_not_watched_opens_nothing():
    watched()
    services.change_target(
        by=BY, key=KEY, told=TargetSettings(names=Words("E"), public=True, watched=False), now=NOW
    )
    see("SFFF")
    assert Incident.objects.count() == 0


def test_words_of_staff_and_a_closing_note_stay_with_the_incident():
    watched()
    see("SFF")
    incident = Incident.objects.get()
    services.update_incident(
        by=BY, incident_id=incident.pk, text=Words("Selvitämme.", "Vi utreder."), now=minute(3)
    )
    services.update_incident(
        by=BY, incident_id=incident.pk, text=Words("Korjattu."), close=True, now=minute(4)
    )
    incident.refresh_from_db()
    assert incident.closed == minute(4)
    assert [u.text_fi for u in incident.updates.order_by("at")] == ["Selvitämme.", "Korjattu."]


def test_the_same_words_sent_twice_are_told_once_and_later_again():
    watched()
    see("SFF")
    incident = Incident.objects.get()

    def tell(at: int, text: str = "Selvitämme.", *, close: bool = False) -> bool:
        return services.update_incident(
            by=BY, incident_id=incident.pk, text=Words(text), close=close, now=minute(at)
        )

    assert [tell(3), tell(3), tell(12)] == [True, False, False]
    assert tell(12, "Korjaamme.") is True
    assert tell(12, "Korjaamme.", close=True) is True  # the words are known, that it is over is not
    assert tell(13, "Korjaamme.", close=True) is False
    assert tell(14) is True  # more than ten minutes later it is meant
    incident.refresh_from_db()
    assert incident.closed == minute(12)
    told = incident.updates.order_by("at", "pk").values_list("text_fi", flat=True)
    assert list(told) == ["Selvitämme.", "Korjaamme.", "Selvitämme."]
    assert AuditEntry.objects.filter(act="health.update_incident").count() == 4


def closed_by_hand(at: int) -> Incident:
    watched()
    see("SFF")
    row = Incident.objects.get()
    services.update_incident(by=BY, incident_id=row.pk, text=Words("Sovittu."), close=True, now=minute(at))
    return row


def test_closed_by_hand_while_down_it_stays_closed_until_it_has_worked():
    closed_by_hand(3)
    see("FFFF", start=4)
    assert watching.judge(now=minute(8)) == 0
    assert Incident.objects.filter(closed=minute(3)).count() == Incident.objects.count() == 1
    assert queries.standing(minute(8)) == {KEY: Standing.DOWN}  # what is seen is told all the same
    see("SS", start=9)
    assert Target.objects.get().quiet_until is None
    see("FF", start=11)
    assert list(Incident.objects.order_by("pk").values_list("opened", "closed")) == [
        (minute(2), minute(3)),
        (minute(12), None),
    ]


def test_closed_by_hand_it_does_not_stay_quiet_for_more_than_a_day():
    closed_by_hand(3)
    day = 24 * 60
    see("FF", start=day + 1)
    assert Incident.objects.count() == 1
    see("F", start=day + 3)
    assert Incident.objects.get(closed=None).opened == minute(day + 3)


def test_an_incident_closed_by_hand_after_it_worked_keeps_nothing_quiet():
    watched()
    see("SFFS")
    Target.objects.update(state="up")  # it works; the incident is about to be closed by the rule
    row = Incident.objects.get()
    services.update_incident(by=BY, incident_id=row.pk, text=Words("Ohi."), close=True, now=minute(4))
    assert Target.objects.get().quiet_until is None


def test_a_receiver_by_mail_is_told_of_both_ends_once():
    watched()
    services.add_receiver(by=BY, kind="email", address="paivystys@kimppa.example", language="fi", now=NOW)
    see("SFFFSS")
    jobs.run_pending()
    assert [m.to for m in mail.outbox] == [["paivystys@kimppa.example"]] * 2
    assert "Ellibs" in mail.outbox[0].subject
    assert list(Alert.objects.order_by("pk").values_list("event", flat=True)) == ["opened", "closed"]


def test_a_subscriber_confirms_is_told_and_leaves_nothing_behind():
    watched()
    telling.subscribe(address="Lukija@example.fi", language="fi", links=LINKS, now=NOW)
    telling.subscribe(address="lukija@example.fi", language="sv", links=LINKS, now=NOW)  # not a second letter
    jobs.run_pending()
    assert len(mail.outbox) == 1
    token = mail.outbox[0].body.partition("/confirm/")[2].partition("/")[0]
    see("SFF")
    jobs.run_pending()
    assert len(mail.outbox) == 1  # not confirmed: nothing more
    telling.confirm(token=token, now=NOW)
    see("SS", start=3)
    jobs.run_pending()
    assert len(mail.outbox) == 2
    letter = mail.outbox[1]
    assert letter.to == ["lukija@example.fi"]
    assert "Ellibs" in letter.body
    assert token in letter.extra_headers["List-Unsubscribe"]
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert Message.objects.count() == 0  # neither address nor token stays in the outbox
    telling.unsubscribe(token=token)
    telling.unsubscribe(token=token)
    assert Subscriber.objects.count() == 0


def test_the_token_is_kept_only_as_hash_and_sealed():
    telling.subscribe(address="lukija@example.fi", language="fi", links=LINKS, now=NOW)
    jobs.run_pending()
    token = mail.outbox[0].body.partition("/confirm/")[2].partition("/")[0]
    row = Subscriber.objects.get()
    assert token not in row.token_hash
    assert token.encode() not in bytes(row.token)


def test_an_address_that_never_said_yes_is_forgotten():
    telling.subscribe(address="lukija@example.fi", language="fi", links=LINKS, now=NOW)
    assert telling.forget_unconfirmed(now=NOW + timedelta(days=2)) == 0
    assert telling.forget_unconfirmed(now=NOW + timedelta(days=4)) == 1


def test_maintenance_that_has_begun_ends_now_and_one_to_come_is_called_off():
    watched()
    text = Words("Päivitys")
    first = services.announce_maintenance(
        by=BY, keys=[KEY], starts=minute(0), ends=minute(60), text=text, now=NOW
    )
    later = services.announce_maintenance(
        by=BY, keys=[KEY], starts=minute(100), ends=minute(160), text=text, now=NOW
    )
    for one in (first, later):
        services.end_maintenance(by=BY, maintenance_id=one, now=minute(5))
    rows = Maintenance.objects.order_by("pk").values_list("ends", "cancelled")
    assert list(rows) == [(minute(5), None), (minute(160), minute(5))]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_open_one_incident():
    Target.objects.create(key=KEY, kind="platform", name_fi="Ellibs", public=True, created=NOW)
    for number, good in enumerate((True, False, False)):
        report(key=KEY, ok=good, took_ms=5, now=minute(number))
    gate, mistakes = threading.Barrier(4), list[Exception]()

    def work() -> None:
        try:
            gate.wait()
            for _ in range(5):
                watching.judge(now=minute(2))
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
    assert Incident.objects.count() == 1
    assert Target.objects.get().state == "down"
