"""Minutes become hours and days, whole or not at all, and old ones go only after they were counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from kimppa.commons.health import counting
from kimppa.commons.health.models import Day, Hour, Maintenance, Minute, Rolled, Target

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 10, tzinfo=UTC)
KEY = "platform:ellibs"


@pytest.fixture
def target() -> Target:
    return Target.objects.create(key=KEY, kind="platform", name_fi="Ellibs", created=START)


def seen(target: Target, minute: int, *, good: int = 1, bad: int = 0) -> None:
    at = START + timedelta(minutes=minute)
    Minute.objects.create(target=target, at=at, good=good, bad=bad, took_ms=20 * (good + bad))


def example(target: Target) -> None:
    """The worked example of docs/algorithms/availability.md."""
    for minute in (0, 5, 10, 30, 35):
        seen(target, minute)
    for minute in (15, 20, 25):
        seen(target, minute, good=0, bad=1)
    pause = Maintenance.objects.create(
        starts=START + timedelta(minutes=40),
        ends=START + timedelta(minutes=45),
        announced=START - timedelta(days=1),
        text_fi="Päivitys",
    )
    pause.targets.add(target)


def figures() -> list[tuple[object, ...]]:
    return list(Hour.objects.order_by("at").values_list("at", "up", "down", "planned", "signals", "took_ms"))


def test_the_worked_example_is_counted_so(target: Target) -> None:
    example(target)
    assert counting.roll_up(now=START + timedelta(minutes=59)) == 0
    assert counting.roll_up(now=START + timedelta(hours=1)) == 1
    assert figures() == [(START, 25, 15, 5, 8, 160)]
    assert list(Day.objects.values_list("day", "up", "down", "planned")) == [(date(2026, 3, 2), 25, 15, 5)]


def test_counting_that_is_stopped_and_goes_on_gives_the_same(target: Target) -> None:
    for minute in range(0, 600, 5):
        seen(target, minute, good=minute % 7 % 2, bad=(minute % 7 + 1) % 2)
    end = START + timedelta(hours=10)
    assert counting.roll_up(now=end) == 10
    whole, days = figures(), list(Day.objects.values_list("day", "up", "down"))
    Hour.objects.all().delete()
    Day.objects.all().delete()
    Rolled.objects.all().delete()
    asked = iter([False, False, False, True])
    assert counting.roll_up(now=end, stop=lambda: next(asked)) == 3
    assert counting.roll_up(now=end) == 7
    assert figures() == whole
    assert list(Day.objects.values_list("day", "up", "down")) == days
    assert counting.roll_up(now=end) == 0


def test_a_kill_in_the_middle_of_an_hour_leaves_nothing_of_it(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    example(target)

    def killed(day: date) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(counting, "_count_day", killed)
        with pytest.raises(KeyboardInterrupt):
            counting.roll_up(now=START + timedelta(hours=1))
    assert (Hour.objects.count(), Rolled.objects.count()) == (0, 0)
    assert counting.roll_up(now=START + timedelta(hours=1)) == 1
    assert figures() == [(START, 25, 15, 5, 8, 160)]


def test_maintenance_announced_afterwards_takes_no_minute_away(target: Target) -> None:
    for minute in range(0, 60, 5):
        seen(target, minute, good=0, bad=1)
    pause = Maintenance.objects.create(
        starts=START,
        ends=START + timedelta(minutes=60),
        announced=START + timedelta(minutes=50),
        text_fi="Jälkikäteen",
    )
    pause.targets.add(target)
    counting.roll_up(now=START + timedelta(hours=1))
    assert figures() == [(START, 0, 45, 10, 12, 240)]


def test_a_day_of_twenty_three_and_of_twenty_five_hours() -> None:
    lengths = [counting.bounds(day) for day in (date(2026, 3, 29), date(2026, 10, 25), date(2026, 6, 1))]
    assert [(b - a) / timedelta(hours=1) for a, b in lengths] == [23, 25, 24]


def test_minutes_go_after_ninety_days_and_only_when_they_are_counted(target: Target) -> None:
    example(target)
    later = START + timedelta(days=91)
    assert counting.purge(now=later) == 0
    counting.roll_up(now=later)
    assert counting.purge(now=later) == 8
    assert Hour.objects.count() == 1
    assert counting.purge(now=START + timedelta(days=401)) == 1
    assert Day.objects.count() == 1
