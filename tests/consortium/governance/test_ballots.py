"""Answering, voting and settling: one vote each, nobody after the closing, decisions with their numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.consortium.governance.conftest import (
    AFTER,
    CLOSES,
    DURING,
    OPENS,
    PLANNED,
    Body,
    Held,
    called,
    in_room,
    make_body,
    participant,
    user,
)
from tests.races import at_once

from kimppa.commons.members.permissions import NotYours
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets.services import Resolution, decide_rate
from kimppa.consortium.governance import agenda, ballots, meeting_queries, meetings, rules
from kimppa.consortium.governance.agenda import Matter
from kimppa.consortium.governance.ballots import Answer, Settlement, Vote
from kimppa.consortium.governance.models import (
    AgendaItem,
    Ballot,
    Decision,
    Participant,
    Remark,
    VoteCount,
)
from kimppa.consortium.governance.rules import Attendance, Choice, Effect, ItemKind, Outcome
from kimppa.consortium.governance.services import Words
from kimppa.foundation.accounts.models import AuditEntry, User

FOR, AGAINST, ABSTAIN = Choice.FOR, Choice.AGAINST, Choice.ABSTAIN
SECRET = Matter(ItemKind.DECISION, "Henkilövalinta", secret=True)


def vote(held: Held, who: User, choice: Choice, proposal: int | None = None, words: str = "") -> None:
    chosen = (proposal or held.base) if choice is FOR else None
    said = Answer(held.item, choice, chosen, words)
    ballots.answer(by=who, meeting=held.meeting, answers=[said], now=DURING)


def settle(
    held: Held, outcome: Outcome = Outcome.VOTE, number: str = "E/1/2022", **told: object
) -> int | None:
    settlement = Settlement(outcome, diary_number=number, **told)  # type: ignore[arg-type]
    return ballots.settle(by=held.body.runner, item=held.item, settlement=settlement, now=AFTER)


@pytest.mark.django_db
class TestAnswering:
    def test_a_vote_given_anew_replaces_the_earlier_one(self, body: Body) -> None:
        held = called(body)
        aino = body.directors[0]
        vote(held, aino, FOR, words="Kannatan.")
        vote(held, aino, AGAINST)
        assert [(b.choice, b.proposal_id) for b in Ballot.objects.all()] == [("against", None)]
        assert not Remark.objects.exists()  # what was said is replaced too
        assert Participant.objects.get(user=aino).attendance == "present"
        assert Participant.objects.get(user=body.directors[1]).attendance == "unknown"

    def test_nobody_answers_before_the_opening_or_from_the_closing_on(self, body: Body) -> None:
        held = called(body)
        said = [Answer(held.item, FOR, held.base)]
        second = timedelta(seconds=1)

        def give(now: object) -> None:
            ballots.answer(by=body.directors[0], meeting=held.meeting, answers=said, now=now)  # type: ignore[arg-type]

        with pytest.raises(rules.NotOpenYet) as early:
            give(OPENS - second)
        assert early.value.params == {"moment": "14.11.2022 09.00"}
        give(OPENS)
        give(CLOSES - second)
        with pytest.raises(rules.ClosedAlready) as late:
            give(CLOSES)
        assert late.value.params == {"moment": "18.11.2022 16.00"}
        assert Ballot.objects.get().given_at == CLOSES - second

    def test_only_those_who_were_called_answer(self, body: Body) -> None:
        held = called(body)
        for who in (body.runner, user("Vieras", "director")):
            with pytest.raises(rules.NotEntitled):
                vote(held, who, FOR)
        body.directors[0].roles.update(valid_to=date(2022, 1, 1))
        with pytest.raises(NotYours):
            vote(held, body.directors[0], FOR)
        assert not Ballot.objects.exists()

    def test_an_answer_with_one_fault_is_not_kept_at_all(self, body: Body) -> None:
        held = called(body)
        counter = agenda.propose(by=body.directors[1], item=held.item, words="Toisin", now=DURING)
        good = Answer(held.item, FOR, held.base, "Hyvä")
        for bad, error in (
            (Answer(held.item, FOR, counter), rules.NotSeconded),
            (Answer(held.item, FOR, 999999), rules.NoSuchProposal),
            (Answer(held.item, FOR, None), rules.NoSuchProposal),
            (Answer(999999, AGAINST), rules.NoSuchItem),
            (Answer(held.item, Choice.SECRET), rules.WrongOutcome),
        ):
            with pytest.raises(error):
                ballots.answer(by=body.directors[0], meeting=held.meeting, answers=[good, bad], now=DURING)
        assert (Ballot.objects.count(), Remark.objects.count()) == (0, 0)

    def test_an_item_for_information_takes_words_but_no_vote(self, body: Body) -> None:
        held = called(body)
        info = agenda.add_item(
            by=body.runner, meeting=held.meeting, matter=Matter(ItemKind.INFORMATION, "Tiedoksi"), now=PLANNED
        )
        ballots.answer(
            by=body.directors[0], meeting=held.meeting, answers=[Answer(info, words="Luettu")], now=DURING
        )
        assert Remark.objects.get().words == "Luettu"
        with pytest.raises(rules.NotForDecision):
            ballots.answer(
                by=body.directors[0], meeting=held.meeting, answers=[Answer(info, AGAINST)], now=DURING
            )

    def test_while_the_meeting_is_open_nobody_sees_how_others_voted(self, body: Body) -> None:
        held = called(body)
        aino, eero = body.directors[:2]
        vote(held, aino, AGAINST)
        seen = meeting_queries.meeting(held.meeting, eero, now=DURING)
        assert seen is not None
        assert (seen.items[0].voted, seen.items[0].ballots, seen.items[0].own) == (1, (), None)
        own = meeting_queries.meeting(held.meeting, aino, now=DURING)
        assert own is not None
        assert own.items[0].own is not None
        after = meeting_queries.meeting(held.meeting, eero, now=AFTER)
        assert after is not None
        assert [b.name for b in after.items[0].ballots] == ["Aino"]

    def test_whoever_has_not_answered_is_told_what_waits(self, body: Body) -> None:
        held = called(body)
        aino = body.directors[0]
        assert meeting_queries.waiting_for(aino, now=PLANNED) == ()
        (waiting,) = meeting_queries.waiting_for(aino, now=DURING)
        assert (waiting.meeting_id, waiting.closes_at) == (held.meeting, CLOSES)
        vote(held, aino, FOR)
        assert meeting_queries.waiting_for(aino, now=DURING) == ()
        assert meeting_queries.waiting_for(body.directors[1], now=CLOSES) == ()


@pytest.mark.django_db
class TestInTheRoom:
    def test_votes_of_those_present_are_written_down(self, body: Body) -> None:
        held = in_room(body, present=3)
        people = [participant(held, n) for n in range(5)]
        votes = {people[0]: Vote(FOR, held.base), people[1]: Vote(AGAINST)}
        ballots.record_votes(by=body.runner, item=held.item, votes=votes, now=OPENS)
        with pytest.raises(rules.NotPresent):
            ballots.record_votes(by=body.runner, item=held.item, votes={people[4]: Vote(ABSTAIN)}, now=OPENS)
        with pytest.raises(rules.NotPresent):
            ballots.answer(
                by=body.directors[4], meeting=held.meeting, answers=[Answer(held.item, AGAINST)], now=OPENS
            )
        with pytest.raises(rules.NotEntitled):
            ballots.record_votes(by=body.runner, item=held.item, votes={999999: Vote(ABSTAIN)}, now=OPENS)
        with pytest.raises(NotYours):
            ballots.record_votes(by=body.directors[0], item=held.item, votes={}, now=OPENS)
        ballots.answer(
            by=body.directors[2], meeting=held.meeting, answers=[Answer(held.item, FOR, held.base)], now=OPENS
        )
        assert settle(held) is not None
        counts = {(c.choice, c.votes) for c in VoteCount.objects.all()}
        assert counts == {("for", 2), ("against", 1), ("abstain", 0)}

    def test_nobody_writes_down_others_votes_in_an_e_mail_meeting_or_a_secret_vote(self, body: Body) -> None:
        held = called(body)
        with pytest.raises(rules.MeetingNotInState):
            ballots.record_votes(by=body.runner, item=held.item, votes={}, now=DURING)

    def test_the_runner_writes_down_who_seconded(self, body: Body) -> None:
        held = in_room(body)
        counter = agenda.propose(by=body.runner, item=held.item, words="Toisin", now=OPENS)
        with pytest.raises(NotYours):
            agenda.second(by=body.directors[0], proposal=counter, seconder=participant(held, 1), now=OPENS)
        agenda.second(by=body.runner, proposal=counter, seconder=participant(held, 1), now=OPENS)
        held_counter = meeting_queries.meeting(held.meeting, body.runner, now=OPENS)
        assert held_counter is not None
        assert held_counter.items[0].proposals[1].seconded_by == "Eero"


@pytest.mark.django_db
class TestSettling:
    def test_a_vote_becomes_a_decision_with_its_number_body_and_day(self, body: Body) -> None:
        held = called(body)
        for who in body.directors[:3]:
            vote(held, who, FOR)
        vote(held, body.directors[3], AGAINST)
        made = settle(held, words=Words("Musiikkipalvelun jatko", text_sv="Tjänsten fortsätter."))
        decision = Decision.objects.get(pk=made)
        assert (decision.diary_number, decision.decided_on) == ("E/1/2022", date(2022, 11, 18))
        assert decision.body.slug == "directors-days"
        assert decision.text_fi == "Palvelua jatketaan vuosi 2023."
        row = meeting_queries.meeting(held.meeting, body.runner, now=AFTER)
        assert row is not None
        item = row.items[0]
        assert (item.decision_id, item.outcome, item.by_chair) == (made, Outcome.VOTE, False)
        assert [(c.choice, c.votes) for c in item.counts] == [(FOR, 3), (AGAINST, 1), (ABSTAIN, 0)]
        assert meeting_queries.item_of_decision("E/1/2022") == (held.meeting, "Sähköpostikokous", OPENS)
        with pytest.raises(rules.SettledAlready):
            settle(held, number="E/2/2022")
        with pytest.raises(rules.ClosedAlready):
            ballots.answer(
                by=body.directors[4], meeting=held.meeting, answers=[Answer(held.item, AGAINST)], now=AFTER
            )
        assert Decision.objects.count() == 1

    def test_an_e_mail_meeting_is_settled_only_after_its_closing(self, body: Body) -> None:
        held = called(body)
        vote(held, body.directors[0], FOR)
        told = Settlement(Outcome.VOTE, diary_number="E/1/2022")
        with pytest.raises(rules.MeetingNotInState):
            ballots.settle(by=body.runner, item=held.item, settlement=told, now=CLOSES - timedelta(seconds=1))
        with pytest.raises(NotYours):
            ballots.settle(by=body.directors[0], item=held.item, settlement=told, now=CLOSES)
        assert ballots.settle(by=body.runner, item=held.item, settlement=told, now=CLOSES)

    def test_the_quorum_of_the_meeting_holds(self, body: Body) -> None:
        held = called(body, quorum_percent=50)
        vote(held, body.directors[0], FOR)
        vote(held, body.directors[1], FOR)
        with pytest.raises(rules.QuorumMissing) as error:
            settle(held)
        assert error.value.params == {"took_part": 2, "entitled": 5, "needed": 3}
        assert AgendaItem.objects.get(pk=held.item).outcome == ""
        assert settle(held, Outcome.POSTPONED, number="") is None
        assert AgendaItem.objects.get(pk=held.item).diary_number == ""

    def test_a_tie_goes_to_the_side_of_the_chair(self, body: Body) -> None:
        held = called(body)
        vote(held, body.directors[0], AGAINST)  # the chair
        vote(held, body.directors[1], FOR)
        assert settle(held, number="") is None
        item = AgendaItem.objects.get(pk=held.item)
        assert (item.chosen_id, item.by_chair, item.diary_number) == (None, True, "")
        assert not Decision.objects.exists()

    def test_a_secret_vote_leaves_counts_only_and_a_tie_settles_nothing(self, body: Body) -> None:
        held = called(body, matter=SECRET)
        for who, choice in zip(body.directors, (FOR, FOR, AGAINST, AGAINST, ABSTAIN), strict=True):
            vote(held, who, choice)
        with pytest.raises(rules.VoteTied):
            settle(held)
        seen = meeting_queries.meeting(held.meeting, body.runner, now=AFTER)
        assert seen is not None
        assert (seen.items[0].ballots, seen.items[0].voted) == ((), 5)
        Ballot.objects.filter(participant__user=body.directors[4]).update(choice="against")
        assert settle(held, number="") is None
        assert {b.choice for b in Ballot.objects.all()} == {"secret"}
        assert {(c.choice, c.votes) for c in VoteCount.objects.all()} == {
            ("for", 2),
            ("against", 3),
            ("abstain", 0),
        }
        told = " ".join(str(entry.after) for entry in AuditEntry.objects.filter(act="governance.answer"))
        assert "against" not in told
        assert "for" not in told.replace("before", "")

    def test_consensus_is_none_when_somebody_voted_otherwise(self, body: Body) -> None:
        held = called(body)
        vote(held, body.directors[0], FOR)
        vote(held, body.directors[1], AGAINST)
        with pytest.raises(rules.NotUnanimous) as error:
            settle(held, Outcome.CONSENSUS, proposal=held.base)
        assert error.value.params == {"count": 1}
        vote(held, body.directors[1], ABSTAIN)
        assert settle(held, Outcome.CONSENSUS, proposal=held.base) is not None

    def test_each_kind_of_item_is_settled_in_its_own_way(self, body: Body) -> None:
        held = called(body)
        info = agenda.add_item(
            by=body.runner, meeting=held.meeting, matter=Matter(ItemKind.INFORMATION, "Tiedoksi"), now=PLANNED
        )
        with pytest.raises(rules.WrongOutcome):
            settle(held, Outcome.NOTED)
        with pytest.raises(rules.NoVotes):
            settle(held)
        with pytest.raises(rules.NoSuchProposal):
            settle(held, Outcome.CONSENSUS)
        told = Settlement(Outcome.VOTE, diary_number="E/9/2022")
        with pytest.raises(rules.WrongOutcome):
            ballots.settle(by=body.runner, item=info, settlement=told, now=AFTER)
        noted = Settlement(Outcome.NOTED, words=Words("", text_fi="Merkittiin."))
        assert ballots.settle(by=body.runner, item=info, settlement=noted, now=AFTER) is None
        assert AgendaItem.objects.get(pk=info).conclusion_fi == "Merkittiin."

    def test_a_decision_has_a_number_of_its_own(self, body: Body) -> None:
        held = called(body)
        vote(held, body.directors[0], FOR)
        with pytest.raises(rules.NoDiaryNumber):
            settle(held, number=" ")
        assert settle(held)
        again = called(body, title_fi="Toinen")
        vote(again, body.directors[0], FOR)
        with pytest.raises(rules.DiaryNumberTaken):
            settle(again)

    def test_a_rate_reserves_its_number_and_meets_its_decision_in_it(self, body: Body) -> None:
        held = rate_meeting(body)
        assert settle(held, Outcome.CONSENSUS, number="E/5/2022", proposal=held.base) is None
        assert not Decision.objects.exists()
        told = meeting_queries.settled_item(held.item)
        assert told is not None
        assert (told.body, told.decided_on, told.diary_number) == (
            "directors-days",
            date(2022, 11, 18),
            "E/5/2022",
        )
        assert (told.year, told.rate) == (2023, Decimal("0.80"))
        record_rate(body, "E/5/2022", date(2022, 11, 18))
        row = meeting_queries.meeting(held.meeting, body.runner, now=AFTER)
        assert row is not None
        assert row.items[0].decision_id == Decision.objects.get().pk

    def test_a_rate_decided_first_is_tied_to_its_item_afterwards(self, body: Body) -> None:
        held = rate_meeting(body)
        record_rate(body, "E/5/2022", date(2022, 11, 18))
        made = settle(held, Outcome.CONSENSUS, number="E/5/2022", proposal=held.base)
        assert made == Decision.objects.get().pk

    def test_a_decision_of_another_day_is_not_this_meetings(self, body: Body) -> None:
        held = rate_meeting(body)
        record_rate(body, "E/5/2022", date(2022, 11, 17))
        with pytest.raises(rules.DecidedElsewhere):
            settle(held, Outcome.CONSENSUS, number="E/5/2022", proposal=held.base)


def rate_meeting(body: Body) -> Held:
    held = called(body)
    agenda.withdraw_proposal(by=body.runner, proposal=held.base, now=PLANNED)
    rate = agenda.propose(
        by=body.runner,
        item=held.item,
        words="Maksu 2023 on 0,80 euroa asukasta kohti.",
        effect=Effect.RATE,
        year=2023,
        rate=Decimal("0.80"),
        now=PLANNED,
    )
    return Held(body, held.meeting, held.item, rate)


def record_rate(body: Body, number: str, day: date) -> None:
    decide_rate(
        by=body.runner,
        resolution=Resolution("directors-days", number, day, Words("Maksu 2023")),
        cost_class=CostClass.CONTENT,
        rate=Decimal("0.80"),
        valid_from=date(2023, 1, 1),
        now=AFTER,
    )


@pytest.mark.django_db(transaction=True)
def test_two_votes_of_one_person_at_once_leave_one_vote() -> None:
    held = called(make_body())
    aino = held.body.directors[0]

    def give(choice: Choice) -> Callable[[], object]:
        return lambda: vote(held, aino, choice)

    assert at_once([give(FOR), give(AGAINST), give(ABSTAIN), give(FOR)]) == ["done"] * 4
    assert Ballot.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_five_who_vote_at_once_on_one_item_are_all_counted() -> None:
    held = called(make_body())

    def give(who: User) -> Callable[[], object]:
        return lambda: vote(held, who, FOR)

    assert at_once([give(who) for who in held.body.directors]) == ["done"] * 5
    assert Ballot.objects.filter(proposal=held.base).count() == 5


@pytest.mark.django_db(transaction=True)
def test_an_item_settled_twice_at_once_is_decided_once() -> None:
    held = called(make_body())
    vote(held, held.body.directors[0], FOR)

    def end(number: str) -> Callable[[], object]:
        return lambda: settle(held, number=number)

    assert sorted(at_once([end("E/1/2022"), end("E/2/2022")])) == ["done", "settled-already"]
    assert Decision.objects.count() == 1
    assert AgendaItem.objects.get().diary_number == Decision.objects.get().diary_number


@pytest.mark.django_db
def test_who_stood_in_has_the_vote_of_the_absent_one(body: Body) -> None:
    held = in_room(body, present=1)
    one = participant(held, 1)
    meetings.record_attendance(
        by=body.runner, meeting=held.meeting, attendance={one: (Attendance.PROXY, "Sanna")}, now=OPENS
    )
    ballots.record_votes(by=body.runner, item=held.item, votes={one: Vote(FOR, held.base)}, now=OPENS)
    assert settle(held) is not None


@pytest.mark.django_db
def test_library_staff_see_only_the_meetings_they_were_called_to(body: Body) -> None:
    held = called(body)
    staff = user("Utu", "library-staff")
    assert meeting_queries.meetings(staff, now=DURING) == ()
    assert meeting_queries.meeting(held.meeting, staff, now=DURING) is None
    Participant.objects.create(meeting_id=held.meeting, user=staff)
    assert [row.id for row in meeting_queries.meetings(staff, now=DURING)] == [held.meeting]
