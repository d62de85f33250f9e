"""Whatever is sent: kept raw, explained, and nothing of it stored twice or half."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import date

import pytest
from tests.commons.usage.bring import BY, NOW, bring, csv, service
from tests.commons.usage.test_landing_counter import kept, land, totals

from kimppa.commons.usage import bringing, counter_files, landing, sheets
from kimppa.commons.usage.landing import Delivery, RowIn
from kimppa.commons.usage.models import Batch, Figure, Row
from kimppa.commons.usage.rules import Source, UnitKind
from kimppa.commons.usage.sheet_models import Brought
from kimppa.foundation.files.models import StoredFile

pytestmark = pytest.mark.django_db
HEAD = {
    "Report_Name": "Title Report",
    "Report_ID": "TR",
    "Release": "5.1",
    "Institution_Name": "Pohjoinen",
    "Institution_ID": "own:7",
    "Reporting_Period": "Begin_Date=2022-01-01; End_Date=2022-02-28",
    "Created": "2022-03-05T10:00:00Z",
    "Exceptions": "",
}
COLUMNS = ("Title", "Platform", "ISBN", "Data_Type", "Metric_Type", "Reporting_Period_Total")


def report(
    *rows: tuple[object, ...], months: tuple[str, ...] = ("Jan-2022", "Feb-2022"), **head: str
) -> bytes:
    told = HEAD | head
    lines = [f"{name}\t{value}" for name, value in told.items()]
    lines += ["", "\t".join([*COLUMNS, *months])]
    lines += ["\t".join(map(str, row)) for row in rows]
    return ("\ufeff" + "\n".join(lines) + "\n").encode()


def row(
    *counts: object, title: str = "Kirja", platform: str = "Alusta", metric: str = "Total_Item_Requests"
) -> tuple[object, ...]:
    total = sum(int(count) for count in counts if str(count).isdigit())
    return (title, platform, "978-952-0-00000-0", "Book", metric, total, *counts)


def codes(found: counter_files.Landed) -> set[str]:
    return {one.code for one in found.problems}


def nothing_stored() -> bool:
    return (Batch.objects.count(), Row.objects.count(), Figure.objects.count()) == (0, 0, 0)


def test_a_good_report_lands_and_the_same_file_twice_is_refused_with_its_day() -> None:
    raw = report(row(3, 4), row(1, 0, metric="Unique_Title_Requests"))
    found = land(raw)
    assert totals(found.batch) == {"Total_Item_Requests": 7, "Unique_Title_Requests": 1}
    with pytest.raises(counter_files.CameBefore) as told:
        land(raw)
    assert told.value.params == {"batch": found.batch, "day": "2026-11-15"}
    again = land(raw, source=Source.SUSHI)
    assert (again.batch, again.again) == (found.batch, True)
    assert Batch.objects.count() == 1


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "empty-file"),
        (b"<!DOCTYPE html><html><title>Login</title>", "html"),
        (report(row(3, -4)), "count-negative"),
        (report(row(3, "neljä")), "count-not-number"),
        (report(row(1, 2), row(1, 2)), "duplicate"),
        (report(row(1, 2))[:-9], "truncated"),
        (report(row(1, 2), Report_ID="XX"), "report-unknown"),
        (
            b'{"Report_Header": {"Report_ID": "TR", "Release": "5.1"}, "Report_Items": [{"Title": "a',
            "truncated",
        ),
        (b'{"Code": 2010, "Message": "Requestor not authorized"}', "exception-2010"),
        (b"PK\x03\x04 not a workbook", "xlsx-unreadable"),
    ],
)
def test_what_cannot_be_used_is_kept_and_explained_and_nothing_is_stored(raw: bytes, code: str) -> None:
    found = land(raw)
    assert (found.batch, found.usable) == (None, False)
    assert code in codes(found)
    assert nothing_stored()
    assert StoredFile.objects.count() == 1


@pytest.mark.parametrize(
    "raw",
    [
        report(row(3, 4)).decode("utf-8-sig").encode("utf-16"),
        report(row(3, 4)).replace(b"\t", b";"),
        report(row(3, 4), months=("2022-01", "02/2022")),
        report(row("3", "4.0")),
        report(row(3, 4), Release="5"),
        report(("Kirja", "Alusta", "978-952-0-00000-0", "Book", "Total_Item_Requests", 99, 3, 4)),
        json.dumps(
            {
                "Report_Header": {
                    "Report_ID": "TR",
                    "Release": "5.1",
                    "Report_Name": "Title Report",
                    "Created": "2022-03-05",
                    "Report_Filters": {"Begin_Date": "2022-01-01"},
                },
                "Report_Items": [
                    {
                        "Title": "Kirja",
                        "Platform": "Alusta",
                        "Attribute_Performance": [
                            {"Performance": {"Total_Item_Requests": {"2022-01": "3", "2022-02": 4}}}
                        ],
                    }
                ],
            }
        ).encode(),
    ],
    ids=["utf-16", "semicolons", "months", "text-counts", "release", "total", "no-end-and-text"],
)
def test_what_is_only_odd_lands_with_its_figures_and_the_oddity_is_said(raw: bytes) -> None:
    found = land(raw)
    assert found.batch is not None, found.problems
    assert totals() == {"Total_Item_Requests": 7}
    assert found.problems or (raw.startswith(b"\xef\xbb\xbfReport_Name") and b"02/2022" in raw)


def test_a_report_of_another_customer_is_not_usable_where_the_id_is_known_and_a_question_where_not() -> None:
    found = land(report(row(1, 1)), customer="8")
    assert "other-customer" in codes(found)
    assert land(report(row(1, 1))).batch is not None
    found = land(report(row(1, 2), Institution_ID="own:9", Institution_Name="Etelä"))
    assert found.batch is None
    assert [one.code for one in found.questions] == ["other-institution", "other-customer"]
    assert Figure.objects.count() == 2
    assert land(report(row(1, 2), Institution_ID="own:9", Institution_Name="Etelä"), confirmed=True).batch


def test_partial_and_not_ready_reports_are_stored_and_their_months_stay_open() -> None:
    for number in (3031, 3040):
        found = land(
            report(row(number, 1), Exceptions=f"{number}: told"), platform=f"p{number}", confirmed=True
        )
        assert found.batch is not None
        assert (found.incomplete, Batch.objects.get(pk=found.batch).incomplete) == (True, True)


def test_no_usage_is_a_delivery_of_zero_with_its_months() -> None:
    found = land(report(Exceptions="3030: No Usage"))
    batch = Batch.objects.get(pk=found.batch)
    assert (batch.month, batch.last_month, batch.incomplete) == (date(2022, 1, 1), date(2022, 2, 1), False)
    assert not Figure.objects.exists()


def test_a_sudden_zero_replaces_what_was_told_only_when_a_person_says_so() -> None:
    first = land(report(row(3, 4)))
    zero = report(Exceptions="3030: No Usage")
    found = land(zero)
    assert (found.batch, [one.code for one in found.questions]) == (None, ["nothing-now"])
    assert Batch.objects.get().pk == first.batch
    assert sum(Figure.objects.values_list("value", flat=True)) == 7
    assert land(zero, confirmed=True).batch is not None
    assert not Figure.objects.exists()


def test_a_report_made_before_its_last_month_was_over_stays_open() -> None:
    found = land(report(row(1, 1), Created="2022-02-11T10:00:00Z"))
    assert found.incomplete is True
    assert "made-before-end" in codes(found)


def test_counts_of_the_whole_period_go_to_no_month_unless_it_is_one() -> None:
    lines = [("Kirja", "Alusta", "978-952-0-00000-0", "Book", "Total_Item_Requests", 9)]
    assert "no-span" in codes(land(report(*lines, months=())))
    assert nothing_stored()
    one = "Begin_Date=2022-01-01; End_Date=2022-01-31"
    found = land(report(*lines, months=(), Reporting_Period=one))
    assert found.batch is not None
    assert Figure.objects.get().month == date(2022, 1, 1)


def test_reports_of_different_kinds_stand_side_by_side_and_are_never_added() -> None:
    land(report(row(3, 4)))
    land(report(row(3, 3), Report_ID="TR_B1", Report_Name="Book Requests (Controlled)"))
    assert Batch.objects.filter(dropped__isnull=True).count() == 2
    assert {b.report for b in Batch.objects.all()} == {"TR", "TR_B1"}


def test_a_newer_report_replaces_the_older_one_also_when_sushi_brings_it() -> None:
    first = land(report(row(3, 4)))
    second = land(report(row(5, 6)), source=Source.SUSHI)
    assert totals() == {"Total_Item_Requests": 11}
    old = Batch.objects.get(pk=first.batch)
    assert (old.dropped is not None, old.dropped_why) == (True, f"replaced by {second.batch}")
    assert old.file is not None


def test_a_workbook_of_200_megabytes_is_kept_and_refused_before_it_is_unpacked() -> None:
    big = b"PK\x03\x04" + b"\0" * (200 * 1024 * 1024)
    brought = Brought.objects.get(pk=bring(big, name="iso.xlsx"))
    assert brought.state == "refused"
    assert [one["code"] for one in brought.problems] == ["too-large"]
    assert brought.file.size == len(big)
    assert nothing_stored()


def test_a_workbook_that_unpacks_to_more_than_it_says_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * (300 * 1024 * 1024))
    raw = out.getvalue()
    real, claimed = (300 * 1024 * 1024).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    assert real in raw
    brought = Brought.objects.get(pk=bring(raw.replace(real, claimed), name="pommi.xlsx"))
    assert brought.state == "refused"
    assert nothing_stored()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252", "utf-16-le"])
def test_a_sheet_is_read_in_any_encoding_and_by_any_separator(tmp_path, encoding: str) -> None:
    for sign in ";\t,":
        raw = csv(f"Määrä{sign}Kuukausi", f"5{sign}tammikuu 2022", encoding=encoding)
        path = tmp_path / "a.csv"
        path.write_bytes(raw)
        assert next(sheets.rows(path)) == (1, ("Määrä", "Kuukausi"))


def test_a_row_with_a_month_of_another_time_stores_nothing() -> None:
    service()
    told = Delivery(
        Source.SHEET,
        "ellibs",
        UnitKind.CONSORTIUM,
        "",
        date(2022, 1, 1),
        date(2022, 2, 1),
        file=kept(b"x").pk,
    )
    rows = [RowIn(1, "loans", {"2022-01": 1}), RowIn(2, "loans", {"2023-01": 1})]
    with pytest.raises(landing.MonthOutside):
        landing.land(told, rows, now=NOW)
    assert nothing_stored()


def test_letters_that_no_database_keeps_are_mended_not_refused() -> None:
    told = Delivery(Source.SHEET, "ellibs", UnitKind.CONSORTIUM, "", date(2022, 1, 1), date(2022, 1, 1))
    rows = [RowIn(1, "loans", {"2022-01": 1}, subject="a\0b\ud800c" + "x" * 400)]
    landing.land(told, rows, now=NOW)
    assert re.fullmatch(r"ab\?cx+…", Row.objects.get().subject)


def test_discarding_keeps_the_file_and_a_second_try_is_told_that_nothing_waits() -> None:
    brought = bring(csv("Kuukausi;Lainat", "1/2022;5"))
    bringing.discard(by=BY, brought_id=brought, now=NOW)
    with pytest.raises(bringing.AlreadyDone):
        bringing.land(by=BY, brought_id=brought, confirmed=True, now=NOW)
    assert (StoredFile.objects.count(), nothing_stored()) == (1, True)
