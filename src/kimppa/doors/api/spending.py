"""Vendors' invoices and grants, and how much the e-services are used by the hub's own counts."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from kimppa.commons.members.roles import Act
from kimppa.commons.usage import queries as usage
from kimppa.commons.usage.queries import HubRow
from kimppa.consortium.budgets import purchase_queries
from kimppa.consortium.budgets.purchase_queries import GrantRow, PurchaseRow
from kimppa.doors.api.access import seen
from kimppa.doors.api.listing import CSV, Page, Paging, Shown, listed
from kimppa.foundation.core.text import noop

router = Router(tags=[noop("Spending and use")])


class PurchaseOut(Schema):
    id: int
    vendor: str
    number: str
    issued: date
    due: date | None
    state: str = Field(description="received, booked or discarded.")
    net_cents: int
    vat_cents: int
    self_assessed_cents: int = Field(description="VAT that the buyer accounts for (reverse charge).")
    cost_cents: int = Field(description="Euros with all VAT; below zero: a credit note.")
    currency: str
    original_cents: int
    exchange_rate: str
    agreement_number: str
    paid_by: str
    example: bool


class GrantOut(Schema):
    id: int
    title: str
    funder: str
    agreement_number: str
    decision_number: str
    valid_from: date
    valid_to: date
    amount_cents: int
    own_percent: str = Field(description="The applicant's own share of the costs, per cent.")
    used_cents: int = Field(description="Costs booked on the grant so far.")
    funded_cents: int = Field(description="The funder's part of them.")
    example: bool


class UseOut(Schema):
    platform: str = Field(description="The e-service's slug.")
    code: str = Field(description="Home municipality as the library system told it; empty: not known.")
    sign_ins: int = Field(description="The person was confirmed to the service.")
    opens: int = Field(description="One tap in the portal.")


class Bought(Paging):
    year: int | None = Field(None, ge=2000, le=2199, description="Only invoices issued in it; else all.")


@router.get("/purchases", response=Page[PurchaseOut], openapi_extra=CSV, summary=noop("Vendors' invoices"))
def purchases(request: HttpRequest, asked: Query[Bought]) -> object:
    seen(request, Act.SEE_BUDGET)
    rows = [r for r in purchase_queries.purchases() if asked.year is None or r.issued.year == asked.year]
    return listed(request, asked, rows, schema=PurchaseOut, key=lambda r: r.id, show=_purchase)


@router.get("/grants", response=Page[GrantOut], openapi_extra=CSV, summary=noop("Grants and their use"))
def grants(request: HttpRequest, asked: Query[Paging]) -> object:
    seen(request, Act.SEE_BUDGET)
    rows = purchase_queries.grants()
    return listed(request, asked, rows, schema=GrantOut, key=lambda r: r.id, show=_grant)


@router.get(
    "/use/{int:year}", response=Page[UseOut], openapi_extra=CSV, summary=noop("Use of e-services in a year")
)
def use(request: HttpRequest, year: int, asked: Query[Paging]) -> object:
    seen(request, Act.SEE_USAGE)
    rows = usage.hub_by_municipality(year) if 2000 <= year <= 2199 else ()
    return listed(request, asked, rows, schema=UseOut, key=_key, show=_use)


def _key(row: HubRow) -> str:
    return f"{row.platform}/{row.unit_code}"


def _purchase(row: PurchaseRow) -> Shown:
    return {
        "id": row.id,
        "vendor": row.vendor,
        "number": row.number,
        "issued": row.issued,
        "due": row.due,
        "state": row.state.value,
        "net_cents": row.net.value,
        "vat_cents": row.vat.value,
        "self_assessed_cents": row.self_assessed.value,
        "cost_cents": row.cost.value,
        "currency": row.currency,
        "original_cents": row.original.value,
        "exchange_rate": str(row.exchange_rate),
        "agreement_number": row.agreement_number,
        "paid_by": row.paid_by,
        "example": row.example,
    }


def _grant(row: GrantRow) -> Shown:
    return {
        "id": row.id,
        "title": row.title,
        "funder": row.funder,
        "agreement_number": row.agreement_number,
        "decision_number": row.decision_number,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "amount_cents": row.amount.value,
        "own_percent": str(row.own_percent),
        "used_cents": row.shares.cost.value,
        "funded_cents": row.shares.grant.value,
        "example": row.example,
    }


def _use(row: HubRow) -> Shown:
    return {
        "platform": row.platform,
        "code": row.unit_code,
        "sign_ins": row.sign_ins,
        "opens": row.opens,
    }
