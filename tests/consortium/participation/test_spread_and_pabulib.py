"""Means, medians, the tables' spread, what the discussion changed; and files for research."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimppa.consortium.participation import pabulib
from kimppa.consortium.participation.pabulib import NotPabulib, Poll
from kimppa.consortium.participation.rules import Ballot, Option
from kimppa.consortium.participation.spread import changes, mean, median, wished

FILM, PRESS = Option("film", 20_000, 5_000), Option("press", 12_000)


def test_means_shares_and_the_spread_between_tables_are_exact() -> None:
    ballots = [
        Ballot("1", {"film": 5}, "A"),
        Ballot("2", {"film": 2, "press": 3}, "A"),
        Ballot("3", {"press": 5}, "B"),
        Ballot("4", {}, ""),
    ]
    film, press = wished((FILM, PRESS), ballots)
    assert (film.blocks, film.wishers, film.share) == (7, 2, Fraction(7, 15))
    assert (film.mean, film.median) == (Fraction(7, 4), Fraction(1))
    assert (film.least, film.greatest, film.spread) == (Fraction(0), Fraction(7, 2), Fraction(7, 2))
    assert (press.blocks, press.share, press.spread) == (8, Fraction(8, 15), Fraction(7, 2))
    assert film.share + press.share == 1


def test_without_tables_there_is_no_spread_and_without_sheets_all_is_nought() -> None:
    (film,) = wished((FILM,), [Ballot("1", {"film": 2})])
    assert (film.least, film.greatest, film.spread) == (None, None, None)
    (film,) = wished((FILM,), [])
    assert (film.blocks, film.share, film.mean, film.median) == (0, 0, 0, 0)


def test_what_the_discussion_changed_counts_only_those_who_were_there_in_both_rounds() -> None:
    before = [Ballot("1", {"film": 5}), Ballot("2", {"film": 1}), Ballot("3", {"film": 2})]
    after = [Ballot("1", {"film": 3, "press": 2}), Ballot("2", {"film": 1}), Ballot("9", {"press": 4})]
    film, press = changes((FILM, PRESS), before, after)
    assert (film.before, film.after, film.by) == (Fraction(8, 3), Fraction(4, 3), Fraction(-4, 3))
    assert (film.more, film.fewer, film.same) == (0, 1, 1)
    assert (press.before, press.after, press.more, press.fewer, press.same) == (0, 2, 1, 0, 1)


@given(st.lists(st.integers(0, 9), min_size=1))
def test_as_many_are_at_most_the_median_as_at_least_it(numbers: list[int]) -> None:
    middle = median(numbers)
    assert 2 * sum(1 for n in numbers if n <= middle) >= len(numbers)
    assert 2 * sum(1 for n in numbers if n >= middle) >= len(numbers)
    assert min(numbers) <= mean(numbers) <= max(numbers)


def poll(*ballots: Ballot, description: str = "Tonnin palikat", name: str = "Elokuvat") -> Poll:
    return Poll(description, 30_000, 5, (FILM, PRESS), {"film": name, "press": "Lehdet"}, ballots)


def written(one: Poll) -> str:
    return pabulib.write(
        one, country="Finland", unit="Oulu", instance="2026", first="02.03.2026", last="06.03.2026"
    )


def test_a_pabulib_file_is_as_the_format_says_to_the_letter() -> None:
    text = written(
        poll(Ballot("kirsi", {"film": 3, "press": 2}, "A"), Ballot("empty", {}), Ballot("z", {"press": 5}))
    )
    assert text == (
        "META\nkey;value\ndescription;Tonnin palikat\ncountry;Finland\nunit;Oulu\ninstance;2026\n"
        "num_projects;2\nnum_votes;2\nbudget;30000\nvote_type;cumulative\nrule;equalshares\n"
        "date_begin;02.03.2026\ndate_end;06.03.2026\nmin_points;0\nmax_points;5\nmax_sum_points;5\n"
        "PROJECTS\nproject_id;cost;name;votes;score;minimum\n"
        "film;20000;Elokuvat;1;3;5000\npress;12000;Lehdet;2;7;12000\n"
        "VOTES\nvoter_id;vote;points;table\n1;film,press;3,2;A\n2;press;5;\n"
    )
    assert "kirsi" not in text


sheets = st.lists(st.dictionaries(st.sampled_from(["film", "press"]), st.integers(1, 5), min_size=1))


@given(sheets, st.text(max_size=40), st.text(max_size=40))
def test_what_is_written_is_read_again_whatever_the_names_say(
    cast: list[dict[str, int]], description: str, name: str
) -> None:
    ballots = [Ballot(f"{n}", blocks, f"table; {n}") for n, blocks in enumerate(cast, start=1)]
    before = poll(*ballots, description=description, name=name)
    after = pabulib.read(written(before))
    assert (after.ballots, after.options, after.budget, after.blocks) == (
        before.ballots,
        before.options,
        30_000,
        5,
    )
    assert written(after) == written(before)


def test_an_approval_file_of_others_is_read_as_one_block_each() -> None:
    text = "META\nkey;value\nbudget;100\nPROJECTS\nproject_id;cost\n1;60\n2;50\n"
    text += "VOTES\nvoter_id;age;vote\n7;34;1,2\n"
    found = pabulib.read(text)
    assert found.ballots == (Ballot("7", {"1": 1, "2": 1}),)
    assert found.options == (Option("1", 60), Option("2", 50))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("budget;100\n", 1),
        ("META\nkey;value\nbudget;many\n", 1),
        ("META\nkey;value\nbudget;9\nPROJECTS\nproject_id;cost\n1;dear\n", 6),
        ("META\nkey;value\nbudget;9\nVOTES\nvoter_id;vote;points\n1;a,b;1\n", 6),
    ],
)
def test_a_file_that_is_no_pabulib_file_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(NotPabulib, match=f"line {line}"):
        pabulib.read(text)
