"""Past levies from a sheet: each row told, merged cells and wrong totals named, taken back whole."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
import xlsxwriter
from tests.consortium.conftest import BY

from kimppa.commons.members.roles import Visible
from kimppa.consortium.invoicing import past_levies
from kimppa.consortium.invoicing.ledger_models import PastLevy
from kimppa.consortium.invoicing.models import Invoice
from kimppa.foundation.core.money import Cents
from kimppa.foundation.imports import queries
from kimppa.foundation.imports.models import ImportBatch
from kimppa.foundation.imports.services import UndoRefused, WrongImportState

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)
CSV = (
    "Vuosi;Kunta;Asukkaita;Maksuosuus;Maksettu\n"
    "2021;Alavieska;2 517;1 200,50;maksettu\n"
    "2021;69;2700;1000;400,00\n"
    "2021;Åminne;1;1;x\n"
    "Yhteensä;;;2200,50;\n"
)


def stage(raw: bytes | str) -> int:
    body = raw.encode() if isinstance(raw, str) else raw
    return past_levies.stage_past(by=BY, raw=body, source_name="vanhat.xlsx", now=NOW)


def apply(batch: int) -> int:
    return past_levies.apply_past(by=BY, batch_id=batch, now=NOW)


def undo(batch: int) -> int:
    return past_levies.undo_past(by=BY, batch_id=batch, now=NOW)


def report(batch: int) -> list[tuple[int, str, str, dict[str, object]]]:
    rows = queries.report(ImportBatch.objects.get(pk=batch))
    return [(row.number, row.action, row.code, dict(row.params)) for row in rows]


def line(text: str) -> tuple[str, str]:
    (told,) = report(stage("vuosi;kunta;summa;maksettu;kustannuslaji;asukkaita\n" + text + "\n"))
    return told[1], told[2]


def test_rows_are_previewed_applied_and_stand_apart_from_vouchers(region: None) -> None:
    batch = stage(CSV)
    assert [(n, a, c) for n, a, c, _ in report(batch)] == [
        (2, "create", ""),
        (3, "create", ""),
        (4, "skip", "past-no-place"),
        (5, "skip", "past-total"),
    ]
    assert not PastLevy.objects.exists()
    assert apply(batch) == 2
    first, second = past_levies.past_levies()
    assert (first.municipality_fi, first.amount, first.paid, first.residents) == (
        "Alavieska",
        Cents(120_050),
        Cents(120_050),
        2517,
    )
    assert (second.code, second.paid, second.open) == ("069", Cents(40_000), Cents(60_000))
    assert not Invoice.objects.exists()
    seen = past_levies.past_levies(visible=Visible(False, frozenset({"069"})))
    assert [row.code for row in seen] == ["069"]


def test_read_again_nothing_changes_and_a_correction_can_be_taken_back(region: None) -> None:
    apply(stage(CSV))
    again = stage(CSV)
    assert [action for _, action, _, _ in report(again)][:2] == ["unchanged", "unchanged"]
    assert apply(again) == 0
    later = stage("vuosi;kunta;summa;maksettu\n2021;Alavieska;1200,50;ei\n")
    assert apply(later) == 1
    assert PastLevy.objects.get(municipality__code="009").paid_cents == 0
    assert undo(later) == 1
    assert PastLevy.objects.get(municipality__code="009").paid_cents == 120_050


def test_a_sheet_is_taken_back_unless_something_was_changed_since(region: None) -> None:
    batch = stage(CSV)
    apply(batch)
    assert undo(batch) == 2
    assert not PastLevy.objects.exists()
    with pytest.raises(WrongImportState):
        apply(batch)
    batch = stage(CSV)
    apply(batch)
    PastLevy.objects.filter(municipality__code="009").update(paid_cents=1)
    with pytest.raises(UndoRefused):
        undo(batch)
    assert PastLevy.objects.count() == 2


def workbook(total: float) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 3, "Maksuosuudet (ESIMERKKI)")
        sheet.write_row(1, 0, ["Vuosi", "Kunta", "Summa", "Maksettu"])
        sheet.write_row(2, 0, [2021, "Alavieska", 100.25, 100.25])
        sheet.merge_range(3, 0, 4, 0, 2021)
        sheet.write_row(3, 1, ["Enontekiö", 200, 0])
        sheet.write_row(4, 1, ["Haapajärvi", 300, 0])
        sheet.write_row(5, 0, ["Yhteensä", "", total])
    return out.getvalue()


def test_merged_cells_and_a_totals_row_are_told_with_row_and_column(region: None) -> None:
    told = report(stage(workbook(600.25)))
    assert [(n, a, c) for n, a, c, _ in told] == [
        (3, "create", ""),
        (4, "skip", "past-merged"),
        (5, "skip", "past-merged"),
        (6, "skip", "past-wrong-total"),
    ]
    assert told[1][3] == {"row": 4, "column": "A", "cells": "A4:A5"}
    assert told[3][3] == {"row": 6, "column": "C", "said": "600.25", "sum": "100.25"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2030;Alavieska;1;;;", "past-bad-year"),
        ("1999;Alavieska;1;;;", "past-bad-year"),
        ("2021;Atlantis;1;;;", "past-no-place"),
        ("2021;Alavieska;-1;;;", "past-bad-amount"),
        ("2021;Alavieska;1,234;;;", "past-bad-amount"),
        ("2021;Alavieska;1;ehkä;;", "past-bad-amount"),
        ("2021;Alavieska;1;;lelut;", "past-bad-class"),
        ("2021;Alavieska;1;;;monta", "past-bad-residents"),
    ],
)
def test_a_row_with_a_mistake_is_named(region: None, text: str, code: str) -> None:
    assert line(text) == ("skip", code)


def test_a_place_twice_and_a_year_levied_here_are_left_out(issued_2022: None) -> None:
    head = "vuosi;kunta;summa\n"
    twice = report(stage(head + "2021;Alavieska;1\n2021;9;2\n"))
    assert [c for _, _, c, _ in twice] == ["", "past-twice"]
    assert [c for _, _, c, _ in report(stage(head + "2022;Alavieska;1\n"))] == ["past-levied"]
