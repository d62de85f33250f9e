"""What is asked of a SIP2 system about a card, and how its answer is understood. No sockets here."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from kimppa.elibrary.patrons.asking import Code, Journal, Said, StepName, Trouble, masked
from kimppa.elibrary.patrons.mapping import flag_name
from kimppa.elibrary.patrons.rules import BadCard, tidy_card
from kimppa.foundation.core import clock
from kimppa.foundation.protocols.sip2 import Line
from kimppa.foundation.protocols.sip2_messages import PatronAnswer, PatronQuestion, message

ANSWER_TO = {"63": "64", "23": "24"}


class Asked(Protocol):
    """The settings that a question needs."""

    @property
    def message(self) -> str: ...
    @property
    def institution(self) -> str: ...


def question(settings: Asked, *, card: str, pin: str, terminal: str, now: datetime) -> PatronQuestion:
    """63 or 23 as the settings say; its time is local."""
    at = now.astimezone(clock.HELSINKI)
    return PatronQuestion(settings.message, card, pin, settings.institution, at, terminal)


def understood(line: Line, card: str, journal: Journal | None) -> Said:
    """Yes only when BL and CQ both say Y and the answer is about the card that was asked. Raises Trouble."""
    answer = message(line.frame)
    if not isinstance(answer, PatronAnswer):
        raise Trouble(Code.WRONG_ANSWER)
    if journal is not None:
        _tell(journal, line, answer)
    if not _about(answer.card, card, needed=answer.good):
        raise Trouble(Code.OTHER_PATRON)
    if not answer.good:
        return Said(False)
    fields = dict(reversed(line.frame.fields))
    return Said(
        True,
        {**fields, "language": answer.language},
        frozenset(flag_name(flag) for flag in answer.flags),
    )


def _about(told: str, asked: str, *, needed: bool) -> bool:
    if not told.strip():
        return not needed
    try:
        return tidy_card(told) == asked
    except BadCard:
        return False


def _tell(journal: Journal, line: Line, answer: PatronAnswer) -> None:
    shown: dict[str, str] = {}
    for name, value in line.frame.fields:
        shown.setdefault(name, masked(name, value))
    if line.garbled:
        shown["garbled"] = "yes"
    journal.note(StepName.FIELDS, ok=not line.garbled, facts=shown)
    words = {
        name: "(absent)" if line.frame.get(name) is None else masked(name, line.frame.get(name) or "")
        for name in ("BL", "CQ")
    }
    set_flags = ", ".join(flag_name(flag) for flag in sorted(answer.flags))
    journal.note(StepName.DECISION, ok=answer.good, facts=words | ({"flags": set_flags} if set_flags else {}))
