"""Mandates: who is bound on a day, and no signature for a member without one."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from tests.consortium.conftest import BY, NOW

from kimppa.commons.members.models import LegalParty
from kimppa.consortium.agreements import authority, mandates
from kimppa.consortium.agreements.authority import Bound
from kimppa.consortium.agreements.models import Agreement, AgreementParty, Mandate
from kimppa.consortium.agreements.rules import (
    AgreementKind,
    Binds,
    MandateBeginsLater,
    MandateDates,
    MandateIncomplete,
    MandateMissing,
    MandateOverlaps,
    NoSigner,
    PartyRole,
    Purpose,
    SignedAlready,
    SignedInFuture,
)
from kimppa.consortium.agreements.services import record_agreement, sign
from kimppa.doors.console.demo import governance
from kimppa.doors.console.demo import money as demo
from kimppa.foundation.accounts.models import AuditEntry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_money")]


def party(code: str) -> int:
    return LegalParty.objects.get(municipality__code=code).pk


def cooperation() -> int:
    return Agreement.objects.get(diary_number=demo.AGREEMENT).pk


def give(code: str, holder: str = "698", *, start: date = date(2022, 1, 1), end: date | None = None) -> int:
    return mandates.grant(
        by=BY,
        grantors=[party(code)],
        holder=party(holder),
        purposes=[Purpose.SIGN],
        valid_from=start,
        valid_to=end,
        agreement=cooperation(),
        now=NOW,
    )


def contract(number: str, *roles: tuple[str, PartyRole], binds: Binds = Binds.LISTED) -> str:
    record_agreement(
        by=BY,
        kind=AgreementKind.VENDOR,
        diary_number=number,
        title_fi="Sopimus (ESIMERKKI)",
        signed_on=None,
        valid_from=date(2022, 1, 1),
        parties=[(party(code), role) for code, role in roles],
        binds=binds,
        now=NOW,
    )
    return number


def states(day: date) -> dict[str, Bound]:
    return {row.code: row.state for row in authority.bound_on(day, Purpose.SIGN)}


def test_who_is_bound_on_a_day_answers_for_each_member() -> None:
    give("890", start=date(2022, 3, 1), end=date(2022, 6, 30))
    assert states(date(2022, 2, 28))["890"] is Bound.LATER
    assert states(date(2022, 3, 1))["890"] is Bound.BOUND
    assert states(date(2022, 6, 30))["890"] is Bound.BOUND
    assert states(date(2022, 7, 1))["890"] is Bound.ENDED
    assert states(date(2022, 3, 1))["698"] is Bound.HOLDER
    assert states(date(2022, 3, 1))["742"] is Bound.NONE
    assert len(states(date(2022, 3, 1))) == 59


def test_the_demo_binds_57_members_to_two_cities() -> None:
    governance.load(by=BY, now=NOW)
    rows = Mandate.objects.count()
    governance.load(by=BY, now=NOW)
    assert Mandate.objects.count() == rows == 171
    found = list(states(date(2022, 1, 1)).values())
    assert (found.count(Bound.BOUND), found.count(Bound.HOLDER), len(found)) == (57, 2, 59)
    assert set(states(date(2021, 12, 31)).values()) == {Bound.LATER, Bound.NONE}


def test_a_mandate_that_starts_after_the_signature_signs_nothing() -> None:
    give("890", start=date(2022, 3, 1))
    number = contract("E/1", ("698", PartyRole.COORDINATOR), ("890", PartyRole.MEMBER))
    with pytest.raises(MandateBeginsLater) as refused:
        sign(by=BY, agreement=number, signed_on=date(2022, 2, 28), now=NOW)
    assert refused.value.params == {
        "name": "Utsjoki (ESIMERKKI)",
        "start": "2022-03-01",
        "day": "2022-02-28",
        "count": 1,
    }
    assert Agreement.objects.get(diary_number=number).signed_on is None
    assert not AuditEntry.objects.filter(act="agreements.sign").exists()
    assert sign(by=BY, agreement=number, signed_on=date(2022, 3, 1), now=NOW) == 1
    row = AgreementParty.objects.get(agreement__diary_number=number, role="member")
    assert row.mandate is not None
    assert row.mandate.valid_from == date(2022, 3, 1)


def test_no_signature_for_a_member_without_a_mandate_not_even_when_recorded_as_signed() -> None:
    number = contract("E/1", ("698", PartyRole.COORDINATOR), ("890", PartyRole.MEMBER))
    with pytest.raises(MandateMissing):
        sign(by=BY, agreement=number, signed_on=date(2022, 2, 1), now=NOW)
    give("890", holder="564")  # to another city than the one that signs
    with pytest.raises(MandateMissing):
        sign(by=BY, agreement=number, signed_on=date(2022, 2, 1), now=NOW)
    with pytest.raises(MandateMissing):
        record_agreement(
            by=BY,
            kind=AgreementKind.VENDOR,
            diary_number="E/2",
            title_fi="Suoraan",
            signed_on=date(2022, 2, 1),
            valid_from=date(2022, 1, 1),
            parties=[(party("698"), PartyRole.COORDINATOR), (party("890"), PartyRole.MEMBER)],
            now=NOW,
        )
    assert not Agreement.objects.filter(diary_number="E/2").exists()


def test_a_contract_for_every_member_keeps_whom_it_bound() -> None:
    governance.load(by=BY, now=NOW)
    cities = (("698", PartyRole.COORDINATOR), ("564", PartyRole.COORDINATOR))
    number = contract("E/1", *cities, binds=Binds.MEMBERS)
    with pytest.raises(MandateBeginsLater):
        sign(by=BY, agreement=number, signed_on=date(2021, 12, 31), now=NOW)
    assert AgreementParty.objects.filter(agreement__diary_number=number).count() == 2
    assert sign(by=BY, agreement=number, signed_on=date(2022, 1, 1), now=NOW) == 57
    rows = AgreementParty.objects.filter(agreement__diary_number=number, role="member")
    assert rows.filter(mandate__isnull=False).count() == 57
    with pytest.raises(SignedAlready):
        sign(by=BY, agreement=number, signed_on=date(2022, 1, 2), now=NOW)


def test_nobody_signs_for_members_without_a_coordinating_city_or_before_the_day() -> None:
    give("890")
    number = contract("E/1", ("890", PartyRole.MEMBER))
    with pytest.raises(NoSigner):
        sign(by=BY, agreement=number, signed_on=date(2022, 2, 1), now=NOW)
    with pytest.raises(SignedInFuture):
        sign(by=BY, agreement=number, signed_on=date(2022, 11, 16), now=NOW)


def test_a_mandate_without_paper_to_oneself_or_twice_is_refused() -> None:
    given = {"by": BY, "purposes": [Purpose.SIGN], "valid_from": date(2022, 1, 1), "now": NOW}
    with pytest.raises(MandateIncomplete):
        mandates.grant(grantors=[party("890")], holder=party("698"), **given)
    with pytest.raises(MandateIncomplete):
        mandates.grant(grantors=[party("698")], holder=party("698"), agreement=cooperation(), **given)
    with pytest.raises(MandateDates):
        give("890", start=date(2022, 2, 1), end=date(2022, 1, 31))
    give("890")
    both = [party("742"), party("890")]
    with pytest.raises(MandateOverlaps):
        mandates.grant(grantors=both, holder=party("698"), agreement=cooperation(), **given)
    assert Mandate.objects.count() == 1  # none of the two


def test_an_ended_mandate_leaves_what_was_signed_and_may_be_given_anew() -> None:
    give("890")
    number = contract("E/1", ("698", PartyRole.COORDINATOR), ("890", PartyRole.MEMBER))
    sign(by=BY, agreement=number, signed_on=date(2022, 2, 1), now=NOW)
    mandates.end(by=BY, mandate=Mandate.objects.get().pk, valid_to=date(2022, 6, 30), now=NOW)
    assert states(date(2022, 7, 1))["890"] is Bound.ENDED
    assert AgreementParty.objects.filter(mandate__isnull=False).count() == 1
    give("890", start=date(2022, 7, 1))
    assert states(date(2022, 7, 1))["890"] is Bound.BOUND


def test_the_database_refuses_a_mandate_without_paper() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Mandate.objects.create(
            grantor_id=party("890"),
            holder_id=party("698"),
            purpose="sign",
            valid_from=date(2022, 1, 1),
            recorded_at=NOW,
        )
