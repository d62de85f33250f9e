"""The clock in the database: laid out once however often asked, turns that stand, and who may what."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction

from kimppa.commons.members.models import (
    Area,
    AreaMembership,
    Membership,
    Municipality,
    Population,
    Region,
    RoleAssignment,
)
from kimppa.commons.members.permissions import NotYours
from kimppa.commons.members.roles import Role
from kimppa.consortium.workplan.models import Duty, DutyOccurrence
from kimppa.consortium.workplan.queries import OccurrenceRow, duties, occurrences, sharing
from kimppa.consortium.workplan.recurring import BadRule, NoSuchDay
from kimppa.consortium.workplan.rules import (
    AlreadyOver,
    DutyDates,
    Heading,
    NameMissing,
    NobodyToTakeTurns,
    NoSuchArea,
    NoSuchDuty,
    NoSuchOccurrence,
    State,
)
from kimppa.consortium.workplan.services import (
    DutyTerms,
    lay_out,
    mark_done,
    move,
    open_again,
    put_duty,
    skip,
)
from kimppa.foundation.accounts.models import AuditEntry, User
from kimppa.foundation.core.apportion import Weight

NOW = datetime(2026, 1, 2, 8, tzinfo=UTC)
JANUARY, DECEMBER = date(2026, 1, 1), date(2026, 12, 31)
TERMS = DutyTerms(
    Heading.SERVICES,
    "Try every e-service",
    "FREQ=MONTHLY;BYWORKDAY=-1",
    JANUARY,
    Role.RESPONSIBLE_PERSON,
    by_turns=True,
    estimate_minutes=60,
)


def user(name: str, role: str) -> User:
    made = User.objects.create(email=f"{name}@example.org", name=name, is_demo=True, date_joined=NOW)
    RoleAssignment.objects.create(user=made, role=role, scope_kind="consortium", scope_code="")
    return made


@pytest.fixture
def kaisa(db: None) -> User:
    """A responsible person; Lapland with 176,665 residents and the south with 485,494."""
    region = Region.objects.create(code="19", name_fi="Lappi")
    for slug, code, residents in (("lapland", "698", 176_665), ("south", "564", 485_494)):
        place = Municipality.objects.create(code=code, name_fi=slug, region=region)
        Membership.objects.create(municipality=place)
        AreaMembership.objects.create(area=Area.objects.create(slug=slug, name_fi=slug), municipality=place)
        Population.objects.create(municipality=place, reference_date=date(2024, 12, 31), residents=residents)
    return user("Kaisa", "responsible-person")


def year(number: int = 2026) -> tuple[OccurrenceRow, ...]:
    return occurrences(first=date(number, 1, 1), last=date(number, 12, 31))


def laid(kaisa: User, terms: DutyTerms = TERMS) -> tuple[OccurrenceRow, ...]:
    put_duty(by=kaisa, terms=terms, now=NOW)
    lay_out(by=kaisa, first=JANUARY, last=DECEMBER, now=NOW)
    return year()


def test_a_year_is_laid_out_with_turns_by_residents_and_the_numbers_that_explain_them(kaisa: User) -> None:
    rows = laid(kaisa)
    assert [row.what.due for row in rows][:3] == [date(2026, 1, 30), date(2026, 2, 27), date(2026, 3, 31)]
    assert Counter(row.area for row in rows) == {"south": 9, "lapland": 3}
    second = rows[1]
    assert (second.area, second.turn_of, second.had, second.turns) == ("lapland", "lapland", 0, 2)
    assert second.part == Fraction(2 * 176_665, 662_159)
    assert AuditEntry.objects.filter(act="workplan.lay_out").count() == 1


def test_laying_out_again_makes_nothing_new_and_moves_no_turn(kaisa: User) -> None:
    rows = laid(kaisa)
    assert lay_out(by=kaisa, first=JANUARY, last=DECEMBER, now=NOW) == 0
    assert year() == rows
    assert AuditEntry.objects.filter(act="workplan.lay_out").count() == 1


def test_turns_are_carried_over_the_years_so_that_nobody_drifts(kaisa: User) -> None:
    put_duty(by=kaisa, terms=TERMS, now=NOW)
    for number in range(2026, 2032):
        lay_out(by=kaisa, first=date(number, 1, 1), last=date(number, 12, 31), now=NOW)
    had = DutyOccurrence.objects.filter(area__slug="lapland").count()
    assert had == 19  # the exact part of 72 turns is 19.21
    assert abs(Fraction(72 * 176_665, 662_159) - had) <= Fraction(1, 2)


def test_a_duty_that_is_not_dealt_by_turns_belongs_to_no_area(kaisa: User) -> None:
    rows = laid(kaisa, replace(TERMS, by_turns=False))
    assert {(row.area, row.turn_of, row.turns) for row in rows} == {("", "", 0)}


def test_who_did_it_in_truth_had_the_turn_and_a_skipped_one_is_none(kaisa: User) -> None:
    first, second, *_ = laid(kaisa)
    assert (first.area, second.area) == ("south", "lapland")
    mark_done(by=kaisa, occurrence_id=first.id, on=date(2026, 1, 29), minutes=45, area="lapland", now=NOW)
    skip(by=kaisa, occurrence_id=second.id, reason="The service was closed", now=NOW)
    first, second, *_ = year()
    assert (first.area, first.turn_of, first.what.minutes, first.what.state) == (
        "lapland",
        "south",
        45,
        State.DONE,
    )
    assert second.what.state is State.SKIPPED
    with pytest.raises(NoSuchArea, match="“moon”"):
        mark_done(by=kaisa, occurrence_id=year()[2].id, on=JANUARY, area="moon", now=NOW)
    with pytest.raises(AlreadyOver):
        skip(by=kaisa, occurrence_id=first.id, reason="x", now=NOW)
    open_again(by=kaisa, occurrence_id=first.id, now=NOW)
    assert (year()[0].area, year()[0].what.state, year()[0].what.minutes) == ("south", State.OPEN, None)


def test_a_changed_rule_takes_the_coming_ones_nobody_touched_and_leaves_what_was_moved(kaisa: User) -> None:
    rows = laid(kaisa)
    move(by=kaisa, occurrence_id=rows[4].id, to=date(2026, 6, 3), reason="The fair", now=NOW)
    june = datetime(2026, 4, 15, 8, tzinfo=UTC)
    (duty,) = duties(JANUARY)
    put_duty(by=kaisa, terms=replace(TERMS, rule="FREQ=YEARLY;BYMONTH=11;BYDAY=1MO"), duty=duty.id, now=june)
    assert lay_out(by=kaisa, first=JANUARY, last=DECEMBER, now=june) == 1
    assert [(row.what.due.isoformat(), row.what.state) for row in year()] == [
        ("2026-01-30", State.OPEN),
        ("2026-02-27", State.OPEN),
        ("2026-03-31", State.OPEN),
        ("2026-06-03", State.MOVED),
        ("2026-11-02", State.OPEN),
    ]


def test_a_duty_that_ends_falls_due_no_more(kaisa: User) -> None:
    rows = laid(kaisa, replace(TERMS, valid_to=date(2026, 3, 30)))
    assert [row.what.due.month for row in rows] == [1, 2]


def test_bad_terms_are_refused_and_nothing_is_kept(kaisa: User) -> None:
    for error, terms in (
        (BadRule, replace(TERMS, rule="every now and then")),
        (NoSuchDay, replace(TERMS, rule="FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")),
        (NameMissing, replace(TERMS, name=" \x00 ")),
        (DutyDates, replace(TERMS, valid_to=date(2025, 12, 31))),
    ):
        with pytest.raises(error):
            put_duty(by=kaisa, terms=terms, now=NOW)
    with pytest.raises(NoSuchDuty):
        put_duty(by=kaisa, terms=TERMS, duty=99, now=NOW)
    with pytest.raises(NoSuchOccurrence):
        move(by=kaisa, occurrence_id=99, to=JANUARY, reason="x", now=NOW)
    assert Duty.objects.count() == 0


def test_without_areas_turns_cannot_be_dealt_and_nothing_is_laid_out(kaisa: User) -> None:
    AreaMembership.objects.all().delete()
    put_duty(by=kaisa, terms=TERMS, now=NOW)
    with pytest.raises(NobodyToTakeTurns, match="2026-01-30"):
        lay_out(by=kaisa, first=JANUARY, last=DECEMBER, now=NOW)
    assert DutyOccurrence.objects.count() == 0


def test_who_shares_follows_the_dates_of_areas_and_memberships(kaisa: User) -> None:
    AreaMembership.objects.filter(area__slug="lapland").update(valid_to=date(2026, 6, 30))
    Membership.objects.filter(municipality__code="564").update(valid_from=date(2026, 3, 1))
    found = sharing([date(2026, 2, 1), date(2026, 4, 1), date(2026, 8, 1)])
    lapland, south = Weight("lapland", 176_665), Weight("south", 485_494)
    assert list(found.values()) == [(lapland,), (lapland, south), (south,)]


def test_a_director_reads_the_clock_and_changes_nothing_in_it(kaisa: User) -> None:
    rows = laid(kaisa)
    director = user("Eero", "director")
    one = rows[0].id
    for act in (
        lambda: put_duty(by=director, terms=TERMS, now=NOW),
        lambda: lay_out(by=director, first=JANUARY, last=DECEMBER, now=NOW),
        lambda: mark_done(by=director, occurrence_id=one, on=JANUARY, now=NOW),
        lambda: move(by=director, occurrence_id=one, to=JANUARY, reason="x", now=NOW),
        lambda: skip(by=director, occurrence_id=one, reason="x", now=NOW),
        lambda: open_again(by=director, occurrence_id=one, now=NOW),
    ):
        with pytest.raises(NotYours):
            act()
    assert year() == rows


def test_the_database_itself_refuses_a_second_occurrence_and_a_state_without_its_reason(kaisa: User) -> None:
    rows = laid(kaisa)
    one = DutyOccurrence.objects.get(pk=rows[0].id)
    with pytest.raises(IntegrityError), transaction.atomic():
        DutyOccurrence.objects.create(duty=one.duty, planned=one.planned, due=one.due)
    for changed in ({"state": "moved"}, {"state": "skipped"}, {"state": "done"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            DutyOccurrence.objects.filter(pk=one.pk).update(**changed)
