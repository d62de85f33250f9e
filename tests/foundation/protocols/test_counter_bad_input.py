"""What vendors really send is read where its figures are sure, refused where not, and always explained."""

from __future__ import annotations

import io
import json

import pytest
import xlsxwriter
from tests.needs import shared

from kimppa.foundation.protocols.counter import findings, reading
from kimppa.foundation.protocols.counter.reading import Report
from kimppa.foundation.protocols.counter.shape import WHOLE_PERIOD, Level

MONTHS = ("Jan-2025", "Feb-2025")


def header(**more: object) -> dict[str, object]:
    return {
        "Release": "5.1",
        "Report_ID": "TR",
        "Report_Name": "Title Report",
        "Created": "2025-03-01",
        "Institution_ID": {"Proprietary": ["own:42"]},
        "Report_Filters": {"Begin_Date": "2025-01-01", "End_Date": "2025-02-28"},
        **more,
    }


def item(title="Kalevala", january: object = 3, **more: object) -> dict[str, object]:
    performance = {"Total_Item_Requests": {"2025-01": january, "2025-02": 4}}
    attributes = {"Data_Type": "Book", "YOP": "1849", "Access_Type": "Controlled", "Access_Method": "Regular"}
    return {
        "Title": title,
        "Platform": "Kirjapalvelu",
        "Item_ID": {"Proprietary": f"own:{title}"},
        "Attribute_Performance": [{**attributes, "Performance": performance}],
        **more,
    }


def report(*items: object, **more: object) -> dict[str, object]:
    return {"Report_Header": header(**more), "Report_Items": list(items)}


def table(*rows: str, months=MONTHS, mark="\t", head="TR", release="5.1", period=True) -> str:
    lines = ["Report_Name\tTitle Report", f"Report_ID\t{head}", f"Release\t{release}", "Exceptions\t"]
    if period:
        lines.append("Reporting_Period\tBegin_Date=2025-01-01; End_Date=2025-02-28")
    headings = ["Title", "Platform", "Proprietary_ID", "Metric_Type", "Reporting_Period_Total", *months]
    lines += ["Created\t2025-03-01", "", "\t".join(headings), *rows]
    return "\n".join(lines).replace("\t", mark) + "\n"


ROW = "Kalevala\tKirjapalvelu\town:1\tTotal_Item_Requests\t7\t3\t4"


def read(source: object, *, customer="", encoding="utf-8-sig") -> Report:
    if isinstance(source, dict | list):
        source = json.dumps(source).encode()
    raw = source.encode(encoding) if isinstance(source, str) else source
    assert isinstance(raw, bytes)
    return reading.read(raw, customer=customer).finish()


def codes(found: Report) -> set[str]:
    return {one.code for one in found.problems}


def test_a_good_report_has_no_problem() -> None:
    for good in (report(item()), report(item(), Exceptions=[]), table(ROW)):
        found = read(good, customer="42" if isinstance(good, dict) else "")
        assert (codes(found), found.usable, found.totals) == (set(), True, {"Total_Item_Requests": 7})


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "empty-file"),
        (b"\xef\xbb\xbf \n", "empty-file"),
        (b"<!DOCTYPE html><html><title>Kirjaudu</title>", "html"),
        (b"<?xml version='1.0'?><Report/>", "not-counter"),
        (b'{"hello": "world"}', "not-counter"),
        (b"name;loans\nOulu;3\n", "not-counter"),
        (b"{\"Report_Header\": {'a': 1}}", "malformed-json"),
        (b'{"Report_Header": {"Release": NaN}}', "malformed-json"),
        (b"[" * 100_000, "malformed-json"),
        (b'{"Report_Header": ' + b"[" * 100_000, "malformed-json"),
        (b"PK\x03\x04 no archive", "xlsx-unreadable"),
    ],
)
def test_what_is_no_report_is_fatal_and_said(raw: bytes, code: str) -> None:
    found = read(raw)
    assert code in codes(found)
    assert (found.usable, found.totals) == (False, {})
    assert max(one.level for one in found.problems) is Level.FATAL


@pytest.mark.parametrize("left", [0.2, 0.5, 0.8, 0.98])
def test_a_truncated_json_is_never_usable(left: float) -> None:
    whole = json.dumps(report(*(item(f"Kirja {number}") for number in range(50))))
    found = read(whole[: int(len(whole) * left)].encode())
    assert ("truncated" in codes(found), found.usable) == (True, False)


def test_a_truncated_table_is_never_usable() -> None:
    found = read(table(ROW, ROW.replace("own:1", "own:2"))[:-6])
    assert ("truncated" in codes(found), found.usable) == (True, False)


