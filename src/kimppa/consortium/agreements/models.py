"""What binds the members: agreements, their parties, and the cost annexes that state rates."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from kimppa.commons.members.models import Dated, LegalParty
from kimppa.consortium.agreements.deadlines import Kind as DeadlineKind
from kimppa.consortium.agreements.rules import (
    AgreementKind,
    Binds,
    CostClass,
    DocumentRole,
    PartyRole,
    Purpose,
    Relation,
)
from kimppa.consortium.agreements.terms import TermKind
from kimppa.consortium.governance.models import Decision
from kimppa.foundation.files.models import StoredFile

RETENTION_YEARS = 10  # domain: agreements are kept ten years after they have ended


def dates_in_order(name: str) -> models.CheckConstraint:
    """The last day is not before the first."""
    return models.CheckConstraint(
        condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
        name=name,
    )


class Agreement(Dated):
    kind = models.CharField(max_length=20)
    diary_number = models.CharField(max_length=60, unique=True)
    title_fi = models.CharField(max_length=300)
    title_sv = models.CharField(max_length=300, blank=True)
    title_en = models.CharField(max_length=300, blank=True)
    signed_on = models.DateField(null=True, blank=True)
    example = models.BooleanField(default=False, help_text="invented, for the demo region")
    binds = models.CharField(
        max_length=10, default=Binds.LISTED.value, db_default=Binds.LISTED.value, help_text="whom it binds"
    )

    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    retention_years = models.PositiveSmallIntegerField(
        default=RETENTION_YEARS, db_default=RETENTION_YEARS, help_text="kept after it has ended"
    )

    class Meta:
        constraints = [
            dates_in_order("agreements_dates"),
            models.CheckConstraint(
                condition=Q(supersedes__isnull=True) | ~Q(supersedes=F("id")), name="agreements_not_itself"
            ),
            models.CheckConstraint(
                condition=Q(binds__in=[b.value for b in Binds]), name="agreements_known_binds"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[k.value for k in AgreementKind]), name="agreements_known_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.diary_number} {self.title_fi}"


class AgreementParty(models.Model):
    """Who an agreement is between; `mandate`: the authority on which another signed for this party."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="parties")
    party = models.ForeignKey(LegalParty, on_delete=models.PROTECT, related_name="agreements")
    role = models.CharField(max_length=20)
    mandate = models.ForeignKey(
        "Mandate", null=True, blank=True, on_delete=models.PROTECT, related_name="signatures"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "party", "role"], name="agreements_one_party_role"),
            models.CheckConstraint(
                condition=Q(role__in=[r.value for r in PartyRole]), name="agreements_known_role"
            ),
        ]


