"""Forms of meetings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.members.groups import GroupRow
from kimppa.commons.members.staff_queries import PersonRow
from kimppa.consortium.governance.agenda import Matter
from kimppa.consortium.governance.ballots import Settlement
from kimppa.consortium.governance.meeting_rows import ItemRow, MeetingDetail
from kimppa.consortium.governance.meetings import Plan
from kimppa.consortium.governance.rules import (
    ATTENDANCE_NAMES,
    EFFECT_NAMES,
    ITEM_KIND_NAMES,
    MEETING_KIND_NAMES,
    OUTCOME_NAMES,
    Attendance,
    Effect,
    ItemKind,
    MeetingKind,
    Outcome,
)
from kimppa.consortium.governance.services import Words
from kimppa.doors.backoffice.meetings_votes import proposal_label
from kimppa.doors.web.forms import offer
from kimppa.foundation.core import clock
from kimppa.foundation.core.money import parse_rate

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise

MOMENT_FORMAT = "%Y-%m-%dT%H:%M"
NOBODY = ("", "–")


def moment_field(label: StrOrPromise, help_text: StrOrPromise = "") -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT_FORMAT)
    return forms.DateTimeField(
        label=label, help_text=help_text, widget=widget, input_formats=[MOMENT_FORMAT, "%Y-%m-%dT%H:%M:%S"]
    )


def text_field(label: StrOrPromise, rows: int = 4) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=8000, widget=forms.Textarea(attrs={"rows": rows})
    )


class MeetingForm(forms.Form):
    """What a meeting is; of an e-mail meeting the times are its opening and its closing."""

    group = forms.ChoiceField(label=gettext_lazy("Group"))
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        help_text=gettext_lazy("In an e-mail meeting the members answer on its page until it closes."),
    )
    title_fi = forms.CharField(label=gettext_lazy("Title in Finnish"), max_length=300)
    title_sv = forms.CharField(label=gettext_lazy("Title in Swedish"), max_length=300, required=False)
    title_en = forms.CharField(label=gettext_lazy("Title in English"), max_length=300, required=False)
    starts_at = moment_field(gettext_lazy("Begins or opens"))
    ends_at = moment_field(gettext_lazy("Ends or closes"))
    place = forms.CharField(label=gettext_lazy("Place"), max_length=300, required=False)
    link = forms.CharField(label=gettext_lazy("Link"), max_length=500, required=False)
    chair = forms.ChoiceField(
        label=gettext_lazy("Chair"),
        required=False,
        help_text=gettext_lazy("The chair’s vote settles a tie, except in a secret vote."),
    )
    secretary = forms.ChoiceField(label=gettext_lazy("Secretary"), required=False)
    quorum_percent = forms.IntegerField(
        label=gettext_lazy("Quorum, per cent"),
        min_value=0,
        max_value=100,
        initial=0,
        help_text=gettext_lazy("How many of those called must take part. 0: no quorum."),
    )

    def __init__(
        self,
        *args: object,
        groups: Sequence[GroupRow],
        people: Sequence[PersonRow],
        shown: str,
        **kwargs: object,
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        active = [(str(p.id), p.name) for p in people if p.active]
        offer(self, "group", [(group.slug, group.name(shown)) for group in groups])
        offer(self, "kind", [(k.value, _(MEETING_KIND_NAMES[k])) for k in MeetingKind])
        offer(self, "chair", [NOBODY, *active])
        offer(self, "secretary", [NOBODY, *active])

    def plan(self) -> Plan:
        said = self.cleaned_data
        return Plan(
            group=said["group"],
            kind=MeetingKind(said["kind"]),
            title_fi=said["title_fi"],
            title_sv=said["title_sv"],
            title_en=said["title_en"],
            starts_at=said["starts_at"],
            ends_at=said["ends_at"],
            place=said["place"],
            link=said["link"],
            chair=int(said["chair"]) if said["chair"] else None,
            secretary=int(said["secretary"]) if said["secretary"] else None,
            quorum_percent=said["quorum_percent"],
            example=clock.offset().total_seconds() != 0,
        )


def begun(detail: MeetingDetail | None) -> dict[str, object]:
    """What the form of a meeting begins with: the meeting, or a week from the next full hour."""
    if detail is None:
        start = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=14)
        return {"starts_at": start, "ends_at": start + timedelta(hours=3), "quorum_percent": 50}
    row = detail.row
    return {
        "group": row.group_slug,
        "kind": row.kind.value,
        "title_fi": row.title_fi,
        "title_sv": row.title_sv,
        "title_en": row.title_en,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "place": row.place,
        "link": row.link,
        "chair": str(row.chair_id or ""),
        "secretary": str(row.secretary_id or ""),
        "quorum_percent": row.quorum_percent,
    }


class ItemForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    title_fi = forms.CharField(label=gettext_lazy("Title in Finnish"), max_length=300)
    title_sv = forms.CharField(label=gettext_lazy("Title in Swedish"), max_length=300, required=False)
    title_en = forms.CharField(label=gettext_lazy("Title in English"), max_length=300, required=False)
    text_fi = text_field(gettext_lazy("Text in Finnish"))
    text_sv = text_field(gettext_lazy("Text in Swedish"))
    text_en = text_field(gettext_lazy("Text in English"))
    presenter = forms.CharField(label=gettext_lazy("Presented by"), max_length=200, required=False)
    secret = forms.BooleanField(
        label=gettext_lazy("A vote on this is secret"),
        required=False,
        help_text=gettext_lazy("Only the counts are kept. A tie settles nothing."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "kind", [(k.value, _(ITEM_KIND_NAMES[k])) for k in ItemKind])

    def matter(self) -> Matter:
        said = self.cleaned_data
        return Matter(**{**said, "kind": ItemKind(said["kind"])})


def item_begun(item: ItemRow | None) -> dict[str, object]:
    if item is None:
        return {"kind": ItemKind.DECISION.value}
    names = ("title_fi", "title_sv", "title_en", "text_fi", "text_sv", "text_en", "presenter", "secret")
    return {"kind": item.kind.value, **{name: getattr(item, name) for name in names}}


class PaperForm(forms.Form):
    item = forms.ChoiceField(label=gettext_lazy("Item"), required=False)
    title = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)
    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("PDF, XLSX, PNG or JPEG, at most 50 MB.")
    )

    def __init__(self, *args: object, detail: MeetingDetail, shown: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        items = [(str(item.id), f"{item.number}. {item.title(shown)}") for item in detail.items]
        offer(self, "item", [("", _("The whole meeting")), *items])


class ProposalForm(forms.Form):
    """Somebody's proposal on an item; of a rate also the year and the figure."""

    words = forms.CharField(
        label=gettext_lazy("What is proposed"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    effect = forms.ChoiceField(label=gettext_lazy("What the decision would change"))
    year = forms.IntegerField(
        label=gettext_lazy("Year"),
        required=False,
        min_value=2000,
        max_value=2200,
        help_text=gettext_lazy("Of a rate or a budget."),
    )
    rate = forms.CharField(
        label=gettext_lazy("Euros per resident"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("Of a rate. At most six decimals, for example 0,75."),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        order = (Effect.OTHER, *(e for e in Effect if e is not Effect.OTHER))
        offer(self, "effect", [(e.value, _(EFFECT_NAMES[e])) for e in order])

    def told(self) -> dict[str, object]:
        """Arguments of `agenda.propose`. Raises BadRate."""
        said = self.cleaned_data
        return {
            "words": said["words"],
            "effect": Effect(said["effect"]),
            "year": said["year"],
            "rate": parse_rate(said["rate"]) if said["rate"] else None,
        }


class AttendanceForm(forms.Form):
    """A choice and a name for each of those who were called."""

    def __init__(self, *args: object, detail: MeetingDetail, shown: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.people = detail.participants
        offered = [(a.value, _(ATTENDANCE_NAMES[a])) for a in Attendance]
        for one in self.people:
            place = one.municipality(shown)
            label = f"{one.name}, {place}" if place else one.name
            self.fields[f"how{one.id}"] = forms.ChoiceField(
                label=label, choices=offered, initial=one.attendance.value
            )
            self.fields[f"proxy{one.id}"] = forms.CharField(
                label=_("Who stood in for %(name)s") % {"name": one.name},
                required=False,
                max_length=200,
                initial=one.proxy,
            )

    def told(self) -> dict[int, tuple[Attendance, str]]:
        said = self.cleaned_data
        return {one.id: (Attendance(said[f"how{one.id}"]), said[f"proxy{one.id}"]) for one in self.people}


class SettleForm(forms.Form):
    """How an item ends, and what the decision is called."""

    outcome = forms.ChoiceField(label=gettext_lazy("How it was settled"))
    proposal = forms.ChoiceField(
        label=gettext_lazy("What was decided by consensus"),
        required=False,
        help_text=gettext_lazy("A vote is counted from the votes given."),
    )
    diary_number = forms.CharField(
        label=gettext_lazy("Diary number"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Needed when something was decided. Each decision has its own."),
    )
    text_fi = text_field(gettext_lazy("What the minutes say, in Finnish"))
    text_sv = text_field(gettext_lazy("What the minutes say, in Swedish"))
    text_en = text_field(gettext_lazy("What the minutes say, in English"))

    def __init__(self, *args: object, item: ItemRow, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.item = item
        ways: tuple[Outcome, ...]
        if item.kind is ItemKind.DECISION:
            ways = (Outcome.CONSENSUS, Outcome.VOTE, Outcome.POSTPONED)
        else:
            ways = (Outcome.NOTED, Outcome.POSTPONED)
            del self.fields["proposal"], self.fields["diary_number"]
        offer(self, "outcome", [(way.value, _(OUTCOME_NAMES[way])) for way in ways])
        if "proposal" in self.fields:
            votable = [(str(p.id), proposal_label(p)) for p in item.proposals if p.votable]
            offer(self, "proposal", votable if len(votable) == 1 else [NOBODY, *votable])

    def settlement(self) -> Settlement:
        said = self.cleaned_data
        outcome = Outcome(said["outcome"])
        chosen = said.get("proposal") if outcome is Outcome.CONSENSUS else ""
        return Settlement(
            outcome=outcome,
            proposal=int(chosen) if chosen else None,
            diary_number=said.get("diary_number", "") if outcome is not Outcome.POSTPONED else "",
            words=Words(
                title_fi=self.item.title_fi,
                title_sv=self.item.title_sv,
                title_en=self.item.title_en,
                text_fi=said["text_fi"],
                text_sv=said["text_sv"],
                text_en=said["text_en"],
            ),
        )


class LanguageForm(forms.Form):
    """The language of a document."""

    language = forms.ChoiceField(label=gettext_lazy("Language"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "language", list(settings.LANGUAGES))


class MinutesForm(LanguageForm):
    signers = forms.CharField(
        label=gettext_lazy("Who signs, one a line"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )


class CorrectionForm(LanguageForm):
    correction = forms.CharField(
        label=gettext_lazy("What is corrected"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
