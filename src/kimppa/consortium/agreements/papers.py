"""What is added to an agreement beside its text: documents, relations, options used, notice given."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements import deadlines
from kimppa.consortium.agreements.contracts import span_of
from kimppa.consortium.agreements.drafts import found
from kimppa.consortium.agreements.models import (
    Agreement,
    AgreementDocument,
    AgreementRelation,
    Ending,
    OptionUse,
)
from kimppa.consortium.agreements.rules import (
    AgreementKind,
    AgreementNotSigned,
    BadRelation,
    DocumentRole,
    EndedAlready,
    EndsTooSoon,
    NoOptionLeft,
    OptionTooLate,
    Relation,
    SignedInFuture,
)
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core import clock
from kimppa.foundation.core.text import clean_line
from kimppa.foundation.files import services as files
from kimppa.foundation.files.models import Retention


@transaction.atomic
def attach_document(
    *,
    by: Actor,
    agreement: int,
    role: DocumentRole,
    title: str,
    name: str,
    content: bytes,
    media_type: str,
    now: datetime,
) -> int:
    """Keep a document of an agreement; returns its id. Raises NoSuchAgreement and what files.store raises."""
    require(by, Act.EDIT_AGREEMENTS, now=now)
    row = found(agreement)
    file = files.store(
        name=name, content=content, media_type=media_type, retention=Retention.CONTENT, now=now
    )
    called = clean_line(title)[:200] or file.name
    document = AgreementDocument.objects.create(
        agreement=row, file=file, role=role.value, title=called, added_at=now
    )
    after: dict[str, audit.Value] = {"agreement": row.diary_number, "title": called, "sha256": file.sha256}
    audit.record(by=by, act="agreements.attach_document", obj=document, before=None, after=after, now=now)
    return document.pk


@transaction.atomic
def relate(*, by: Actor, source: int, target: int, kind: Relation, now: datetime) -> None:
    """Say how one agreement stands to another; saying it twice changes nothing.

    Raises NoSuchAgreement, BadRelation (to itself, or a data-processing relation of another kind of paper).
    """
    require(by, Act.EDIT_AGREEMENTS, now=now)
    one, other = found(source), found(target)
    processing = kind is Relation.PROCESSING_FOR
    if one.pk == other.pk or (processing and one.kind != AgreementKind.DATA_PROCESSING):
        raise BadRelation
    row, created = AgreementRelation.objects.get_or_create(source=one, target=other, kind=kind.value)
    if created:
        after: dict[str, audit.Value] = {
            "source": one.diary_number,
            "target": other.diary_number,
            "kind": kind.value,
        }
        audit.record(by=by, act="agreements.relate", obj=row, before=None, after=after, now=now)


@transaction.atomic
def use_option(
    *, by: Actor, agreement: int, used_on: date, decision: int | None = None, now: datetime
) -> int:
    """Lengthen a signed agreement by its next option; returns which one it was.

    Raises NoSuchAgreement, AgreementNotSigned, NoOptionLeft, OptionTooLate, SignedInFuture.
    """
    require(by, Act.SIGN_AGREEMENTS, now=now)
    row = _signed(agreement, used_on, now)
    told = deadlines.days(span_of(row), on=used_on)
    if not told.options_left or told.option_by is None:
        raise NoOptionLeft(number=row.diary_number)
    if used_on > told.option_by:
        raise OptionTooLate(number=row.diary_number, day=told.option_by.isoformat())
    ordinal = row.options_used.count() + 1
    use = OptionUse.objects.create(agreement=row, ordinal=ordinal, used_on=used_on, decision_id=decision)
    after: dict[str, audit.Value] = {"ordinal": ordinal, "used_on": used_on, "decision": decision}
    audit.record(by=by, act="agreements.use_option", obj=use, before=None, after=after, now=now)
    return ordinal


@transaction.atomic
def give_notice(
    *, by: Actor, agreement: int, given_on: date, ends_on: date, note: str = "", now: datetime
) -> None:
    """Record that notice was given and when the agreement therefore ends.

    Raises NoSuchAgreement, AgreementNotSigned, SignedInFuture, EndedAlready, EndsTooSoon.
    """
    require(by, Act.SIGN_AGREEMENTS, now=now)
    row = _signed(agreement, given_on, now)
    earlier = Ending.objects.filter(agreement=row).first()
    if earlier is not None:
        raise EndedAlready(number=row.diary_number, day=earlier.given_on.isoformat())
    earliest = deadlines.earliest_end(span_of(row), given_on=given_on, on=given_on)
    if ends_on < earliest:
        raise EndsTooSoon(number=row.diary_number, given=given_on.isoformat(), day=earliest.isoformat())
    ending = Ending.objects.create(
        agreement=row, given_on=given_on, ends_on=ends_on, note=clean_line(note)[:300]
    )
    after: dict[str, audit.Value] = {"given_on": given_on, "ends_on": ends_on}
    audit.record(by=by, act="agreements.give_notice", obj=ending, before=None, after=after, now=now)


def _signed(agreement: int, day: date, now: datetime) -> Agreement:
    row = found(agreement)
    if row.signed_on is None:
        raise AgreementNotSigned(number=row.diary_number)
    if day > clock.day_of(now):
        raise SignedInFuture(day=day.isoformat())
    return row
