"""Reading decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet

from kimppa.commons.members.models import Group
from kimppa.consortium.governance.models import Decision
from kimppa.foundation.core.text import in_language


@dataclass(frozen=True, slots=True)
class DecisionRow:
    id: int
    diary_number: str
    effect: str
    body_slug: str
    body_fi: str
    body_sv: str
    body_en: str
    decided_on: date
    title_fi: str
    title_sv: str
    title_en: str
    text_fi: str
    text_sv: str
    text_en: str
    superseded_by: str
    example: bool

    def title(self, language: str) -> str:
        return in_language(language, fi=self.title_fi, sv=self.title_sv, en=self.title_en)

    def text(self, language: str) -> str:
        return in_language(language, fi=self.text_fi, sv=self.text_sv, en=self.text_en)

    def body(self, language: str) -> str:
        return in_language(language, fi=self.body_fi, sv=self.body_sv, en=self.body_en)


@dataclass(frozen=True, slots=True)
class BodyRow:
    """A body that may decide."""

    slug: str
    name_fi: str
    name_sv: str
    name_en: str

    def name(self, language: str) -> str:
        return in_language(language, fi=self.name_fi, sv=self.name_sv, en=self.name_en)


def bodies() -> tuple[BodyRow, ...]:
    """Every group; the one that has decided most comes first, so that lists of choices begin with it."""
    groups = Group.objects.annotate(made=Count("decisions")).order_by("-made", "name_fi")
    return tuple(BodyRow(group.slug, group.name_fi, group.name_sv, group.name_en) for group in groups)


def row_of(decision: Decision) -> DecisionRow:
    """The frozen view of one decision; `superseded_by` is the later one's diary number, or empty.

    Whoever reads many selects `superseded_by` and `body` with them; else each costs a query.
    """
    later: Decision | None = getattr(decision, "superseded_by", None)
    return DecisionRow(
        id=decision.pk,
        diary_number=decision.diary_number,
        effect=decision.effect,
        body_slug=decision.body.slug,
        body_fi=decision.body.name_fi,
        body_sv=decision.body.name_sv,
        body_en=decision.body.name_en,
        decided_on=decision.decided_on,
        title_fi=decision.title_fi,
        title_sv=decision.title_sv,
        title_en=decision.title_en,
        text_fi=decision.text_fi,
        text_sv=decision.text_sv,
        text_en=decision.text_en,
        superseded_by=later.diary_number if later else "",
        example=decision.example,
    )


def decision(decision_id: int) -> DecisionRow | None:
    """One decision, or None where there is no such."""
    found = _decisions().filter(pk=decision_id).first()
    return row_of(found) if found else None


def decisions() -> tuple[DecisionRow, ...]:
    """Every decision, the newest first."""
    return tuple(row_of(row) for row in _decisions().order_by("-decided_on", "-pk"))


def decisions_between(first: date | None, last: date) -> tuple[DecisionRow, ...]:
    """Decisions made on the days given (both inside; None: from the beginning), the oldest first."""
    rows = _decisions().filter(decided_on__lte=last).order_by("decided_on", "pk")
    return tuple(row_of(row) for row in (rows.filter(decided_on__gte=first) if first else rows))


def _decisions() -> QuerySet[Decision]:
    """With all that `row_of` reads, in one query."""
    return Decision.objects.select_related("body", "superseded_by")
