"""Agreements with terms and deadlines, who is bound on a day, and vendors' prices."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements import authority, contracts, price_queries
from kimppa.consortium.agreements.authority import BoundRow
from kimppa.consortium.agreements.contracts import ContractDetail, ContractRow, DeadlineRow
from kimppa.consortium.agreements.price_queries import PriceRow
from kimppa.consortium.agreements.rules import NoSuchAgreement, Purpose
from kimppa.doors.api.access import seen
from kimppa.doors.api.listing import CSV, Page, Paging, Shown, listed
from kimppa.doors.api.members import AsOf
from kimppa.foundation.core import clock
from kimppa.foundation.core.money import show_rate
from kimppa.foundation.core.text import noop

router = Router(tags=[noop("Agreements")])
RATE = "A decimal number as text, never rounded."


class AgreementOut(Schema):
    id: int
    kind: str
    diary_number: str
    title_fi: str
    title_sv: str
    title_en: str
    other_party: str
    state: str
    signed_on: date | None
    valid_from: date | None
    valid_to: date | None
    ends_on: date | None
    notice_by: date | None
    option_by: date | None
    renews_on: date | None
    value_cents: int | None = Field(description="Value over the whole term; null where it is not known.")
    procurement: str
    data_protection: str
    example: bool


class TermOut(Schema):
    kind: str
    number: int | None
    cents: int | None
    word: str
    clause: str
    quote: str
    valid_from: date | None
    valid_to: date | None


class PartyOut(Schema):
    name: str
    code: str = Field(description="The municipality's code; empty for others.")
    role: str
    mandate_id: int | None


class RelatedOut(Schema):
    kind: str
    outgoing: bool
    agreement_id: int
    diary_number: str


class AgreementFull(AgreementOut):
    terms: list[TermOut]
    parties: list[PartyOut]
    relations: list[RelatedOut]


class DeadlineOut(Schema):
    agreement_id: int
    diary_number: str
    title_fi: str
    kind: str
    day: date


class BoundOut(Schema):
    code: str
    name_fi: str
    state: str = Field(description="bound, later, ended, none, or holder (signs for itself and others).")
    mandate_id: int | None
    holder: str
    paper: str = Field(description="Diary number of the paper that the mandate stands on.")
    valid_from: date | None
    valid_to: date | None


class PriceOut(Schema):
    id: int
    agreement_id: int
    agreement_number: str
    vendor: str
    platform: str
    part: str
    kind: str
    rate: str = Field(description=RATE)
    currency: str
    vat_content: str
    vat_treatment: str
    valid_from: date | None
    valid_to: date | None
    clause: str
    withdrawn: bool
    example: bool


class DeadlinesAsked(AsOf):
    until: date | None = Field(None, description="A year from `on` where it is not given.")


class BoundAsked(AsOf):
    purpose: Purpose = Purpose.SIGN


class PricesAsked(Paging):
    platform: str = Field("", max_length=80, description="Only of this e-service (its slug).")
    on: date | None = Field(None, description="Only those that hold on this day; all where it is not given.")


@router.get(
    "/agreements", response=Page[AgreementOut], openapi_extra=CSV, summary=noop("Agreements on a day")
)
def agreements(request: HttpRequest, asked: Query[AsOf]) -> object:
    seen(request, Act.SEE_AGREEMENTS)
    rows = contracts.contracts(on=asked.day)
    return listed(request, asked, rows, schema=AgreementOut, key=lambda r: r.id, show=_agreement)


@router.get(
    "/agreements/{int:agreement}", response=AgreementFull, summary=noop("One agreement with its terms")
)
def agreement(request: HttpRequest, agreement: int, on: date | None = None) -> object:
    seen(request, Act.SEE_AGREEMENTS)
    found = contracts.contract(agreement, on=on or clock.today())
    if found is None:
        raise NoSuchAgreement
    return _agreement(found.row) | _inside(found)


@router.get(
    "/deadlines", response=Page[DeadlineOut], openapi_extra=CSV, summary=noop("Deadlines of agreements")
)
def deadlines(request: HttpRequest, asked: Query[DeadlinesAsked]) -> object:
    seen(request, Act.SEE_AGREEMENTS)
    until = asked.until or asked.day + timedelta(days=365)
    rows = contracts.deadlines_of(on=asked.day, until=until)
    return listed(request, asked, rows, schema=DeadlineOut, key=_deadline_key, show=_deadline)


@router.get(
    "/mandates/bound", response=Page[BoundOut], openapi_extra=CSV, summary=noop("Who is bound on a day")
)
def bound(request: HttpRequest, asked: Query[BoundAsked]) -> object:
    seen(request, Act.SEE_AGREEMENTS)
    rows = authority.bound_on(asked.day, asked.purpose)
    return listed(request, asked, rows, schema=BoundOut, key=lambda r: r.code, show=_bound)


@router.get("/prices", response=Page[PriceOut], openapi_extra=CSV, summary=noop("Vendors' prices"))
def prices(request: HttpRequest, asked: Query[PricesAsked]) -> object:
    seen(request, Act.SEE_AGREEMENTS)
    rows = price_queries.prices(platform=asked.platform or None)
    if asked.on is not None:
        rows = price_queries.in_force(rows, contracts.contracts(on=asked.on), asked.on)
    return listed(request, asked, rows, schema=PriceOut, key=lambda r: r.id, show=_price)


def _agreement(row: ContractRow) -> Shown:
    return {
        "id": row.id,
        "kind": row.kind.value,
        "diary_number": row.diary_number,
        "title_fi": row.title_fi,
        "title_sv": row.title_sv,
        "title_en": row.title_en,
        "other_party": row.other_party,
        "state": row.state.value,
        "signed_on": row.signed_on,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "ends_on": row.ends_on,
        "notice_by": row.days.notice_by,
        "option_by": row.days.option_by,
        "renews_on": row.days.renews_on,
        "value_cents": row.value.value if row.value is not None else None,
        "procurement": row.standing.value,
        "data_protection": row.protection.value,
        "example": row.example,
    }


def _inside(found: ContractDetail) -> Shown:
    terms = [{name: getattr(t, name) for name in TermOut.model_fields} for t in found.terms]
    parties = [{name: getattr(p, name) for name in PartyOut.model_fields} for p in found.parties]
    related = [{name: getattr(r, name) for name in RelatedOut.model_fields} for r in found.relations]
    return {"terms": terms, "parties": parties, "relations": related}


def _deadline_key(row: DeadlineRow) -> str:
    return f"{row.agreement_id}/{row.kind.value}/{row.day.isoformat()}"


def _deadline(row: DeadlineRow) -> Shown:
    return {
        "agreement_id": row.agreement_id,
        "diary_number": row.diary_number,
        "title_fi": row.title_fi,
        "kind": row.kind.value,
        "day": row.day,
    }


def _bound(row: BoundRow) -> Shown:
    mandate = row.mandate
    return {
        "code": row.code,
        "name_fi": row.name_fi,
        "state": row.state.value,
        "mandate_id": mandate.id if mandate else None,
        "holder": mandate.holder if mandate else "",
        "paper": mandate.paper if mandate else "",
        "valid_from": mandate.valid_from if mandate else None,
        "valid_to": mandate.valid_to if mandate else None,
    }


def _price(row: PriceRow) -> Shown:
    price = row.price
    return {
        "id": row.id,
        "agreement_id": row.agreement_id,
        "agreement_number": row.agreement_number,
        "vendor": row.vendor,
        "platform": row.platform,
        "part": row.part,
        "kind": price.kind.value,
        "rate": show_rate(price.rate, "en"),
        "currency": price.currency,
        "vat_content": price.content.value,
        "vat_treatment": price.treatment.value,
        "valid_from": price.valid_from,
        "valid_to": price.valid_to,
        "clause": row.clause,
        "withdrawn": row.withdrawn,
        "example": row.example,
    }
