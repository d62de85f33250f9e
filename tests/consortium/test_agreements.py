"""Agreements: typed terms, computed days, value, data protection, versions, papers."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from tests.consortium.conftest import BY, NOW

from kimppa.commons.members.models import LegalParty
from kimppa.consortium.agreements import contracts, deadlines, drafts, papers, procurement
from kimppa.consortium.agreements.contracts import Protection, State
from kimppa.consortium.agreements.deadlines import Kind, Span
from kimppa.consortium.agreements.drafts import Draft
from kimppa.consortium.agreements.models import Agreement, AgreementDocument, Ending, Term
from kimppa.consortium.agreements.procurement import Standing
from kimppa.consortium.agreements.rules import (
    AgreementKind,
    AgreementSigned,
    AgreementTaken,
    BadRelation,
    BadTerm,
    DocumentRole,
    EndsTooSoon,
    NoOptionLeft,
    OptionTooLate,
    PartyRole,
    Relation,
    TermsOverlap,
    VersionBegins,
    VersionExists,
)
from kimppa.consortium.agreements.services import sign
from kimppa.consortium.agreements.terms import TermKind, TermValue, parse
from kimppa.doors.console.demo import governance
from kimppa.foundation.core.money import Cents
from kimppa.foundation.files.models import StoredFile
from kimppa.foundation.files.services import FileTooLarge, FileTypeRefused

DAY = date(2022, 11, 15)


# ── pure ──────────────────────────────────────────────────────────────────────────────────────────
def test_notice_moves_to_the_working_day_before_a_holiday() -> None:
    # 6.12.2022 is Independence Day; the Tuesday's working day before is Monday 5.12.
    span = Span(date(2022, 1, 1), date(2023, 1, 6), notice_months=1, renewal_months=12)
    days = deadlines.days(span, on=DAY)
    assert (days.ends_on, days.notice_by, days.renews_on) == (
        date(2023, 1, 6),
        date(2022, 12, 5),
        date(2023, 1, 7),
    )


def test_a_renewing_agreement_moves_on_by_whole_periods_and_keeps_month_ends() -> None:
    span = Span(date(2020, 3, 1), date(2021, 2, 28), notice_months=3, renewal_months=6)
    assert deadlines.days(span, on=date(2021, 2, 28)).ends_on == date(2021, 2, 28)
    assert deadlines.days(span, on=date(2021, 3, 1)).ends_on == date(2021, 8, 31)
    assert deadlines.days(span, on=date(2024, 1, 1)).ends_on == date(2024, 2, 29)
    assert deadlines.days(span, on=date(2024, 1, 1)).last_possible is None


def test_options_give_a_last_day_to_use_them_and_a_longest_end() -> None:
    span = Span(date(2022, 1, 1), date(2023, 12, 31), options=2, option_months=12, option_notice_months=3)
    days = deadlines.days(span, on=DAY)
    assert (days.option_by, days.options_left, days.last_possible) == (
        date(2023, 9, 29),  # 30.9.2023 is a Saturday
        2,
        date(2025, 12, 31),
    )
    assert days.ends_on == date(2023, 12, 31)


def test_an_agreement_until_further_notice_has_no_end_until_notice_is_given() -> None:
    span = Span(date(2022, 1, 1), None, notice_months=6)
    assert deadlines.days(span, on=DAY).ends_on is None
    assert deadlines.earliest_end(span, given_on=date(2022, 8, 31), on=DAY) == date(2023, 2, 28)


def test_a_notice_that_is_late_ends_the_period_after() -> None:
    span = Span(date(2022, 1, 1), date(2022, 12, 31), notice_months=1, renewal_months=12)
    on_time, late = date(2022, 11, 30), date(2022, 12, 1)
    assert deadlines.earliest_end(span, given_on=on_time, on=on_time) == date(2022, 12, 31)
    assert deadlines.earliest_end(span, given_on=late, on=late) == date(2023, 12, 31)


@pytest.mark.parametrize(
    ("span", "yearly", "whole", "standing"),
    [
        (Span(date(2022, 1, 1), date(2023, 12, 31)), 30_000_00, 60_000_00, Standing.AT_OR_ABOVE),
        (Span(date(2022, 1, 1), date(2023, 12, 31)), 29_999_99, 59_999_98, Standing.BELOW),
        (
            Span(date(2022, 1, 1), date(2023, 12, 31), options=2, option_months=12),
            15_000_00,
            60_000_00,
            Standing.AT_OR_ABOVE,
        ),
        (Span(date(2022, 1, 1), None), 14_999_99, 59_999_96, Standing.BELOW),
        (Span(date(2022, 1, 1), date(2022, 8, 31)), 1_00, 67, Standing.BELOW),
    ],
)
def test_the_value_counts_options_and_48_months_where_there_is_no_end(
    span: Span, yearly: int, whole: int, standing: Standing
) -> None:
    found = procurement.value(span, yearly=Cents(yearly), one_off=None)
    assert found == Cents(whole)
    assert procurement.standing(found, on=DAY) is standing


def test_no_value_and_a_day_before_the_first_threshold_are_unknown_not_below() -> None:
    assert procurement.standing(None, on=DAY) is Standing.UNKNOWN
    assert procurement.standing(Cents(1), on=date(2016, 12, 31)) is Standing.UNKNOWN


def test_terms_are_read_as_typed_values_or_refused() -> None:
    assert parse(TermKind.NOTICE_MONTHS, " 6 ") == TermValue(number=6)
    assert parse(TermKind.YEARLY_VALUE, "14 000,50 €") == TermValue(cents=1_400_050)
    assert parse(TermKind.SERVICE_LEVEL, "99,95 %") == TermValue(number=9995)
    assert parse(TermKind.PERSONAL_DATA, "Kyllä") == TermValue(word="yes")
    for kind, bad in (
        (TermKind.NOTICE_MONTHS, "puoli vuotta"),
        (TermKind.NOTICE_MONTHS, "-1"),
        (TermKind.NOTICE_MONTHS, "601"),
        (TermKind.YEARLY_VALUE, "-5"),
        (TermKind.SERVICE_LEVEL, "100,01"),
        (TermKind.SERVICE_LEVEL, "NaN"),
        (TermKind.PERSONAL_DATA, "ehkä"),
        (TermKind.BILLING, " "),
    ):
        with pytest.raises(BadTerm):
            parse(kind, bad)


# ── verbs ─────────────────────────────────────────────────────────────────────────────────────────
def write(number: str, kind: AgreementKind = AgreementKind.VENDOR, **changes: object) -> int:
    city = LegalParty.objects.get(municipality__code="698").pk
    told = {
        "kind": kind,
        "diary_number": number,
        "title_fi": "Sopimus",
        "valid_from": date(2022, 1, 1),
        "valid_to": date(2022, 12, 31),
        "parties": ((city, PartyRole.COORDINATOR),),
        "vendor": "Esimerkki Oy",
    } | changes
    return drafts.write(by=BY, draft=Draft(**told), now=NOW)  # type: ignore[arg-type]


def term(agreement: int, kind: TermKind, value: str, **dates: date) -> int:
    return drafts.put_term(by=BY, agreement=agreement, kind=kind, value=value, now=NOW, **dates)


@pytest.fixture
def city(db: None) -> None:
    LegalParty.objects.create(name="Rovaniemi", municipality=_place("698"))


def _place(code: str):
    from kimppa.commons.members.models import Municipality, Region

    region = Region.objects.create(code="19", name_fi="Lappi")
    return Municipality.objects.create(code=code, name_fi="Rovaniemi", region=region)


def shown(agreement: int, on: date = DAY) -> contracts.ContractRow:
    found = contracts.contract(agreement, on=on)
    assert found is not None
    return found.row


def test_overlapping_terms_are_refused_and_dated_ones_follow_each_other(city: None) -> None:
    one = write("E/1")
    term(one, TermKind.YEARLY_VALUE, "1000", valid_to=date(2022, 6, 30))
    with pytest.raises(TermsOverlap):
        term(one, TermKind.YEARLY_VALUE, "2000", valid_from=date(2022, 6, 30))
    with pytest.raises(TermsOverlap):
        term(one, TermKind.YEARLY_VALUE, "2000")
    term(one, TermKind.YEARLY_VALUE, "2000", valid_from=date(2022, 7, 1))
    assert Term.objects.count() == 2
    assert shown(one, date(2022, 6, 30)).value == Cents(1000_00)
    assert shown(one, date(2022, 7, 1)).value == Cents(2000_00)
    with pytest.raises(IntegrityError), transaction.atomic():
        Term.objects.create(agreement_id=one, kind="yearly-value", cents=1)


def test_nothing_is_edited_after_the_signature_and_a_new_version_supersedes(city: None) -> None:
    one = write("E/1")
    kept = term(one, TermKind.NOTICE_MONTHS, "3")
    sign(by=BY, agreement="E/1", signed_on=date(2022, 1, 3), now=NOW)
    with pytest.raises(AgreementSigned):
        write_over(one)
    with pytest.raises(AgreementSigned):
        term(one, TermKind.BILLING, "Tammikuu")
    with pytest.raises(AgreementSigned):
        drafts.remove_term(by=BY, term=kept, now=NOW)
    with pytest.raises(VersionBegins):
        drafts.new_version(by=BY, agreement=one, diary_number="E/2", valid_from=date(2022, 1, 1), now=NOW)
    with pytest.raises(AgreementTaken):
        drafts.new_version(by=BY, agreement=one, diary_number="E/1", valid_from=date(2022, 9, 1), now=NOW)
    two = drafts.new_version(by=BY, agreement=one, diary_number="E/2", valid_from=date(2022, 9, 1), now=NOW)
    assert shown(one).state is State.IN_FORCE  # until the new version is signed
    assert [t.number for t in contracts.contract(two, on=DAY).terms] == [3]  # type: ignore[union-attr]
    sign(by=BY, agreement="E/2", signed_on=date(2022, 8, 1), now=NOW)
    assert (shown(one).state, shown(one).ends_on) == (State.ENDED, date(2022, 8, 31))
    assert Agreement.objects.get(pk=one).valid_to == date(2022, 12, 31)  # as it was signed
    with pytest.raises(VersionExists):
        drafts.new_version(by=BY, agreement=one, diary_number="E/3", valid_from=date(2022, 10, 1), now=NOW)


def write_over(agreement: int) -> None:
    draft = Draft(
        kind=AgreementKind.VENDOR,
        diary_number="E/9",
        title_fi="Toinen",
        valid_from=date(2022, 1, 1),
        vendor="Toinen Oy",
    )
    drafts.write(by=BY, draft=draft, agreement=agreement, now=NOW)


def test_a_vendor_without_a_data_processing_agreement_is_a_visible_fault(city: None) -> None:
    one, paper = write("E/1"), write("E/2", AgreementKind.DATA_PROCESSING)
    assert shown(one).protection is Protection.MISSING
    with pytest.raises(BadRelation):
        papers.relate(by=BY, source=one, target=paper, kind=Relation.PROCESSING_FOR, now=NOW)
    papers.relate(by=BY, source=paper, target=one, kind=Relation.PROCESSING_FOR, now=NOW)
    assert shown(one).protection is Protection.MISSING  # not signed yet
    sign(by=BY, agreement="E/2", signed_on=date(2022, 1, 3), now=NOW)
    assert shown(one).protection is Protection.IN_ORDER
    assert shown(one, date(2023, 1, 1)).protection is Protection.MISSING  # it has ended
    other = write("E/3")
    term(other, TermKind.PERSONAL_DATA, "ei")
    assert shown(other).protection is Protection.NOT_NEEDED
    assert shown(paper).protection is Protection.NOT_ASKED


def test_an_option_is_used_once_in_time_and_lengthens(city: None) -> None:
    one = write("E/1")
    for kind, value in (
        (TermKind.OPTIONS, "1"),
        (TermKind.OPTION_MONTHS, "12"),
        (TermKind.OPTION_NOTICE_MONTHS, "2"),
    ):
        term(one, kind, value)
    sign(by=BY, agreement="E/1", signed_on=date(2022, 1, 3), now=NOW)
    with pytest.raises(OptionTooLate):
        papers.use_option(by=BY, agreement=one, used_on=date(2022, 11, 1), now=NOW)
    assert papers.use_option(by=BY, agreement=one, used_on=date(2022, 10, 31), now=NOW) == 1
    assert shown(one).ends_on == date(2023, 12, 31)
    assert shown(one).keep_until == date(2033, 12, 31)
    with pytest.raises(NoOptionLeft):
        papers.use_option(by=BY, agreement=one, used_on=date(2022, 11, 1), now=NOW)


def test_notice_ends_the_agreement_not_before_its_terms_allow(city: None) -> None:
    one = write("E/1")
    term(one, TermKind.RENEWAL_MONTHS, "12")
    term(one, TermKind.NOTICE_MONTHS, "3")
    sign(by=BY, agreement="E/1", signed_on=date(2022, 1, 3), now=NOW)
    late = date(2022, 11, 1)
    with pytest.raises(EndsTooSoon):
        papers.give_notice(by=BY, agreement=one, given_on=late, ends_on=date(2022, 12, 31), now=NOW)
    assert not Ending.objects.exists()
    papers.give_notice(by=BY, agreement=one, given_on=late, ends_on=date(2023, 12, 31), now=NOW)
    assert shown(one).ends_on == date(2023, 12, 31)
    assert shown(one, date(2024, 1, 1)).state is State.ENDED


def test_documents_are_kept_with_their_checksum_and_wrong_ones_refused(city: None) -> None:
    one = write("E/1")
    told = {"by": BY, "agreement": one, "role": DocumentRole.SIGNED, "title": "", "now": NOW}
    papers.attach_document(name="a.pdf", content=b"%PDF-1.7", media_type="application/pdf", **told)
    with pytest.raises(FileTypeRefused):
        papers.attach_document(name="a.exe", content=b"MZ", media_type="application/x-msdownload", **told)
    content = bytes(50 * 1024 * 1024 + 1)
    with pytest.raises(FileTooLarge):
        papers.attach_document(name="b.pdf", content=content, media_type="application/pdf", **told)
    assert AgreementDocument.objects.count() == StoredFile.objects.count() == 1
    document = AgreementDocument.objects.get()
    assert contracts.document(document.pk) == ("a.pdf", "application/pdf", b"%PDF-1.7")


@pytest.mark.usefixtures("demo_money")
def test_the_demo_has_one_fault_one_draft_and_its_deadlines() -> None:
    governance.load(by=BY, now=NOW)
    governance.load(by=BY, now=NOW)
    rows = {row.diary_number: row for row in contracts.contracts(on=DAY)}
    assert len(rows) == 5
    assert rows["ESIMERKKI/21/2021"].protection is Protection.IN_ORDER
    assert rows["ESIMERKKI/21/2021"].value == Cents(56_000_00)
    assert rows["ESIMERKKI/22/2021"].protection is Protection.MISSING
    assert rows["ESIMERKKI/21/2021"].keep_until == date(2033, 12, 31)
    assert rows["ESIMERKKI/22/2021"].keep_until is None  # it goes on by itself
    assert rows["ESIMERKKI/22/2021"].standing is Standing.AT_OR_ABOVE
    assert rows["ESIMERKKI/24/2022"].state is State.DRAFT
    found = contracts.deadlines_of(on=DAY, until=date(2023, 11, 15))
    assert [(d.diary_number, d.kind, d.day) for d in found] == [
        ("ESIMERKKI/22/2021", Kind.NOTICE, date(2022, 11, 30)),
        ("ESIMERKKI/22/2021", Kind.RENEWAL, date(2023, 1, 1)),
        ("ESIMERKKI/21/2021", Kind.OPTION, date(2023, 9, 29)),
    ]
