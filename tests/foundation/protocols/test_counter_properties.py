"""Whatever the figures are, what is written comes back; reading never raises; memory stays bounded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.needs import ROOT

from kimppa.foundation.protocols.counter import faults, findings, months, reading, terms
from kimppa.foundation.protocols.counter.json_stream import Malformed, Truncated, events

MONTH = st.builds(lambda year, number: f"{year}-{number:02}", st.integers(2001, 2090), st.integers(1, 12))
COUNTS = st.dictionaries(
    st.sampled_from(sorted(terms.ITEM_USE)),
    st.lists(st.integers(0, 10**9), min_size=12, max_size=12),
    min_size=1,
)


@given(MONTH)
def test_a_month_comes_back_from_each_of_its_spellings(month: str) -> None:
    heading = months.spelled(month)
    name, year = heading.split("-")
    spellings = [heading, f"{name}-{year[2:]}", f"{year[2:]}-{name}", month, f"{month}-01", heading.upper()]
    spellings += [f"{month}-01 00:00:00", f"{month[5:]}/{year}", f"{name} {year}", f" {heading} "]
    assert {months.month(one) for one in spellings} == {month}
    assert months.of_days(f"{month}-01", f"{month}-{months.last_day(month):02}") == month
    assert months.of_days(f"{month}-01", f"{month}-27") == ""


@pytest.mark.parametrize("text", ["", "Total", "Kala-2025", "2025-13", "0-2025", "Metric_Type", "3", "2025"])
def test_what_is_no_month_is_none(text: str) -> None:
    assert months.month(text) == ""


def test_a_day_made_by_a_spreadsheet_is_led_back_to_its_month() -> None:
    assert months.month("2026-01-20") == "2020-01"
    assert months.month("2026-01-20", "2026-01", "2026-12") == "2026-01"
    assert months.month("2025-01-31") == "2025-01"
    assert months.month("2026-01-31", "2031-01", "2031-12") == "2031-01"


@given(MONTH, st.integers(0, 40))
def test_months_between_are_all_and_in_order(first: str, more: int) -> None:
    place = int(first[:4]) * 12 + int(first[5:]) - 1 + more
    last = f"{place // 12}-{place % 12 + 1:02}"
    made = months.between(first, last)
    assert (len(made), made[0], made[-1]) == (more + 1, first, last)
    assert list(made) == sorted(set(made))


@given(COUNTS)
@settings(max_examples=50, deadline=None)
def test_the_same_figures_come_out_of_all_three_forms(by_metric: dict[str, list[int]]) -> None:
    names = [f"2025-{number:02}" for number in range(1, 13)]
    wanted = {metric: sum(counts) for metric, counts in by_metric.items()}
    for raw in (_table(names, by_metric), _r51(names, by_metric), _r50(names, by_metric)):
        found = reading.read(raw)
        records = list(found.records())
        assert found.totals == wanted
        assert {(one.metric, one.month): one.count for one in records} == {
            (metric, names[place]): count
            for metric, counts in by_metric.items()
            for place, count in enumerate(counts)
            if count
        }
        assert found.usable


def _table(names: list[str], by_metric: dict[str, list[int]]) -> bytes:
    lines = ["Report_ID\tTR", "Report_Name\tTitle Report", "Release\t5.1", ""]
    lines.append("\t".join(["Title", "Platform", "Metric_Type", "Reporting_Period_Total", *names]))
    for metric, counts in by_metric.items():
        lines.append("\t".join(["Kirja", "P", metric, str(sum(counts)), *map(str, counts)]))
    return "\n".join(lines).encode("utf-8-sig")


def _r51(names: list[str], by_metric: dict[str, list[int]]) -> bytes:
    performance = {metric: dict(zip(names, counts, strict=True)) for metric, counts in by_metric.items()}
    item = {"Title": "Kirja", "Platform": "P", "Attribute_Performance": [{"Performance": performance}]}
    return json.dumps(
        {"Report_Header": {"Release": "5.1", "Report_ID": "TR"}, "Report_Items": [item]}
    ).encode()


def _r50(names: list[str], by_metric: dict[str, list[int]]) -> bytes:
    performance = [
        {
            "Period": {"Begin_Date": f"{name}-01", "End_Date": f"{name}-{months.last_day(name):02}"},
            "Instance": [
                {"Metric_Type": metric, "Count": counts[place]} for metric, counts in by_metric.items()
            ],
        }
        for place, name in enumerate(names)
    ]
    item = {"Title": "Kirja", "Platform": "P", "Performance": performance}
    return json.dumps({"Report_Header": {"Release": "5", "Report_ID": "TR"}, "Report_Items": [item]}).encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(
            [
                *("Report_Header", "Report_Items", "Performance", "Attribute_Performance", "Items"),
                *("Item_ID", "Period", "Instance", "Metric_Type", "Count"),
                *("Exceptions", "Code", "body", "Title", "2025-01"),
                *("Type", "Value"),
            ]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


@given(JSON)
@settings(max_examples=300, deadline=None)
def test_no_json_whatever_makes_reading_raise(value: object) -> None:
    found = reading.read(json.dumps(value).encode()).finish()
    assert isinstance(found.usable, bool)
    assert all(one.text for one in found.problems)


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_bytes_whatever_make_reading_raise_or_be_usable(raw: bytes) -> None:
    assert not reading.read(raw).finish().usable


@given(st.lists(st.text(max_size=20), max_size=5), st.integers(1, 7))
def test_json_is_read_the_same_in_pieces_of_any_size(texts: list[str], size: int) -> None:
    class Slow:
        def __init__(self, text: str) -> None:
            self.text, self.at = text, 0

        def read(self, _: int) -> str:
            self.at += size
            return self.text[self.at - size : self.at]

    items = [{"Title": text, "n": place, "YOP": -12.5e3} for place, text in enumerate(texts)]
    whole = json.dumps({"Report_Items": items, "x": 123}, ensure_ascii=False)
    assert [value for kind, value in events(Slow(whole)) if kind == "item"] == items  # type: ignore[arg-type]
    for cut in range(1, len(whole), 13):
        with pytest.raises((Truncated, Malformed)):
            list(events(Slow(whole[:cut])))  # type: ignore[arg-type]


def test_every_exception_of_the_standard_has_a_meaning_and_a_next_step() -> None:
    listed = {1000, 1010, 1011, 1020, 1030, 2000, 2010, 2020, 2030, 3000, 3010, 3020, 3030, 3031, 3032, 3040}
    assert listed <= faults.FAULTS.keys()
    for code in (*faults.FAULTS, 0, 7, 999, 3065, 9999):
        assert faults.explained(code).means
        assert faults.explained(code).next
    assert {level for level, _ in findings.FINDINGS.values()} == set(findings.Level)


READ = """
import re, sys
from pathlib import Path
from kimppa.foundation.protocols.counter import reading
report = reading.read_file(Path(sys.argv[1]))
peak = re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())
print(report.usable, sum(report.totals.values()), int(peak[1]) // 1024)
"""


@pytest.mark.slow
def test_a_large_json_of_5_is_read_as_a_stream(tmp_path: Path) -> None:
    """100,000 rows of 12 months, 78 MB: whole it takes over 500 MB."""
    names = [f"2025-{number:02}" for number in range(1, 13)]
    by_metric = {metric: [number] * 12 for number, metric in enumerate(sorted(terms.METRICS)[:8], start=1)}
    made = json.loads(_r50(names, by_metric))
    (item,) = made["Report_Items"]
    path = tmp_path / "large.json"
    with path.open("w") as stream:
        stream.write(json.dumps(made)[: -len(json.dumps([item])) - 1] + "[")
        rest = json.dumps(item).partition('"Kirja"')[2]
        stream.writelines(f'{"," if n else ""}{{"Title": "Kirja {n}"{rest}' for n in range(12_500))
        stream.write("]}")
    told = subprocess.run(
        [sys.executable, "-c", READ, path], cwd=ROOT / "src", capture_output=True, text=True, check=True
    ).stdout.split()
    assert told[:2] == ["True", str(12_500 * 12 * sum(range(1, 9)))]
    assert int(told[2]) < 100
