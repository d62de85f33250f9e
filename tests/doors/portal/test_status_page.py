"""The public status page, its feeds and its letters."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from lxml import etree

from kimppa.commons.health import services, watching
from kimppa.commons.health.models import Day, Subscriber, Target
from kimppa.commons.health.passive import report
from kimppa.commons.health.services import TargetSettings, Words
from kimppa.commons.platforms.models import Platform
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.core import clock, jobs

pytestmark = pytest.mark.django_db
BY = Operator("test")
KEY = "platform:ellibs"


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    cache.clear()


@pytest.fixture
def service() -> None:
    told = TargetSettings(names=Words("Ellibs-kirjat", "Ellibs-böcker"), public=True, watched=True)
    Platform.objects.get_or_create(slug="ellibs", defaults={"name": "Ellibs"})
    services.add_target(by=BY, key=KEY, told=told, now=clock.real_now())


def see(pattern: str) -> None:
    now = clock.real_now()
    for number, one in enumerate(pattern):
        at = now - timedelta(minutes=len(pattern) - number)
        report(key=KEY, ok=one == "S", took_ms=5, now=at)
        watching.judge(now=at)


def test_an_empty_page_says_that_nothing_is_known(client: Client) -> None:
    page = client.get("/en/status/")
    assert page.status_code == 200
    assert "We do not know yet how the services work." in page.content.decode()


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("SS", "All services work."),
        ("SSF", "Some services have trouble now."),
        ("SFF", "These do not work now: Ellibs-kirjat."),
    ],
)
def test_the_page_says_in_plain_words_what_works(
    client: Client, service: None, pattern: str, said: str
) -> None:
    see(pattern)
    assert said in client.get("/en/status/").content.decode()


def test_ninety_days_stand_as_bars_with_the_same_in_words(client: Client, service: None) -> None:
    today = clock.day_of(clock.real_now())
    for ago, (up, down, planned) in enumerate([(600, 0, 0), (1430, 10, 0), (700, 740, 0), (0, 0, 1440)]):
        Day.objects.create(
            target_id=KEY,
            day=today - timedelta(days=ago),
            up=up,
            down=down,
            planned=planned,
            signals=1,
            took_ms=1,
        )
    page = client.get("/en/status/").content.decode()
    assert page.count('class="day-unknown"') == 86
    assert page.count('class="day-up"') == 1
    assert page.count('class="day-planned"') == 1
    # 2,730 of the 3,480 known minutes, shown rounded down
    assert "Worked 78.448 % of the time in the last 90 days." in page
    assert ": 740 minutes" in page
    assert ": 10 minutes" in page


def test_a_target_that_is_not_public_stands_nowhere(client: Client, service: None) -> None:
    report(key="library-system:secret", ok=False, took_ms=1, now=clock.real_now())
    for address in ("/fi/status/", "/fi/status.json", "/fi/status.rss"):
        assert "secret" not in client.get(address).content.decode()


def test_the_feeds_tell_the_incident_and_the_words_of_staff(client: Client, service: None) -> None:
    see("SFF")
    told = json.loads(client.get("/sv/status.json").content)
    assert told["targets"][0]["standing"] == "down"
    number = told["incidents"][0]["id"]
    words = Words("Selvitämme <asiaa> & korjaamme.", "Vi utreder.")
    services.update_incident(by=BY, incident_id=number, text=words, now=clock.real_now())
    answer = client.get("/fi/status.rss")
    assert answer["Content-Type"] == "application/rss+xml; charset=utf-8"
    feed = etree.fromstring(answer.content)
    assert feed.findtext("channel/language") == "fi"
    (item,) = feed.findall("channel/item")
    assert "Selvitämme <asiaa> & korjaamme." in (item.findtext("description") or "")
    assert (item.findtext("link") or "").endswith(f"/fi/status/#incident-{number}")
    page = client.get("/fi/status/").content.decode()
    assert "Selvitämme &lt;asiaa&gt; &amp; korjaamme." in page


def test_coming_maintenance_is_shown(client: Client, service: None) -> None:
    now = clock.real_now()
    services.announce_maintenance(
        by=BY,
        keys=[KEY],
        starts=now + timedelta(days=1),
        ends=now + timedelta(days=1, hours=2),
        text=Words("Uusi versio"),
        now=now,
    )
    assert "Uusi versio" in client.get("/sv/status/").content.decode()


def test_messages_by_mail_need_two_yeses_and_end_with_one_press(client: Client) -> None:
    assert client.post("/fi/status/subscribe/", {"email": "lukija@example.fi"}).status_code == 302
    jobs.run_pending()
    (letter,) = mail.outbox
    link = next(line for line in letter.body.splitlines() if "/status/confirm/" in line)
    path = "/fi/status/" + link.partition("/fi/status/")[2]
    page = client.get(path)
    assert page["Referrer-Policy"] == "no-referrer"
    assert Subscriber.objects.get().confirmed is None  # opening the link is not enough
    client.post(path)
    assert Subscriber.objects.get().confirmed is not None
    strict = Client(enforce_csrf_checks=True)
    ends = path.replace("/confirm/", "/unsubscribe/")
    assert strict.post(ends, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Subscriber.objects.count() == 0
    assert client.get(path).status_code == 404


def test_a_wrong_address_is_told_at_its_field(client: Client) -> None:
    page = client.post("/fi/status/subscribe/", {"email": "ei osoite"})
    assert page.status_code == 422
    assert Subscriber.objects.count() == 0


def test_nobody_can_send_letters_without_end(client: Client) -> None:
    for number in range(12):
        last = client.post("/fi/status/subscribe/", {"email": f"a{number}@example.fi"})
    assert last.status_code == 422
    assert Subscriber.objects.count() == 10


def test_the_page_asks_no_more_of_the_database_with_more_seen(
    client: Client, service: None, django_assert_max_num_queries: object
) -> None:
    for number in range(15):
        Target.objects.create(
            key=f"platform:p{number}",
            kind="platform",
            name_fi=f"Palvelu {number}",
            public=True,
            created=clock.real_now(),
        )
    with django_assert_max_num_queries(7):  # type: ignore[operator]
        client.get("/fi/status/")
