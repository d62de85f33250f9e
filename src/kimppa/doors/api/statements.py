"""The statement of a municipality: the same figures as the back office's page “Our share”."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema

from kimppa.commons.members.roles import Act
from kimppa.doors.api.access import seen
from kimppa.doors.api.levies import LevyOut, OfYear, ShareOut, Year, levy_shown, narrowed, share_shown
from kimppa.doors.api.listing import CSV, Page, Shown, listed
from kimppa.foundation.core.money import show_rate
from kimppa.foundation.core.text import noop
from kimppa.insight.reporting.reckoning import Sums
from kimppa.insight.reporting.statement_words import in_short, of_part
from kimppa.insight.reporting.statements import (
    MemberLine,
    Part,
    Voucher,
    YearLine,
    member_lines,
)
from kimppa.insight.reporting.statements import statement as statement_of

router = Router(tags=[noop("Statements")])


class SumsOut(Schema):
    """levied = invoiced + credited + internal + not charged; invoiced + credited = paid + open − overpaid."""

    total_cents: int = Field(description="Levied here and imported from earlier books.")
    levied_cents: int
    invoiced_cents: int
    credited_cents: int = Field(description="Credit notes, negative.")
    internal_cents: int
    not_charged_cents: int
    paid_cents: int
    open_cents: int
    overpaid_cents: int
    past_cents: int = Field(description="Imported from earlier books.")
    past_paid_cents: int


class StatementLineOut(SumsOut):
    code: str
    name_fi: str
    name_sv: str
    name_en: str


class PartOut(Schema):
    levy: LevyOut
    share: ShareOut
    exact_euros: str | None
    sentences: list[str] = Field(description="In the language of Accept-Language.")
    agreement: str
    clause: str
    months_decision: str
    charged_cents: int
    internal_cents: int
    not_charged_cents: int


class VoucherOut(Schema):
    invoice_id: int
    kind: str
    number: str
    credits: str = Field(description="Number of the invoice that a credit note takes from; else empty.")
    seller: str
    payer: str
    issued_on: date
    due_on: date
    amount_cents: int
    paid_cents: int
    open_cents: int
    overpaid_cents: int
    taxed: bool = Field(description="VAT comes on top; every sum of a statement is without it.")
    shared: bool = Field(description="Charges other municipalities or years too; the payment is dealt.")


class StatementInternalOut(Schema):
    id: int
    charged_on: date
    amount_cents: int
    reverses: int | None
    reason: str


class PastOut(Schema):
    cost_class: str
    amount_cents: int
    paid_cents: int
    residents: int | None
    source: str


class WholeOut(Schema):
    total_cents: int
    residents: int
    municipalities: int
    euros_per_resident: str | None
    percent: str | None = Field(description="The municipality's part of the whole.")


class YearOut(SumsOut):
    year: int
    residents: int | None
    change_cents: int | None
    change_percent: str | None
    euros_per_resident: str | None


class StatementOut(Schema):
    code: str
    name_fi: str
    name_sv: str
    name_en: str
    year: int
    example: bool
    in_short: list[str] = Field(description="In the language of Accept-Language.")
    sums: SumsOut
    next_due: date | None
    parts: list[PartOut]
    vouchers: list[VoucherOut]
    internal: list[StatementInternalOut]
    past: list[PastOut]
    whole: WholeOut
    years: list[YearOut]


@router.get(
    "/statements", response=Page[StatementLineOut], openapi_extra=CSV, summary=noop("A year by municipality")
)
def statements(request: HttpRequest, asked: Query[OfYear]) -> object:
    visible = narrowed(seen(request, Act.SEE_MONEY), asked.municipality)
    rows = member_lines(asked.wanted, visible=visible)
    return listed(request, asked, rows, schema=StatementLineOut, key=lambda r: r.code, show=_member)


@router.get(
    "/statements/{str:code}/{int:year}",
    response=StatementOut,
    url_name="statement",
    summary=noop("A municipality's statement of a year"),
)
def statement(request: HttpRequest, code: str, year: Path[Year]) -> object:
    language = request.LANGUAGE_CODE
    told = statement_of(code, year, language=language, visible=seen(request, Act.SEE_MONEY))
    percent = told.whole.percent(told.sums.total)
    each = told.whole.per_resident
    return {
        "code": told.place.code,
        "name_fi": told.place.name_fi,
        "name_sv": told.place.name_sv,
        "name_en": told.place.name_en,
        "year": told.year,
        "example": told.example,
        "in_short": list(in_short(told, language)),
        "sums": _sums(told.sums),
        "next_due": told.next_due,
        "parts": [_part(part, language) for part in told.parts],
        "vouchers": [_voucher(one) for one in told.vouchers],
        "internal": [
            {
                "id": one.id,
                "charged_on": one.charged_on,
                "amount_cents": one.amount.value,
                "reverses": one.reverses,
                "reason": one.reason,
            }
            for one in told.internal
        ],
        "past": [
            {
                "cost_class": one.cost_class,
                "amount_cents": one.amount.value,
                "paid_cents": one.paid.value,
                "residents": one.residents,
                "source": one.source,
            }
            for one in told.past
        ],
        "whole": {
            "total_cents": told.whole.total.value,
            "residents": told.whole.residents,
            "municipalities": told.whole.municipalities,
            "euros_per_resident": str(each) if each is not None else None,
            "percent": str(percent) if percent is not None else None,
        },
        "years": [_year(line) for line in told.years],
    }


def _sums(sums: Sums) -> Shown:
    return {
        "total_cents": sums.total.value,
        "levied_cents": sums.levied.value,
        "invoiced_cents": sums.invoiced.value,
        "credited_cents": sums.credited.value,
        "internal_cents": sums.internal.value,
        "not_charged_cents": sums.not_charged.value,
        "paid_cents": sums.paid.value,
        "open_cents": sums.open.value,
        "overpaid_cents": sums.overpaid.value,
        "past_cents": sums.past.value,
        "past_paid_cents": sums.past_paid.value,
    }


def _member(row: MemberLine) -> Shown:
    names = {"code": row.code, "name_fi": row.name_fi, "name_sv": row.name_sv, "name_en": row.name_en}
    return names | _sums(row.sums)


def _part(part: Part, language: str) -> Shown:
    return {
        "levy": levy_shown(part.revision),
        "share": share_shown(part.share),
        "exact_euros": show_rate(part.exact, "en") if part.exact is not None else None,
        "sentences": list(of_part(part, language)),
        "agreement": part.annex.agreement_number if part.annex else "",
        "clause": part.annex.clause if part.annex else "",
        "months_decision": part.months_decision,
        "charged_cents": part.charged.value,
        "internal_cents": part.internal.value,
        "not_charged_cents": part.not_charged.value,
    }


def _voucher(one: Voucher) -> Shown:
    return {
        "invoice_id": one.id,
        "kind": one.kind.value,
        "number": one.number,
        "credits": one.of,
        "seller": one.seller,
        "payer": one.payer,
        "issued_on": one.issued_on,
        "due_on": one.due_on,
        "amount_cents": one.amount.value,
        "paid_cents": one.paid.value,
        "open_cents": one.open.value,
        "overpaid_cents": one.overpaid.value,
        "taxed": one.taxed,
        "shared": one.shared,
    }


def _year(line: YearLine) -> Shown:
    each, percent = line.per_resident, line.change_percent
    return _sums(line.sums) | {
        "year": line.year,
        "residents": line.residents,
        "change_cents": line.change.value if line.change is not None else None,
        "change_percent": str(percent) if percent is not None else None,
        "euros_per_resident": str(each) if each is not None else None,
    }
