"""Our share: what a municipality owes for a year and why, what was charged, paid and is open."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kimppa.consortium.budgets import queries as budgets
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.money_years import money_visible
from kimppa.doors.web.bar_chart import Bar, bar_chart
from kimppa.doors.web.converters import FIRST_YEAR, LAST_YEAR
from kimppa.doors.web.formats import money, number
from kimppa.doors.web.staff import staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.money import Cents
from kimppa.insight.reporting import statement_pdf
from kimppa.insight.reporting.statement_words import in_short, of_part, words
from kimppa.insight.reporting.statements import (
    MemberLine,
    Statement,
    Voucher,
    YearLine,
    member_lines,
    statement,
)


@staff_required
@require_GET
def listing(request: HttpRequest) -> HttpResponseBase:
    """Every municipality of a year; who sees only one is led to its statement."""
    visible = money_visible(request)
    year = _asked_year(request)
    if not visible.everything and len(visible.municipalities) == 1:
        return redirect("backoffice:statement", *visible.municipalities, year)
    table = _members_table(request, member_lines(year, visible=visible), year)
    download = table.download()
    if download is not None:
        return download
    years = sorted({*budgets.years(), year}, reverse=True)
    return render(request, "backoffice/statements/list.html", {"table": table, "year": year, "years": years})


@staff_required
@require_GET
def page(request: HttpRequest, code: str, year: int) -> HttpResponseBase:
    """One municipality's year. Raises NoStatement, also for one who may not see it."""
    shown = tables.language()
    told = statement(code, year, language=shown, visible=money_visible(request))
    shares, vouchers, years = (
        _parts_table(request, told),
        _vouchers_table(request, told),
        _years(request, told),
    )
    for table in (shares, vouchers, years):
        download = table.download()
        if download is not None:
            return download
    context = {
        "told": told,
        "name": told.place.name(shown),
        "short": in_short(told, shown),
        "parts": [(part, part.revision.title(shown), of_part(part, shown)) for part in told.parts],
        "shared": words(shown).shared if any(one.shared for one in told.vouchers) else "",
        "shares": shares,
        "vouchers": vouchers,
        "years": years,
        "chart": _chart(told.years, year) if len(told.years) > 1 else "",
        "last_year": year - 1 if year > FIRST_YEAR else None,
        "next_year": year + 1 if year < LAST_YEAR else None,
        "percent": _percent(told),
    }
    return render(request, "backoffice/statements/page.html", context)


@staff_required
@require_GET
def document(request: HttpRequest, code: str, year: int) -> HttpResponseBase:
    """The statement as PDF. Raises NoStatement."""
    shown = tables.language()
    told = statement(code, year, language=shown, visible=money_visible(request))
    made = statement_pdf.pdf(told, on=clock.today(), language=shown)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="kimppa-{told.place.code}-{year}-{shown}.pdf"'
    return response


def _asked_year(request: HttpRequest) -> int:
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) == 4 else 0
    return year if FIRST_YEAR <= year <= LAST_YEAR else clock.today().year


def _percent(told: Statement) -> str:
    found = told.whole.percent(told.sums.total)
    if found is None:
        return ""
    return _("%(percent)s %% of the sum of all") % {"percent": number(found, tables.language())}


def _chart(years: Sequence[YearLine], chosen: int) -> SafeString:
    shown = tables.language()
    bars = [
        Bar(
            str(line.year),
            money(line.sums.total, shown),
            Decimal(line.sums.total.value),
            chosen=line.year == chosen,
            hatched=bool(line.sums.past.value) and not line.sums.levied.value,
        )
        for line in years
    ]
    return bar_chart(bars, title=_("The share year by year"))


def _members_table(request: HttpRequest, rows: Sequence[MemberLine], year: int) -> Table[MemberLine]:
    shown = tables.language()
    return Table(
        request,
        caption=_("Shares by municipality"),
        filename=f"statements-{year}",
        rows=rows,
        sort="name",
        columns=(
            Column[MemberLine](
                "name",
                _("Municipality"),
                lambda r: r.name(shown),
                link=lambda r: reverse("backoffice:statement", args=[r.code, year]),
            ),
            Column("code", _("Code"), lambda r: r.code),
            Column("share", _("Share"), lambda r: r.sums.total, kind="money"),
            Column("invoiced", _("Invoiced"), lambda r: r.sums.invoiced + r.sums.credited, kind="money"),
            Column("internal", _("Internal charges"), lambda r: r.sums.internal, kind="money"),
            Column("left", _("Not charged"), lambda r: r.sums.not_charged, kind="money"),
            Column("paid", _("Paid"), lambda r: r.sums.paid, kind="money"),
            Column("open", _("To be paid"), lambda r: r.sums.open, kind="money"),
        ),
        footer={
            "name": _("Total"),
            "share": tables.total([r.sums.total for r in rows]),
            "invoiced": tables.total([r.sums.invoiced + r.sums.credited for r in rows]),
            "internal": tables.total([r.sums.internal for r in rows]),
            "left": tables.total([r.sums.not_charged for r in rows]),
            "paid": tables.total([r.sums.paid for r in rows]),
            "open": tables.total([r.sums.open for r in rows]),
        },
        empty=_("Nothing has been levied for the year."),
    )