def test_an_official_table_cut_anywhere_within_a_row_is_never_usable() -> None:
    raw = shared("samples", "counter", "r51", "TR_sample_r51.tsv").read_bytes()
    for cut in range(len(raw) - 600, len(raw) - 1):
        assert reading.read(raw[:cut]).finish().usable == (
            raw[cut : cut + 1] in b"\r\n" or raw[cut - 1] == 10
        )


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("mark", ["\t", ";", ","])
def test_other_encodings_and_separators_are_read_and_said(encoding: str, mark: str) -> None:
    found = reading.read(table(ROW.replace("Kalevala", "Äiti"), mark=mark).encode(encoding))
    assert {record.item.title for record in found.records()} == {"Äiti"}
    assert (found.usable, found.totals) == (True, {"Total_Item_Requests": 7})
    assert codes(found) == {"encoding"} | ({"delimiter"} if mark != "\t" else set())


@pytest.mark.parametrize(
    "months",
    [("Jan-25", "Feb-25"), ("25-Jan", "25-Feb"), ("2025-01", "2025-02"), ("2025-01-01", "2025-02-01")],
)
def test_months_are_read_however_spelled(months: tuple[str, str]) -> None:
    found = read(table(ROW, months=months))
    assert (found.months, codes(found)) == (("2025-01", "2025-02"), set())


def test_headings_are_found_by_content_and_totals_rows_left_out() -> None:
    noise = "\n\nTaken from the console\n" + table(ROW, "Total\tKirjapalvelu\t\tTotal_Item_Requests\t7\t3\t4")
    found = read(noise)
    assert (found.totals, codes(found)) == ({"Total_Item_Requests": 7}, {"total-row"})


def test_a_title_that_begins_with_the_word_total_is_no_totals_row() -> None:
    found = read(table(ROW.replace("Kalevala", "Total War")))
    assert (found.totals, codes(found)) == ({"Total_Item_Requests": 7}, set())


def test_without_month_columns_the_counts_are_of_the_whole_period() -> None:
    found = reading.read(table(ROW.removesuffix("\t3\t4"), months=()).encode("utf-8-sig"))
    assert [(record.month, record.count) for record in found.records()] == [(WHOLE_PERIOD, 7)]
    assert (found.months, codes(found), found.usable) == ((), {"no-months"}, True)


@pytest.mark.parametrize(
    ("count", "code", "usable", "total"),
    [
        ("3", "count-text", True, 7),
        ("1,200", "count-text", True, 1204),
        (3.0, None, True, 7),
        (-3, "count-negative", False, 4),
        ("-3", "count-negative", False, 4),
        (3.5, "count-not-number", False, 4),
        ("many", "count-not-number", False, 4),
        (True, "count-not-number", False, 4),
        (1e400, "malformed-json", False, None),
        (10**30, "count-not-number", False, 4),
        (None, "count-missing", False, 4),
    ],
)
def test_a_count_is_sure_or_the_report_is_not_used(
    count: object, code: str | None, usable: bool, total: int | None
) -> None:
    found = read(report(item(january=count)))
    assert (found.usable, codes(found)) == (usable, {code} if code else set())
    assert found.totals == ({"Total_Item_Requests": total} if total is not None else {})


def test_a_negative_count_in_a_table_names_row_and_month() -> None:
    found = read(table(ROW.replace("\t3\t", "\t-3\t")))
    (problem,) = (one for one in found.problems if one.code == "count-negative")
    assert (problem.level, problem.where, problem.text) == (
        Level.CRITICAL,
        "row 9, Jan-2025",
        "The count -3 is negative.",
    )


def test_duplicates_are_refused_and_different_attributes_are_none() -> None:
    assert codes(read(report(item(), item()))) == {"duplicate"}
    assert codes(read(table(ROW, ROW))) == {"duplicate"}
    assert not read(table(ROW, ROW)).usable
    other = item()
    other["Attribute_Performance"][0]["YOP"] = "1850"  # type: ignore[index]
    assert codes(read(report(item(), other))) == set()


def test_totals_that_do_not_sum_are_an_error_but_the_months_stand() -> None:
    found = read(table(ROW.replace("\t7\t", "\t70\t")))
    assert (found.usable, codes(found), found.totals) == (
        True,
        {"total-mismatch"},
        {"Total_Item_Requests": 7},
    )
    assert found.problems[0].text == "The total says 70, but the months make 7."


def test_the_wrong_release_in_the_header_is_read_by_its_content() -> None:
    found = read(report(item(), Release="5", Report_Name="Title Master Report"))
    assert (found.release, found.usable) == ("5.1", True)
    assert "release-mismatch" in codes(found)
    assert not read(report(item(), Release="4")).problems[0].level < Level.ERROR


def test_a_report_of_another_customer_is_not_usable() -> None:
    assert codes(read(report(item()), customer="43")) == {"other-customer"}
    assert not read(report(item()), customer="43").usable
    untold = report(item(), Institution_ID={"ISNI": ["1234123412341234"]})
    assert (codes(read(untold, customer="43")), read(untold, customer="43").usable) == (
        {"customer-untold"},
        True,
    )


def test_header_and_content_must_agree() -> None:
    assert "report-name" in codes(read(report(item(), Report_Name="Platform Report")))
    assert "report-content" in codes(read(table(ROW, head="DR")))
    assert "metric-foreign" in codes(read(table(ROW.replace("Total_Item_Requests", "Searches_Platform"))))
    short = {"Begin_Date": "2025-01-01", "End_Date": "2025-01-31"}
    assert codes(read(report(item(), Report_Filters=short))) == {"month-outside"}
    odd = {"Begin_Date": "2025-01-02", "End_Date": "2025-02-27"}
    assert codes(read(report(item(), Report_Filters=odd))) == {"period-not-months"}


