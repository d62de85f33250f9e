"""Reading agreements in full: their state, days, value and faults as of a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import Prefetch, QuerySet

from kimppa.consortium.agreements import deadlines, procurement
from kimppa.consortium.agreements.deadlines import Days, Kind, Span
from kimppa.consortium.agreements.models import (
    Agreement,
    AgreementDocument,
    AgreementParty,
    AgreementRelation,
    Term,
)
from kimppa.consortium.agreements.procurement import Standing
from kimppa.consortium.agreements.rules import AgreementKind, NoSuchAgreement, PartyRole, Relation
from kimppa.consortium.agreements.terms import TermKind
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import in_language, noop
from kimppa.foundation.files import queries as files

OUTSIDE = (PartyRole.VENDOR.value, PartyRole.FUNDER.value)


class State(StrEnum):
    DRAFT = "draft"
    COMING = "coming"
    IN_FORCE = "in-force"
    ENDED = "ended"


STATE_NAMES: dict[State, str] = {
    State.DRAFT: noop("Not signed"),
    State.COMING: noop("Signed, not yet in force"),
    State.IN_FORCE: noop("In force"),
    State.ENDED: noop("Ended"),
}


class Protection(StrEnum):
    """How the handling of personal data is settled; None of this concerns other kinds than vendors'."""

    NOT_ASKED = "not-asked"
    NOT_NEEDED = "not-needed"
    IN_ORDER = "in-order"
    MISSING = "missing"


PROTECTION_NAMES: dict[Protection, str] = {
    Protection.NOT_ASKED: noop("Does not concern it"),
    Protection.NOT_NEEDED: noop("Handles no personal data"),
    Protection.IN_ORDER: noop("Data-processing agreement in force"),
    Protection.MISSING: noop("No data-processing agreement"),
}


@dataclass(frozen=True, slots=True)
class TermRow:
    id: int
    kind: TermKind
    number: int | None
    cents: int | None
    word: str
    clause: str
    quote: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class ContractRow:
    """One agreement on a day. `ends_on`: the end of the running period, or the day before a newer version."""

    id: int
    kind: AgreementKind
    diary_number: str
    title_fi: str
    title_sv: str
    title_en: str
    other_party: str
    signed_on: date | None
    valid_from: date | None
    valid_to: date | None
    state: State
    days: Days
    ends_on: date | None
    value: Cents | None
    standing: Standing
    protection: Protection
    keep_until: date | None
    example: bool

    def title(self, language: str) -> str:
        return in_language(language, fi=self.title_fi, sv=self.title_sv, en=self.title_en)


@dataclass(frozen=True, slots=True)
class PartyView:
    party_id: int
    name: str
    code: str
    role: PartyRole
    mandate_id: int | None


@dataclass(frozen=True, slots=True)
class DocumentRow:
    id: int
    role: str
    title: str
    name: str
    size: int
    media_type: str
    sha256: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class RelationRow:
    """`outgoing`: this agreement is the source of the relation."""

    kind: Relation
    outgoing: bool
    agreement_id: int
    diary_number: str
    title_fi: str


@dataclass(frozen=True, slots=True)
class ContractDetail:
    row: ContractRow
    binds: str
    retention_years: int
    parties: tuple[PartyView, ...]
    terms: tuple[TermRow, ...]
    documents: tuple[DocumentRow, ...]
    relations: tuple[RelationRow, ...]
    versions: tuple[tuple[int, str, date | None], ...]
    newer: tuple[int, str] | None
    options_used: tuple[tuple[int, date], ...]
    notice: tuple[date, date] | None


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """Something that must be done by a day, or happens on it by itself."""

    agreement_id: int
    diary_number: str
    title_fi: str
    title_sv: str
    title_en: str
    kind: Kind
    day: date

    def title(self, language: str) -> str:
        return in_language(language, fi=self.title_fi, sv=self.title_sv, en=self.title_en)


def span_of(agreement: Agreement, *, on: date | None = None) -> Span:
    """What an agreement's days are computed from; of dated terms those of the day, else the last ones."""
    terms = _standing(agreement.terms.all(), on or agreement.valid_from)
    told = {kind: term.number for kind, term in terms.items()}
    ending = getattr(agreement, "ending", None)
    return Span(
        valid_from=agreement.valid_from,
        valid_to=agreement.valid_to,
        notice_months=told.get(TermKind.NOTICE_MONTHS),
        renewal_months=told.get(TermKind.RENEWAL_MONTHS),
        options=told.get(TermKind.OPTIONS) or 0,
        option_months=told.get(TermKind.OPTION_MONTHS),
        option_notice_months=told.get(TermKind.OPTION_NOTICE_MONTHS),
        options_used=len(agreement.options_used.all()),
        ending=ending.ends_on if ending else None,
    )


