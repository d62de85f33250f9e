"""A vendor's own sheet: recognised, read as a person says, remembered, landed whole, replaced, dropped."""

from __future__ import annotations

from datetime import date

import pytest
from django.db.models import Sum
from tests.commons.usage.bring import BY, NOW, bring, csv, xlsx
from tests.north import load_places

from kimppa.commons.usage import batches, bringing, sheets_brought
from kimppa.commons.usage.models import Batch, Figure, Row
from kimppa.commons.usage.sheet_models import Brought, SheetMapping
from kimppa.commons.usage.sheet_rules import Reading, Role, as_data, from_data
from kimppa.foundation.files.models import StoredFile

pytestmark = pytest.mark.django_db
LONG = (
    "Kunta;Kuukausi;Aineistolaji;Lainat",
    "Oulu;tammikuu 2022;e-kirja;1 200",
    "Kemi;tammikuu 2022;e-kirja;30",
    "Oulu;helmikuu 2022;äänikirja;1\u00a0100",
    "Yhteensä;;;2 330",
)


def land(brought: int, *, confirmed: bool = False) -> int:
    return bringing.land(by=BY, brought_id=brought, confirmed=confirmed, now=NOW)


def accept(brought: int) -> Reading:
    """A person agrees to the reading as it was proposed."""
    reading, _ = sheets_brought.reading_of(Brought.objects.get(pk=brought))
    bringing.choose_reading(by=BY, brought_id=brought, reading=reading, now=NOW)
    return reading


def figures() -> list[tuple[str, str, str, str, int]]:
    rows = Figure.objects.order_by("month", "unit_code", "kind")
    return [(f"{f.month:%Y-%m}", f.unit_code, f.metric, f.kind, f.value) for f in rows]


def test_a_long_sheet_of_municipalities_lands_with_its_total_compared_and_left_out() -> None:
    load_places(BY, NOW)
    brought = bring(csv(*LONG))
    reading = accept(brought)
    assert [column.role for column in reading.columns] == [Role.PLACE, Role.MONTH, Role.KIND, Role.COUNT]
    batch = land(brought)
    assert figures() == [
        ("2022-01", "240", "loans", "ebook", 30),
        ("2022-01", "564", "loans", "ebook", 1200),
        ("2022-02", "564", "loans", "audiobook", 1100),
    ]
    assert [one.code for one in batches.problems(batch)] == ["sheet-total-left-out", "members-absent"]
    assert Row.objects.filter(batch=batch).count() == 3
    row = batches.delivery(batch)
    assert (row.unit_kind, row.unit_code, row.month, row.last_month) == (
        *("municipality", ""),
        *(date(2022, 1, 1), date(2022, 2, 1)),
    )


def test_a_wide_workbook_with_a_year_in_the_sheets_name_and_a_column_of_totals() -> None:
    load_places(BY, NOW)
    rows = (
        ("Ellibs, käyttötilasto",),
        (),
        ("Kunta", "tammi", "helmi", "maalis", "Yhteensä"),
        ("Oulu", 10, 20, 30, 60),
        ("Rovaniemi", 1, "", 3, 5),
        ("Yhteensä", 11, 20, 33, 64),
        ("* luvut ovat alustavia",),
    )
    brought = bring(xlsx(*rows, before="Ohje"), name="tilasto.xlsx")
    reading = accept(brought)
    assert (reading.sheet, reading.header, reading.year, reading.places) == (
        *("Tilasto 2022", 3),
        *(2022, "municipality"),
    )
    batch = land(brought)
    sums = dict(Figure.objects.values_list("unit_code").annotate(Sum("value")).order_by("unit_code"))
    assert sums == {"564": 60, "698": 4}
    told = {(one.code, one.where): one.params for one in batches.problems(batch)}
    assert told.pop(("members-absent", ""))["count"] == 57
    assert told == {
        ("sheet-total-differs", "E5"): {"said": 5, "sum": 4},
        ("sheet-total-left-out", "row 6"): {},
    }
    assert Row.objects.get(batch=batch, unit_code="698").counts == "1,,3"


def test_the_reading_is_remembered_and_proposed_when_the_same_headings_come_again() -> None:
    load_places(BY, NOW)
    first = bring(csv("Kunta;Tammikuu 2021;Helmikuu 2021", "Oulu;5;6"))
    reading = accept(first)
    changed = Reading(**{**{f: getattr(reading, f) for f in reading.__slots__}, "metric": "downloads"})
    bringing.choose_reading(by=BY, brought_id=first, reading=changed, now=NOW)
    land(first)
    second = bring(csv("Kunta;Tammikuu 2022;Helmikuu 2022;Maaliskuu 2022", "Oulu;7;8;9"))
    proposed, chosen = sheets_brought.reading_of(Brought.objects.get(pk=second))
    assert (proposed.metric, chosen) == ("downloads", True)
    land(second)
    assert [row[:3] + row[4:] for row in figures() if row[0] >= "2022"] == [
        ("2022-01", "564", "downloads", 7),
        ("2022-02", "564", "downloads", 8),
        ("2022-03", "564", "downloads", 9),
    ]
    assert SheetMapping.objects.count() == 1
    assert from_data(as_data(proposed)) == proposed


