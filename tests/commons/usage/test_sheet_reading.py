"""Any table of counts, wide or long, makes the same sums as its cells; totals never change them."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from kimppa.commons.usage.sheet_reading import SheetReader
from kimppa.commons.usage.sheet_rules import (
    Cell,
    Reading,
    Role,
    again,
    as_data,
    from_data,
    headings_key,
    mistakes,
    propose,
)

PLACES = ("Oulu", "Kemi", "Tornio", "Inari")
UNITS = {name.casefold(): ("municipality", name[:3]) for name in PLACES}
MONTHS = ("tammi 2022", "2/2022", "mars 2022", "2022-04")
SPELLED = ("2022-01", "2022-02", "2022-03", "2022-04")
counts = st.lists(st.lists(st.integers(0, 10**6), min_size=4, max_size=4), min_size=1, max_size=4)
spaces = st.sampled_from(["", " ", "\u00a0", "\u202f"])
WHOLE = ("consortium", "")


def read(reading: Reading, rows: list[tuple[Cell, ...]]) -> SheetReader:
    reader = SheetReader(reading, list(enumerate(rows, start=1)), units=UNITS, own=WHOLE)
    for _ in reader.rows():
        pass
    return reader


def spelled(count: int, sign: str) -> Cell:
    return f"{count:,}".replace(",", sign) if sign else count


def wide(table: list[list[int]], sign: str, *, totals: bool) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = [("Kunta", *MONTHS)]
    rows += [(place, *(spelled(n, sign) for n in line)) for place, line in zip(PLACES, table, strict=False)]
    if totals:
        rows.append(("Yhteensä", *(spelled(sum(column), sign) for column in zip(*table, strict=True))))
    return rows


def long(table: list[list[int]], sign: str) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = [("Kunta", "Kuukausi", "Lainat")]
    for place, line in zip(PLACES, table, strict=False):
        rows += [(place, month, spelled(n, sign)) for month, n in zip(MONTHS, line, strict=True)]
    return rows


def expected(table: list[list[int]]) -> dict[tuple[str, str], int]:
    return {
        (place[:3], month): count
        for place, line in zip(PLACES, table, strict=False)
        for month, count in zip(SPELLED, line, strict=True)
    }


def proposed(rows: list[tuple[Cell, ...]]) -> Reading:
    reading = propose("", 1, rows[0], rows[1:], None)
    assert mistakes(reading) == ()
    return reading


@given(counts, spaces, st.booleans())
def test_wide_and_long_tables_make_the_sums_of_their_cells(
    table: list[list[int]], sign: str, totals: bool
) -> None:
    for rows in (wide(table, sign, totals=totals), long(table, sign)):
        reader = read(proposed(rows), rows)
        assert {(one.unit_code, one.month): one.value for one in reader.sums} == expected(table)
        assert reader.usable
        assert not reader.unknown
        assert {one.code for one in reader.problems} <= {"sheet-total-left-out"}


@given(counts, st.integers(0, 3), st.integers(1, 999))
def test_a_total_that_differs_is_said_and_changes_no_sum(table: list[list[int]], at: int, more: int) -> None:
    rows = wide(table, "", totals=True)
    last = list(rows[-1])
    last[at + 1] = sum(line[at] for line in table) + more
    reader = read(proposed(rows), [*rows[:-1], tuple(last)])
    assert {(one.unit_code, one.month): one.value for one in reader.sums} == expected(table)
    assert [(one.code, one.params["said"]) for one in reader.problems] == [
        ("sheet-total-differs", last[at + 1])
    ]


@given(counts)
def test_a_factor_of_a_thousand_multiplies_every_count(table: list[list[int]]) -> None:
    rows = wide(table, "", totals=False)
    reading = from_data(as_data(proposed(rows)) | {"factor": 1000})
    sums = {(one.unit_code, one.month): one.value for one in read(reading, rows).sums}
    assert sums == {key: count * 1000 for key, count in expected(table).items()}


def test_decimals_in_thousands_are_whole_counts_and_without_the_factor_none() -> None:
    rows: list[tuple[Cell, ...]] = [("Kuukausi", "Lainat"), ("1/2022", "1,25"), ("2/2022", "2")]
    reading = proposed(rows)
    assert [one.code for one in read(reading, rows).problems] == ["sheet-not-whole"]
    thousands = from_data(as_data(reading) | {"factor": 1000})
    assert [one.value for one in read(thousands, rows).sums] == [1250, 2000]


def test_subtotals_are_left_out_and_an_empty_name_can_mean_the_one_above() -> None:
    rows: list[tuple[Cell, ...]] = [
        ("Kunta", "Aineistolaji", "1/2022"),
        ("Oulu", "e-kirja", 5),
        ("", "äänikirja", 7),
        ("Oulu yhteensä", "", 12),
        ("Kemi", "e-kirja", 1),
        ("Kemi yhteensä", "", 1),
        ("Kaikki yhteensä", "", 13),
        ("Lähde: toimittaja",),
    ]
    reading = from_data(as_data(proposed(rows)) | {"fill": True})
    reader = read(reading, rows)
    assert [(one.unit_code, one.value) for one in reader.sums] == [("Kem", 1), ("Oul", 12)]
    assert {one.code for one in reader.problems} == {"sheet-total-left-out"}
    without = read(proposed(rows), rows)
    assert [(one.unit_code, one.value) for one in without.sums] == [("", 7), ("Kem", 1), ("Oul", 5)]
    assert "sheet-no-place" in {one.code for one in without.problems}


def test_the_same_headings_of_another_year_have_the_same_key_and_keep_their_reading() -> None:
    before: tuple[Cell, ...] = ("Kunta", "tammi 2021", "helmi 2021", "Yhteensä 2021")
    now: tuple[Cell, ...] = ("Kunta", "tammi 2022", "helmi 2022", "maalis 2022", "Yhteensä 2022")
    assert headings_key("Tilasto 2021", before) == headings_key("Tilasto 2022", now)
    assert headings_key("", before) != headings_key("", ("Kirjasto", *before[1:]))
    known = propose("Tilasto 2021", 1, before, [], None)
    found = again(known, "Tilasto 2022", 3, now, 2022)
    assert (found.sheet, found.header, [one.role for one in found.columns]) == (
        "Tilasto 2022",
        3,
        [*[one.role for one in known.columns[:3]], known.columns[1].role, known.columns[3].role],
    )


def test_a_column_of_days_is_one_of_months_so_that_daily_rows_are_summed_by_month() -> None:
    headings = ("Päivä", "Kunta", "Lainat")
    reading = propose("Tilasto", 1, headings, [(date(2022, 1, 3), "Oulu", 4)], 2022)
    assert [one.role for one in reading.columns] == [Role.MONTH, Role.PLACE, Role.COUNT]
