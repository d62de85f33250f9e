"""Reading the cases of joining and leaving."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kimppa.foundation.core.text import in_language
from kimppa.joint.membership.models import MembershipCase
from kimppa.joint.membership.rules import Kind, NoSuchCase, Step, step_of


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case with its steps; None or empty: not reached."""

    id: int
    kind: Kind
    step: Step
    code: str
    name_fi: str
    name_sv: str
    name_en: str
    day: date
    opened_on: date
    note: str
    board_decided_on: date | None
    board_number: str
    board_paper: int | None
    agreement_id: int | None
    agreement_number: str
    signed_on: date | None
    decision_id: int | None
    decision_number: str
    months: int | None
    in_force_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str

    def name(self, language: str) -> str:
        return in_language(language, fi=self.name_fi, sv=self.name_sv, en=self.name_en)

    @property
    def open(self) -> bool:
        return self.step not in (Step.IN_FORCE, Step.CANCELLED)


def cases() -> tuple[CaseRow, ...]:
    """Every case, the newest day first."""
    rows = MembershipCase.objects.select_related("municipality", "agreement", "decision")
    return tuple(_row(row) for row in rows.order_by("-day", "-pk"))


def case(case_id: int) -> CaseRow:
    """One case. Raises NoSuchCase."""
    rows = MembershipCase.objects.select_related("municipality", "agreement", "decision")
    found = rows.filter(pk=case_id).first()
    if found is None:
        raise NoSuchCase
    return _row(found)


def _row(row: MembershipCase) -> CaseRow:
    return CaseRow(
        id=row.pk,
        kind=Kind(row.kind),
        step=step_of(
            decided=row.board_decided_on is not None,
            signed=row.signed_on is not None,
            in_force=row.in_force_at is not None,
            cancelled=row.cancelled_at is not None,
        ),
        code=row.municipality.code,
        name_fi=row.municipality.name_fi,
        name_sv=row.municipality.name_sv,
        name_en=row.municipality.name_en,
        day=row.day,
        opened_on=row.opened_on,
        note=row.note,
        board_decided_on=row.board_decided_on,
        board_number=row.board_number,
        board_paper=row.board_paper_id,
        agreement_id=row.agreement_id,
        agreement_number=row.agreement.diary_number if row.agreement else "",
        signed_on=row.signed_on,
        decision_id=row.decision_id,
        decision_number=row.decision.diary_number if row.decision else "",
        months=row.months,
        in_force_at=row.in_force_at,
        cancelled_at=row.cancelled_at,
        cancel_reason=row.cancel_reason,
    )