def test_unique_is_never_more_than_total() -> None:
    more = ROW.replace("Total_Item_Requests\t7\t3\t4", "Unique_Item_Requests\t8\t3\t5")
    found = read(table(ROW, more))
    assert codes(found) == {"order-of-metrics"}
    assert found.usable


@pytest.mark.parametrize(
    "said",
    [
        {"Report_Header": header(Exceptions=[{"Code": 3030, "Message": "No Usage"}]), "Report_Items": []},
        {
            "Report_Header": header(),
            "Exceptions": {"code": "3030", "message": "No Usage"},
            "Report_Items": [],
        },
        {"Code": 3030, "Message": "No Usage", "Severity": "Error"},
        [{"code": 3030, "message": "No Usage"}],
        {"body": {"Exception": {"Number": 3030, "Message": "No Usage"}}},
        {"Exceptions": {"Exception": [{"Code": 3030, "Message": "No Usage"}]}},
        {"Exceptions": '[{"Code": 3030, "Message": "No Usage"}]'},
    ],
)
def test_no_usage_is_an_answer_however_it_is_said(said: object) -> None:
    found = read(said)
    assert "exception-3030" in codes(found)
    assert (found.usable, found.totals) == (True, {})


@pytest.mark.parametrize("code", [1000, 1010, 1011, 1020, 2000, 2010, 3000, 3020, 3031, 3040])
def test_an_exception_instead_of_a_report_is_explained_with_the_next_step(code: int) -> None:
    found = read({"Code": code, "Message": "Said by the vendor"})
    (problem,) = (one for one in found.problems if one.code == f"exception-{code}")
    assert not found.usable
    assert "Said by the vendor" in problem.where
    assert problem.sentence
    assert problem.next
    assert problem.text == f"{problem.sentence} {problem.next}"


def test_a_partial_report_is_used_and_an_unexplained_empty_one_is_said() -> None:
    partial = read(report(item(), Exceptions=[{"Code": 3040, "Message": "Partial"}]))
    assert (partial.usable, codes(partial)) == (True, {"exception-3040"})
    empty = read(report())
    assert (empty.usable, codes(empty)) == (False, {"empty-unexplained"})
    assert "zero-with-usage" in codes(read(report(item(), Exceptions=[{"Code": 3030}])))


@pytest.mark.parametrize(
    "wrapped",
    [
        lambda whole: {"body": whole},
        lambda whole: {"body": json.dumps(whole)},
        lambda whole: [whole],
        lambda whole: {"statusCode": 200, "headers": {"a": [1]}, "body": whole},
        lambda whole: json.loads(json.dumps(json.dumps(whole))),
    ],
)
def test_wrapped_and_stringified_reports_are_read(wrapped) -> None:
    inner = wrapped(report(item(Item_ID=None)))
    found = read(json.dumps(inner) if isinstance(inner, str) else inner, encoding="utf-8")
    text = json.dumps(json.dumps(report(item())))
    assert read(text, encoding="utf-8").totals == {"Total_Item_Requests": 7}
    assert found.totals == {"Total_Item_Requests": 7}
    assert found.usable


def test_the_header_may_stand_after_the_items() -> None:
    whole = report(item())
    found = read({"Report_Items": whole["Report_Items"], "Report_Header": whole["Report_Header"]})
    assert (found.id, found.release, codes(found)) == ("TR", "5.1", set())


def test_a_workbook_gives_what_the_table_gives() -> None:
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as workbook:
        sheet = workbook.add_worksheet()
        for place, line in enumerate(table(ROW).splitlines()):
            for column, cell in enumerate(line.split("\t")):
                sheet.write(place, column, int(cell) if cell.isdigit() else cell)
    found = read(book.getvalue())
    assert (found.form, found.id, found.totals, codes(found)) == (
        "xlsx",
        "TR",
        {"Total_Item_Requests": 7},
        set(),
    )


def test_a_workbook_too_large_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kimppa.foundation.protocols.counter.opening.LARGEST_XLSX", 1000)
    found = read(b"PK\x03\x04" + b"0" * 2000)
    assert (codes(found), found.usable) == ({"too-large"}, False)


def test_a_quotation_mark_in_a_title_swallows_no_row() -> None:
    found = read(table(ROW.replace("Kalevala", '"Kale'), ROW.replace("own:1", "own:2")))
    assert found.totals == {"Total_Item_Requests": 14}


def test_of_the_same_problem_twenty_are_told_and_the_rest_counted() -> None:
    rows = [ROW.replace("own:1", f"own:{number}").replace("\t7\t", "\t8\t") for number in range(30)]
    found = read(table(*rows))
    assert [one.code for one in found.problems] == ["total-mismatch"] * findings.EACH + ["and-more"]
    assert found.problems[-1].text == "10 more of the same: total-mismatch."