def test_unknown_names_are_matched_once_and_then_known() -> None:
    load_places(BY, NOW)
    brought = bring(
        csv(
            "Kirjasto;Kuukausi;Lainat",
            "Lapin pääkaupunki;1/2022;5",
            "Marsin kirjasto;1/2022;2",
            "Kemin kaupunginkirjasto;1/2022;3",
        )
    )
    accept(brought)
    with pytest.raises(sheets_brought.NamesOpen):
        land(brought)
    assert not Figure.objects.exists()
    unknown = [name for name, *_ in sheets_brought.preview(Brought.objects.get(pk=brought)).unknown]
    assert unknown == ["lapin pääkaupunki", "marsin"]
    names = {"lapin pääkaupunki": "698", "marsin": ""}
    bringing.name_units(by=BY, brought_id=brought, places="municipality", names=names, now=NOW)
    land(brought)
    assert [row[1::3] for row in figures()] == [("", 2), ("240", 3), ("698", 5)]
    again = bring(csv("Kirjasto;Kuukausi;Lainat", "Lapin pääkaupunki;2/2022;6"))
    assert sheets_brought.preview(Brought.objects.get(pk=again)).unknown == ()


def test_a_count_that_is_none_stops_the_sheet_and_names_its_cell() -> None:
    load_places(BY, NOW)
    lines = (
        "Kunta;Kuukausi;Lainat",
        "Oulu;1/2022;12,5",
        "Kemi;1/2022;-3",
        "Tornio;1/2022;<5",
        "Ii;xx/2022;5",
    )
    brought = bring(csv(*lines))
    accept(brought)
    found = sheets_brought.preview(Brought.objects.get(pk=brought))
    assert [(one.code, one.where) for one in found.problems] == [
        ("sheet-not-whole", "C2"),
        ("sheet-negative", "C3"),
        ("sheet-no-number", "C4"),
        ("sheet-month-unknown", "B5"),
    ]
    with pytest.raises(sheets_brought.SheetUnusable):
        land(brought)
    assert (Figure.objects.count(), Row.objects.count(), Batch.objects.count()) == (0, 0, 0)
    assert Brought.objects.get(pk=brought).file.size > 0


def test_time_spent_is_refused_as_a_count_unless_it_is_named_so() -> None:
    brought = bring(csv("Kuukausi;Kuunteluminuutit", "1/2022;500"))
    reading, _ = sheets_brought.reading_of(Brought.objects.get(pk=brought))
    assert all(column.role is not Role.COUNT for column in reading.columns)
    columns = (reading.columns[0], type(reading.columns[1])(1, "Kuunteluminuutit", Role.COUNT, "plays"))
    wrong = Reading("", 1, columns)
    with pytest.raises(bringing.BadReading) as told:
        bringing.choose_reading(by=BY, brought_id=brought, reading=wrong, now=NOW)
    assert [one.code for one in told.value.mistakes] == ["duration"]


def test_a_longer_delivery_replaces_an_older_one_and_a_shorter_one_takes_only_its_months() -> None:
    year = bring(csv("Kuukausi;Lainat", "1/2022;1", "2/2022;2", "3/2022;3"))
    accept(year)
    old = land(year)
    middle = bring(csv("Kuukausi;Lainat", "2/2022;20"))
    accept(middle)
    land(middle)
    assert [(row[0], row[4]) for row in figures()] == [("2022-01", 1), ("2022-02", 20), ("2022-03", 3)]
    spans = [(f"{b.month:%m}", f"{b.last_month:%m}", b.dropped) for b in Batch.objects.order_by("month")]
    assert spans == [("01", "01", None), ("02", "02", None), ("03", "03", None)]
    assert sum(row.total for row in Row.objects.all()) == 24
    whole = bring(csv("Kuukausi;Lainat", "1/2022;5", "2/2022;5", "3/2022;5"))
    accept(whole)
    last = land(whole)
    assert [row[4] for row in figures()] == [5, 5, 5]
    assert Batch.objects.get(pk=old).dropped == NOW
    assert set(Figure.objects.values_list("batch", flat=True)) == {last}
    assert StoredFile.objects.count() == 3  # the files stay


def test_dropping_takes_rows_and_figures_and_keeps_record_and_file_which_can_be_brought_again() -> None:
    brought = bring(csv("Kuukausi;Lainat", "1/2022;1"))
    accept(brought)
    batch = land(brought)
    with pytest.raises(batches.NoReason):
        batches.drop(by=BY, batch_id=batch, why=" ", now=NOW)
    batches.drop(by=BY, batch_id=batch, why="väärä vuosi", now=NOW)
    assert (Figure.objects.count(), Row.objects.count()) == (0, 0)
    row = Batch.objects.get(pk=batch)
    assert (row.dropped_why, row.file is not None) == ("väärä vuosi", True)
    with pytest.raises(batches.DroppedAlready):
        batches.drop(by=BY, batch_id=batch, why="taas", now=NOW)
    again = bringing.bring_again(by=BY, batch_id=batch, now=NOW)
    assert land(again) != batch
    assert Figure.objects.get().value == 1


def test_a_month_that_is_not_over_stays_open() -> None:
    brought = bring(csv("Kuukausi;Lainat", "10/2022;1", "11/2022;1"))
    accept(brought)
    assert Batch.objects.get(pk=land(brought)).incomplete is True


def test_members_that_a_sheet_of_municipalities_does_not_name_are_told_before_it_lands() -> None:
    load_places(BY, NOW)
    brought = bring(csv(*LONG))
    accept(brought)
    found = sheets_brought.preview(Brought.objects.get(pk=brought))
    told = next(one for one in found.problems if one.code == "members-absent")
    assert told.level == "warning"
    assert told.params["count"] == 57
    assert str(told.params["names"]).endswith(" …")
    assert "Oulu" not in str(told.params["names"])
    whole = bring(csv("Kuukausi;Lainat", "tammikuu 2022;7"), name="kaikki.csv")
    accept(whole)
    assert sheets_brought.preview(Brought.objects.get(pk=whole)).problems == ()
