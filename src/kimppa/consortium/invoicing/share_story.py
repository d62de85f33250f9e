"""The story of one share: population, rate or recipe, decision, clause, use; where it was charged. Reads."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from kimppa.commons.members.roles import Visible
from kimppa.consortium.agreements.queries import AnnexRow, annex_rate
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.budgets.models import MemberMonths
from kimppa.consortium.budgets.queries import EVERYTHING, RevisionRow
from kimppa.consortium.budgets.shares import ShareRow, revisions_by_share, shares_by_id
from kimppa.consortium.budgets.use_snapshot import FrozenRow, of_share
from kimppa.consortium.invoicing.models import InternalCharge, InvoiceLine
from kimppa.consortium.invoicing.share_words import made_of
from kimppa.foundation.core.errors import Missing
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import noop


class NoSuchShare(Missing):
    code = "no-such-share"
    sentence = noop("There is no such share.")


@dataclass(frozen=True, slots=True)
class ChargedRow:
    """Where something of a share was charged or taken back; `invoice_id` None: booked internally."""

    invoice_id: int | None
    number: str
    amount: Cents
    standing: bool


@dataclass(frozen=True, slots=True)
class Story:
    """All that a share was made of. `exact` is rate × residents × months/12 before rounding, in euros.

    `use` is as it stood when the sum was shared; of a kimppa's share, the payer's own. `months_decision` is
    the diary number by which the months differ from the levy's own.
    """

    share: ShareRow
    revision: RevisionRow
    annex: AnnexRow | None
    exact: Decimal | None
    made: tuple[str, ...]
    months_decision: str
    use: tuple[FrozenRow, ...]
    charged: tuple[ChargedRow, ...]


def story(share_id: int, *, language: str, visible: Visible = EVERYTHING) -> Story:
    """One share led back to all of its parts. Raises NoSuchShare, also for one who may not see it."""
    share = shares_by_id([share_id]).get(share_id)
    revision_id = revisions_by_share([share_id]).get(share_id)
    if share is None or revision_id is None or not visible.covers(share.code):
        raise NoSuchShare
    revision = budgets.revision(revision_id)
    exact = share.rate * share.residents * share.months / 12 if share.rate is not None else None
    return Story(
        share=share,
        revision=revision,
        annex=annex_rate(CostClass(revision.cost_class), revision.members_on),
        exact=exact,
        made=made_of(share, revision, language),
        months_decision=_months_decision(share, revision),
        use=of_share(revision_id, share.code, revision.recipe),
        charged=_charged(share_id),
    )


def _months_decision(share: ShareRow, revision: RevisionRow) -> str:
    if share.months == revision.months:
        return ""
    rows = MemberMonths.objects.filter(year=revision.year, municipality__code=share.code)
    return rows.values_list("decision__diary_number", flat=True).first() or ""


def _charged(share_id: int) -> tuple[ChargedRow, ...]:
    lines = InvoiceLine.objects.filter(share_id=share_id).order_by("pk")
    found = [
        ChargedRow(invoice, number, Cents(cents), not credited and credit_of is None)
        for invoice, number, cents, credited, credit_of in lines.values_list(
            "invoice_id", "invoice__number", "amount_cents", "credited", "credit_of_id"
        )
    ]
    charges = InternalCharge.objects.filter(share_id=share_id).order_by("pk")
    found += [
        ChargedRow(None, seller, Cents(cents), not turned and reverses is None)
        for seller, cents, turned, reverses in charges.values_list(
            "seller__party__name", "amount_cents", "reversed", "reverses_id"
        )
    ]
    return tuple(found)
