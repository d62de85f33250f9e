"""Reading agreements: what binds on a day, and what the cost annex says then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count

from kimppa.commons.members.queries import in_force
from kimppa.consortium.agreements.models import Agreement, AnnexRate, CostAnnex
from kimppa.consortium.agreements.rules import AgreementKind, CostClass
from kimppa.foundation.core.text import in_language


@dataclass(frozen=True, slots=True)
class AgreementRow:
    id: int
    kind: str
    diary_number: str
    title_fi: str
    title_sv: str
    title_en: str
    signed_on: date | None
    valid_from: date | None
    valid_to: date | None
    parties: int
    example: bool

    def title(self, language: str) -> str:
        return in_language(language, fi=self.title_fi, sv=self.title_sv, en=self.title_en)


@dataclass(frozen=True, slots=True)
class AnnexRow:
    """What a cost annex says of one cost class, and the agreement that it belongs to."""

    agreement_number: str
    agreement_title_fi: str
    clause: str
    valid_from: date | None
    valid_to: date | None
    cost_class: str
    rate: Decimal


def agreements() -> tuple[AgreementRow, ...]:
    """Every agreement, the newest first."""
    rows = Agreement.objects.annotate(party_count=Count("parties")).order_by("-valid_from", "diary_number")
    return tuple(
        AgreementRow(
            id=row.pk,
            kind=row.kind,
            diary_number=row.diary_number,
            title_fi=row.title_fi,
            title_sv=row.title_sv,
            title_en=row.title_en,
            signed_on=row.signed_on,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            parties=row.party_count,
            example=row.example,
        )
        for row in rows
    )


def annexes() -> tuple[AnnexRow, ...]:
    """Every rate of every cost annex, the newest first."""
    rows = AnnexRate.objects.select_related("annex__agreement").order_by("-annex__valid_from", "cost_class")
    return tuple(_annex_row(row) for row in rows)


def annex_rate(cost_class: CostClass, on: date) -> AnnexRow | None:
    """What the cooperation agreement's cost annex in force on a day says of a cost class."""
    annex = (
        CostAnnex.objects.filter(in_force(on), agreement__kind=AgreementKind.COOPERATION.value)
        .order_by("-valid_from")
        .first()
    )
    if annex is None:
        return None
    row = (
        AnnexRate.objects.select_related("annex__agreement")
        .filter(annex=annex, cost_class=cost_class.value)
        .first()
    )
    return _annex_row(row) if row else None


def _annex_row(row: AnnexRate) -> AnnexRow:
    annex = row.annex
    return AnnexRow(
        agreement_number=annex.agreement.diary_number,
        agreement_title_fi=annex.agreement.title_fi,
        clause=annex.clause,
        valid_from=annex.valid_from,
        valid_to=annex.valid_to,
        cost_class=row.cost_class,
        rate=row.rate,
    )
