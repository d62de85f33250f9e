"""Terms of use by day, and the libraries' networks."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tests.north import load_everything

from kimppa.commons.platforms import queries, services, terms
from kimppa.commons.platforms.entitlement import AccessRule, Basis
from kimppa.commons.platforms.models import LibraryNetwork
from kimppa.commons.platforms.rules import Content
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.accounts.models import AuditEntry

pytestmark = pytest.mark.django_db
BY, NOW = Operator("test"), datetime(2022, 11, 15, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def films(db: None) -> None:
    load_everything(BY, NOW)
    services.define_platform(by=BY, slug="films", name="Films", contents=[Content.FILM], now=NOW)


def set_terms(rule: AccessRule, day: date | None) -> None:
    terms.set_terms(by=BY, slug="films", terms=rule, valid_from=day, now=NOW)


def test_terms_hold_from_their_day_on_and_the_day_before_as_they_were():
    assert queries.access_rule("films", on=date(2022, 1, 1)) == AccessRule()
    set_terms(AccessRule(Basis.RESIDENCE), date(2023, 1, 1))
    set_terms(AccessRule(Basis.RESIDENCE, youngest="adult"), date(2023, 7, 1))
    assert queries.access_rule("films", on=date(2022, 12, 31)) == AccessRule()
    assert queries.access_rule("films", on=date(2023, 6, 30)) == AccessRule(Basis.RESIDENCE)
    assert queries.access_rule("films", on=date(2023, 7, 1)).youngest == "adult"
    assert [row.valid_to for row in queries.terms_of("films")] == [None, date(2023, 6, 30)]


def test_terms_of_the_same_day_are_replaced_and_earlier_ones_refused():
    set_terms(AccessRule(in_library_only=True), date(2023, 1, 1))
    set_terms(AccessRule(), date(2023, 1, 1))
    assert len(queries.terms_of("films")) == 1
    with pytest.raises(terms.BadTermsDay):
        set_terms(AccessRule(), date(2022, 1, 1))
    with pytest.raises(terms.BadTermsDay):
        set_terms(AccessRule(), None)
    with pytest.raises(terms.BadAgeGroup):
        set_terms(AccessRule(youngest="old"), date(2024, 1, 1))
    with pytest.raises(services.NoSuchPlatform):
        terms.set_terms(by=BY, slug="nothing", terms=AccessRule(), valid_from=None, now=NOW)
    assert AuditEntry.objects.filter(act="platforms.set_terms").count() == 2


@pytest.mark.parametrize(
    "wrong", ["0.0.0.0/0", "10.0.0.0/8", "::/0", "127.0.0.0/16", "library", "", "1.2.3.4/33"]
)
def test_a_range_that_is_no_librarys_is_refused(wrong):
    with pytest.raises(terms.BadNetwork):
        terms.add_network(by=BY, code="564", network=wrong, now=NOW)
    assert not LibraryNetwork.objects.exists()


def test_a_range_is_kept_tidy_once_and_removed_by_its_number():
    terms.add_network(by=BY, code="564", network=" 192.0.2.77/24 ", note="Pääkirjasto", now=NOW)
    (row,) = queries.network_rows()
    assert (row.code, row.network) == ("564", "192.0.2.0/24")
    with pytest.raises(terms.NetworkKnown):
        terms.add_network(by=BY, code="564", network="192.0.2.0/24", now=NOW)
    terms.remove_network(by=BY, network_id=row.id, now=NOW)
    assert queries.network_rows() == ()
    with pytest.raises(terms.NoSuchNetwork):
        terms.remove_network(by=BY, network_id=row.id, now=NOW)


def test_entitled_of_all_says_the_same_as_each_service_by_itself():
    services.take_into_use(by=BY, slug="films", valid_from=None, now=NOW)
    services.entitle(by=BY, slug="films", code="564", valid_from=None, now=NOW)
    day = date(2022, 11, 15)
    assert queries.entitled_of_all(on=day)["films"] == queries.entitled("films", on=day) == {"564"}
