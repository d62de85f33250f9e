"""The wide CSV of municipalities: read whole or refused whole, each mistake with its line and field."""

from __future__ import annotations

from datetime import date

import pytest

from kimppa.commons.members.csv_members import BadMembersFile, parse

HEAD = "code,name_fi,region_code,region_fi,pop_2020\n"
OULU = "564,Oulu,17,Pohjois-Pohjanmaa,207327\n"
INARI = "148,Inari,19,Lappi,6897\n"


def problems(text: str) -> list[tuple[int, str]]:
    return [(p.line, p.code) for p in parse(text.encode()).problems]


def test_a_population_of_a_year_is_that_of_its_last_day():
    record = parse((HEAD + OULU).encode()).records[0]
    assert record.code == "564"
    assert record.populations == {date(2020, 12, 31): 207327}


def test_semicolons_a_byte_order_mark_and_thousands_spaces_are_read():
    text = "\ufeff" + HEAD.replace(",", ";") + "564;Oulu;17;Pohjois-Pohjanmaa;207\u00a0327\n"
    assert parse(text.encode()).records[0].populations == {date(2020, 12, 31): 207327}


def test_a_total_row_that_is_the_sum_is_accepted_and_is_no_municipality():
    read = parse((HEAD + OULU + INARI + "total,,,,214224\n").encode())
    assert len(read.records) == 2
    assert read.problems == ()


def test_a_total_row_that_is_not_the_sum_is_a_problem_of_its_line_and_column():
    read = parse((HEAD + OULU + INARI + "yhteensä,,,,214225\n").encode())
    assert [(p.line, p.code) for p in read.problems] == [(4, "wrong-total")]
    assert read.problems[0].params == {"field": "pop_2020", "said": "214225", "sum": 214224}


@pytest.mark.parametrize("cell", ["n/a", "-5", "6897.5", "6,9e3", "..", "½"])
def test_a_population_that_is_no_whole_number_is_a_problem_of_its_field(cell):
    text = HEAD + f'148,Inari,19,Lappi,"{cell}"\n'
    assert problems(text) == [(2, "bad-population")]


@pytest.mark.parametrize("code", ["48", "1480", "abc", "", "１４８"])
def test_a_code_that_is_not_three_digits_is_a_problem(code):
    assert problems(HEAD + f"{code},Inari,19,Lappi,6897\n") == [(2, "bad-code")]


def test_a_municipality_that_stands_twice_is_a_problem():
    assert problems(HEAD + OULU + OULU) == [(3, "twice")]


def test_a_row_with_other_columns_is_a_problem():
    assert problems(HEAD + "148,Inari\n") == [(2, "wrong-columns")]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"name,pop_2020\nOulu,1\n",
        b"code,foo\n564,1\n",
        b"code,pop_2020,pop_2020\n564,1,1\n",
    ],
)
def test_what_is_no_such_file_is_refused_whole(raw):
    with pytest.raises(BadMembersFile):
        parse(raw)
