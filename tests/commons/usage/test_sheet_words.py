"""Months, numbers and names are read however a vendor spells them, and nothing is guessed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimppa.commons.usage import sheet_words as words


@pytest.mark.parametrize(
    "text",
    [
        *("tammikuu 2022", "Tammi 2022", "tammi-22", "1/2022", "01/2022", "2022-01", "2022/1", "01.2022"),
        *("1.2022", "202201", "2022M01", "Jan-22", "22-Jan", "January 2022", "januari 2022", "jan. 2022"),
        *("2022-01-01", "31.1.2022", "tammikuussa 2022", "2022 tammikuu", "kk 1/2022", "tam 2022"),
        *("tammikuu\u00a02022", "TAMMIKUU 2022", "1 / 2022"),
    ],
)
def test_january_of_2022_is_read_however_it_is_spelled(text: str) -> None:
    assert words.month(text) == "2022-01"


def test_every_month_is_read_in_three_languages_by_its_name_and_its_first_letters() -> None:
    for names in (words.FINNISH_MONTHS, words.SWEDISH, words.ENGLISH):
        for number, name in enumerate(names, start=1):
            assert words.month(f"{name} 2022") == f"2022-{number:02}", name
            if names is not words.FINNISH_MONTHS:
                assert words.month(f"{name[:3]}-22") == f"2022-{number:02}", name
    assert [words.month(f"{name}kuu", 2022)[5:] for name in words.FINNISH_MONTHS] == [
        f"{number:02}" for number in range(1, 13)
    ]


@pytest.mark.parametrize(
    "text",
    ["", "Kunta", "13/2022", "1-3/2022", "Q1 2022", "2022", "heinola", "marja 2022", "0/2022", "tammikuu"],
)
def test_what_is_no_month_is_none(text: str) -> None:
    assert words.month(text) == ""


def test_mar_is_march_but_in_finnish_shortenings_marraskuu() -> None:
    assert words.month("mar-22") == "2022-03"
    assert words.month("mar 2022", finnish=words.speaks_finnish(["tam 2022", "hel 2022"])) == "2022-11"


def test_a_month_without_a_year_takes_the_year_given_and_a_day_its_month() -> None:
    assert words.month("loka", 2021) == "2021-10"
    assert words.month("3", 2021) == "2021-03"
    assert words.month_of(date(2022, 5, 1), None) == "2022-05"


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1 234", ",", "1234"),
        ("1\u00a0234,5", ",", "1234.5"),
        ("1\u202f234\u202f567", ",", "1234567"),
        ("1.234", ",", "1234"),
        ("1,234", ".", "1234"),
        ("1.234,5", ",", "1234.5"),
        ("1,234.5", ".", "1234.5"),
        ("12,5", ",", "12.5"),
        ("−3", ",", "-3"),
        ("1'234", ",", "1234"),
        ("0", ",", "0"),
    ],
)
def test_numbers_are_read_with_thousands_and_decimals(text: str, decimal: str, value: str) -> None:
    assert words.number(text, decimal) == Decimal(value)


@pytest.mark.parametrize("text", ["n. 50", "<5", "12 kpl", "1,2,3", "1.23.4", "x", ".", "1.2345", "٣"])
def test_what_is_no_number_is_none_and_never_a_guess(text: str) -> None:
    assert words.number(text, ",") in (None, Decimal(3)) if text == "٣" else words.number(text, ",") is None


@given(st.integers(min_value=0, max_value=10**12), st.sampled_from([" ", "\u00a0", "\u202f", "."]))
def test_a_count_written_with_groups_is_the_same_count(count: int, sign: str) -> None:
    assert words.number(f"{count:,}".replace(",", sign), ",") == count


@given(st.text(max_size=30))
def test_no_text_breaks_the_readers_of_words(text: str) -> None:
    words.month(text, 2022)
    words.number(text)
    words.number(text, ".")
    words.folded(text)
    assert len(words.metric_of(text)) <= 60


def test_totals_are_known_but_a_title_that_begins_so_is_none() -> None:
    assert words.is_total("Yhteensä")
    assert words.is_total("Lappi yhteensä")
    assert words.is_total("Yht.")
    assert words.is_total("Grand Total")
    assert not words.is_total("Total Recall", whole=True)
    assert words.is_total("Total:", whole=True)
    assert not words.is_total("Totalitarismin synty")


def test_names_of_places_are_the_same_with_what_vendors_put_around_them() -> None:
    same = {words.folded(one) for one in ("Oulu", "OULU", "Oulu, kirjasto", "Oulu (564)", "Oulu  kaupunki")}
    assert same == {"oulu"}
    assert words.folded("Kirjasto") == "kirjasto"


def test_time_spent_is_no_count() -> None:
    assert words.is_duration("Kuunteluminuutit")
    assert words.is_duration("Listening hours")
    assert not words.is_duration("Lainat")
    assert words.metric_of("Kuunteluminuutit") == "minutes"
    assert words.metric_of("Lainaajat") == "users"
    assert words.metric_of("Lainat yhteensä") == "loans"
