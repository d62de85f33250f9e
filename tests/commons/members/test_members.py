"""Members as of a day, loading through the staged import, history, and who may change what."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.north import load_places

from kimppa.commons.members import histories, people, queries, services
from kimppa.commons.members.member_import import RowsRefused, load_members, undo_members
from kimppa.commons.members.models import Municipality, Population, Region
from kimppa.commons.members.permissions import NotYours, may
from kimppa.commons.members.roles import Act, Role, Scope, ScopeKind
from kimppa.commons.members.rules import AlreadyMerged, OverlappingMembership
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.accounts.models import AuditEntry, User
from kimppa.foundation.accounts.services import AlreadyStaff, InvitationGone, accept_invitation
from kimppa.foundation.imports.services import UndoRefused

DATA = Path(__file__).parents[3] / "data"
BY = Operator("test")
NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def north() -> None:
    load_places(BY, NOW)


def load(raw: bytes, **more: bool):
    return load_members(by=BY, raw=raw, source_name="x.csv", source="test", now=NOW, **more)


def member_of_staff(role: Role, scope: Scope) -> User:
    user = User.objects.create(email=f"{role}@x.example", name=str(role), date_joined=NOW)
    people.give_role(
        by=BY, user_id=user.pk, role=role, scope=scope, valid_from=date(2022, 1, 1), valid_to=None, now=NOW
    )
    return user


def test_the_north_has_59_members_and_662159_residents_on_the_last_day_of_2020(north):
    assert len(queries.members_on(date(2021, 1, 1))) == 59
    assert sum(queries.population(date(2020, 12, 31)).values()) == 662_159
    assert queries.residents_of_members(reference_date=date(2020, 12, 31), on=date(2021, 1, 1)) == 662_159
    assert queries.members_on(date(2020, 12, 31)) == ()


def test_no_population_is_made_up_for_a_day_that_has_none(north):
    assert queries.population(date(2020, 12, 30)) == {}
    assert queries.latest_population_date(date(2022, 11, 15)) == date(2021, 12, 31)


def test_the_two_areas_are_coordinated_by_rovaniemi_and_oulu_and_hold_everybody_once(north):
    areas = queries.areas_on(date(2022, 1, 1))
    assert {(a.slug, a.coordinator_code, len(a.codes)) for a in areas} == {
        ("lappi", "698", 21),
        ("kainuu-pohjois-pohjanmaa", "564", 38),
    }
    assert queries.area_of("890", date(2022, 1, 1)).slug == "lappi"


def test_joki_began_in_may_2021_and_sotkamo_joins_kainet_in_may_2025(north):
    def kimppa(code: str, day: date) -> str:
        return next((k.slug for k in queries.kimppas_on(day) if code in k.codes), "")

    assert kimppa("977", date(2021, 4, 30)) == ""
    assert kimppa("977", date(2021, 5, 1)) == "joki"
    assert kimppa("765", date(2025, 4, 30)) == ""
    assert kimppa("765", date(2025, 5, 1)) == "kainet"
    assert [s.what for s in histories.history("765").kimppas] == ["Kainet-kirjastot"]
    sizes = {k.slug: len(k.codes) for k in queries.kimppas_on(date(2021, 12, 31))}
    assert sizes == {"outi": 16, "joki": 14, "lappi": 21, "kainet": 7}


def test_one_library_serves_several_municipalities(north):
    table = queries.member_table(on=date(2022, 1, 1), reference_date=date(2020, 12, 31))
    served = {row.name_fi for row in table if row.library == "Sompion kirjasto"}
    assert served == {"Sodankylä", "Pelkosenniemi", "Savukoski"}
    assert {r.name_fi: r.residents for r in table}["Savukoski"] == 1009


def test_loading_the_same_file_again_changes_nothing(north):
    report = load((DATA / "municipalities.csv").read_bytes())
    assert (report.read, report.created, report.updated, report.unchanged) == (59, 0, 0, 59)
    assert report.populations == 0


def test_the_country_has_309_municipalities_and_5533793_residents():
    report = load((DATA / "national.csv").read_bytes())
    assert report.created == 309
    assert sum(queries.population(date(2020, 12, 31)).values()) == 5_533_793
    assert queries.members_on(date(2022, 1, 1)) == ()


def test_a_dry_run_says_what_would_be_done_and_writes_nothing():
    report = load((DATA / "municipalities.csv").read_bytes(), dry_run=True)
    assert (report.created, report.populations, report.batch_id) == (59, 236, None)
    assert Municipality.objects.count() == Population.objects.count() == Region.objects.count() == 0


def test_an_unknown_code_refuses_the_whole_file_and_says_its_line():
    text = "code,name_fi,region_code,region_fi,pop_2020\n564,Oulu,17,Pohjois-Pohjanmaa,207327\n999,X,17,Y,5\n"
    with pytest.raises(RowsRefused) as caught:
        load(text.encode())
    assert [(p.line, p.code) for p in caught.value.problems] == [(3, "unknown-code")]
    assert Municipality.objects.count() == 0
    assert load(text.encode(), new_codes=True).created == 2


def test_undo_takes_a_loading_back_whole_and_is_refused_once_a_municipality_is_a_member():
    raw = (DATA / "municipalities.csv").read_bytes()
    first = load(raw)
    assert undo_members(by=BY, batch_id=first.batch_id, now=NOW) == 59 + 236
    assert Municipality.objects.count() == Population.objects.count() == 0
    second = load(raw)
    services.join_elibrary(by=BY, code="564", valid_from=date(2021, 1, 1), now=NOW)
    with pytest.raises(UndoRefused) as caught:
        undo_members(by=BY, batch_id=second.batch_id, now=NOW)
    assert ("564", "is-member") in [(b.key, b.code) for b in caught.value.blockers]
    assert Municipality.objects.count() == 59


def test_undo_is_refused_where_a_population_was_corrected_since():
    raw = (DATA / "municipalities.csv").read_bytes()
    report = load(raw)
    Population.objects.filter(municipality__code="564", reference_date=date(2020, 12, 31)).update(residents=1)
    with pytest.raises(UndoRefused) as caught:
        undo_members(by=BY, batch_id=report.batch_id, now=NOW)
    assert [(b.key, b.code) for b in caught.value.blockers] == [("564 2020-12-31", "changed-since")]


def test_a_second_membership_for_a_part_of_the_same_time_is_refused(north):
    with pytest.raises(OverlappingMembership):
        services.join_elibrary(by=BY, code="564", valid_from=date(2023, 1, 1), now=NOW)
    with pytest.raises(OverlappingMembership):
        services.place_in_kimppa(
            by=BY, code="765", kimppa="outi", valid_from=date(2024, 1, 1), valid_to=date(2025, 5, 1), now=NOW
        )
    assert len(queries.members_on(date(2023, 1, 1))) == 59


def test_moving_to_another_kimppa_ends_the_earlier_one_on_the_day_before(north):
    services.move_to_kimppa(by=BY, code="564", kimppa="joki", valid_from=date(2023, 1, 1), now=NOW)
    spans = histories.history("564").kimppas
    assert [(s.what, s.valid_to) for s in spans] == [
        ("OUTI-kirjastot", date(2022, 12, 31)),
        ("Joki-kirjastot", None),
    ]


def test_a_responsible_person_changes_members_of_the_own_area_only(north):
    veikko = member_of_staff(Role.RESPONSIBLE_PERSON, Scope(ScopeKind.AREA, "lappi"))
    assert may(veikko, Act.EDIT_MEMBERS, on=Scope.municipality("890"), now=NOW)
    with pytest.raises(NotYours):
        services.place_in_kimppa(by=veikko, code="564", kimppa="joki", valid_from=date(2030, 1, 1), now=NOW)
    assert not AuditEntry.objects.filter(user=veikko).exists()


def test_a_role_holds_from_its_first_day_to_its_last(north):
    saara = member_of_staff(Role.DIRECTOR, Scope.municipality("742"))
    assert not may(saara, Act.SEE_PLATFORMS, now=datetime(2021, 12, 31, 12, tzinfo=UTC))
    row = saara.roles.get()
    people.end_role(by=BY, assignment_id=row.pk, valid_to=date(2022, 11, 15), now=NOW)
    assert may(saara, Act.SEE_PLATFORMS, now=NOW)
    assert not may(saara, Act.SEE_PLATFORMS, now=datetime(2022, 11, 16, 12, tzinfo=UTC))


def test_the_last_coordinator_keeps_the_role():
    kaisa = member_of_staff(Role.COORDINATOR, Scope.consortium())
    with pytest.raises(people.LastCoordinator):
        people.close_account(by=kaisa, user_id=kaisa.pk, now=NOW)
    kaisa.refresh_from_db()
    assert kaisa.is_active


def test_an_invitation_opens_an_account_once_and_its_token_is_not_kept():
    kaisa = member_of_staff(Role.COORDINATOR, Scope.consortium())
    invited = {"email": "Uusi@X.example", "name": "Uusi", "language": "fi", "role": Role.FINANCE}
    token = people.invite(by=kaisa, **invited, scope=Scope.consortium(), now=NOW, real_now=NOW)
    user = User.objects.get(email="uusi@x.example")
    assert not user.is_active
    assert not User.objects.filter(password__contains=token).exists()
    assert token not in str(user.invitation.token_hash)
    accept_invitation(token=token, password="neljä ihan tavallista sanaa", now=NOW)
    assert User.objects.get(pk=user.pk).is_active
    with pytest.raises(InvitationGone):
        accept_invitation(token=token, password="neljä ihan tavallista sanaa", now=NOW)
    with pytest.raises(AlreadyStaff):
        people.invite(by=kaisa, **invited, scope=Scope.consortium(), now=NOW, real_now=NOW)


def test_an_invitation_is_not_good_after_fourteen_days():
    kaisa = member_of_staff(Role.COORDINATOR, Scope.consortium())
    token = people.invite(
        by=kaisa,
        email="a@x.example",
        name="A",
        language="fi",
        role=Role.FINANCE,
        scope=Scope.consortium(),
        now=NOW,
        real_now=NOW,
    )
    with pytest.raises(InvitationGone):
        accept_invitation(
            token=token, password="neljä ihan tavallista sanaa", now=NOW.replace(day=29, hour=11)
        )


def test_a_merged_municipality_is_as_it_was_before_and_names_its_successor_after(north):
    services.merge_municipality(by=BY, code="785", into="564", on=date(2030, 1, 1), now=NOW)
    assert "785" in queries.member_codes_on(date(2029, 12, 31))
    assert "785" not in queries.member_codes_on(date(2030, 1, 1))
    assert all("785" not in k.codes for k in queries.kimppas_on(date(2030, 1, 1)))
    row = queries.municipality("785")
    assert (row.ended_on, row.successor_code) == (date(2030, 1, 1), "564")
    assert len(histories.history("785").populations) == 4
    with pytest.raises(AlreadyMerged):
        services.merge_municipality(by=BY, code="785", into="564", on=date(2031, 1, 1), now=NOW)
    with pytest.raises(AlreadyMerged):
        services.merge_municipality(by=BY, code="564", into="564", on=date(2031, 1, 1), now=NOW)


def test_every_change_stands_in_the_audit_trail_with_who_and_what(north):
    services.end_kimppa(by=BY, code="564", valid_to=date(2022, 12, 31), now=NOW)
    entry = AuditEntry.objects.latest("pk")
    assert (entry.actor, entry.act, entry.at) == ("test", "members.end_kimppa", NOW)
    assert entry.before == {"valid_to": None}
    assert entry.after == {"valid_to": "2022-12-31", "municipality": "564"}
