"""Titles from CSV: one bad record is reported and the rest are kept."""

from __future__ import annotations

import pytest

from kimppa.elibrary.catalog.csv_titles import parse
from kimppa.elibrary.catalog.rules import ColumnsMissing, NotACsv

HEAD = "identifier,title,contributors,year,language,kind\n"


def read(text: str):
    return list(parse(text.encode()))


def test_a_whole_record_is_read_with_its_people_in_order():
    record = read(HEAD + 'urn:1,Kalevala,"Lönnrot, Elias; Toinen, T.",1849,fi,ebook\n')[0].record
    assert record.contributors == ("Lönnrot, Elias", "Toinen, T.")
    assert (record.year, record.language, record.kind) == (1849, "fi", "ebook")


def test_year_and_kind_may_be_empty():
    record = read(HEAD + "urn:1,Kalevala,,,fi,\n")[0].record
    assert (record.year, record.kind, record.contributors) == (None, "", ())


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",Kalevala,,,fi,ebook", "no-identifier"),
        ("urn:1,,,,fi,ebook", "no-title"),
        ("urn:1,Kalevala", "wrong-columns"),
        (f"urn:1,{'x' * 501},,,fi,ebook", "too-long"),
    ],
)
def test_a_record_that_cannot_be_used_is_skipped_with_its_number_and_the_next_one_is_kept(row, code):
    found = read(HEAD + row + "\nurn:2,Toinen,,,fi,ebook\n")
    assert found[0].record is None
    assert (found[0].problems[0].record, found[0].problems[0].severity) == (1, "error")
    assert found[0].problems[0].code == code
    assert found[1].record.identifier == "urn:2"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("urn:1,Kalevala,,18xx,fi,ebook", "bad-year"),
        ("urn:1,Kalevala,,,suomi!,ebook", "bad-language"),
        ("urn:1,Kalevala,,,fi,scroll", "unknown-kind"),
    ],
)
def test_a_field_that_cannot_be_read_is_left_empty_with_a_warning(row, code):
    found = read(HEAD + row + "\n")[0]
    assert found.record is not None
    assert [(p.severity, p.code) for p in found.problems] == [("warning", code)]


def test_a_file_without_its_columns_or_that_is_no_text_is_refused_whole():
    with pytest.raises(ColumnsMissing):
        read("nimi,vuosi\nKalevala,1849\n")
    with pytest.raises(NotACsv):
        list(parse(b"identifier,title\n\xff\xfe,1\n"))


def test_line_breaks_inside_quotes_and_a_byte_order_mark_are_read():
    found = read("\ufeff" + HEAD + 'urn:1,"Kale\nvala",,,fi,ebook\n')
    assert found[0].record.title == "Kale vala"
