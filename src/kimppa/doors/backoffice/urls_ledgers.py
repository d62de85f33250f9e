"""Addresses of what becomes of invoices: ledgers, open items, reminders, bookings, past years."""

from __future__ import annotations

from django.urls import path

from kimppa.doors.backoffice import (
    money_attachments,
    money_books,
    money_imports,
    money_ledgers,
    money_open,
    money_settlement,
)

urlpatterns = [
    path("money/open/", money_open.page, name="money-open"),
    path("money/open/contacts/", money_open.dunning, name="money-dunning"),
    path("money/open/remind/", money_open.remind, name="money-remind"),
    path("money/open/reminders/<int:reminder>/", money_open.letter, name="money-letter"),
    path("money/too-much/", money_books.too_much, name="money-too-much"),
    path("money/too-much/<int:invoice>/", money_books.move, name="money-move"),
    path("money/settlement/", money_settlement.page, name="money-settlement"),
    path(
        "money/settlement/<int:year>/<int:number>/pdf/",
        money_settlement.voucher,
        name="money-settlement-pdf",
    ),
    path("money/invoices/<int:invoice>/attachments/", money_attachments.attach, name="money-attach"),
    path("money/attachments/<int:attachment>/", money_attachments.download, name="money-attachment"),
    path("money/books/", money_books.books, name="money-books"),
    path("money/past/", money_books.past, name="money-past"),
    path("money/past/sheets/add/", money_imports.past_upload, name="money-past-upload"),
    path("money/past/sheets/<int:batch>/", money_imports.past_page, name="money-past-sheet"),
    path("money/ledgers/", money_ledgers.page, name="money-ledgers"),
    path("money/ledgers/<int:seller>/export/", money_ledgers.export, name="money-ledger-export"),
    path("money/ledgers/<int:seller>/mode/", money_ledgers.mode, name="money-ledger-mode"),
    path("money/ledgers/batches/<int:export_id>/", money_ledgers.batch, name="money-ledger-batch"),
    path("money/ledgers/accounts/add/", money_ledgers.account, name="money-account"),
    path("money/ledgers/answers/add/", money_imports.ledger_upload, name="money-ledger-upload"),
    path("money/ledgers/answers/<int:batch>/", money_imports.ledger_page, name="money-ledger-return"),
]
