"""Devices, outages, guardians and where a card's question is led."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.elibrary.conftest import BY, NOW, TODAY

from kimppa.elibrary.patrons import checks, queries, rules, services
from kimppa.elibrary.patrons.models import LibrarySystem, Patron, PatronSession, SystemState

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def sign_in(card: str = "111", *, now=NOW, **more):
    return services.sign_in(system="outi", card=card, pin="1234", now=now, today=TODAY, **more)


def down(since) -> None:
    SystemState.objects.update_or_create(system=LibrarySystem.objects.get(), defaults={"down_since": since})


def test_a_session_holds_for_the_hours_that_its_system_is_trusted_for_and_no_longer(outi):
    token = sign_in().token
    last = NOW + timedelta(hours=720)
    assert queries.patron_of_session(token, now=last - timedelta(seconds=1))
    assert queries.patron_of_session(token, now=last) is None


def test_while_the_system_is_down_nobody_who_was_in_is_thrown_out_for_72_hours(outi):
    token = sign_in().token
    end = NOW + timedelta(hours=720)
    down(end - HOUR)
    found = queries.patron_of_session(token, now=end + 71 * HOUR)
    assert found.by_outage
    assert found.system_down
    assert found.last_good == NOW
    assert queries.patron_of_session(token, now=end + 72 * HOUR) is None


def test_a_session_that_ended_before_the_outage_began_stays_ended(outi):
    token = sign_in().token
    end = NOW + timedelta(hours=720)
    down(end + HOUR)
    assert queries.patron_of_session(token, now=end + 2 * HOUR) is None


def test_when_the_system_is_up_again_an_outdated_session_ends(outi):
    token = sign_in().token
    end = NOW + timedelta(hours=720)
    down(end - HOUR)
    assert queries.patron_of_session(token, now=end + HOUR)
    down(None)
    assert queries.patron_of_session(token, now=end + HOUR) is None


def test_purging_leaves_what_an_outage_may_still_need_and_takes_the_rest(outi):
    sign_in()
    end = NOW + timedelta(hours=720)
    services.purge_sessions(now=end + 13 * DAY)
    assert PatronSession.objects.count() == 1
    services.purge_sessions(now=end + 14 * DAY)
    assert not PatronSession.objects.exists()


def test_a_device_that_is_not_ones_own_is_forgotten_in_twelve_hours(outi):
    token = sign_in(remembered=False).token
    assert queries.patron_of_session(token, now=NOW + 11 * HOUR)
    assert queries.patron_of_session(token, now=NOW + 12 * HOUR) is None


def test_each_device_is_listed_and_can_be_signed_out_by_its_owner_only(outi):
    first, second, other = sign_in(device="Firefox"), sign_in(device="Kindle", now=NOW + HOUR), sign_in("222")
    mine = queries.patron_of_session(first.token, now=NOW + HOUR)
    rows = queries.sessions_of(mine.id, now=NOW + HOUR)
    assert [row.device for row in rows] == ["Kindle", "Firefox"]
    foreign = queries.patron_of_session(other.token, now=NOW).session
    for handle in (foreign, "", "0" * 16):
        with pytest.raises(rules.NoSuchDevice):
            services.end_session(patron_id=mine.id, handle=handle)
    assert queries.patron_of_session(other.token, now=NOW)
    services.end_session(patron_id=mine.id, handle=rows[0].handle)
    assert queries.patron_of_session(second.token, now=NOW + HOUR) is None
    assert queries.patron_of_session(first.token, now=NOW + HOUR)


def test_signing_out_everywhere_ends_all_of_ones_own_and_nobody_elses(outi):
    tokens = [sign_in().token for _ in range(3)]
    other = sign_in("222").token
    mine = queries.patron_of_session(tokens[0], now=NOW)
    assert services.sign_out_everywhere(patron_id=mine.id, but=mine.session) == 2
    assert queries.patron_of_session(tokens[0], now=NOW)
    assert services.sign_out_everywhere(patron_id=mine.id) == 1
    assert queries.patron_of_session(other, now=NOW)


def test_a_session_remembers_its_last_use_to_the_hour(outi):
    token = sign_in().token
    handle = queries.patron_of_session(token, now=NOW).session
    services.touch_session(handle=handle, now=NOW + timedelta(minutes=59))
    assert queries.patron_of_session(token, now=NOW).last_used == NOW
    services.touch_session(handle=handle, now=NOW + HOUR)
    assert queries.patron_of_session(token, now=NOW).last_used == NOW + HOUR


def family() -> int:
    """An adult 900 and a child 901; returns the adult's patron."""
    for card, group in (("900", "adult"), ("901", "child")):
        services.add_local_card(
            by=BY, system="outi", card=card, pin="1234", stable_id=card, home="564", demo=True,
            age_group=group, now=NOW,
        )  # fmt: skip
    return queries.patron_of_session(sign_in("900").token, now=NOW).id


def consent(guardian: int, card: str = "901", *, agreed: bool = True) -> None:
    services.consent_for_child(
        guardian_id=guardian, system="outi", card=card, pin="1234", agreed=agreed, now=NOW, today=TODAY
    )


def test_an_adult_who_has_the_childs_card_agrees_and_takes_it_back(outi):
    adult = family()
    consent(adult)
    child = queries.patron_of_session(sign_in("901").token, now=NOW)
    assert child.guardian_agreed
    consent(adult, agreed=False)
    assert Patron.objects.get(pk=child.id).guardian_consent is None


def test_a_child_cannot_agree_for_a_child_and_an_adult_not_for_an_adult(outi):
    adult = family()
    child = queries.patron_of_session(sign_in("901").token, now=NOW)
    with pytest.raises(rules.NotAGuardian):
        consent(child.id)
    with pytest.raises(rules.NotAChild):
        consent(adult, "900")
    unknown = queries.patron_of_session(sign_in("111").token, now=NOW)
    with pytest.raises(rules.NotAGuardian):
        consent(unknown.id)
    assert not Patron.objects.filter(guardian_consent__isnull=False).exists()


def test_a_question_is_led_by_institution_or_pattern_and_never_by_trying(outi):
    services.define_local_system(
        by=BY, slug="lapin", name_fi="Lapin", name_sv="", name_en="", demo=True, now=NOW
    )
    LibrarySystem.objects.filter(slug="outi").update(card_pattern=r"OUTI\d{7}", institution="OUTI")
    LibrarySystem.objects.filter(slug="lapin").update(card_pattern=r"\w{3}A\d{6}|OUTI1\d{6}")
    assert checks.route(card="outi 0123456") == "outi"
    assert checks.route(card="285A123123") == "lapin"
    assert checks.route(card="285A123123", institution="OUTI") == "outi"
    with pytest.raises(checks.CardOfSeveral):
        checks.route(card="OUTI1234567")
    assert checks.route(card="OUTI1234567", only=frozenset({"lapin"})) == "lapin"
    with pytest.raises(checks.CardOfNone):
        checks.route(card="999")
    assert checks.route(card="285A123123", institution="an e-service's own word") == "lapin"
