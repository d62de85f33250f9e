"""Minutes: adopted once, with everything in them, never changed; corrected by a new version."""

from __future__ import annotations

import hashlib
from io import BytesIO

import pytest
from pypdf import PdfReader
from tests.consortium.governance.conftest import (
    ADDRESS,
    AFTER,
    DURING,
    OPENS,
    PLANNED,
    Body,
    Held,
    called,
    in_room,
    participant,
    plan,
)

from kimppa.commons.members.permissions import NotYours
from kimppa.consortium.governance import agenda, ballots, meeting_queries, meetings, minutes, rules
from kimppa.consortium.governance.ballots import Answer, Settlement
from kimppa.consortium.governance.models import Minutes
from kimppa.consortium.governance.rules import Attendance, Choice, MeetingKind, Outcome
from kimppa.consortium.governance.services import Words

pytestmark = pytest.mark.django_db
SIGNERS = "Aino, puheenjohtaja\n\nKaisa, sihteeri\n"


def text_of(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def decided(body: Body) -> Held:
    held = called(body)
    aino, eero, ilona = body.directors[:3]
    counter = agenda.propose(by=eero, item=held.item, words="Palvelu lopetetaan.", now=DURING)
    agenda.second(by=ilona, proposal=counter, now=DURING)
    for who, proposal in ((aino, held.base), (ilona, held.base), (eero, counter)):
        said = [Answer(held.item, Choice.FOR, proposal, f"{who.name} sanoi.")]
        ballots.answer(by=who, meeting=held.meeting, answers=said, now=DURING)
    settlement = Settlement(Outcome.VOTE, diary_number="E/1/2022", words=Words("Jatko"))
    ballots.settle(by=body.runner, item=held.item, settlement=settlement, now=AFTER)
    return held


def adopt(held: Held, language: str = "fi", signers: str = SIGNERS) -> int:
    return minutes.adopt_minutes(
        by=held.body.runner, meeting=held.meeting, language=language, signers=signers, now=AFTER
    )


def test_the_minutes_say_who_was_there_what_was_proposed_how_they_voted_and_who_signs(body: Body) -> None:
    held = decided(body)
    assert adopt(held) == 1
    name, media_type, content = meeting_queries.minutes(held.meeting, 1, body.directors[0], now=AFTER)
    assert (media_type, name[:24]) == ("application/pdf", "pöytäkirja-2022-11-18-" + name[22:24])
    text = text_of(content)
    for said in (
        "Pöytäkirja: Sähköpostikokous",
        "14.11.2022 klo 09.00 – 18.11.2022 klo 16.00",
        "Kutsuttuja oli 5, ja heistä osallistui 3.",
        "Kunta Aino läsnä",
        "Oskari Kunta Oskari ei vastannut",
        "Esitys (Kaisa)",
        "Vastaesitys (Eero, kannatti Ilona)",
        "Eero: Eero sanoi.",
        "Puolesta: Palvelua jatketaan vuosi 2023.: 2 (Aino, Ilona)",
        "Vastaan: 0",
        "Hyväksyttiin esitys: Palvelua jatketaan vuosi 2023.",
        "Asianumero: E/1/2022",
        "Aino, puheenjohtaja",
    ):
        assert said in text, said
    assert "Luonnos" not in text
    kept = Minutes.objects.get()
    assert kept.sha256 == kept.file.sha256 == hashlib.sha256(content).hexdigest()


def test_adopted_minutes_freeze_the_whole_meeting(body: Body) -> None:
    held = decided(body)
    adopt(held)
    by, now = body.runner, AFTER
    with pytest.raises(rules.MinutesAdopted):
        adopt(held)
    with pytest.raises(rules.MinutesAdopted):
        agenda.propose(by=by, item=held.item, words="Vielä", now=now)
    with pytest.raises(rules.MinutesAdopted):
        ballots.settle(by=by, item=held.item, settlement=Settlement(Outcome.POSTPONED), now=now)
    with pytest.raises(rules.MinutesAdopted):
        meetings.call(by=by, meeting=held.meeting, address=ADDRESS, now=now)
    with pytest.raises(rules.MinutesAdopted):
        meetings.change_meeting(by=by, meeting=held.meeting, plan=plan(body), now=now)
    with pytest.raises(rules.MinutesAdopted):
        agenda.attach_paper(
            by=by,
            meeting=held.meeting,
            title="Myöhässä",
            name="x.pdf",
            content=b"%PDF-",
            media_type="application/pdf",
            now=now,
        )
    with pytest.raises(rules.ClosedAlready):
        ballots.answer(by=body.directors[4], meeting=held.meeting, answers=[], now=DURING)
    assert Minutes.objects.count() == 1


def test_a_correction_is_a_new_version_and_the_first_stays_byte_for_byte(body: Body) -> None:
    held = decided(body)
    adopt(held)
    first = meeting_queries.minutes(held.meeting, 1, body.runner, now=AFTER)[2]

    def correct(said: str) -> int:
        return minutes.correct_minutes(
            by=body.runner, meeting=held.meeting, language="sv", correction=said, now=AFTER
        )

    with pytest.raises(rules.NoCorrection):
        correct(" ")
    assert correct("Läsnä oli myös Ulla.") == 2
    assert correct("Ulla oli etänä.") == 3
    text = text_of(meeting_queries.minutes(held.meeting, 3, body.runner, now=AFTER)[2])
    for said in ("Version 3", "Läsnä oli myös Ulla.", "Ulla oli etänä.", "Protokoll", "Aino, puheenjohtaja"):
        assert said in text, said
    assert meeting_queries.minutes(held.meeting, 1, body.runner, now=AFTER)[2] == first
    with pytest.raises(NotYours):
        minutes.correct_minutes(
            by=body.directors[0], meeting=held.meeting, language="fi", correction="x", now=AFTER
        )


def test_minutes_are_not_adopted_with_open_items_without_signers_or_before_the_closing(body: Body) -> None:
    held = called(body)
    with pytest.raises(rules.MeetingNotInState):
        minutes.adopt_minutes(
            by=body.runner, meeting=held.meeting, language="fi", signers=SIGNERS, now=DURING
        )
    with pytest.raises(rules.NoSigners):
        adopt(held, signers="\n \n")
    with pytest.raises(rules.UnsettledItems) as error:
        adopt(held)
    assert error.value.params == {"numbers": "1"}
    with pytest.raises(rules.MeetingNotInState):
        minutes.correct_minutes(
            by=body.runner, meeting=held.meeting, language="fi", correction="x", now=AFTER
        )
    with pytest.raises(NotYours):
        minutes.adopt_minutes(
            by=body.directors[0], meeting=held.meeting, language="fi", signers=SIGNERS, now=AFTER
        )
    assert not Minutes.objects.exists()
    with pytest.raises(rules.NoSuchPaper):
        meeting_queries.minutes(held.meeting, 1, body.runner, now=AFTER)


def test_a_draft_says_that_it_is_one_and_is_kept_nowhere(body: Body) -> None:
    held = in_room(body, present=4)
    one = participant(held, 4)
    meetings.record_attendance(
        by=body.runner, meeting=held.meeting, attendance={one: (Attendance.PROXY, "Sanna")}, now=OPENS
    )
    row = meeting_queries.meeting(held.meeting, body.runner, now=OPENS)
    assert row is not None
    assert row.row.kind is MeetingKind.IN_PERSON
    text = text_of(minutes.draft(row, language="en", on=OPENS))
    for said in ("Draft, not adopted", "Sanna stood in", "Not settled", "5 of the 5 called took part"):
        assert said in text, said
    assert not Minutes.objects.exists()


def test_everything_of_a_meeting_is_read_in_a_fixed_number_of_queries(
    body: Body, django_assert_max_num_queries: object
) -> None:
    held = decided(body)
    for number in range(8):
        matter = agenda.Matter(rules.ItemKind.DECISION, f"Asia {number}")
        again = called(body, matter=matter, title_fi=f"Kokous {number}")
        assert again.meeting != held.meeting
    with django_assert_max_num_queries(13):  # type: ignore[operator]
        meeting_queries.meeting(held.meeting, body.directors[0], now=AFTER)
    with django_assert_max_num_queries(3):  # type: ignore[operator]
        assert len(meeting_queries.meetings(body.directors[0], now=PLANNED)) == 9