def _standing(terms: Iterable[Term], on: date | None) -> dict[TermKind, Term]:
    """Of each kind the term that holds on the day; where none does, the nearest one."""
    best: dict[TermKind, tuple[int, Term]] = {}
    for term in terms:
        if on is None or (_begun(term, on) and (term.valid_to is None or on <= term.valid_to)):
            away = 0
        else:
            edge = term.valid_from if not _begun(term, on) else term.valid_to
            away = abs((edge - on).days) if edge else 0
        kind = TermKind(term.kind)
        if kind not in best or away < best[kind][0]:
            best[kind] = (away, term)
    return {kind: term for kind, (_away, term) in best.items()}


def _begun(term: Term, on: date) -> bool:
    return term.valid_from is None or term.valid_from <= on


def _loaded() -> QuerySet[Agreement]:
    outside = AgreementParty.objects.filter(role__in=OUTSIDE).select_related("party")
    return Agreement.objects.select_related("superseded_by", "ending").prefetch_related(
        "terms",
        "options_used",
        Prefetch("parties", queryset=outside),
        Prefetch("related_from", queryset=AgreementRelation.objects.select_related("source")),
    )


def contracts(*, on: date) -> tuple[ContractRow, ...]:
    """Every agreement as of a day, the newest first."""
    return tuple(row_of(one, on=on) for one in _loaded().order_by("-valid_from", "diary_number"))


def row_of(agreement: Agreement, *, on: date) -> ContractRow:
    """One loaded agreement as of a day."""
    span = span_of(agreement, on=on)
    days = deadlines.days(span, on=on)
    later = getattr(agreement, "superseded_by", None)
    ends_on = days.ends_on
    if later is not None and later.signed_on is not None and later.valid_from is not None:
        before = later.valid_from - timedelta(days=1)
        ends_on = before if ends_on is None else min(before, ends_on)
    runs_on = days.renews_on is not None and ends_on == days.ends_on
    whole = _value(agreement, span, on)
    outside = [row.party.name for row in agreement.parties.all() if row.role in OUTSIDE]
    return ContractRow(
        id=agreement.pk,
        kind=AgreementKind(agreement.kind),
        diary_number=agreement.diary_number,
        title_fi=agreement.title_fi,
        title_sv=agreement.title_sv,
        title_en=agreement.title_en,
        other_party=", ".join(outside),
        signed_on=agreement.signed_on,
        valid_from=agreement.valid_from,
        valid_to=agreement.valid_to,
        state=_state(agreement, ends_on, on),
        days=days,
        ends_on=ends_on,
        value=whole,
        standing=procurement.standing(whole, on=agreement.signed_on or on),
        protection=_protection(agreement, on),
        keep_until=deadlines.keep_until(None if runs_on else ends_on, agreement.retention_years),
        example=agreement.example,
    )


def _value(agreement: Agreement, span: Span, on: date) -> Cents | None:
    told = _standing(agreement.terms.all(), on)
    money = {kind: Cents(term.cents) for kind, term in told.items() if term.cents is not None}
    yearly, one_off = money.get(TermKind.YEARLY_VALUE), money.get(TermKind.ONE_OFF_VALUE)
    return procurement.value(span, yearly=yearly, one_off=one_off)


def _state(agreement: Agreement, ends_on: date | None, on: date) -> State:
    if agreement.signed_on is None:
        return State.DRAFT
    if agreement.valid_from is not None and on < agreement.valid_from:
        return State.COMING
    return State.ENDED if ends_on is not None and ends_on < on else State.IN_FORCE


def _protection(agreement: Agreement, on: date) -> Protection:
    if agreement.kind != AgreementKind.VENDOR:
        return Protection.NOT_ASKED
    said = _standing(agreement.terms.all(), on).get(TermKind.PERSONAL_DATA)
    if said is not None and said.word == "no":
        return Protection.NOT_NEEDED
    for relation in agreement.related_from.all():
        paper = relation.source
        holds = paper.signed_on is not None and (paper.valid_from is None or paper.valid_from <= on)
        if (
            relation.kind == Relation.PROCESSING_FOR
            and holds
            and (not paper.valid_to or on <= paper.valid_to)
        ):
            return Protection.IN_ORDER
    return Protection.MISSING


