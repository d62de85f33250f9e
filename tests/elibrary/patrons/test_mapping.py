"""Attributes come only from fields that are named; what is not understood is unknown, never guessed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimppa.elibrary.patrons.asking import Said, masked, masked_card
from kimppa.elibrary.patrons.mapping import (
    BadMapping,
    BadTable,
    Reading,
    as_json,
    attributes,
    day_of,
    reading_of,
    table_text,
)

TODAY = date(2026, 3, 1)


def read(fields: dict[str, str], flags: frozenset[str] = frozenset(), **mapping: object):
    return attributes(Said(True, fields, flags), reading_of(mapping), today=TODAY)


def test_without_a_mapping_everything_is_unknown():
    found = read({"PB": "20100101", "BD": "Oulu", "PA": "20300101"})
    assert (found.stable_id, found.home_code, found.home_name, found.age_group) == (None, "", "", "")
    assert (found.expires, found.language, found.blocked) == (None, "", False)


@pytest.mark.parametrize(
    ("value", "by", "told"),
    [
        ("564", "code", ("564", "")),
        ("5", "code", ("005", "")),
        ("Oulu", "code", ("", "")),
        ("5644", "code", ("", "")),
        ("Oulu", "name", ("", "Oulu")),
        (" OUPK ", "table", ("564", "")),
        ("muu", "table", ("", "")),
        ("Jyv\ufffdskyl\ufffd", "name", ("", "")),
    ],
)
def test_home_by_code_name_or_table(value, by, told):
    found = read({"X": value}, home="X", home_by=by, home_table="OUPK = 564\n\nKEMI=240")
    assert (found.home_code, found.home_name) == told


@pytest.mark.parametrize(
    ("value", "by", "group"),
    [
        ("20110302", "birth-date", "child"),
        ("20110301", "birth-date", "young"),
        ("2008-03-02", "birth-date", "young"),
        ("1.3.2008", "birth-date", "adult"),
        ("20270101", "birth-date", ""),
        ("18000101", "birth-date", ""),
        ("nonsense", "birth-date", ""),
        ("14", "age", "child"),
        ("15", "age", "young"),
        ("18", "age", "adult"),
        ("-1", "age", ""),
        ("LAPSI", "table", "child"),
        ("X", "table", ""),
    ],
)
def test_age_group_by_birth_date_age_or_category(value, by, group):
    assert read({"A": value}, age="A", age_by=by, age_table="lapsi = child").age_group == group


def test_blocks_by_chosen_flags_and_by_a_field():
    fines = frozenset({"excessive-fines"})
    assert not read({}, fines).blocked
    assert read({}, fines, blocking_flags=["excessive-fines"]).blocked
    assert read({}, frozenset({"card-lost"})).blocked
    assert not read({}, frozenset({"card-lost"}), blocking_flags=[]).blocked
    assert read({"r": "true"}, blocked="r").blocked
    assert not read({"r": "false"}, blocked="r").blocked


@pytest.mark.parametrize(
    ("value", "language"),
    [("007", "fi"), ("006", "sv"), ("000", ""), ("fi-FI", "fi"), ("swe", "sv"), ("EN", "en"), ("?", "")],
)
def test_languages_of_systems(value, language):
    assert read({"l": value}, language="l").language == language


def test_days_as_systems_write_them():
    wanted = date(2027, 1, 31)
    assert {day_of(text) for text in ("20270131", "2027-01-31T00:00", "20270131    235959", "31.1.2027")} == {
        wanted
    }
    assert [day_of(text) for text in ("", "20271301", "31.2.2027", "2027")] == [None] * 4


@given(fields=st.dictionaries(st.sampled_from(["h", "a", "e", "l", "b", "s"]), st.text(max_size=30)))
def test_whatever_a_system_says_is_read_without_an_error(fields):
    for home_by in ("code", "name", "table"):
        for age_by in ("birth-date", "age", "table"):
            read(
                fields, home="h", age="a", expires="e", language="l", blocked="b", stable_id="s",
                home_by=home_by, age_by=age_by,
            )  # fmt: skip


def test_a_mapping_comes_back_from_the_database_as_it_was():
    reading = reading_of({"home": "X", "home_by": "table", "home_table": "a = 001\nb=c = 564", "age": "PB"})
    assert reading_of(as_json(reading)) == reading
    assert table_text(reading.home_table) == "a = 001\nb=c = 564"
    assert reading_of({}) == Reading()


@pytest.mark.parametrize("table", ["oulu", "oulu = 56", "= 564", "oulu = Oulu"])
def test_a_line_that_is_no_pair_is_told_by_its_number(table):
    with pytest.raises(BadTable) as caught:
        reading_of({"home_table": f"kemi = 240\n{table}"})
    assert caught.value.params["row"] == 2
    assert caught.value.params["field"] == "home_table"


@pytest.mark.parametrize("raw", [{"home": "a b"}, {"age": "<x>"}, {"home_by": "guess"}])
def test_names_of_fields_are_plain(raw):
    with pytest.raises(BadMapping):
        reading_of(raw)


def test_staff_see_ends_of_cards_lengths_of_the_rest_and_decisions():
    assert masked_card("285A123123") == "…23"
    assert masked_card("1234") == "…"
    assert [masked("AA", "285A123123"), masked("AE", "Maija"), masked("BL", "Y"), masked("CQ", "")] == [
        *("…23", "(5)", "Y", "(blank)")
    ]
