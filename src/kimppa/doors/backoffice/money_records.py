"""What the money stands on: decisions, agreements with their annexes, sellers and payers."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from kimppa.commons.members import hosts
from kimppa.commons.members.hosts import HostRow
from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements import queries as agreements
from kimppa.consortium.agreements.queries import AgreementRow, AnnexRow
from kimppa.consortium.agreements.rules import CLASS_NAMES, KIND_NAMES, AgreementKind, CostClass
from kimppa.consortium.budgets import queries as budgets
from kimppa.consortium.governance import meeting_queries as meetings
from kimppa.consortium.governance import queries as governance
from kimppa.consortium.governance.queries import DecisionRow
from kimppa.consortium.governance.rules import EFFECT_NAMES, Effect
from kimppa.consortium.invoicing import payer_queries
from kimppa.consortium.invoicing.payer_queries import PayerRow, SellerRow
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table, to
from kimppa.foundation.core import clock


@staff_required
def decisions(request: HttpRequest) -> HttpResponse:
    require(actor_of(request), Act.SEE_AGREEMENTS, now=clock.now())
    listed = (_decisions_table(request), _agreements_table(request), _annexes_table(request))
    for table in listed:
        download = table.download()
        if download is not None:
            return download
    context = {"decisions": listed[0], "agreements": listed[1], "annexes": listed[2]}
    return render(request, "backoffice/money/decisions.html", context)


@staff_required
def decision(request: HttpRequest, decision: int) -> HttpResponse:
    require(actor_of(request), Act.SEE_AGREEMENTS, now=clock.now())
    found = governance.decision(decision)
    if found is None:
        raise Http404
    shown = tables.language()
    context = {
        "decision": found,
        "title": found.title(shown),
        "text": found.text(shown),
        "body": found.body(shown),
        "effect": _(EFFECT_NAMES[Effect(found.effect)]),
        "made_in": meetings.item_of_decision(found.diary_number),
        "rates": [r for r in budgets.rates(CostClass.CONTENT) if r.decision.id == found.id],
    }
    return render(request, "backoffice/money/decision.html", context)


@staff_required
def payers(request: HttpRequest) -> HttpResponse:
    by, now = actor_of(request), clock.now()
    require(by, Act.SEE_MONEY, now=now)
    listed = (
        _sellers_table(request),
        _payers_table(request, edits=may(by, Act.EDIT_PAYERS, now=now)),
        _hosts_table(request, edits=may(by, Act.EDIT_MEMBERS, now=now)),
    )
    for table in listed:
        download = table.download()
        if download is not None:
            return download
    return render(
        request,
        "backoffice/money/payers.html",
        {"sellers": listed[0], "payers": listed[1], "hosts": listed[2]},
    )


def _decisions_table(request: HttpRequest) -> Table[DecisionRow]:
    shown = tables.language()
    return Table(
        request,
        name="decisions",
        caption=_("Decisions"),
        filename="decisions",
        rows=governance.decisions(),
        columns=(
            Column[DecisionRow](
                "number",
                _("Diary number"),
                lambda r: r.diary_number,
                link=to("backoffice:money-decision", lambda r: r.id),
            ),
            Column("day", _("Decided on"), lambda r: r.decided_on, kind="day"),
            Column("title", _("Name"), lambda r: r.title(shown)),
            Column("effect", _("Effect"), lambda r: _(EFFECT_NAMES[Effect(r.effect)]), choices=True),
            Column("later", _("Superseded by"), lambda r: r.superseded_by),
        ),
        empty=_("No decisions yet."),
    )


def _agreements_table(request: HttpRequest) -> Table[AgreementRow]:
    shown = tables.language()
    return Table(
        request,
        name="agreements",
        caption=_("Agreements"),
        filename="agreements",
        rows=agreements.agreements(),
        columns=(
            Column[AgreementRow]("number", _("Diary number"), lambda r: r.diary_number),
            Column("title", _("Name"), lambda r: r.title(shown)),
            Column("kind", _("Kind"), lambda r: _(KIND_NAMES[AgreementKind(r.kind)]), choices=True),
            Column("from", _("Valid from"), lambda r: r.valid_from, kind="day"),
            Column("to", _("Valid to"), lambda r: r.valid_to, kind="day"),
            Column("parties", _("Parties"), lambda r: r.parties, kind="number"),
        ),
        empty=_("No agreements yet."),
    )


def _annexes_table(request: HttpRequest) -> Table[AnnexRow]:
    return Table(
        request,
        name="annexes",
        caption=_("Rates in cost annexes"),
        filename="cost-annexes",
        rows=agreements.annexes(),
        columns=(
            Column[AnnexRow]("agreement", _("Agreement"), lambda r: r.agreement_number),
            Column("clause", _("Clause"), lambda r: r.clause),
            Column("class", _("Cost class"), lambda r: _(CLASS_NAMES[CostClass(r.cost_class)])),
            Column("rate", _("€/resident"), lambda r: r.rate, kind="rate"),
            Column("from", _("Valid from"), lambda r: r.valid_from, kind="day"),
            Column("to", _("Valid to"), lambda r: r.valid_to, kind="day"),
        ),
        empty=_("No cost annexes yet."),
    )


def _sellers_table(request: HttpRequest) -> Table[SellerRow]:
    return Table(
        request,
        name="sellers",
        caption=_("Sellers"),
        filename="sellers",
        rows=payer_queries.sellers(),
        columns=(
            Column[SellerRow]("name", _("Seller"), lambda r: r.name),
            Column("prefix", _("Numbers begin"), lambda r: r.prefix),
            Column("iban", _("Account"), lambda r: r.iban),
            Column("terms", _("Days to pay"), lambda r: r.terms_days, kind="number"),
            Column("payers", _("Payers"), lambda r: r.payers, kind="number"),
        ),
        empty=_("No sellers yet."),
    )


def _hosts_table(request: HttpRequest, *, edits: bool) -> Table[HostRow]:
    return Table(
        request,
        name="hosts",
        caption=_("Host cities of kimppas"),
        filename="hosts",
        rows=hosts.host_rows(clock.today()),
        columns=(
            Column[HostRow](
                "kimppa",
                _("Kimppa"),
                lambda r: r.kimppa_fi,
                link=to("backoffice:money-host", lambda r: r.slug) if edits else None,
            ),
            Column("host", _("Host city"), lambda r: r.municipality_fi),
            Column("from", _("Valid from"), lambda r: r.valid_from, kind="day"),
        ),
        empty=_("No kimppas yet."),
    )


def _payers_table(request: HttpRequest, *, edits: bool) -> Table[PayerRow]:
    return Table(
        request,
        name="payers",
        caption=_("Payers"),
        filename="payers",
        rows=payer_queries.payers(),
        columns=(
            Column[PayerRow](
                "municipality",
                _("Municipality"),
                lambda r: r.municipality_fi,
                link=to("backoffice:money-payer", lambda r: r.code) if edits else None,
            ),
            Column("payer", _("Payer"), lambda r: r.payer),
            Column("id", _("Business id"), lambda r: r.business_id),
            Column("seller", _("Seller"), lambda r: r.seller, choices=True),
            Column("from", _("Valid from"), lambda r: r.valid_from, kind="day"),
            Column("to", _("Valid to"), lambda r: r.valid_to, kind="day"),
            Column("internal", _("Internal"), lambda r: r.internal, kind="yes"),
        ),
        empty=_("No payers yet."),
    )
