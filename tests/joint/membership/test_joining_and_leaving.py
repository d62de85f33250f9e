"""A municipality joins and leaves: each step in its order, the money to the cent, nothing half-done."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from tests.consortium.conftest import BY

from kimppa.commons.members import queries as members
from kimppa.commons.members.models import LegalParty, Membership, Municipality, RoleAssignment
from kimppa.commons.members.permissions import NotYours
from kimppa.consortium.agreements import authority
from kimppa.consortium.agreements.models import Agreement, Mandate
from kimppa.consortium.agreements.rules import AgreementKind, CostClass, Purpose
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets import services as levies
from kimppa.consortium.budgets.models import LevyRevision, MemberMonths
from kimppa.consortium.budgets.rules import BadMonths
from kimppa.consortium.budgets.services import Resolution
from kimppa.consortium.budgets.shares import shares_of
from kimppa.consortium.governance.models import Decision
from kimppa.consortium.governance.services import Words
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core.money import Cents
from kimppa.joint.membership import queries, services
from kimppa.joint.membership.models import MembershipCase
from kimppa.joint.membership.preview import consequences
from kimppa.joint.membership.rules import (
    AlreadyMember,
    CaseClosed,
    CaseOpen,
    DateOutOfOrder,
    Kind,
    NoAgreement,
    NotMember,
    NumberNeeded,
    Step,
    StepMissing,
    suggested_months,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)
# Hyrynsalmi, 2,232 residents on 31.12.2020: 0.75 × 2,232 × 3/12 = 418.50 €.
CODE, DAY = "105", date(2022, 10, 1)
YEAR = date(2020, 12, 31)


def said(number: str) -> Resolution:
    return Resolution("directors-days", number, date(2022, 9, 20), Words(f"Päätös {number}"))


@pytest.fixture
def levied(region: None) -> int:
    """2022 levied by 0.75 for 58 members: one is not in yet; a signed cooperation agreement."""
    Membership.objects.filter(municipality__code=CODE).delete()
    for code in (CODE, "564", "698"):
        place = members.municipality(code)
        assert place is not None
        LegalParty.objects.create(name=place.name_fi, municipality_id=_pk(code), fictional=True)
    Agreement.objects.create(
        kind=AgreementKind.COOPERATION.value,
        diary_number="ESIMERKKI/1/2021",
        title_fi="Yhteistyösopimus",
        valid_from=date(2021, 1, 1),
        signed_on=date(2020, 12, 1),
    )
    return levies.decide_and_levy(
        by=BY,
        resolution=said("1/2022"),
        year=2022,
        cost_class=CostClass.CONTENT,
        rate=Decimal("0.75"),
        reference_date=YEAR,
        now=NOW,
    )


def _pk(code: str) -> int:
    return Municipality.objects.get(code=code).pk


def invite(kind: Kind = Kind.JOIN, code: str = CODE, day: date = DAY) -> int:
    return services.open_case(
        by=BY, kind=kind, municipality=code, day=day, opened_on=date(2022, 8, 1), now=NOW
    )


def decided(case: int) -> None:
    services.record_board(by=BY, case=case, decided_on=date(2022, 9, 1), number="Khall 5 §", now=NOW)


def signed(case: int) -> None:
    services.sign(by=BY, case=case, signed_on=date(2022, 9, 10), now=NOW)


def in_force(case: int, months: int = 3, number: str = "9/2022") -> tuple[int, ...]:
    return services.put_in_force(by=BY, case=case, resolution=said(number), months=months, now=NOW)


def test_joining_in_october_charges_three_months_and_changes_nobody_else(levied: int) -> None:
    residents = members.population(YEAR)[CODE]
    expected = (2 * residents * 75 * 3 + 12) // 24
    seen = consequences(Kind.JOIN, CODE, DAY, suggested_months(Kind.JOIN, DAY))
    assert suggested_months(Kind.JOIN, DAY) == 3
    assert {row.code: row.change.value for row in seen.members if row.change.value} == {CODE: expected}
    assert seen.coordinator == "564"
    case = invite()
    decided(case)
    signed(case)
    made = in_force(case)
    assert len(made) == 1
    joined = {share.code: share for share in shares_of(made[0])}
    assert (joined[CODE].months, joined[CODE].amount) == (3, Cents(expected))
    assert budgets.revision(made[0]).total == seen.after
    assert CODE in members.member_codes_on(DAY)
    assert CODE not in members.member_codes_on(date(2022, 9, 30))
    row = queries.case(case)
    assert (row.step, row.months, row.decision_number) == (Step.IN_FORCE, 3, "9/2022")


def test_the_signature_makes_a_party_and_gives_the_coordinating_city_its_mandates(levied: int) -> None:
    case = invite()
    decided(case)
    signed(case)
    given = Mandate.objects.filter(grantor__municipality__code=CODE)
    assert {(m.purpose, m.holder.municipality.code if m.holder.municipality else "") for m in given} == {
        (purpose.value, "564") for purpose in Purpose
    }
    assert {m.valid_from for m in given} == {DAY}
    in_force(case)
    bound = {row.code: row.state for row in authority.bound_on(DAY, Purpose.SIGN)}
    assert bound[CODE] == authority.Bound.BOUND


def test_a_step_is_not_taken_before_the_one_that_it_needs(levied: int) -> None:
    case = invite()
    for early in (lambda: signed(case), lambda: in_force(case)):
        with pytest.raises(StepMissing):
            early()
    decided(case)
    with pytest.raises(StepMissing):
        in_force(case)
    assert not MemberMonths.objects.exists()
    assert CODE not in members.member_codes_on(DAY)


def test_days_run_forward_and_the_boards_decision_has_a_number(levied: int) -> None:
    case = invite()
    for wrong in (date(2022, 7, 31), date(2022, 11, 16)):
        with pytest.raises(DateOutOfOrder):
            services.record_board(by=BY, case=case, decided_on=wrong, number="1", now=NOW)
    with pytest.raises(NumberNeeded):
        services.record_board(by=BY, case=case, decided_on=date(2022, 9, 1), number=" ", now=NOW)
    decided(case)
    with pytest.raises(DateOutOfOrder):
        services.sign(by=BY, case=case, signed_on=date(2022, 8, 31), now=NOW)


def test_nothing_is_half_done_when_the_months_are_impossible(levied: int) -> None:
    case = invite()
    decided(case)
    signed(case)
    with pytest.raises(BadMonths):
        in_force(case, months=13)
    assert CODE not in members.member_codes_on(DAY)
    assert not Decision.objects.filter(diary_number="9/2022").exists()
    assert queries.case(case).step is Step.SIGNED
    assert LevyRevision.objects.count() == 1


def test_without_a_signed_agreement_nobody_signs(levied: int) -> None:
    Agreement.objects.update(signed_on=None)
    case = invite()
    decided(case)
    with pytest.raises(NoAgreement):
        signed(case)


def test_one_case_at_a_time_and_only_for_those_that_can(levied: int) -> None:
    invite()
    with pytest.raises(CaseOpen):
        invite()
    with pytest.raises(AlreadyMember):
        invite(code="564")
    MembershipCase.objects.all().delete()
    with pytest.raises(NotMember):
        invite(Kind.LEAVE)


def test_leaving_in_june_ends_membership_and_mandates_and_charges_six_months(levied: int) -> None:
    joining = invite()
    decided(joining)
    signed(joining)
    in_force(joining)
    last = date(2022, 6, 30)
    case = invite(Kind.LEAVE, "564", last)
    decided(case)
    seen = consequences(Kind.LEAVE, "564", last, 6)
    change = {row.code: row.change.value for row in seen.members if row.change.value}
    assert set(change) == {"564"}
    made = in_force(case, months=6, number="10/2022")
    oulu = next(share for share in shares_of(made[0]) if share.code == "564")
    residents = members.population(YEAR)["564"]
    assert oulu.amount.value == (2 * residents * 75 * 6 + 12) // 24
    assert "564" in members.member_codes_on(last)
    assert "564" not in members.member_codes_on(date(2022, 7, 1))
    assert budgets.revision(made[0]).total == seen.after


def test_a_mandate_given_ends_with_the_membership(levied: int) -> None:
    joining = invite()
    decided(joining)
    signed(joining)
    in_force(joining)
    case = invite(Kind.LEAVE, day=date(2022, 12, 31))
    decided(case)
    in_force(case, months=3, number="11/2022")
    ends = Mandate.objects.filter(grantor__municipality__code=CODE).values_list("valid_to", flat=True)
    assert set(ends) == {date(2022, 12, 31)}


def test_a_cancelled_case_stays_readable_and_takes_no_step(levied: int) -> None:
    case = invite()
    services.cancel(by=BY, case=case, reason="Kunta perui", now=NOW)
    row = queries.case(case)
    assert (row.step, row.cancel_reason) == (Step.CANCELLED, "Kunta perui")
    with pytest.raises(CaseClosed):
        decided(case)
    invite()


def test_every_step_is_refused_to_one_who_only_sees(levied: int) -> None:
    case = invite()
    user = User.objects.create(
        email="x@example.org", name="X", is_demo=True, date_joined=datetime(2022, 1, 1, tzinfo=UTC)
    )
    RoleAssignment.objects.create(user=user, role="director", scope_kind="municipality", scope_code=CODE)
    for act in (
        lambda: services.open_case(
            by=user, kind=Kind.JOIN, municipality=CODE, day=DAY, opened_on=DAY, now=NOW
        ),
        lambda: services.record_board(by=user, case=case, decided_on=DAY, number="1", now=NOW),
        lambda: services.sign(by=user, case=case, signed_on=DAY, now=NOW),
        lambda: services.put_in_force(by=user, case=case, resolution=said("1"), months=1, now=NOW),
        lambda: services.cancel(by=user, case=case, reason="x", now=NOW),
    ):
        with pytest.raises(NotYours):
            act()