class CostAnnex(Dated):
    """The cost annex of an agreement, rewritten from time to time; each writing has its own dates."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="annexes")
    clause = models.CharField(max_length=120, blank=True)
    decision = models.ForeignKey(
        Decision, null=True, blank=True, on_delete=models.PROTECT, related_name="annexes"
    )

    class Meta:
        constraints = [
            dates_in_order("agreements_annex_dates"),
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(valid_to__isnull=True), name="agreements_one_open_annex"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement.diary_number} {self.clause}".strip()


class AnnexRate(models.Model):
    annex = models.ForeignKey(CostAnnex, on_delete=models.PROTECT, related_name="rates")
    cost_class = models.CharField(max_length=20)
    rate = models.DecimalField(max_digits=12, decimal_places=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["annex", "cost_class"], name="agreements_one_rate_a_class"),
            models.CheckConstraint(condition=Q(rate__gte=0), name="agreements_rate_not_negative"),
            models.CheckConstraint(
                condition=Q(cost_class__in=[c.value for c in CostClass]), name="agreements_known_class"
            ),
        ]


class Mandate(Dated):
    """An authority that one party gave another, for one purpose, on a paper: an agreement or a decision."""

    grantor = models.ForeignKey(LegalParty, on_delete=models.PROTECT, related_name="mandates_given")
    holder = models.ForeignKey(LegalParty, on_delete=models.PROTECT, related_name="mandates_held")
    purpose = models.CharField(max_length=20)
    agreement = models.ForeignKey(
        Agreement, null=True, blank=True, on_delete=models.PROTECT, related_name="mandates"
    )
    decision = models.ForeignKey(
        Decision, null=True, blank=True, on_delete=models.PROTECT, related_name="mandates"
    )
    clause = models.CharField(max_length=120, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            dates_in_order("agreements_mandate_dates"),
            models.CheckConstraint(
                condition=Q(purpose__in=[p.value for p in Purpose]), name="agreements_known_purpose"
            ),
            models.CheckConstraint(condition=Q(valid_from__isnull=False), name="agreements_mandate_begins"),
            models.CheckConstraint(
                condition=Q(agreement__isnull=False) | Q(decision__isnull=False),
                name="agreements_mandate_on_paper",
            ),
            models.CheckConstraint(condition=~Q(grantor=F("holder")), name="agreements_mandate_to_another"),
            models.UniqueConstraint(
                fields=["grantor", "holder", "purpose"],
                condition=Q(valid_to__isnull=True),
                name="agreements_one_open_mandate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.grantor} → {self.holder} ({self.purpose})"


class Term(Dated):
    """A term as a typed value, and the clause it was read from. Empty dates: the agreement's whole time."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="terms")
    kind = models.CharField(max_length=30)
    number = models.PositiveIntegerField(null=True, blank=True)
    cents = models.BigIntegerField(null=True, blank=True)
    word = models.CharField(max_length=300, blank=True)
    clause = models.CharField(max_length=60, blank=True)
    quote = models.TextField(blank=True)

    class Meta:
        constraints = [
            dates_in_order("agreements_term_dates"),
            models.CheckConstraint(
                condition=Q(kind__in=[k.value for k in TermKind]), name="agreements_known_term"
            ),
            models.CheckConstraint(
                condition=Q(number__isnull=False) | Q(cents__isnull=False) | ~Q(word=""),
                name="agreements_term_has_a_value",
            ),
            models.CheckConstraint(
                condition=Q(cents__isnull=True) | Q(cents__gte=0), name="agreements_term_not_negative"
            ),
            models.UniqueConstraint(
                fields=["agreement", "kind"],
                condition=Q(valid_to__isnull=True),
                name="agreements_one_open_term_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement.diary_number} {self.kind}"


class OptionUse(models.Model):
    """An option that was used: it lengthens the agreement by the option's months."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="options_used")
    ordinal = models.PositiveSmallIntegerField()
    used_on = models.DateField()
    decision = models.ForeignKey(
        Decision, null=True, blank=True, on_delete=models.PROTECT, related_name="options_used"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "ordinal"], name="agreements_an_option_once"),
        ]


class Ending(models.Model):
    """Notice was given: the agreement ends on a day and is renewed no more."""

    agreement = models.OneToOneField(Agreement, on_delete=models.PROTECT, related_name="ending")
    given_on = models.DateField()
    ends_on = models.DateField()
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("given_on")), name="agreements_ends_after_notice"
            ),
        ]


class AgreementDocument(models.Model):
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="documents")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="agreement_documents")
    role = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=[r.value for r in DocumentRole]), name="agreements_known_document"
            ),
        ]


class AgreementRelation(models.Model):
    """`source` stands in a relation to `target`: it rests on it, or settles its handling of personal data."""

    source = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="relations")
    target = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="related_from")
    kind = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "target", "kind"], name="agreements_one_relation"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="agreements_related_to_another"),
            models.CheckConstraint(
                condition=Q(kind__in=[r.value for r in Relation]), name="agreements_known_relation"
            ),
        ]


class ReminderChoice(models.Model):
    """How many days before a kind of deadline a person is reminded; 0: never. No row: the default."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reminders")
    kind = models.CharField(max_length=20)
    days_before = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="agreements_one_choice_a_kind"),
            models.CheckConstraint(
                condition=Q(kind__in=[k.value for k in DeadlineKind]), name="agreements_known_reminder"
            ),
        ]


class ReminderSent(models.Model):
    """A person was reminded of a deadline; once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    day = models.DateField()
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "agreement", "kind", "day"], name="agreements_reminded_once"
            ),
        ]


class CalendarFeed(models.Model):
    """A person's calendar address. Only the hash of its secret is kept."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="calendar_feed"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField()


# The rows of prices stand in a file of their own; Django finds an app's rows through this one.
from kimppa.consortium.agreements import claim_models as claim_models  # noqa: E402
from kimppa.consortium.agreements import price_models as price_models  # noqa: E402
