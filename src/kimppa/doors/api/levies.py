"""Budgets, levies with their calculations, and shares down to what each was made of."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema

from kimppa.commons.members.roles import Act, Visible
from kimppa.consortium.budgets import plan_queries, queries
from kimppa.consortium.budgets.participants import MadeOf
from kimppa.consortium.budgets.plan_queries import LineRow
from kimppa.consortium.budgets.plan_rules import NoSuchBudget
from kimppa.consortium.budgets.queries import RevisionRow
from kimppa.consortium.budgets.shares import ShareRow, shares_of
from kimppa.consortium.budgets.stored import recipe_json
from kimppa.consortium.invoicing.share_story import story
from kimppa.doors.api.access import seen
from kimppa.doors.api.listing import CSV, Page, Paging, Shown, listed
from kimppa.foundation.core import clock
from kimppa.foundation.core.money import show_rate
from kimppa.foundation.core.text import noop

router = Router(tags=[noop("Budgets, levies and shares")])


Year = Annotated[int, Field(ge=2000, le=2199)]


class OfYear(Paging):
    year: int | None = Field(None, ge=2000, le=2199, description="The running year where it is not given.")
    municipality: str = Field("", max_length=3, description="Only this municipality's (three digits).")

    @property
    def wanted(self) -> int:
        return self.year or clock.today().year


class BudgetLineOut(Schema):
    id: int
    title: str
    platform: str
    cost_class: str
    account: str
    cost_centre: str
    budget_cents: int
    booked_cents: int
    committed_cents: int
    forecast_cents: int


class BudgetOut(Schema):
    year: int
    version: int
    adopted: bool
    decision_id: int | None
    decision: str
    total_cents: int
    lines: list[BudgetLineOut]


class LevyOut(Schema):
    """One calculation of a levy."""

    id: int
    levy_id: int
    number: int
    latest: bool
    year: int
    cost_class: str
    title_fi: str
    title_sv: str
    title_en: str
    method: str = Field(description="rate or amount: which of the two was decided.")
    rate: str | None = Field(description="€/resident, a decimal number as text.")
    amount_cents: int | None
    months: int
    stage: str
    reference_date: date
    members_on: date
    total_cents: int
    decision_id: int
    decision: str = Field(description="Diary number.")
    recipe: dict[str, object] | None = Field(description="How a sum is shared; null: by residents among all.")


class KeyOut(Schema):
    key: str
    weight: int
    whole: int


class MadeOut(Schema):
    """What a share by a recipe was made of. `quota`: exact cents before the cents were dealt."""

    quota: str
    bound: str
    keys: list[KeyOut]
    kimppa: str
    kimppa_share_cents: int | None


class ShareOut(Schema):
    id: int
    source: str
    code: str
    name_fi: str
    residents: int
    reference_date: date
    population_source: str
    rate: str | None
    months: int
    amount_cents: int
    kimppa: str = Field(description="Slug, where the municipality pays as the kimppa's host.")
    made_of: MadeOut | None


class ChargedOut(Schema):
    invoice_id: int | None
    number: str
    amount_cents: int
    standing: bool


class ShareFull(ShareOut):
    levy: LevyOut
    exact_euros: str | None = Field(description="rate × residents × months/12 before rounding.")
    sentences: list[str]
    agreement: str
    clause: str
    months_decision: str
    charged: list[ChargedOut]


class SharesAsked(Paging):
    municipality: str = Field("", max_length=3, description="Only this municipality's (three digits).")


@router.get("/budgets/{int:year}", response=BudgetOut, summary=noop("The budget of a year with its lines"))
def budget(request: HttpRequest, year: Path[Year]) -> object:
    seen(request, Act.SEE_BUDGET)
    found = plan_queries.budget(year)
    if found is None:
        raise NoSuchBudget
    version = found.version
    return {
        "year": version.year,
        "version": version.number,
        "adopted": version.adopted,
        "decision_id": version.decision_id,
        "decision": version.decision_number,
        "total_cents": version.total.value,
        "lines": [_line(line) for line in found.lines],
    }


@router.get(
    "/levies", response=Page[LevyOut], openapi_extra=CSV, summary=noop("A year's levies, all calculations")
)
def levies(request: HttpRequest, asked: Query[OfYear]) -> object:
    seen(request, Act.SEE_MONEY)
    rows = queries.revisions_of(asked.wanted)
    return listed(request, asked, rows, schema=LevyOut, key=lambda r: r.id, show=levy_shown)


@router.get("/levies/{int:revision}", response=LevyOut, summary=noop("One calculation of a levy"))
def levy(request: HttpRequest, revision: int) -> object:
    seen(request, Act.SEE_MONEY)
    return levy_shown(queries.revision(revision))


@router.get(
    "/levies/{int:revision}/shares",
    response=Page[ShareOut],
    openapi_extra=CSV,
    summary=noop("Shares of a levy"),
)
def shares(request: HttpRequest, revision: int, asked: Query[SharesAsked]) -> object:
    visible = narrowed(seen(request, Act.SEE_MONEY), asked.municipality)
    rows = shares_of(queries.revision(revision).id, visible=visible)
    return listed(request, asked, rows, schema=ShareOut, key=lambda r: r.id, show=share_shown)


@router.get("/shares/{int:share}", response=ShareFull, summary=noop("One share led back to all of its parts"))
def share(request: HttpRequest, share: int) -> object:
    told = story(share, language=request.LANGUAGE_CODE, visible=seen(request, Act.SEE_MONEY))
    return share_shown(told.share) | {
        "levy": levy_shown(told.revision),
        "exact_euros": show_rate(told.exact, "en") if told.exact is not None else None,
        "sentences": list(told.made),
        "agreement": told.annex.agreement_number if told.annex else "",
        "clause": told.annex.clause if told.annex else "",
        "months_decision": told.months_decision,
        "charged": [
            {
                "invoice_id": one.invoice_id,
                "number": one.number,
                "amount_cents": one.amount.value,
                "standing": one.standing,
            }
            for one in told.charged
        ],
    }


def narrowed(visible: Visible, municipality: str) -> Visible:
    """What of the visible belongs to one municipality; all of it where none is named."""
    if not municipality:
        return visible
    return Visible(False, frozenset({municipality} if visible.covers(municipality) else ()))


def levy_shown(row: RevisionRow) -> Shown:
    return {
        "id": row.id,
        "levy_id": row.levy_id,
        "number": row.number,
        "latest": row.latest,
        "year": row.year,
        "cost_class": row.cost_class,
        "title_fi": row.title_fi,
        "title_sv": row.title_sv,
        "title_en": row.title_en,
        "method": row.method,
        "rate": show_rate(row.rate, "en") if row.rate is not None else None,
        "amount_cents": row.amount.value if row.amount is not None else None,
        "months": row.months,
        "stage": row.stage.value,
        "reference_date": row.reference_date,
        "members_on": row.members_on,
        "total_cents": row.total.value,
        "decision_id": row.decision.id,
        "decision": row.decision.diary_number,
        "recipe": recipe_json(row.recipe),
    }


def share_shown(row: ShareRow) -> Shown:
    return {
        "id": row.id,
        "source": row.source,
        "code": row.code,
        "name_fi": row.name_fi,
        "residents": row.residents,
        "reference_date": row.reference_date,
        "population_source": row.population_source,
        "rate": show_rate(row.rate, "en") if row.rate is not None else None,
        "months": row.months,
        "amount_cents": row.amount.value,
        "kimppa": row.kimppa_slug,
        "made_of": _made(row.made_of),
    }


def _made(made: MadeOf | None) -> Shown | None:
    if made is None:
        return None
    return {
        "quota": f"{made.quota:f}",
        "bound": made.bound.value,
        "keys": [{"key": k.key.value, "weight": k.weight, "whole": k.whole} for k in made.keys],
        "kimppa": made.kimppa,
        "kimppa_share_cents": made.kimppa_share.value if made.kimppa_share is not None else None,
    }


def _line(row: LineRow) -> Shown:
    return {
        "id": row.id,
        "title": row.title,
        "platform": row.platform,
        "cost_class": row.cost_class,
        "account": row.account,
        "cost_centre": row.cost_centre,
        "budget_cents": row.outlook.budget.value,
        "booked_cents": row.outlook.booked.value,
        "committed_cents": row.outlook.committed.value,
        "forecast_cents": row.outlook.forecast.value,
    }
