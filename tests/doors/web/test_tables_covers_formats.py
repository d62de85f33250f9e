"""Tables by the address alone, covers that cannot be broken by a title, and values as people read them."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from python_calamine import CalamineWorkbook

from kimppa.doors.web import covers, formats
from kimppa.doors.web.tables import Column, Table, page_links
from kimppa.foundation.core.money import Cents


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    state: str
    share: Cents
    day: date | None


LINES = (
    Line("Äänekoski", "paid", Cents(100_05), date(2022, 3, 1)),
    Line("Enontekiö", "sent", Cents(-5), None),
    Line("Åland", "sent", Cents(2_000_000), date(2021, 12, 31)),
    Line("Zorn", "paid", Cents(7), date(2022, 1, 2)),
    Line("=HYPERLINK(1)", "sent", Cents(0), None),
)


def table(query: str = "", **more: object) -> Table[Line]:
    request = RequestFactory().get(f"/x/{query}")
    columns = (
        Column[Line]("name", "Name", lambda row: row.name),
        Column("state", "State", lambda row: row.state, choices=True),
        Column("share", "Share", lambda row: row.share, kind="money"),
        Column("day", "Day", lambda row: row.day, kind="day"),
    )
    return Table(request, columns=columns, rows=LINES, **more)  # type: ignore[arg-type]


def names(made: Table[Line]) -> list[str]:
    return re.findall(r'<th scope="row"[^>]*>(?:<a[^>]*>)?([^<]*)', made.body)


def test_rows_sort_by_the_finnish_alphabet_by_size_and_with_blanks_last() -> None:
    assert names(table("?sort=name")) == ["=HYPERLINK(1)", "Enontekiö", "Zorn", "Åland", "Äänekoski"]
    assert names(table("?sort=-share"))[:2] == ["Åland", "Äänekoski"]
    assert names(table("?sort=day")) == ["Åland", "Zorn", "Äänekoski", "Enontekiö", "=HYPERLINK(1)"]
    assert names(table("?sort=-day"))[0] == "Äänekoski"
    assert names(table("?sort=nothing")) == [line.name for line in LINES]


def test_the_filter_finds_all_words_in_what_is_shown_and_counts_rows() -> None:
    with translation.override("fi"):
        made = table("?q=sent+20")
    assert names(made) == ["Åland"]
    assert (made.count, made.total, made.filtered) == (1, 5, True)
    assert names(table("?state=paid")) == ["Äänekoski", "Zorn"]
    assert table("?state=paid").choices[0].options == (("paid", True), ("sent", False))


def test_a_footer_is_shown_only_where_it_is_the_sum_of_what_is_shown() -> None:
    footer = {"name": "Total", "share": Cents(1)}
    assert ">Total</th>" in table("", footer=footer).foot
    assert table("?q=Zorn", footer=footer).foot == ""


@pytest.mark.parametrize("asked", ["0", "-1", "99", "x", "1e9", "９"])
def test_a_page_that_is_not_there_is_the_nearest_one(asked: str) -> None:
    assert 1 <= table(f"?page={asked}", per_page=2).page <= 3


def test_exports_hold_every_row_that_the_filter_leaves_and_run_no_formulas() -> None:
    answer = table("?export=csv&state=sent", per_page=1, filename="Osuudet 2022").download()
    assert answer is not None
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Name,State,Share,Day"
    assert lines[2] == "Åland,sent,20000.00,2021-12-31"
    assert not any(line.startswith("=") for line in lines)
    assert answer["Content-Disposition"] == 'attachment; filename="osuudet-2022.csv"'
    book = table("?export=xlsx").download()
    assert book is not None
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert len(rows) == 6
    assert rows[1][:3] == ["Äänekoski", "paid", 100.05]
    assert table().download() is None


def test_two_tables_of_a_page_do_not_meet() -> None:
    made = table("?a-sort=name&b-sort=-name&b-q=Zorn", name="a")
    assert names(made)[0] == "=HYPERLINK(1)"
    assert made.count == 5
    assert ("b-q", "Zorn") in made.kept


def test_the_component_shows_sorting_to_a_screen_reader() -> None:
    with translation.override("en"):
        html = Template('{% include "components/table.html" %}').render(
            Context({"table": table("?sort=-share")})
        )
    assert 'aria-sort="descending"' in html
    assert "€20,000.00" in html
    assert '<th scope="row">' in html
    assert "5 rows" in html


def test_gaps_between_pages_are_shown() -> None:
    labels = [link.label for link in page_links(10, 20, lambda n: f"?page={n}")]
    assert labels == ["1", "…", "8", "9", "10", "11", "12", "…", "20"]
    assert page_links(1, 1, str) == []


@given(st.text(max_size=400), st.text(max_size=200))
def test_any_title_makes_a_cover_that_is_well_formed_and_the_same_each_time(title: str, author: str) -> None:
    title = "".join(c for c in title if c.isprintable())
    author = "".join(c for c in author if c.isprintable())
    made = covers.svg(title=title, author=author)
    assert made == covers.svg(title=title, author=author)
    root = etree.fromstring(made.encode())
    assert len(root.findall(".//{*}tspan")) <= 10
    assert root.find(".//{*}script") is None


def test_no_word_of_a_cover_is_cut_while_a_smaller_size_has_room() -> None:
    made = covers.fit("Saaristokertomus", width=196, sizes=(34, 29, 25, 21, 18), height=186)
    assert made.lines == ("Saaristokertomus",)


def test_values_are_written_as_finnish_swedish_and_english_write_them() -> None:
    assert formats.money(Cents(188_775), "fi") == "1\u202f887,75\u00a0€"
    assert formats.money(-5, "en") == "−€0.05"
    assert formats.number(662_159, "sv") == "662\u202f159"
    assert formats.number(Decimal("-1234.50"), "fi") == "−1\u202f234,5"
    assert formats.number(1234, "en") == "1,234"
    assert formats.day(datetime(2026, 11, 21, 23, 30, tzinfo=UTC)) == "22.11.2026"
    assert formats.moment(datetime(2026, 11, 22, 12, 30, tzinfo=UTC), "fi") == "22.11.2026 klo 14.30"
    assert formats.clock_time(datetime(2026, 11, 22, 12, 5, tzinfo=UTC), "en") == "14:05"
    assert formats.size(320_400, "fi") == "320\u00a0kt"
    assert formats.size(1_480_000, "sv") == "1,4\u00a0MB"
