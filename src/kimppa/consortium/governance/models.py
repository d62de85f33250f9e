"""Decisions, adopted once, superseded, never edited; and the meetings that they come from."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from kimppa.commons.members.models import Group, Municipality
from kimppa.consortium.governance.rules import (
    Attendance,
    Choice,
    Effect,
    ItemKind,
    MeetingKind,
    PaperKind,
)
from kimppa.foundation.accounts.models import User
from kimppa.foundation.files.models import StoredFile


class Decision(models.Model):
    """An adopted decision. No verb changes a row; a mistake is mended by a decision that supersedes it."""

    diary_number = models.CharField(max_length=60, unique=True)
    effect = models.CharField(max_length=20)
    body = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="decisions")
    decided_on = models.DateField()
    title_fi = models.CharField(max_length=300)
    title_sv = models.CharField(max_length=300, blank=True)
    title_en = models.CharField(max_length=300, blank=True)
    text_fi = models.TextField(blank=True)
    text_sv = models.TextField(blank=True)
    text_en = models.TextField(blank=True)
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    example = models.BooleanField(default=False, help_text="invented, for the demo region")
    adopted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(effect__in=[e.value for e in Effect]), name="governance_known_effect"
            ),
            models.CheckConstraint(condition=~Q(diary_number=""), name="governance_diary_number_given"),
            models.CheckConstraint(
                condition=Q(supersedes__isnull=True) | ~Q(supersedes=F("id")), name="governance_not_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.diary_number} {self.title_fi}"


class Meeting(models.Model):
    """A meeting of a group. For an e-mail meeting `starts_at` and `ends_at` are its opening and closing.

    Its state is derived from the moments and the time asked about (rules.state_at).
    """

    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="meetings")
    kind = models.CharField(max_length=12)
    title_fi = models.CharField(max_length=300)
    title_sv = models.CharField(max_length=300, blank=True)
    title_en = models.CharField(max_length=300, blank=True)
    place = models.CharField(max_length=300, blank=True)
    link = models.URLField(max_length=500, blank=True)
    starts_at = models.DateTimeField(db_index=True)
    ends_at = models.DateTimeField()
    chair = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    secretary = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    quorum_percent = models.PositiveSmallIntegerField(default=0)
    called_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    adopted_at = models.DateTimeField(null=True, blank=True)
    example = models.BooleanField(default=False, help_text="invented, for the demo region")
    created = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[k.value for k in MeetingKind]), name="governance_known_meeting"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="governance_closing_after_opening"
            ),
            models.CheckConstraint(
                condition=Q(quorum_percent__lte=100), name="governance_quorum_at_most_all"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title_fi} {self.starts_at:%Y-%m-%d}"


class Participant(models.Model):
    """Who was called, as the group stood when the meeting was called; each has one vote."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    municipality = models.ForeignKey(
        Municipality, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    attendance = models.CharField(max_length=8, default=Attendance.UNKNOWN.value)
    proxy = models.CharField(max_length=200, blank=True, help_text="who stood in, where attendance says so")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "user"], name="governance_called_once"),
            models.CheckConstraint(
                condition=Q(attendance=Attendance.PROXY.value) ^ Q(proxy=""), name="governance_proxy_named"
            ),
        ]


class AgendaItem(models.Model):
    """A matter on the agenda, and what became of it.

    `diary_number` ties it to the decision it led to. It is the number and not a key: the decision of a
    rate is adopted together with its effect by budgets, above this room, which knows of no meetings. The
    two meet in the number, which is unique among decisions and never changes; so it does not matter which
    of them is written first, and nothing above needs another way in.
    """

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="items")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12)
    title_fi = models.CharField(max_length=300)
    title_sv = models.CharField(max_length=300, blank=True)
    title_en = models.CharField(max_length=300, blank=True)
    text_fi = models.TextField(blank=True)
    text_sv = models.TextField(blank=True)
    text_en = models.TextField(blank=True)
    presenter = models.CharField(max_length=200, blank=True)
    secret = models.BooleanField(default=False, help_text="a vote of which only the counts are kept")
    outcome = models.CharField(max_length=10, blank=True)
    chosen = models.ForeignKey(
        "Proposal", null=True, blank=True, on_delete=models.PROTECT, related_name="chosen_by"
    )
    by_chair = models.BooleanField(default=False, help_text="a tie that the chair's vote settled")
    conclusion_fi = models.TextField(blank=True)
    conclusion_sv = models.TextField(blank=True)
    conclusion_en = models.TextField(blank=True)
    diary_number = models.CharField(max_length=60, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "number"], name="governance_item_number"),
            models.UniqueConstraint(
                fields=["diary_number"], condition=~Q(diary_number=""), name="governance_one_item_a_decision"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[k.value for k in ItemKind]), name="governance_known_item"
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True) ^ ~Q(outcome=""), name="governance_settled_how"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title_fi}"


class Proposal(models.Model):
    """What somebody proposes on an item. A counter-proposal is voted on only once it is seconded."""

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="proposals")
    counter_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    proposer = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    proposer_name = models.CharField(max_length=200)
    words = models.TextField()
    effect = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    rate = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    seconded_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(effect__in=[e.value for e in Effect]), name="governance_known_proposed_effect"
            ),
            models.CheckConstraint(
                condition=~Q(effect=Effect.RATE.value) | Q(rate__isnull=False, year__isnull=False),
                name="governance_rate_proposed",
            ),
        ]

    def __str__(self) -> str:
        return self.words[:80]


class Ballot(models.Model):
    """One participant's vote on an item; given anew it replaces the earlier one. Of a settled secret vote
    only that it was given is left."""

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="ballots")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="ballots")
    choice = models.CharField(max_length=8)
    proposal = models.ForeignKey(Proposal, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "participant"], name="governance_one_vote_each"),
            models.CheckConstraint(
                condition=Q(choice=Choice.FOR.value) ^ Q(proposal__isnull=True),
                name="governance_vote_for_something",
            ),
        ]


class VoteCount(models.Model):
    """The result of a vote as it was counted when the item was settled."""

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="counts")
    choice = models.CharField(max_length=8)
    proposal = models.ForeignKey(Proposal, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    votes = models.PositiveIntegerField()


class Remark(models.Model):
    """What a participant says on an item in an e-mail meeting; one each, replaced until the closing."""

    item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="remarks")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="remarks")
    words = models.TextField()
    said_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "participant"], name="governance_one_remark_each"),
        ]


class Paper(models.Model):
    """A document given to a meeting, of one item or of the whole."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="papers")
    item = models.ForeignKey(
        AgendaItem, null=True, blank=True, on_delete=models.PROTECT, related_name="papers"
    )
    kind = models.CharField(max_length=12)
    title = models.CharField(max_length=200)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[k.value for k in PaperKind]), name="governance_known_paper"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Minutes(models.Model):
    """Minutes as they were adopted: frozen content and the PDF made of it. A correction is a new version."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="minutes")
    version = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=2)
    content = models.JSONField()
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    correction = models.TextField(blank=True)
    adopted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "version"], name="governance_minutes_version"),
            models.CheckConstraint(
                condition=Q(version=1) ^ ~Q(correction=""), name="governance_correction_says_what"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting} v{self.version}"
