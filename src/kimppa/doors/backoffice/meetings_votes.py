"""Votes as forms: the participant's own answers, and votes that the secretary writes down."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _

from kimppa.consortium.governance.ballots import Answer, Vote
from kimppa.consortium.governance.meeting_rows import BallotRow, ItemRow, MeetingDetail, ProposalRow
from kimppa.consortium.governance.rules import Attendance, Choice, ItemKind
from kimppa.foundation.core.text import shorten


def proposal_label(proposal: ProposalRow) -> str:
    """A proposal as a choice."""
    head = _("Counter-proposal") if proposal.counter else _("Proposal")
    return f"{head}: {shorten(proposal.words, 160)}"


def vote_choices(item: ItemRow) -> list[tuple[str, str]]:
    """What may be voted for on an item: one proposal is a yes or no, many are a choice between them."""
    votable = [proposal for proposal in item.proposals if proposal.votable]
    if len(votable) == 1:
        offered = [(f"for:{votable[0].id}", _("Yes: I support the proposal")), ("against", _("No"))]
    else:
        offered = [(f"for:{p.id}", proposal_label(p)) for p in votable]
        offered.append(("against", _("Against all of them")))
    return [*offered, ("abstain", _("I abstain"))]


def read_vote(value: str) -> Vote | None:
    """A vote as the form gives it; None for no vote."""
    if not value:
        return None
    choice, _colon, proposal = value.partition(":")
    return Vote(Choice(choice), int(proposal) if proposal else None)


def _given(ballot: BallotRow | None) -> str:
    """The choice that stands for a vote that was given."""
    if ballot is None:
        return ""
    return f"for:{ballot.proposal_id}" if ballot.proposal_id is not None else ballot.choice.value


class VotesForm(forms.Form):
    """How each of those present voted, as the secretary writes it down."""

    def __init__(self, *args: object, detail: MeetingDetail, item: ItemRow, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.people = [
            p for p in detail.participants if p.attendance in {Attendance.PRESENT, Attendance.PROXY}
        ]
        given = {ballot.participant_id: ballot for ballot in item.ballots}
        for one in self.people:
            label = f"{one.name} ({one.proxy})" if one.proxy else one.name
            self.fields[f"vote{one.id}"] = forms.ChoiceField(
                label=label,
                required=False,
                choices=[("", _("Has not voted")), *vote_choices(item)],
                initial=_given(given.get(one.id)),
            )

    def told(self) -> dict[int, Vote]:
        read = {one.id: read_vote(self.cleaned_data[f"vote{one.id}"]) for one in self.people}
        return {participant: vote for participant, vote in read.items() if vote is not None}


class AnswerForm(forms.Form):
    """A participant's own answers: of each item a vote and words."""

    def __init__(self, *args: object, detail: MeetingDetail, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.items = [item for item in detail.items if item.settled_at is None]
        for item in self.items:
            if item.kind is ItemKind.DECISION and any(p.votable for p in item.proposals):
                self.fields[f"vote{item.id}"] = forms.ChoiceField(
                    label=_("Your vote"),
                    required=False,
                    choices=vote_choices(item),
                    widget=forms.RadioSelect,
                    initial=_given(item.own),
                )
            self.fields[f"words{item.id}"] = forms.CharField(
                label=_("What you want to say"),
                required=False,
                max_length=4000,
                initial=item.own_remark,
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    def told(self) -> list[Answer]:
        said, answers = self.cleaned_data, []
        for item in self.items:
            vote = read_vote(said.get(f"vote{item.id}", ""))
            words = said[f"words{item.id}"]
            answers.append(
                Answer(item.id, vote.choice if vote else None, vote.proposal if vote else None, words)
            )
        return answers
