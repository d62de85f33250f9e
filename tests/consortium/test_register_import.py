"""Today's register comes in from a sheet as such sheets are: merged cells, totals, unknown columns."""

from __future__ import annotations

import io

import pytest
import xlsxwriter
from tests.consortium.conftest import BY, NOW

from kimppa.commons.members.models import LegalParty
from kimppa.consortium.agreements import drafts, register_import, register_sheet
from kimppa.consortium.agreements.models import Agreement, Term
from kimppa.consortium.agreements.register_sheet import RegisterUnreadable
from kimppa.foundation.imports import queries
from kimppa.foundation.imports.models import ImportBatch
from kimppa.foundation.imports.services import UndoRefused, WrongImportState

pytestmark = pytest.mark.django_db
HEADER = ["Asianumero", "Toimittaja", "Sopimus", "Alkaa", "Päättyy", "Vuosihinta (€)", "Hyllypaikka"]
CSV = (
    "Asianumero;Toimittaja;Sopimus;Alkaa;Päättyy;Vuosihinta;Irtisanomisaika (kk)\n"
    "E/1;Esimerkki Oy;Ensimmäinen;1.1.2022;31.12.2023;1 000,50;3\n"
    "E/2;Esimerkki Oy;Toinen;2022-02-01;;;\n"
)


def workbook(*, total: float = 3000) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "d.m.yyyy"})
        sheet.merge_range(0, 0, 0, 6, "Sopimusrekisteri 2022 (ESIMERKKI)")
        sheet.write_row(2, 0, HEADER)
        sheet.merge_range(3, 1, 4, 1, "Esimerkki Oy")  # one vendor over two rows
        for row, (number, title, price) in enumerate((("E/1", "Kirjat", 1000), ("E/2", "Lehdet", 2000)), 3):
            sheet.write(row, 0, number)
            sheet.write(row, 2, title)
            sheet.write_number(row, 3, 44562, day)  # 1.1.2022
            sheet.write_number(row, 5, price)
        sheet.write_row(5, 0, ["Yhteensä", "", "", "", "", total])
    return out.getvalue()


def stage(raw: bytes, name: str = "rekisteri.xlsx") -> int:
    return register_import.stage_register(by=BY, raw=raw, source_name=name, now=NOW)


def report(batch: int) -> list[tuple[int, str, str, str]]:
    rows = queries.report(ImportBatch.objects.get(pk=batch))
    return [(row.number, row.key, row.action, row.code) for row in rows]


def test_merged_cells_a_totals_row_and_an_unknown_column_are_borne_and_reported() -> None:
    batch = stage(workbook())
    assert report(batch) == [
        (3, "Hyllypaikka", "skip", "register-unknown-column"),
        (4, "E/1", "create", ""),
        (5, "E/2", "create", ""),
        (6, "", "skip", "register-total"),
    ]
    assert not Agreement.objects.exists()
    assert register_import.apply_register(by=BY, batch_id=batch, now=NOW) == 2
    row = Agreement.objects.get(diary_number="E/2")
    assert (row.title_fi, row.valid_from.isoformat(), row.signed_on) == ("Lehdet", "2022-01-01", None)  # type: ignore[union-attr]
    assert row.parties.get().party.name == "Esimerkki Oy"
    assert LegalParty.objects.filter(name="Esimerkki Oy").count() == 1
    assert Term.objects.get(agreement=row).cents == 200_000
    with pytest.raises(WrongImportState):
        register_import.apply_register(by=BY, batch_id=batch, now=NOW)
    assert Agreement.objects.count() == 2


def test_a_total_that_is_not_the_sum_is_said() -> None:
    assert report(stage(workbook(total=3001)))[-1] == (6, "", "skip", "register-wrong-total")


def test_a_csv_reads_the_same_and_known_numbers_are_left_as_they_are() -> None:
    batch = stage(CSV.encode(), "rekisteri.csv")
    assert [row[2] for row in report(batch)] == ["create", "create"]
    register_import.apply_register(by=BY, batch_id=batch, now=NOW)
    first = Agreement.objects.get(diary_number="E/1")
    assert first.valid_to is not None
    assert {t.kind: t.cents or t.number for t in first.terms.all()} == {
        "yearly-value": 100_050,
        "notice-months": 3,
    }
    again = stage(CSV.encode(), "rekisteri.csv")
    assert {row[3] for row in report(again)} == {"register-known"}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("E/1;Oy;;1.1.2022;;;", "register-no-number"),
        (";Oy;Nimi;1.1.2022;;;", "register-no-number"),
        ("E/1;;Nimi;1.1.2022;;;", "register-no-vendor"),
        ("E/1;Oy;Nimi;;;;", "register-no-start"),
        ("E/1;Oy;Nimi;31.2.2022;;;", "register-bad-day"),
        ("E/1;Oy;Nimi;2.1.2022;1.1.2022;;", "register-dates"),
        ("E/1;Oy;Nimi;1.1.2022;;paljon;", "register-bad-value"),
        ("E/1;Oy;Nimi;1.1.2022;;;puoli", "register-bad-value"),
    ],
)
def test_each_row_that_cannot_be_used_says_why(line: str, code: str) -> None:
    head = CSV.splitlines()[0]
    batch = stage(f"{head}\n{line}\n".encode(), "x.csv")
    assert [row[3] for row in report(batch)] == [code]
    assert register_import.apply_register(by=BY, batch_id=batch, now=NOW) == 0


def test_an_import_is_undone_whole_or_not_at_all() -> None:
    batch = stage(workbook())
    register_import.apply_register(by=BY, batch_id=batch, now=NOW)
    assert register_import.undo_register(by=BY, batch_id=batch, now=NOW) == 2
    assert not Agreement.objects.exists()
    batch = stage(workbook())
    register_import.apply_register(by=BY, batch_id=batch, now=NOW)
    one = Agreement.objects.get(diary_number="E/1")
    Agreement.objects.filter(pk=one.pk).update(title_fi="Muutettu")
    with pytest.raises(UndoRefused):
        register_import.undo_register(by=BY, batch_id=batch, now=NOW)
    assert Agreement.objects.count() == 2
    assert drafts.found(one.pk).title_fi == "Muutettu"


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04 not a zip", b"\x00\x01", b"a;b\n1;2\n", b"%PDF-1.7"])
def test_what_is_no_register_gets_a_sentence_and_leaves_nothing(raw: bytes) -> None:
    with pytest.raises(RegisterUnreadable):
        stage(raw)
    assert not ImportBatch.objects.exists()


def test_a_sheet_that_is_too_large_is_refused() -> None:
    with pytest.raises(RegisterUnreadable):
        register_sheet.read(bytes(register_sheet.MAX_BYTES + 1), "x.csv")