def deadlines_of(
    *, on: date, until: date, rows: Iterable[ContractRow] | None = None
) -> tuple[DeadlineRow, ...]:
    """What falls on `on` … `until` (both included) of agreements in force; the soonest first.

    `rows`: the agreements as of `on`, where the page has asked for them already.
    """
    found = []
    for row in contracts(on=on) if rows is None else rows:
        if row.state not in {State.IN_FORCE, State.COMING}:
            continue
        days = (
            (Kind.NOTICE, row.days.notice_by),
            (Kind.OPTION, row.days.option_by),
            (Kind.RENEWAL, row.days.renews_on if row.ends_on == row.days.ends_on else None),
            (Kind.END, None if row.days.renews_on and row.ends_on == row.days.ends_on else row.ends_on),
        )
        found += [
            DeadlineRow(row.id, row.diary_number, row.title_fi, row.title_sv, row.title_en, kind, day)
            for kind, day in days
            if day is not None and on <= day <= until
        ]
    return tuple(sorted(found, key=lambda one: (one.day, one.diary_number, one.kind)))


def contract(agreement_id: int, *, on: date) -> ContractDetail | None:
    """One agreement with everything on it; None where there is none."""
    one = Agreement.objects.filter(pk=agreement_id).select_related("superseded_by", "ending").first()
    if one is None:
        return None
    later = getattr(one, "superseded_by", None)
    ending = getattr(one, "ending", None)
    return ContractDetail(
        row=row_of(one, on=on),
        binds=one.binds,
        retention_years=one.retention_years,
        parties=_parties(one),
        terms=tuple(
            TermRow(
                t.pk, TermKind(t.kind), t.number, t.cents, t.word, t.clause, t.quote, t.valid_from, t.valid_to
            )
            for t in sorted(one.terms.all(), key=lambda t: (list(TermKind).index(TermKind(t.kind)), t.pk))
        ),
        documents=tuple(
            DocumentRow(
                d.pk, d.role, d.title, d.file.name, d.file.size, d.file.media_type, d.file.sha256, d.added_at
            )
            for d in one.documents.select_related("file").order_by("added_at", "pk")
        ),
        relations=_relations(one),
        versions=_versions(one),
        newer=(later.pk, later.diary_number) if later else None,
        options_used=tuple((use.ordinal, use.used_on) for use in one.options_used.order_by("ordinal")),
        notice=(ending.given_on, ending.ends_on) if ending else None,
    )


def _parties(one: Agreement) -> tuple[PartyView, ...]:
    rows = one.parties.select_related("party__municipality").order_by("role", "party__name")
    return tuple(
        PartyView(
            r.party_id,
            r.party.name,
            r.party.municipality.code if r.party.municipality else "",
            PartyRole(r.role),
            r.mandate_id,
        )
        for r in rows
    )


def _relations(one: Agreement) -> tuple[RelationRow, ...]:
    out = one.relations.select_related("target").order_by("kind", "target__diary_number")
    back = one.related_from.select_related("source").order_by("kind", "source__diary_number")
    return tuple(
        RelationRow(Relation(r.kind), True, r.target.pk, r.target.diary_number, r.target.title_fi)
        for r in out
    ) + tuple(
        RelationRow(Relation(r.kind), False, r.source.pk, r.source.diary_number, r.source.title_fi)
        for r in back
    )


def _versions(one: Agreement) -> tuple[tuple[int, str, date | None], ...]:
    """The versions before this one, the latest first."""
    found = []
    earlier = one.supersedes
    while earlier is not None:
        found.append((earlier.pk, earlier.diary_number, earlier.valid_from))
        earlier = earlier.supersedes
    return tuple(found)


def document(document: int) -> tuple[str, str, bytes]:
    """Name, media type and bytes of a document, checked. Raises NoSuchAgreement, FileGone, FileDamaged."""
    row = AgreementDocument.objects.select_related("file").filter(pk=document).first()
    if row is None:
        raise NoSuchAgreement(number=document)
    return row.file.name, row.file.media_type, files.read(row.file)
