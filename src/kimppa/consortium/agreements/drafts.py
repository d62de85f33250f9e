"""Agreements before they are signed: writing, terms, new versions. After the signature nothing is edited."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction

from kimppa.commons.members.parties import record_outside_party
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements.models import (
    RETENTION_YEARS,
    Agreement,
    AgreementParty,
    AgreementRelation,
    Term,
)
from kimppa.consortium.agreements.price_copies import copy_prices
from kimppa.consortium.agreements.rules import (
    AgreementDates,
    AgreementIncomplete,
    AgreementKind,
    AgreementNotSigned,
    AgreementSigned,
    AgreementTaken,
    Binds,
    NoSuchAgreement,
    PartyRole,
    TermsOverlap,
    VersionBegins,
    VersionExists,
)
from kimppa.consortium.agreements.terms import TermKind, parse
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.audit import Value
from kimppa.foundation.core.periods import Period
from kimppa.foundation.core.text import clean_line


@dataclass(frozen=True, slots=True)
class Draft:
    """What an agreement says of itself. `vendor` and `funder` are names of outside parties, or empty."""

    kind: AgreementKind
    diary_number: str
    title_fi: str
    valid_from: date
    valid_to: date | None = None
    title_sv: str = ""
    title_en: str = ""
    parties: tuple[tuple[int, PartyRole], ...] = ()
    vendor: str = ""
    funder: str = ""
    binds: Binds = Binds.LISTED
    retention_years: int = RETENTION_YEARS
    example: bool = False

    def cleaned(self) -> Draft:
        """The same with its lines cleaned. Raises AgreementIncomplete, AgreementDates."""
        number, title = clean_line(self.diary_number)[:60], clean_line(self.title_fi)[:300]
        if not number or not title or not (self.parties or self.vendor or self.funder):
            raise AgreementIncomplete
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise AgreementDates(start=self.valid_from.isoformat(), end=self.valid_to.isoformat())
        sv, en = clean_line(self.title_sv)[:300], clean_line(self.title_en)[:300]
        return replace(self, diary_number=number, title_fi=title, title_sv=sv, title_en=en)


@transaction.atomic
def write(*, by: Actor, draft: Draft, agreement: int | None = None, now: datetime) -> int:
    """Write a new agreement, or an unsigned one anew; returns its id.

    Raises AgreementIncomplete, AgreementDates, AgreementTaken, NoSuchAgreement, AgreementSigned.
    """
    require(by, Act.EDIT_AGREEMENTS, now=now)
    said = draft.cleaned()
    row = Agreement() if agreement is None else unsigned(agreement)
    _check_number(said.diary_number, row)
    if row.supersedes is not None:
        _check_begins(row.supersedes, said.valid_from)
    before = _facts(row) if row.pk else None
    row.kind, row.diary_number, row.binds = said.kind.value, said.diary_number, said.binds.value
    row.title_fi, row.title_sv, row.title_en = said.title_fi, said.title_sv, said.title_en
    row.valid_from, row.valid_to = said.valid_from, said.valid_to
    row.retention_years, row.example = said.retention_years, said.example or row.example
    row.save()
    _set_parties(by, row, said, now)
    act = "agreements.write"
    audit.record(by=by, act=act, obj=row, before=before, after=_facts(row), now=now)
    return row.pk


@transaction.atomic
def new_version(*, by: Actor, agreement: int, diary_number: str, valid_from: date, now: datetime) -> int:
    """Begin a version that supersedes a signed one, with its parties, terms, prices and relations; its id.

    The earlier version stands as it was signed, and ends the day before once the new one is signed. Raises
    NoSuchAgreement, AgreementNotSigned, VersionExists, VersionBegins, AgreementTaken.
    """
    require(by, Act.EDIT_AGREEMENTS, now=now)
    old = found(agreement)
    if old.signed_on is None:
        raise AgreementNotSigned(number=old.diary_number)
    later = Agreement.objects.filter(supersedes=old).first()
    if later is not None:
        raise VersionExists(number=old.diary_number, later=later.diary_number)
    _check_begins(old, valid_from)
    row = Agreement(supersedes=old, kind=old.kind, binds=old.binds, example=old.example)
    row.diary_number, row.valid_from, row.valid_to = clean_line(diary_number)[:60], valid_from, old.valid_to
    row.title_fi, row.title_sv, row.title_en = old.title_fi, old.title_sv, old.title_en
    row.retention_years = old.retention_years
    if not row.diary_number:
        raise AgreementIncomplete
    if row.valid_to is not None and row.valid_to < valid_from:
        row.valid_to = None
    _check_number(row.diary_number, row)
    row.save()
    _copy(old, row)
    after: dict[str, Value] = {**_facts(row), "supersedes": old.diary_number}
    audit.record(by=by, act="agreements.new_version", obj=row, before=None, after=after, now=now)
    return row.pk


@transaction.atomic
def put_term(
    *,
    by: Actor,
    agreement: int,
    kind: TermKind,
    value: str,
    clause: str = "",
    quote: str = "",
    valid_from: date | None = None,
    valid_to: date | None = None,
    now: datetime,
) -> int:
    """Write a term of an unsigned agreement as a person reads it; returns its id.

    Raises NoSuchAgreement, AgreementSigned, BadTerm, AgreementDates, TermsOverlap.
    """
    require(by, Act.EDIT_AGREEMENTS, now=now)
    row = unsigned(agreement)
    parsed = parse(kind, value)
    if valid_from and valid_to and valid_to < valid_from:
        raise AgreementDates(start=valid_from.isoformat(), end=valid_to.isoformat())
    wanted = Period(valid_from, valid_to)
    for other in row.terms.filter(kind=kind.value):
        if Period(other.valid_from, other.valid_to).overlaps(wanted):
            start = (other.valid_from or row.valid_from or date.min).isoformat()
            end = other.valid_to.isoformat() if other.valid_to else "–"
            raise TermsOverlap(number=row.diary_number, start=start, end=end)
    term = Term.objects.create(
        agreement=row,
        kind=kind.value,
        number=parsed.number,
        cents=parsed.cents,
        word=parsed.word,
        clause=clean_line(clause)[:60],
        quote=quote.strip()[:4000],
        valid_from=valid_from,
        valid_to=valid_to,
    )
    after: dict[str, Value] = {"kind": kind.value, "value": clean_line(value)[:300]}
    audit.record(by=by, act="agreements.put_term", obj=term, before=None, after=after, now=now)
    return term.pk


@transaction.atomic
def remove_term(*, by: Actor, term: int, now: datetime) -> None:
    """Take a term out of an unsigned agreement. Raises NoSuchAgreement, AgreementSigned."""
    require(by, Act.EDIT_AGREEMENTS, now=now)
    row = Term.objects.filter(pk=term).first()
    if row is None:
        raise NoSuchAgreement(number="")
    unsigned(row.agreement_id)
    before: dict[str, Value] = {"kind": row.kind, "number": row.number, "cents": row.cents, "word": row.word}
    audit.record(by=by, act="agreements.remove_term", obj=row, before=before, after=None, now=now)
    row.delete()


def found(agreement: int) -> Agreement:
    """The agreement, locked. Raises NoSuchAgreement."""
    row = Agreement.objects.select_for_update().filter(pk=agreement).first()
    if row is None:
        raise NoSuchAgreement(number=agreement)
    return row


def unsigned(agreement: int) -> Agreement:
    """The agreement, locked, if it may still be edited. Raises NoSuchAgreement, AgreementSigned."""
    row = found(agreement)
    if row.signed_on is not None:
        raise AgreementSigned(number=row.diary_number, day=row.signed_on.isoformat())
    return row


def _check_number(number: str, row: Agreement) -> None:
    if Agreement.objects.filter(diary_number=number).exclude(pk=row.pk).exists():
        raise AgreementTaken(number=number)


def _check_begins(old: Agreement, valid_from: date) -> None:
    if old.valid_from is not None and valid_from <= old.valid_from:
        raise VersionBegins(number=old.diary_number, start=old.valid_from.isoformat())


def _set_parties(by: Actor, row: Agreement, said: Draft, now: datetime) -> None:
    wanted = set(said.parties)
    for name, role in ((said.vendor, PartyRole.VENDOR), (said.funder, PartyRole.FUNDER)):
        if clean_line(name):
            wanted.add((record_outside_party(by=by, name=name, fictional=said.example, now=now), role))
    row.parties.all().delete()
    AgreementParty.objects.bulk_create(
        AgreementParty(agreement=row, party_id=party, role=role.value)
        for party, role in sorted(wanted, key=lambda one: (one[1].value, one[0]))
    )


def _copy(old: Agreement, row: Agreement) -> None:
    """Parties (those that a signature wrote down come anew), terms, prices and relations."""
    AgreementParty.objects.bulk_create(
        AgreementParty(agreement=row, party_id=party.party_id, role=party.role)
        for party in old.parties.all()
        if old.binds == Binds.LISTED or party.mandate_id is None
    )
    for term in old.terms.all():
        term.pk, term._state.adding = None, True
        term.agreement = row
        term.save(force_insert=True)
    copy_prices(old, row)
    AgreementRelation.objects.bulk_create(
        AgreementRelation(source=row, target_id=one.target_id, kind=one.kind) for one in old.relations.all()
    )


def _facts(row: Agreement) -> dict[str, Value]:
    return {
        "kind": row.kind,
        "number": row.diary_number,
        "title": row.title_fi,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "binds": row.binds,
    }
