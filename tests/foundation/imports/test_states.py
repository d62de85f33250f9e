"""A staged import goes its states, in bulk, and is undone only where nothing stands on it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.files import queries as files
from kimppa.foundation.imports import queries, services
from kimppa.foundation.imports.models import ImportBatch
from kimppa.foundation.imports.rules import Blocker, Draft, Outcome

NOW = datetime(2022, 11, 15, 9, tzinfo=UTC)
BY = Operator("console")
pytestmark = pytest.mark.django_db


def opened() -> ImportBatch:
    return services.open_import(kind="members", source_name="kunnat.csv", raw=b"a,b\n", by=BY, now=NOW)


DRAFTS = [
    Draft(1, "564", "create", after={"name": "Oulu", "residents": 209551}),
    Draft(
        2,
        "205",
        "update",
        before={"residents": 1},
        after={"residents": 36493},
        object_kind="m",
        object_key="9",
    ),
    Draft(3, "005", "unchanged"),
    Draft(4, "999", "skip", severity="error", code="unknown-code", params={"code": "999"}),
    Draft(5, "010", "skip", severity="warning", code="odd"),
]


def applied() -> ImportBatch:
    batch = opened()
    services.stage(batch, DRAFTS)
    services.mark_applied(batch, [Outcome(1, "m", "7"), Outcome(2, "m", "9")], NOW)
    return batch


def test_a_preview_counts_what_would_happen_and_keeps_the_source() -> None:
    batch = opened()
    seen = services.stage(batch, DRAFTS)
    assert (seen.read, seen.created, seen.updated, seen.unchanged, seen.skipped) == (5, 1, 1, 1, 2)
    assert (seen.errors, seen.warnings, seen.state) == (1, 1, "staged")
    assert batch.raw is not None
    assert files.read(batch.raw) == b"a,b\n"


def test_the_report_has_a_line_a_record_in_the_order_of_the_source() -> None:
    batch = applied()
    assert [row.number for row in queries.report(batch)] == [1, 2, 3, 4, 5]
    assert [(r.number, r.code, r.params) for r in queries.report(batch, problems_only=True)] == [
        (4, "unknown-code", {"code": "999"}),
        (5, "odd", {}),
    ]
    assert [row.number for row in queries.report(batch, after=3, limit=1)] == [4]


def test_each_state_allows_only_what_comes_next() -> None:
    batch = opened()
    with pytest.raises(services.WrongImportState):
        services.mark_applied(batch, [], NOW)
    services.stage(batch, DRAFTS)
    services.refuse(batch)
    for step in (
        lambda: services.stage(batch, []),
        lambda: services.mark_applied(batch, [], NOW),
        lambda: services.begin_undo(batch, current={}, used={}, now=NOW),
    ):
        with pytest.raises(services.WrongImportState):
            step()
    assert queries.get(batch.pk).state == "refused"


UNTOUCHED = {"7": {"name": "Oulu", "residents": 209551, "more": "x"}, "9": {"residents": 36493}}


def test_undo_gives_the_records_back_last_first_and_only_once() -> None:
    batch = applied()
    steps = services.begin_undo(batch, current=UNTOUCHED, used={}, now=NOW)
    assert [(s.number, s.action, s.object_key, s.before) for s in steps] == [
        (2, "update", "9", {"residents": 1}),
        (1, "create", "7", None),
    ]
    assert queries.get(batch.pk).undone == NOW
    with pytest.raises(services.WrongImportState):
        services.begin_undo(batch, current=UNTOUCHED, used={}, now=NOW)


def test_undo_is_refused_with_the_list_of_what_is_in_the_way() -> None:
    batch = applied()
    changed = {"7": UNTOUCHED["7"], "9": {"residents": 40000}}
    with pytest.raises(services.UndoRefused) as caught:
        services.begin_undo(batch, current=changed, used={"7": "has-shares"}, now=NOW)
    assert caught.value.blockers == (Blocker(2, "205", "changed-since"), Blocker(1, "564", "has-shares"))
    assert queries.get(batch.pk).state == "applied"
    with pytest.raises(services.UndoRefused) as caught:
        services.begin_undo(batch, current={"9": UNTOUCHED["9"]}, used={}, now=NOW)
    assert caught.value.blockers == (Blocker(1, "564", "gone"),)


@pytest.mark.slow
def test_a_hundred_thousand_records_are_staged_and_applied_in_bulk() -> None:
    batch = opened()
    started = time.process_time()
    services.stage(batch, (Draft(n, str(n), "create", after={"n": n}) for n in range(1, 100_001)))
    seen = services.mark_applied(batch, (Outcome(n, "m", str(n)) for n in range(1, 100_001)), NOW)
    assert seen.created == 100_000
    current = {str(n): {"n": n} for n in range(1, 100_001)}
    assert len(services.begin_undo(batch, current=current, used={}, now=NOW)) == 100_000
    assert time.process_time() - started < 60
