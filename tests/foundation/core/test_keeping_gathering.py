"""What is kept for a moment, and what is gathered for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kimppa.foundation.core import gathering, keeping


@pytest.fixture(autouse=True)
def off() -> Iterator[None]:
    yield
    keeping.keep_for(0)
    gathering.begin(on=False)


def test_nothing_is_kept_until_the_process_says_so():
    read = iter(range(10))
    assert [keeping.kept("a", lambda: next(read)) for _ in range(3)] == [0, 1, 2]


def test_what_was_read_is_given_again_until_its_moment_is_over_or_it_is_forgotten(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(keeping.time, "monotonic", lambda: now[0])
    keeping.keep_for(2.0)
    read = iter(range(10))
    assert keeping.kept("a", lambda: next(read)) == 0
    now[0] = 101.9
    assert keeping.kept("a", lambda: next(read)) == 0
    assert keeping.kept("b", lambda: next(read)) == 1
    now[0] = 102.0
    assert keeping.kept("a", lambda: next(read)) == 2
    keeping.forget("a")
    assert keeping.kept("a", lambda: next(read)) == 3


def test_a_reading_that_fails_is_not_kept():
    keeping.keep_for(2.0)
    with pytest.raises(ZeroDivisionError):
        keeping.kept("a", lambda: 1 // 0)
    assert keeping.kept("a", lambda: 5) == 5


def test_counts_are_written_at_once_or_gathered_and_written_with_their_sums():
    written: list[tuple[object, ...]] = []

    def write(name: str, count: int, took: int) -> None:
        written.append((name, count, took))

    gathering.add(write, ("a",), 1, 10)
    assert written == [("a", 1, 10)]
    gathering.begin()
    for took in (1, 2, 3):
        gathering.add(write, ("a",), 1, took)
    gathering.add(write, ("b",), 1, 9)
    assert len(written) == 1
    assert gathering.flush() == 2
    assert sorted(written[1:]) == [("a", 3, 6), ("b", 1, 9)]
    assert gathering.flush() == 0
    gathering.add(write, ("c",), 1, 0)
    gathering.begin(on=False)
    assert written[-1] == ("c", 1, 0)
