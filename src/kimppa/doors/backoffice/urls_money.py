"""Addresses of money."""

from __future__ import annotations

from django.urls import path, register_converter

from kimppa.doors.backoffice import (
    money_bank,
    money_corrections,
    money_decide,
    money_invoices,
    money_issue,
    money_levy,
    money_payers,
    money_records,
    money_shares,
    money_years,
    scenario_page,
)
from kimppa.doors.web.converters import YearConverter

register_converter(YearConverter, "year")

urlpatterns = [
    path("money/", money_years.years, name="money"),
    path("money/bank/", money_bank.page, name="money-bank"),
    path("money/bank/<int:movement>/match/", money_bank.match, name="money-match"),
    path("money/scenario/", scenario_page.page, name="money-scenario"),
    path("money/<year:year>/", money_years.year_page, name="money-year"),
    path("money/<year:year>/decide/", money_decide.decide, name="money-decide"),
    path("money/<year:year>/levy/", money_levy.page, name="money-levy-new"),
    path("money/shares/<int:share>/", money_shares.page, name="money-share"),
    path("money/<year:year>/send/", money_issue.send_year, name="money-send-year"),
    path("money/levies/<int:revision>/", money_years.levy_page, name="money-levy"),
    path("money/levies/<int:revision>/issue/", money_issue.issue, name="money-issue"),
    path(
        "money/levies/<int:revision>/credit-earlier/",
        money_corrections.withdraw,
        name="money-withdraw",
    ),
    path("money/internal/<int:charge>/reverse/", money_corrections.reverse_internal, name="money-reverse"),
    path("money/invoices/<int:invoice>/", money_invoices.page, name="money-invoice"),
    path("money/invoices/<int:invoice>/send/", money_invoices.send, name="money-send"),
    path("money/invoices/<int:invoice>/payment/", money_invoices.payment, name="money-payment"),
    path("money/invoices/<int:invoice>/credit/", money_invoices.credit, name="money-credit"),
    path("money/invoices/<int:invoice>/<str:kind>/", money_invoices.document, name="money-document"),
    path("money/decisions/", money_records.decisions, name="money-decisions"),
    path("money/decisions/<int:decision>/", money_records.decision, name="money-decision"),
    path("money/payers/<str:code>/", money_payers.payer, name="money-payer"),
    path("money/hosts/<slug:kimppa>/", money_payers.host, name="money-host"),
    path("money/payers/", money_records.payers, name="money-payers"),
]
