"""Tables out of the house: no cell runs as a formula."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.tabular import csv_bytes, xlsx_bytes


@pytest.mark.parametrize("evil", ["=1+1", "+358", "-2+3", "@SUM(A1)", "\t=1", "  =1", "\n=1"])
def test_a_cell_that_looks_like_a_formula_is_written_as_text(evil: str) -> None:
    line = csv_bytes(["a"], [[evil]]).decode("utf-8-sig").split("\r\n", 1)[1]
    assert line.lstrip('"').startswith("'")
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsx_bytes(["a"], [[evil]])))
    assert book.get_sheet_by_index(0).to_python(skip_empty_area=False)[1][0] == evil


def test_csv_is_exactly_this() -> None:
    rows = [["Oulu", 209551, Cents(15716325), Decimal("0.750000"), date(2022, 1, 31), None, True]]
    header = ["nimi", "asukkaat", "osuus", "hinta", "päivä", "tyhjä", "on"]
    text = csv_bytes(header, rows).decode("utf-8-sig")
    assert text == (
        "nimi,asukkaat,osuus,hinta,päivä,tyhjä,on\r\nOulu,209551,157163.25,0.750000,2022-01-31,,1\r\n"
    )


def test_a_negative_sum_stays_a_number() -> None:
    assert csv_bytes(["a"], [[Cents(-250)]]).decode("utf-8-sig") == "a\r\n-2.50\r\n"


def test_a_workbook_keeps_numbers_and_days() -> None:
    content = xlsx_bytes(["a", "b", "c"], [[12, Cents(1234), date(2022, 5, 1)]], sheet="Osuudet")
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.sheet_names == ["Osuudet"]
    assert book.get_sheet_by_index(0).to_python()[1] == [12.0, 12.34, date(2022, 5, 1)]
