"""What a person does about answers: tries an account without storing, and says that a report is right."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.usage import harvest, harvest_landing
from kimppa.commons.usage.sushi import NoSuchAccount, NoSuchIntention
from kimppa.commons.usage.sushi_models import Attempt, Intention, SushiAccount
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.audit import Value
from kimppa.foundation.core import http
from kimppa.foundation.core.errors import KimppaError, Refused, Unavailable
from kimppa.foundation.core.text import noop
from kimppa.foundation.protocols import sushi as protocol
from kimppa.foundation.protocols.sushi import Offered, Outcome

TRY_TIMEOUT = 20.0
TRY_BYTES = 2 * 1024 * 1024


class NothingToConfirm(Refused):
    code = "sushi-nothing-to-confirm"
    sentence = noop("This month does not wait for an answer of yours any more. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class Tried:
    """One question of a try: `outcome` STORED means that all is well. `error`: a code of ours."""

    path: str
    outcome: Outcome
    status: int | None
    code: int
    error: str
    took_ms: int
    active: bool | None = None
    description: str = ""
    offered: tuple[Offered, ...] = ()


def try_out(*, by: Actor, account_id: int, now: datetime) -> tuple[Tried, ...]:
    """Ask the vendor's `status` and list of reports; nothing is stored.

    Calls outside: no transaction is held. Raises NoSuchAccount.
    """
    require(by, Act.EDIT_USAGE, now=now)
    account = SushiAccount.objects.filter(pk=account_id).first()
    if account is None:
        raise NoSuchAccount
    return tuple(_tried(account, path) for path in (protocol.STATUS, protocol.REPORTS))


def _tried(account: SushiAccount, path: str) -> Tried:
    begun = time.monotonic()
    try:
        answer = http.get(
            protocol.address(harvest.asker(account), path),
            allowed=harvest.allowed(account),
            timeout=TRY_TIMEOUT,
            max_bytes=TRY_BYTES,
        )
    except KimppaError as error:
        outcome = Outcome.UNREACHED if isinstance(error, Unavailable) else Outcome.REFUSED
        return Tried(path, outcome, None, 0, error.code, _since(begun))
    service = protocol.service(answer.content) if path == protocol.STATUS else None
    offered = (protocol.offered(answer.content) or ()) if path == protocol.REPORTS else ()
    good = bool(service or offered)
    codes = protocol.exceptions(answer.content)
    verdict = protocol.judge(answer.status, codes, usable=good, usage=good)
    return Tried(
        path,
        verdict.outcome,
        answer.status,
        verdict.code,
        "",
        _since(begun),
        service.active if service else None,
        service.description if service else "",
        offered[:60],
    )


def _since(begun: float) -> int:
    return int((time.monotonic() - begun) * 1000)


@transaction.atomic
def confirm(*, by: Actor, intention_id: int, now: datetime) -> None:
    """Take the kept answer into use: a person has said that it is the right report.

    Raises NoSuchIntention, NothingToConfirm.
    """
    require(by, Act.EDIT_USAGE, now=now)
    found = Intention.objects.select_for_update().filter(pk=intention_id).first()
    if found is None:
        raise NoSuchIntention
    attempt = (
        Attempt.objects.select_related("intention__account", "file")
        .filter(intention=found, outcome=Outcome.DOUBTFUL)
        .order_by("-pk")
        .first()
    )
    if found.state != Outcome.DOUBTFUL or attempt is None:
        raise NothingToConfirm
    harvest.record(attempt, harvest_landing.land(attempt, confirmed=True, now=now), now=now)
    after: dict[str, Value] = {"report": found.report, "month": found.month}
    audit.record(by=by, act="usage.confirm_sushi", obj=found, before=None, after=after, now=now)
