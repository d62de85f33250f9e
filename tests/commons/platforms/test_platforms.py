"""E-services as of a day: ten in 2022, and what is known of those that came and went."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tests.north import load_services

from kimppa.commons.members import services as members
from kimppa.commons.members.models import Membership
from kimppa.commons.members.rules import OverlappingMembership
from kimppa.commons.platforms import queries, services
from kimppa.commons.platforms.rules import Content
from kimppa.foundation.accounts.actors import Operator

pytestmark = pytest.mark.django_db
BY = Operator("test")
NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def services_of_the_north() -> None:
    load_services(BY, NOW)


def test_ten_services_are_in_use_in_2022_and_none_before():
    assert len(queries.platforms_on(date(2022, 11, 15))) == 10
    assert queries.platforms_on(date(2021, 12, 31)) == ()
    assert "Cineast" not in {p.name for p in queries.platforms_on(date(2022, 11, 15))}


def test_in_april_2024_viddla_and_kirjastokino_are_gone_and_cineast_has_come():
    names = {p.name for p in queries.platforms_on(date(2024, 4, 15))}
    assert {"Viddla", "Kirjastokino"}.isdisjoint(names)
    assert "Cineast" in names
    assert len(names) == 9


def test_every_service_has_a_guide_in_three_languages_and_no_invented_address():
    for row in queries.every_platform():
        assert row.guide_fi
        assert row.guide_sv
        assert row.guide_en
        assert row.address == ""


def test_a_service_open_to_all_is_open_to_members_of_the_day_only():
    assert len(queries.entitled("ellibs", on=date(2022, 11, 15))) == 59
    Membership.objects.filter(municipality__code="564").update(valid_to=date(2022, 6, 30))
    assert "564" not in queries.entitled("ellibs", on=date(2022, 11, 15))
    assert "564" in queries.entitled("ellibs", on=date(2022, 6, 30))


def test_a_service_opened_to_one_municipality_is_open_to_that_one_only():
    services.define_platform(by=BY, slug="koe", name="Koe", contents=(), now=NOW)
    services.entitle(by=BY, slug="koe", code="890", valid_from=date(2022, 1, 1), now=NOW)
    assert queries.entitled("koe", on=date(2022, 11, 15)) == {"890"}


def test_a_service_is_not_taken_into_use_twice_at_a_time():
    with pytest.raises(OverlappingMembership):
        services.take_into_use(by=BY, slug="ellibs", valid_from=date(2023, 1, 1), now=NOW)


def test_an_unknown_municipality_is_not_entitled():
    with pytest.raises(members.UnknownMunicipality):
        services.entitle(by=BY, slug="ellibs", code="999", valid_from=None, now=NOW)


def test_adding_a_service_never_writes_over_another():
    before = {row.slug: (row.name, row.contents, row.evidence) for row in queries.every_platform()}
    for name in ("Ellibs", " ELLIBS "):
        with pytest.raises(services.PlatformExists):
            services.add_platform(by=BY, name=name, contents=[Content.FILM], now=NOW)
    slugs = [
        services.add_platform(by=BY, name=name, contents=[Content.FILM], now=NOW)
        for name in ("日本", "中国", "Add", "Ellibs!")
    ]
    assert slugs == ["e-service", "e-service-2", "add-2", "ellibs-2"]
    after = {row.slug: (row.name, row.contents, row.evidence) for row in queries.every_platform()}
    assert {slug: after[slug] for slug in before} == before
    assert len(after) == len(before) + 4


def test_an_overlap_of_a_services_times_is_told_without_calling_it_a_municipality():
    with pytest.raises(OverlappingMembership) as caught:
        services.take_into_use(by=BY, slug="ellibs", valid_from=date(2023, 1, 1), now=NOW)
    assert caught.value.params["who"] == "Ellibs"
    assert "membership" not in caught.value.sentence
