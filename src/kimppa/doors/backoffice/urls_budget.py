"""Addresses of budgets, purchases and grants."""

from __future__ import annotations

from django.urls import path

from kimppa.doors.backoffice import budget_edit, budget_grants, budget_pages, budget_purchases
from kimppa.doors.backoffice import urls_money as urls_money  # it registers the part “year”

urlpatterns = [
    path("budget/", budget_pages.years, name="budget"),
    path("budget/begin/", budget_edit.begin, name="budget-begin"),
    path("budget/lines/<int:line>/", budget_pages.line, name="budget-line"),
    path("budget/commitments/<int:commitment>/", budget_pages.commitment, name="budget-commitment"),
    path("budget/purchases/", budget_purchases.listing, name="budget-purchases"),
    path("budget/purchases/upload/", budget_purchases.upload, name="budget-upload"),
    path("budget/purchases/typed/", budget_purchases.typed, name="budget-typed"),
    path("budget/purchases/<int:purchase>/", budget_purchases.page, name="budget-purchase"),
    path("budget/purchases/<int:purchase>/discard/", budget_purchases.discard, name="budget-discard"),
    path("budget/purchases/<int:purchase>/file/", budget_purchases.file, name="budget-file"),
    path("budget/grants/", budget_grants.listing, name="budget-grants"),
    path("budget/grants/new/", budget_grants.new, name="budget-grant-new"),
    path("budget/grants/<int:grant>/", budget_grants.page, name="budget-grant"),
    path("budget/grants/<int:grant>/report/", budget_grants.report, name="budget-report"),
    path("budget/<year:year>/", budget_pages.year, name="budget-year"),
    path("budget/<year:year>/prepare/", budget_edit.prepare, name="budget-prepare"),
    path("budget/<year:year>/lines/<int:line>/", budget_edit.edit_line, name="budget-edit-line"),
    path("budget/<year:year>/lines/<int:line>/drop/", budget_edit.drop, name="budget-drop-line"),
    path("budget/<year:year>/adopt/", budget_edit.adopt, name="budget-adopt"),
    path("budget/<year:year>/carry/", budget_edit.carry, name="budget-carry"),
    path("budget/<year:year>/commitments/", budget_edit.commit, name="budget-commit"),
]
