"""Minutes: content made of a meeting, a PDF made of the content, and their adoption."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from django.db import transaction

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.governance import tally
from kimppa.consortium.governance.meeting_queries import detail_of
from kimppa.consortium.governance.meeting_rows import ItemRow, MeetingDetail, ProposalRow
from kimppa.consortium.governance.meetings import check_state, decided_on, locked
from kimppa.consortium.governance.models import Meeting, Minutes
from kimppa.consortium.governance.rules import (
    Attendance,
    Choice,
    MeetingKind,
    MeetingNotInState,
    MeetingState,
    NoCorrection,
    NoSigners,
    Outcome,
    UnsettledItems,
)
from kimppa.consortium.governance.words import Words, show_moment, words
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core import typeset
from kimppa.foundation.core.clock import day_of
from kimppa.foundation.core.errors import Unavailable
from kimppa.foundation.core.money import show_rate
from kimppa.foundation.core.text import clean_line, clean_text, in_language, noop
from kimppa.foundation.files import services as files
from kimppa.foundation.files.models import Retention

Content: TypeAlias = dict[str, typeset.Data]


class MinutesDamaged(Unavailable):
    code = "minutes-damaged"
    sentence = noop("The kept content of the minutes cannot be read. Nothing was changed.")


@transaction.atomic
def adopt_minutes(*, by: Actor, meeting: int, language: str, signers: str, now: datetime) -> int:
    """Freeze the minutes of a closed meeting as a PDF in one language; returns the version (1).

    From then on nothing in the meeting can be changed. `signers`: one name a line. Raises NoSigners,
    UnsettledItems, MeetingNotInState, MinutesAdopted, NotTypeset.
    """
    require(by, Act.RUN_MEETINGS, now=now)
    row = locked(meeting)
    check_state(row, now, MeetingState.CLOSED)
    named = _lines(signers)
    if not named:
        raise NoSigners
    open_items = [str(number) for number in _unsettled(row)]
    if open_items:
        raise UnsettledItems(numbers=", ".join(open_items))
    row.adopted_at = now
    row.save(update_fields=["adopted_at"])
    content = content_of(_seen(row, by, now), language=language, signers=named, final=True)
    return _keep(by, row, 1, language, content, "", now)


@transaction.atomic
def correct_minutes(*, by: Actor, meeting: int, language: str, correction: str, now: datetime) -> int:
    """Add a correction to adopted minutes as a new version; the earlier ones stay. Returns the version.

    What was recorded in the meeting does not change: the correction stands at the head of the document.
    Raises NoCorrection, MeetingNotInState, NotTypeset.
    """
    require(by, Act.RUN_MEETINGS, now=now)
    row = locked(meeting)
    said = clean_text(correction)
    if not said:
        raise NoCorrection
    last = row.minutes.order_by("-version").first()
    if last is None:
        raise MeetingNotInState
    signers = last.content.get("signers")
    if not isinstance(signers, list):
        raise MinutesDamaged
    earlier = list(
        row.minutes.exclude(correction="").order_by("version").values_list("correction", flat=True)
    )
    content = content_of(
        _seen(row, by, now),
        language=language,
        signers=[str(one) for one in signers],
        final=True,
        version=last.version + 1,
        corrections=[*earlier, said],
    )
    return _keep(by, row, last.version + 1, language, content, said, now)


def _keep(
    by: Actor, row: Meeting, version: int, language: str, content: Content, correction: str, now: datetime
) -> int:
    made = pdf(content, language=language, day=day_of(now))
    name = f"{words(language).minutes.lower()}-{decided_on(row).isoformat()}-{row.pk}-v{version}.pdf"
    file = files.store(
        name=name, content=made, media_type="application/pdf", retention=Retention.CONTENT, now=now
    )
    kept = Minutes.objects.create(
        meeting=row,
        version=version,
        language=language[:2],
        content=content,
        file=file,
        sha256=hashlib.sha256(made).hexdigest(),
        correction=correction,
        adopted_at=now,
    )
    after: dict[str, audit.Value] = {"version": version, "sha256": kept.sha256}
    audit.record(by=by, act="governance.adopt_minutes", obj=kept, before=None, after=after, now=now)
    return version


def draft(row: MeetingDetail, *, language: str, on: datetime) -> bytes:
    """The minutes as they would be now, marked as a draft; kept nowhere. Raises NotTypeset."""
    content = content_of(row, language=language, signers=[row.row.chair, row.row.secretary], final=False)
    return pdf(content, language=language, day=day_of(on))


def pdf(content: Content, *, language: str, day: date) -> bytes:
    """The document of frozen content; the same content gives the same bytes. Raises NotTypeset."""
    title, author = str(content["title"]), str(content["group"])
    return typeset.pdf(_template(), content, title=title, language=language, day=day, author=author)


@lru_cache(maxsize=1)
def _template() -> str:
    return Path(__file__).with_name("minutes.typ").read_text(encoding="utf-8")


def _seen(row: Meeting, by: Actor, now: datetime) -> MeetingDetail:
    return detail_of(row, by, now=now)


def _unsettled(row: Meeting) -> list[int]:
    return list(row.items.filter(settled_at=None).order_by("number").values_list("number", flat=True))


def _lines(text: str) -> list[str]:
    return [line for line in (clean_line(one)[:200] for one in text.splitlines()) if line][:20]


def content_of(
    detail: MeetingDetail,
    *,
    language: str,
    signers: list[str],
    final: bool,
    version: int = 1,
    corrections: list[str] | None = None,
) -> Content:
    """Everything the minutes say, in one language, as plain values that can be kept."""
    word, row = words(language), detail.row
    notes = [] if final else [word.draft]
    notes += [word.example] if row.example else []
    notes += [f"{word.version} {version}"] if version > 1 else []
    place = ", ".join(one for one in (row.place, row.link) if one) or word.kinds[row.kind]
    ended = row.ends_at if row.kind is MeetingKind.EMAIL or row.closed_at is None else row.closed_at
    began = row.starts_at if row.kind is MeetingKind.EMAIL else row.opened_at or row.starts_at
    return {
        "title": f"{word.minutes}: {row.title(language)}",
        "group": row.group(language),
        "notes": notes,
        "correction_heading": word.correction,
        "corrections": list(corrections or []),
        "facts": [
            [word.group, row.group(language)],
            [word.time, f"{show_moment(began, language)} – {show_moment(ended, language)}"],
            [word.place, place],
            [word.chair, row.chair],
            [word.secretary, row.secretary],
        ],
        "attendance_heading": word.attendance,
        "attendance_columns": [word.name, word.municipality, word.presence],
        "attendance": [
            [p.name, p.municipality(language) or "–", _presence(p.attendance, p.proxy, word)]
            for p in detail.participants
        ],
        "quorum": word.quorum.format(
            took_part=detail.present,
            entitled=len(detail.participants),
            needed=tally.quorum(len(detail.participants), row.quorum_percent),
        ),
        "items": [_item(item, word, language) for item in detail.items],
        "papers_heading": word.papers,
        "papers": [paper.title for paper in detail.papers],
        "signatures": word.signatures,
        "signers": list(signers),
        "page": word.page,
    }


def _presence(attendance: Attendance, proxy: str, word: Words) -> str:
    return (
        word.stood_in.format(name=proxy) if attendance is Attendance.PROXY else word.attendances[attendance]
    )


def _item(item: ItemRow, word: Words, language: str) -> Content:
    return {
        "title": f"{item.number}. {item.title(language)}",
        "kind": word.item_kinds[item.kind],
        "presenter": f"{word.presenter}: {item.presenter}" if item.presenter else "",
        "text": item.text(language),
        "proposals": [_proposal(proposal, word, language) for proposal in item.proposals],
        "remarks_heading": word.remarks if item.remarks else "",
        "remarks": [f"{remark.name}: {remark.words}" for remark in item.remarks],
        "votes_heading": word.votes if item.counts else "",
        "votes": _votes(item, word),
        "vote_notes": _vote_notes(item, word),
        "decision_heading": word.decision,
        "decision": _decision(item, word, language),
        "papers_heading": word.papers if item.papers else "",
        "papers": [paper.title for paper in item.papers],
    }


def _proposal(proposal: ProposalRow, word: Words, language: str) -> list[str]:
    notes = [proposal.proposer]
    if proposal.rate is not None:
        notes.append(f"{proposal.year}: {show_rate(proposal.rate, language)} €")
    if proposal.seconded_by:
        notes.append(word.seconded.format(name=proposal.seconded_by))
    if proposal.withdrawn:
        notes.append(word.withdrawn)
    elif proposal.counter and not proposal.votable:
        notes.append(word.not_seconded)
    head = word.counter_proposal if proposal.counter else word.proposal
    return [f"{head} ({', '.join(notes)})", proposal.words]


def _votes(item: ItemRow, word: Words) -> list[list[str]]:
    """Each side with its votes and, where the vote was open, the names."""
    if not item.counts:
        return []
    said = {proposal.id: proposal.words for proposal in item.proposals}
    rows = []
    for count in item.counts:
        what = word.choices[count.choice]
        if count.choice is Choice.FOR and count.proposal_id is not None:
            what = f"{what}: {said.get(count.proposal_id, '')}"
        names = [
            b.name for b in item.ballots if (b.choice, b.proposal_id) == (count.choice, count.proposal_id)
        ]
        rows.append([what, str(count.votes), ", ".join(names)])
    return rows


def _vote_notes(item: ItemRow, word: Words) -> list[str]:
    notes = [word.closed_vote] if item.counts and item.secret else []
    return notes + ([word.by_chair] if item.by_chair else [])


def _decision(item: ItemRow, word: Words, language: str) -> list[str]:
    if item.outcome is None:
        return [word.unsettled]
    told = [word.outcomes[item.outcome]]
    if item.chosen is not None:
        told.append(f"{word.decided}: {item.chosen.words}")
    elif item.outcome is Outcome.VOTE:
        told.append(word.fell)
    conclusion = in_language(language, fi=item.conclusion_fi, sv=item.conclusion_sv, en=item.conclusion_en)
    if conclusion:
        told.append(conclusion)
    if item.diary_number:
        told.append(f"{word.diary_number}: {item.diary_number}")
    return told
