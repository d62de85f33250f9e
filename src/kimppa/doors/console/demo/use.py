"""What our own sign-on counted in 2022 (invented), and what counts as the use of each service."""

from __future__ import annotations

from datetime import date, datetime

from kimppa.commons.platforms import queries as platforms
from kimppa.commons.usage import examples, measures, settled
from kimppa.commons.usage.measures import Choice
from kimppa.commons.usage.rules import Interest, Source, Split, UnitKind
from kimppa.doors.console.demo.prices import BOOKS, FILMS, PRESS
from kimppa.foundation.accounts.actors import Operator

FIRST = date(2022, 1, 1)
MONTHS = tuple(date(2022, month, 1) for month in range(1, 11))
SIGN_INS = Choice(Source.HUB, "sign-ins", UnitKind.MUNICIPALITY, Interest.SIGN_INS, Split.NONE)
LOANS = Choice(Source.OWN_LENDING, "loans", UnitKind.MUNICIPALITY, Interest.LOANS, Split.NONE)


def count(*, by: Operator, now: datetime) -> None:
    """The counts, before anything is told by vendors: it is by them that a whole is split."""
    examples.invent_sign_ins(by=by, platforms=_slugs(), months=MONTHS, now=now)


def choose(*, by: Operator, now: datetime) -> None:
    """Sign-ins count where nothing better has been told; run after what vendors tell has been brought."""
    chosen = {row.platform for row in settled.measures()}
    for slug in _slugs():
        if slug not in chosen:
            measures.choose(by=by, platform=slug, choice=SIGN_INS, valid_from=FIRST, now=now)
    if Source.OWN_LENDING not in chosen:
        measures.choose(by=by, platform=Source.OWN_LENDING, choice=LOANS, valid_from=FIRST, now=now)


def _slugs() -> list[str]:
    """The services of the year, and the invented ones, of which alone the demo knows prices."""
    invented = {BOOKS, PRESS, FILMS}
    known = [row.slug for row in platforms.every_platform() if row.slug in invented]
    return [row.slug for row in platforms.platforms_on(FIRST)] + known
