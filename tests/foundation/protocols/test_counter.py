"""Every official sample gives its expected totals; a table and a JSON of one report give the same records."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.needs import shared

from kimppa.foundation.protocols.counter import reading
from kimppa.foundation.protocols.counter.shape import Record

LINE = re.compile(r"- `(\S+)` \| (\S+) \| (\S+) \| \d+ \| (\d+) \| (\S+)\.\.(\S+) \| VALID .*? totals (.+)")


def samples() -> dict[str, tuple[str, ...]]:
    text = (shared("samples", "counter") / "EXPECTED.md").read_text("utf-8")
    return {found[1]: found.groups()[1:] for found in LINE.finditer(text)}


def records(path: Path) -> list[Record]:
    with path.open("rb") as stream:
        return list(reading.read(stream).records())


def test_all_samples_give_their_totals_and_no_problem() -> None:
    told = samples()
    assert len(told) == 64
    for name, (release, report, count, first, last, totals) in told.items():
        with shared("samples", "counter", name).open("rb") as stream:
            found = reading.read(stream)
            of_month = [record.count for record in found.records()]
        wanted = {metric: int(total) for metric, total in (pair.split("=") for pair in totals.split())}
        assert (found.release, found.id) == (release, report), name
        assert found.totals == wanted, name
        assert (len(of_month), sum(of_month)) == (int(count), sum(wanted.values())), name
        assert (found.months[0], found.months[-1]) == (first, last), name
        assert (found.usable, found.problems) == (True, ()), name


def plain(record: Record, of_all: set[str]) -> Record:
    """Without what the tables of the standard views do not show."""
    item, more = record.item, record.attributes
    shown = {name: "" for name in ("data_type", "yop") if name not in of_all}
    parent = item.parent
    if parent and "data_type" not in of_all:
        parent = replace(parent, data_type="", publication_date="")
    return replace(record, item=replace(item, parent=parent), attributes=replace(more, **shown))


@pytest.mark.parametrize("report", ["TR", "IR", "DR", "PR", "TR_B1", "TR_J3", "IR_A1", "IR_M1"])
@pytest.mark.parametrize("release", ["5", "5.1"])
def test_json_and_tsv_of_one_report_give_the_same_records(release: str, report: str) -> None:
    folder = shared("samples", "counter")
    stem = f"r50/Sample-{report}" if release == "5" else f"r51/{report.replace('_', '')}_sample_r51"
    by_json, by_table = records(folder / f"{stem}.json"), records(folder / f"{stem}.tsv")
    masters = {"data_type", "yop"} if "_" not in report else set()
    assert {plain(one, masters) for one in by_json} == {plain(one, masters) for one in by_table}
    assert len(by_json) == len(by_table) == len(set(by_json))


def test_an_item_keeps_its_identifiers_attributes_and_parent() -> None:
    found = records(shared("samples", "counter", "r51", "IR_sample_r51.json"))
    one = next(r for r in found if r.item.title == "Item 3" and r.metric == "Limit_Exceeded")
    assert one.item.identifiers == (
        ("DOI", "10.9999/xxxxi03"),
        ("Proprietary", "P1:I03"),
        ("URI", "https://doi.org/10.9999/xxxxi03"),
    )
    assert one.item.publisher_id == "ISNI:4321432143214321"
    assert one.item.parent is not None
    assert (one.item.parent.title, one.item.parent.data_type) == ("Title 1", "Book")
    assert (one.attributes.data_type, one.attributes.yop) == ("Book_Segment", "2022")
    assert (one.attributes.access_type, one.attributes.access_method) == ("Controlled", "Regular")
    assert (one.month, one.count) == ("2022-01", 49)
