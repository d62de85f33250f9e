"""Counting votes: the rules, and what holds for every vote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimppa.consortium.governance.rules import (
    Choice,
    MeetingKind,
    MeetingState,
    Moments,
    NoVotes,
    QuorumMissing,
    VoteTied,
    state_at,
)
from kimppa.consortium.governance.tally import Vote, check_quorum, quorum, settle

FOR, AGAINST, ABSTAIN = Choice.FOR, Choice.AGAINST, Choice.ABSTAIN
PROPOSALS = (11, 12, 13)
choices = st.one_of(
    st.sampled_from(PROPOSALS).map(lambda one: (FOR, one)),
    st.sampled_from([(AGAINST, None), (ABSTAIN, None)]),
)
many = st.lists(choices, max_size=59).map(lambda said: [Vote(n, c, p) for n, (c, p) in enumerate(said)])


def votes(*sides: tuple[Choice, int | None]) -> list[Vote]:
    return [Vote(number, choice, proposal) for number, (choice, proposal) in enumerate(sides)]


def test_the_side_with_the_most_votes_wins_and_abstentions_count_for_nobody() -> None:
    result = settle(votes((FOR, 11), (FOR, 11), (AGAINST, None), *[(ABSTAIN, None)] * 5), [11])
    assert (result.winner, result.by_chair) == (11, False)
    assert [(c.choice, c.proposal, c.votes) for c in result.counts] == [
        (FOR, 11, 2),
        (AGAINST, None, 1),
        (ABSTAIN, None, 5),
    ]


def test_proposals_fall_when_most_are_against_them_all() -> None:
    result = settle(votes((FOR, 11), (FOR, 12), (AGAINST, None), (AGAINST, None)), [11, 12])
    assert result.winner is None


def test_the_chair_settles_a_tie_only_between_the_tied_sides_and_never_unseen() -> None:
    tied = votes((FOR, 11), (AGAINST, None), (ABSTAIN, None))
    assert settle(tied, [11], chair=0).winner == 11
    fallen = settle(tied, [11], chair=1)
    assert (fallen.winner, fallen.by_chair) == (None, True)
    for chair in (None, 2, 99):
        with pytest.raises(VoteTied) as error:
            settle(tied, [11], chair=chair)
        assert error.value.params == {"votes": 1}
    with pytest.raises(VoteTied):
        settle(tied, [11], chair=0, secret=True)


def test_a_vote_in_which_nobody_took_a_side_settles_nothing() -> None:
    for said in ([], votes((ABSTAIN, None))):
        with pytest.raises(NoVotes):
            settle(said, [11], chair=0)


def test_the_quorum_is_rounded_up() -> None:
    assert [quorum(59, percent) for percent in (0, 1, 50, 51, 100)] == [0, 1, 30, 31, 59]
    check_quorum(took_part=30, entitled=59, percent=50)
    with pytest.raises(QuorumMissing) as error:
        check_quorum(took_part=29, entitled=59, percent=50)
    assert error.value.params == {"took_part": 29, "entitled": 59, "needed": 30}


@given(many)
def test_every_vote_is_counted_once_and_the_winner_has_the_most(said: list[Vote]) -> None:
    try:
        result = settle(said, PROPOSALS, chair=0)
    except (NoVotes, VoteTied):
        return
    assert sum(c.votes for c in result.counts) == len(said)
    sides = {
        c.proposal if c.choice is FOR else None: c.votes for c in result.counts if c.choice is not ABSTAIN
    }
    assert sides[result.winner] == max(sides.values())


@given(many, st.randoms())
def test_the_order_in_which_votes_came_does_not_matter(said: list[Vote], chance: object) -> None:
    mixed = list(said)
    chance.shuffle(mixed)  # type: ignore[attr-defined]

    def outcome(of: list[Vote]) -> object:
        try:
            return settle(of, PROPOSALS, chair=0)
        except (NoVotes, VoteTied) as error:
            return error.code

    assert outcome(said) == outcome(mixed)


@given(many)
def test_one_more_vote_for_the_winner_never_makes_it_lose(said: list[Vote]) -> None:
    try:
        result = settle(said, PROPOSALS)
    except (NoVotes, VoteTied):
        return
    side = (FOR, result.winner) if result.winner is not None else (AGAINST, None)
    assert settle([*said, Vote(1000, *side)], PROPOSALS).winner == result.winner


NOW = datetime(2022, 11, 18, 14, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_an_e_mail_meeting_opens_and_closes_by_itself_to_the_second() -> None:
    told = Moments(MeetingKind.EMAIL, NOW, NOW + 2 * SECOND, called_at=NOW - SECOND)
    states = [state_at(told, NOW + n * SECOND) for n in (-1, 0, 1, 2)]
    assert states == [MeetingState.CALLED, MeetingState.OPEN, MeetingState.OPEN, MeetingState.CLOSED]


def test_other_meetings_wait_for_whoever_runs_them() -> None:
    later = NOW + timedelta(days=30)
    told = Moments(MeetingKind.ONLINE, NOW, NOW + SECOND)
    assert state_at(told, later) is MeetingState.PLANNED
    called = Moments(MeetingKind.ONLINE, NOW, NOW + SECOND, called_at=NOW)
    assert state_at(called, later) is MeetingState.CALLED
    opened = Moments(MeetingKind.ONLINE, NOW, NOW + SECOND, called_at=NOW, opened_at=NOW)
    assert state_at(opened, later) is MeetingState.OPEN
    over = Moments(MeetingKind.ONLINE, NOW, NOW + SECOND, called_at=NOW, opened_at=NOW, closed_at=later)
    assert state_at(over, later) is MeetingState.CLOSED
    gone = Moments(MeetingKind.ONLINE, NOW, NOW + SECOND, called_at=NOW, cancelled_at=NOW)
    assert state_at(gone, later) is MeetingState.CANCELLED
    done = Moments(MeetingKind.EMAIL, NOW, NOW + SECOND, called_at=NOW, adopted_at=later)
    assert state_at(done, later) is MeetingState.ADOPTED