def _parts_table(request: HttpRequest, told: Statement) -> Table[tuple[str, Cents, Cents, Cents, Cents, int]]:
    shown = tables.language()
    rows = [
        (p.revision.title(shown), p.share.amount, p.charged, p.internal, p.not_charged, p.share.id)
        for p in told.parts
    ]
    return Table(
        request,
        name="parts",
        caption=_("What the share is made of"),
        filename=f"share-{told.place.code}-{told.year}",
        rows=rows,
        columns=(
            Column[tuple[str, Cents, Cents, Cents, Cents, int]](
                "title",
                _("Levy"),
                lambda r: r[0],
                link=lambda r: reverse("backoffice:money-share", args=[r[5]]),
            ),
            Column("share", _("Share"), lambda r: r[1], kind="money"),
            Column("charged", _("Invoiced"), lambda r: r[2], kind="money"),
            Column("internal", _("Internal charges"), lambda r: r[3], kind="money"),
            Column("left", _("Not charged"), lambda r: r[4], kind="money"),
        ),
        footer={
            "title": _("Total"),
            "share": told.sums.levied,
            "charged": told.sums.invoiced + told.sums.credited,
            "internal": told.sums.internal,
            "left": told.sums.not_charged,
        },
        empty=_("Nothing has been levied for the year."),
    )


def _vouchers_table(request: HttpRequest, told: Statement) -> Table[Voucher]:
    kinds = words(tables.language()).kinds
    return Table(
        request,
        name="documents",
        caption=_("Invoices and credit notes"),
        filename=f"documents-{told.place.code}-{told.year}",
        rows=told.vouchers,
        columns=(
            Column[Voucher](
                "number",
                _("Number"),
                lambda r: r.number,
                link=lambda r: reverse("backoffice:money-invoice", args=[r.id]),
            ),
            Column("kind", _("Kind"), lambda r: f"{kinds[r.kind]} ({r.of})" if r.of else kinds[r.kind]),
            Column("seller", _("Seller"), lambda r: r.seller),
            Column("issued", _("Issued"), lambda r: r.issued_on, kind="day"),
            Column("due", _("Due"), lambda r: None if r.of else r.due_on, kind="day"),
            Column("amount", _("Sum"), lambda r: r.amount, kind="money"),
            Column("paid", _("Paid"), lambda r: None if r.of else r.paid, kind="money"),
            Column("open", _("To be paid"), lambda r: None if r.of else r.open, kind="money"),
        ),
        footer={
            "number": _("Total"),
            "amount": told.sums.invoiced + told.sums.credited,
            "paid": told.sums.paid,
            "open": told.sums.open,
        },
        empty=_("Nothing has been invoiced."),
    )


def _years(request: HttpRequest, told: Statement) -> Table[YearLine]:
    return Table(
        request,
        name="years",
        caption=_("The share year by year"),
        filename=f"years-{told.place.code}",
        rows=told.years,
        sort="-year",
        columns=(
            Column[YearLine](
                "year",
                _("Year"),
                lambda r: str(r.year),
                link=lambda r: reverse("backoffice:statement", args=[told.place.code, r.year]),
            ),
            Column("share", _("Share"), lambda r: r.sums.total, kind="money"),
            Column("change", _("Change"), lambda r: r.change, kind="money"),
            Column("percent", _("Change, %"), lambda r: r.change_percent, kind="number"),
            Column("residents", _("Residents"), lambda r: r.residents, kind="number"),
            Column("each", _("€/resident"), lambda r: r.per_resident, kind="rate"),
            Column("paid", _("Paid"), lambda r: r.sums.paid + r.sums.past_paid, kind="money"),
            Column(
                "open",
                _("To be paid"),
                lambda r: r.sums.open + r.sums.past - r.sums.past_paid,
                kind="money",
            ),
        ),
    )
