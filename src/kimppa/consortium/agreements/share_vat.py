"""How members' shares stand to VAT: outside its scope unless the cooperation agreement says otherwise.

Cost shares between municipalities are outside the scope of VAT by default. Where the parties or the tax
administration have found otherwise, the agreement's term says so from the first day of a month on, for one
cost class. It may be said of a signed agreement too: what is taxed is not agreed but found out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from kimppa.commons.members.permissions import require
from kimppa.commons.members.queries import in_force
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements.drafts import found
from kimppa.consortium.agreements.models import Agreement, CostAnnex, Term
from kimppa.consortium.agreements.rules import (
    AgreementKind,
    CostClass,
    NotCooperation,
    ShareVatDay,
    TermsOverlap,
)
from kimppa.consortium.agreements.terms import OUTSIDE_SCOPE, SHARE_VAT
from kimppa.consortium.agreements.vat import VatContent
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.audit import Value
from kimppa.foundation.core.periods import Period
from kimppa.foundation.core.text import clean_line


@dataclass(frozen=True, slots=True)
class ShareVat:
    """The dated treatments of one cost class in one agreement; none of a day: outside the scope of VAT."""

    spans: tuple[tuple[Period, VatContent | None], ...] = ()

    def at(self, day: date) -> VatContent | None:
        """What the shares are taxed as on a day; None: outside the scope of VAT."""
        return next((content for period, content in self.spans if day in period), None)

    @property
    def taxed(self) -> bool:
        return any(content is not None for _, content in self.spans)


@transaction.atomic
def set_share_vat(
    *,
    by: Actor,
    agreement: int,
    cost_class: CostClass,
    treatment: VatContent | None,
    valid_from: date,
    clause: str = "",
    now: datetime,
) -> int:
    """From a day on shares of a cost class are taxed as `treatment` (None: outside the scope); its id.

    The treatment before ends the day before; one of the same day is said anew. Invoices that were issued
    stay as they are. Raises NoSuchAgreement, NotCooperation, ShareVatDay, TermsOverlap.
    """
    require(by, Act.EDIT_AGREEMENTS, now=now)
    row = found(agreement)
    if row.kind != AgreementKind.COOPERATION:
        raise NotCooperation(number=row.diary_number)
    if valid_from.day != 1:
        raise ShareVatDay(day=valid_from.isoformat())
    kind, word = SHARE_VAT[cost_class].value, treatment.value if treatment else OUTSIDE_SCOPE
    rows = list(row.terms.select_for_update().filter(kind=kind).order_by("pk"))
    last = next((term for term in rows if term.valid_to is None), None)
    if last is not None and last.word == word:
        return last.pk
    before: dict[str, Value] = {"treatment": last.word if last else OUTSIDE_SCOPE}
    after: dict[str, Value] = {"cost_class": cost_class.value, "treatment": word, "valid_from": valid_from}
    made = _put(row, kind, word, valid_from, clean_line(clause)[:60], rows)
    audit.record(by=by, act="agreements.set_share_vat", obj=made, before=before, after=after, now=now)
    return made.pk


def _put(row: Agreement, kind: str, word: str, valid_from: date, clause: str, rows: list[Term]) -> Term:
    """The new term, or the one that begins on the same day said anew."""
    last = next((term for term in rows if term.valid_to is None), None)
    if last is not None and last.valid_from == valid_from:
        last.word, last.clause = word, clause
        last.save(update_fields=["word", "clause"])
        return last
    for term in rows:
        start = term.valid_from or date.min
        if start >= valid_from or (term.valid_to is not None and term.valid_to >= valid_from):
            end = term.valid_to.isoformat() if term.valid_to else "–"
            raise TermsOverlap(number=row.diary_number, start=start.isoformat(), end=end)
    if last is not None:
        last.valid_to = valid_from - timedelta(days=1)
        last.save(update_fields=["valid_to"])
    return Term.objects.create(agreement=row, kind=kind, word=word, clause=clause, valid_from=valid_from)


def share_vat(cost_class: CostClass, on: date) -> ShareVat:
    """The treatments by the agreement whose cost annex is in force on a day; else by the one in force."""
    kind = AgreementKind.COOPERATION.value
    annexes = CostAnnex.objects.filter(in_force(on), agreement__kind=kind).order_by("-valid_from")
    agreement = annexes.values_list("agreement_id", flat=True).first()
    if agreement is None:
        rows = Agreement.objects.filter(in_force(on), kind=kind, signed_on__isnull=False)
        agreement = rows.order_by("-valid_from").values_list("pk", flat=True).first()
    if agreement is None:
        return ShareVat()
    terms = Term.objects.filter(agreement_id=agreement, kind=SHARE_VAT[cost_class].value)
    return ShareVat(
        tuple(
            (Period(start, end), None if word == OUTSIDE_SCOPE else VatContent(word))
            for start, end, word in terms.values_list("valid_from", "valid_to", "word")
        )
    )
