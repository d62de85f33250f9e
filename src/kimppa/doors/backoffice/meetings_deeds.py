"""What may be done with a meeting or an item of it: a form, a verb and the words around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from kimppa.commons.members.roles import Act
from kimppa.consortium.governance import agenda, ballots, meetings, minutes
from kimppa.consortium.governance.meeting_rows import ItemRow, MeetingDetail
from kimppa.consortium.governance.rules import (
    ADOPTED_WITH_EFFECT,
    Attendance,
    ItemKind,
    MeetingKind,
    MeetingState,
)
from kimppa.doors.backoffice import meetings_forms as kinds
from kimppa.doors.backoffice import meetings_votes as votes
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.agreements_forms import read_upload
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core.text import noop


@dataclass(frozen=True, slots=True)
class Place:
    """Where a deed is done: the meeting, and the item where it concerns one."""

    request: HttpRequest
    detail: MeetingDetail
    item: ItemRow | None = None

    @property
    def sent_item(self) -> ItemRow:
        if self.item is None:
            raise LookupError("this deed concerns an item")
        return self.item


Form = Callable[[Place, bool], forms.Form]


@dataclass(frozen=True, slots=True)
class Deed:
    """`form` makes the form, bound to what was posted or not; `do` calls one verb."""

    act: Act
    title: str
    button: str
    done: str
    form: Form
    do: Callable[[User, Place, forms.Form, datetime], object]
    consequence: str = ""
    danger: bool = False


def _empty(place: Place, posted: bool) -> forms.Form:
    return forms.Form(place.request.POST if posted else None)


def _plain(kind: type[forms.Form], begin: Callable[[Place], dict[str, object]]) -> Form:
    def made(place: Place, posted: bool) -> forms.Form:
        return kind(place.request.POST) if posted else kind(initial=begin(place))

    return made


def _paper_form(place: Place, posted: bool) -> forms.Form:
    shown = tables.language()
    if posted:
        return kinds.PaperForm(place.request.POST, place.request.FILES, detail=place.detail, shown=shown)
    return kinds.PaperForm(detail=place.detail, shown=shown)


def _attendance_form(place: Place, posted: bool) -> forms.Form:
    data = place.request.POST if posted else None
    return kinds.AttendanceForm(data, detail=place.detail, shown=tables.language())


def _votes_form(place: Place, posted: bool) -> forms.Form:
    data = place.request.POST if posted else None
    return votes.VotesForm(data, detail=place.detail, item=place.sent_item)


def _settle_form(place: Place, posted: bool) -> forms.Form:
    item = place.sent_item
    if posted:
        return kinds.SettleForm(place.request.POST, item=item)
    return kinds.SettleForm(initial={"outcome": "vote" if item.voted else "consensus"}, item=item)


def _minutes_begun(place: Place) -> dict[str, object]:
    row = place.detail.row
    chair, secretary = _("chair"), _("secretary")
    return {"language": "fi", "signers": f"{row.chair}, {chair}\n{row.secretary}, {secretary}"}


def _call(by: User, place: Place, form: forms.Form, now: datetime) -> object:
    path = reverse("backoffice:meeting", args=[place.detail.row.id])
    address = place.request.build_absolute_uri(path)
    return meetings.call(by=by, meeting=place.detail.row.id, address=address, now=now)


def _open(by: User, place: Place, form: forms.Form, now: datetime) -> object:
    meetings.open_meeting(by=by, meeting=place.detail.row.id, now=now)
    return None


def _close(by: User, place: Place, form: forms.Form, now: datetime) -> object:
    meetings.close_meeting(by=by, meeting=place.detail.row.id, now=now)
    return None


def _cancel(by: User, place: Place, form: forms.Form, now: datetime) -> object:
    meetings.cancel(by=by, meeting=place.detail.row.id, now=now)
    return None


def _attendance(by: User, place: Place, form: forms.Form, now: datetime) -> object:
    if isinstance(form, kinds.AttendanceForm):
        meetings.record_attendance(by=by, meeting=place.detail.row.id, attendance=form.told(), now=now)
    return None


def _add_item(by: User, place: Place, form: forms.Form, now: datetime) -> object:
    if isinstance(form, kinds.ItemForm):
        agenda.add_item(by=by, meeting=place.detail.row.id, matter=form.matter(), now=now)
    return None


def _change_item(by: User, place: Place, form: forms.Form, now: datetime) -> object:
    if isinstance(form, kinds.ItemForm):
        agenda.change_item(by=by, item=place.sent_item.id, matter=form.matter(), now=now)
    return None


def _remove_item(by: User, place: Place, form: forms.Form, now: datetime) -> object:
    agenda.remove_item(by=by, item=place.sent_item.id, now=now)
    return None


def _paper(by: User, place: Place, form: forms.Form, now: datetime) -> object:
    said = form.cleaned_data
    upload: UploadedFile[bytes] = said["file"]
    content, media_type = read_upload(upload)
    return agenda.attach_paper(
        by=by,
        meeting=place.detail.row.id,
        item=int(said["item"]) if said["item"] else None,
        title=said["title"],
        name=upload.name or "",
        content=content,
        media_type=media_type,
        now=now,
    )


def _propose(by: User, place: Place, form: forms.Form, now: datetime) -> object:
    if not isinstance(form, kinds.ProposalForm):
        return None
    said = form.told()
    return agenda.propose(by=by, item=place.sent_item.id, now=now, **said)  # type: ignore[arg-type]


def _votes(by: User, place: Place, form: forms.Form, now: datetime) -> object:
    if isinstance(form, votes.VotesForm):
        ballots.record_votes(by=by, item=place.sent_item.id, votes=form.told(), now=now)
    return None


def _settle(by: User, place: Place, form: forms.Form, now: datetime) -> object:
    if not isinstance(form, kinds.SettleForm):
        return None
    return ballots.settle(by=by, item=place.sent_item.id, settlement=form.settlement(), now=now)


def _adopt(by: User, place: Place, form: forms.Form, now: datetime) -> object:
    said = form.cleaned_data
    return minutes.adopt_minutes(
        by=by,
        meeting=place.detail.row.id,
        language=said["language"],
        signers=said["signers"],
        now=now,
    )


def _correct(by: User, place: Place, form: forms.Form, now: datetime) -> object:
    said = form.cleaned_data
    return minutes.correct_minutes(
        by=by,
        meeting=place.detail.row.id,
        language=said["language"],
        correction=said["correction"],
        now=now,
    )


RUN = Act.RUN_MEETINGS
MEETING_DEEDS: dict[str, Deed] = {
    "call": Deed(
        RUN,
        noop("Call the meeting"),
        noop("Send the invitations"),
        noop("The invitations were sent."),
        _empty,
        _call,
        noop(
            "The members of the group on the day of the meeting get an invitation with the agenda. "
            "After that the meeting’s time, place and kind stand."
        ),
    ),
    "call-more": Deed(
        RUN,
        noop("Call those who have joined since"),
        noop("Send the invitations"),
        noop("The invitations were sent."),
        _empty,
        _call,
        noop("Only those who have joined the group since the meeting was called get an invitation."),
    ),
    "open": Deed(
        RUN,
        noop("Open the meeting"),
        noop("Open the meeting"),
        noop("The meeting is open."),
        _empty,
        _open,
    ),
    "attendance": Deed(
        RUN,
        noop("Record attendance"),
        noop("Save"),
        noop("The attendance was saved."),
        _attendance_form,
        _attendance,
    ),
    "item": Deed(
        RUN,
        noop("Add an item"),
        noop("Add"),
        noop("The item was added."),
        _plain(kinds.ItemForm, lambda place: kinds.item_begun(None)),
        _add_item,
    ),
    "paper": Deed(
        RUN, noop("Add a document"), noop("Add"), noop("The document was added."), _paper_form, _paper
    ),
    "close": Deed(
        RUN,
        noop("Close the meeting"),
        noop("Close the meeting"),
        noop("The meeting is closed."),
        _empty,
        _close,
        noop("After the closing nothing more is proposed or voted. Items can still be settled."),
    ),
    "minutes": Deed(
        RUN,
        noop("Adopt the minutes"),
        noop("Adopt the minutes"),
        noop("The minutes were adopted."),
        _plain(kinds.MinutesForm, _minutes_begun),
        _adopt,
        noop("The minutes are kept as a PDF. After that nothing in the meeting can be changed."),
    ),
    "correct": Deed(
        RUN,
        noop("Correct the minutes"),
        noop("Make the new version"),
        noop("The new version was made. The earlier one stays."),
        _plain(kinds.CorrectionForm, lambda place: {"language": "fi"}),
        _correct,
        noop("The correction stands at the head of a new version. Nothing else changes."),
    ),
    "cancel": Deed(
        RUN,
        noop("Cancel the meeting"),
        noop("Cancel the meeting"),
        noop("The meeting was cancelled."),
        _empty,
        _cancel,
        noop("Those who were called are told. This cannot be taken back."),
        danger=True,
    ),
}
ITEM_DEEDS: dict[str, Deed] = {
    "edit": Deed(
        RUN,
        noop("Edit the item"),
        noop("Save"),
        noop("The item was saved."),
        _plain(kinds.ItemForm, lambda place: kinds.item_begun(place.item)),
        _change_item,
    ),
    "remove": Deed(
        RUN,
        noop("Remove the item"),
        noop("Remove"),
        noop("The item was removed."),
        _empty,
        _remove_item,
        danger=True,
    ),
    "propose": Deed(
        Act.TAKE_PART,
        noop("Make a proposal"),
        noop("Propose"),
        noop("The proposal was made."),
        _plain(kinds.ProposalForm, lambda place: {}),
        _propose,
        noop("The first proposal is the base. A counter-proposal is voted on once somebody seconds it."),
    ),
    "votes": Deed(
        RUN, noop("Record the votes"), noop("Save"), noop("The votes were saved."), _votes_form, _votes
    ),
    "settle": Deed(
        RUN,
        noop("Settle the item"),
        noop("Settle"),
        noop("The item was settled."),
        _settle_form,
        _settle,
        noop("An item is settled once. What was decided gets its diary number and can never be edited."),
    ),
}

BEFORE = {MeetingState.PLANNED, MeetingState.CALLED}
UNDER_WAY = {MeetingState.OPEN, MeetingState.CLOSED}


def meeting_deeds(detail: MeetingDetail) -> list[str]:
    """What can be done with a meeting as it stands, the most needed first."""
    state, remote = detail.row.state, detail.row.kind is MeetingKind.EMAIL
    if state is MeetingState.PLANNED:
        return [*(["call"] if detail.items else []), "item", "paper", "cancel"]
    if state is MeetingState.CALLED:
        return [*([] if remote else ["open", "attendance"]), "item", "paper", "call-more", "cancel"]
    if state is MeetingState.OPEN:
        return ["paper"] if remote else ["attendance", "item", "paper", "close"]
    if state is MeetingState.CLOSED:
        # What cannot be done yet is not offered: the page says which items are still open.
        ready = [] if detail.unsettled else ["minutes"]
        return [*ready, *([] if remote else ["attendance"]), "paper"]
    return ["correct"] if state is MeetingState.ADOPTED else []


def item_deeds(detail: MeetingDetail, item: ItemRow) -> list[str]:
    """What can be done with an item as it stands."""
    state, remote = detail.row.state, detail.row.kind is MeetingKind.EMAIL
    found = []
    for_decision, unsettled = item.kind is ItemKind.DECISION, item.settled_at is None
    if unsettled and for_decision and state in {*BEFORE, MeetingState.OPEN}:
        found.append("propose")
    if state is MeetingState.OPEN and unsettled and for_decision and not remote and not item.secret:
        present = any(p.attendance in {Attendance.PRESENT, Attendance.PROXY} for p in detail.participants)
        found += ["votes"] if present and any(p.votable for p in item.proposals) else []
    if unsettled and state in UNDER_WAY and not (remote and state is MeetingState.OPEN):
        found.append("settle")
    if state in BEFORE:
        found.append("edit")
    if state is MeetingState.PLANNED:
        found.append("remove")
    return found


def effect_url(item: ItemRow) -> str:
    """The page that gives a settled item's decision its effect; empty where nothing waits for one."""
    chosen = item.chosen
    if chosen is None or item.decision_id is not None or chosen.effect not in ADOPTED_WITH_EFFECT:
        return ""
    if chosen.year is None:
        return reverse("backoffice:money")
    if chosen.rate is None:
        return f"{reverse('backoffice:budget-adopt', args=[chosen.year])}?item={item.id}"
    return f"{reverse('backoffice:money-decide', args=[chosen.year])}?item={item.id}"
