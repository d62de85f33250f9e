"""Asking what is due: one question at a time to each server, nothing locked while it answers.

A server is leased by one UPDATE that only one worker can win. The question is put with no transaction open;
the raw answer is kept as a file in one commit, landed in the next. Killed before the answer was kept, the
month is asked again; killed after, the kept answer is landed by whoever comes next: it is never asked twice
for nothing, and lands once (the lease is checked in the landing's own transaction).
"""

from __future__ import annotations

import secrets as random
import tempfile
import time
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q, QuerySet

from kimppa.commons.usage import harvest_landing as landing
from kimppa.commons.usage import sushi, sushi_words
from kimppa.commons.usage import sushi_rules as rules
from kimppa.commons.usage.harvest_landing import Result
from kimppa.commons.usage.landing import as_json
from kimppa.commons.usage.sushi_models import Attempt, Intention, SushiAccount, SushiHost
from kimppa.foundation.core import http
from kimppa.foundation.core.errors import KimppaError, Unavailable
from kimppa.foundation.files import services as files
from kimppa.foundation.files.models import Retention
from kimppa.foundation.outbox import services as outbox
from kimppa.foundation.protocols import sushi as protocol
from kimppa.foundation.protocols.sushi import OF_THE_HOST, Outcome, Verdict

MEDIA = "application/octet-stream"
CANDIDATES = 50
INTERRUPTED = "interrupted"
NOT_LANDED, MOST_LANDINGS = "not-landed", 3
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Taken:
    """One question that is this worker's to put; `again`: only its kept answer is to be landed."""

    attempt: int
    host: str
    lease: str
    again: bool


def step(*, clock: Clock) -> bool:
    """Put one question that is due and land its answer; False where nothing is due. Calls outside."""
    taken = take(now=clock())
    if taken is None:
        return False
    attempt = Attempt.objects.select_related("intention__account").get(pk=taken.attempt)
    error = None if taken.again else ask(attempt, clock=clock)
    finish(taken, error=error, now=clock())
    return True


def next_due(now: datetime) -> datetime | None:
    """When something could be asked next: now, or when a server's rest ends; None where nothing waits."""
    hosts = set(_due(now).values_list("account__host", flat=True).distinct())
    if not hosts:
        return None
    resting = dict(SushiHost.objects.filter(host__in=hosts).values_list("host", "not_before"))
    leased = set(SushiHost.objects.filter(leased_until__gt=now).values_list("host", flat=True))
    return min((resting.get(host) or now for host in hosts - leased), default=None)


def take(*, now: datetime) -> Taken | None:
    """The most urgent question whose server is free, leased to the caller."""
    held = SushiHost.objects.filter(Q(leased_until__gt=now) | Q(not_before__gt=now)).values("host")
    rows = _due(now).exclude(account__host__in=held).order_by("priority", "-month", "pk")
    tried: set[str] = set()
    for intention, host in rows.values_list("pk", "account__host")[:CANDIDATES]:
        if host not in tried:
            tried.add(host)
            taken = _claim(intention, host, now)
            if taken is not None:
                return taken
    return None


def _due(now: datetime) -> QuerySet[Intention]:
    return Intention.objects.filter(
        not_before__lte=now, account__broken_since__isnull=True, account__stopped__isnull=True
    )


@transaction.atomic
def _claim(intention: int, host: str, now: datetime) -> Taken | None:
    """Lease the server and note the attempt, or None where another worker was first."""
    SushiHost.objects.get_or_create(host=host)
    free = (Q(leased_until__isnull=True) | Q(leased_until__lte=now)) & (
        Q(not_before__isnull=True) | Q(not_before__lte=now)
    )
    lease = random.token_hex(16)
    won = SushiHost.objects.filter(free, host=host).update(lease=lease, leased_until=now + rules.LEASE)
    if not won:
        return None
    # Read under the lease: another worker may have asked it just before.
    found = _due(now).select_related("account").filter(pk=intention, account__host=host).first()
    if found is None:
        SushiHost.objects.filter(host=host, lease=lease).update(lease="", leased_until=None)
        return None
    kept = Attempt.objects.filter(intention=found, outcome="", file__isnull=False).order_by("pk").first()
    Attempt.objects.filter(intention=found, outcome="", file__isnull=True).update(
        outcome=Outcome.UNREACHED, error=INTERRUPTED
    )
    if kept is not None and not _may_land(found, kept, now):
        SushiHost.objects.filter(host=host, lease=lease).update(lease="", leased_until=None)
        return None
    Intention.objects.filter(pk=found.pk).update(state=rules.ASKING, changed=now)
    if kept is None:
        made = Attempt.objects.create(intention=found, started=now, version=found.account.version)
        return Taken(made.pk, host, lease, again=False)
    return Taken(kept.pk, host, lease, again=True)


def _may_land(intention: Intention, kept: Attempt, now: datetime) -> bool:
    """Whether a kept answer is tried once more: one that kills its worker must not hold the server."""
    count = intention.tries.get(NOT_LANDED, 0) + 1
    Intention.objects.filter(pk=intention.pk).update(tries={**intention.tries, NOT_LANDED: count})
    if count <= MOST_LANDINGS:
        return True
    Attempt.objects.filter(pk=kept.pk).update(outcome=Outcome.UNREADABLE, error=NOT_LANDED)
    Intention.objects.filter(pk=intention.pk).update(
        state=Outcome.UNREADABLE, not_before=None, tries={}, changed=now
    )
    return False


def ask(attempt: Attempt, *, clock: Clock) -> KimppaError | None:
    """Put the question and keep its raw answer; returns why there is none to keep. No transaction is held."""
    intention = attempt.intention
    account = intention.account
    begun = time.monotonic()
    with tempfile.TemporaryFile() as sink:
        try:
            answer = http.save(
                address_of(intention),
                sink,
                allowed=allowed(account),
                timeout=rules.ASK_TIMEOUT,
                max_bytes=rules.MOST_BYTES,
            )
        except KimppaError as error:
            attempt.took_ms = int((time.monotonic() - begun) * 1000)
            attempt.save(update_fields=["took_ms"])
            return error
        attempt.took_ms = int((time.monotonic() - begun) * 1000)
        attempt.status = answer.status
        now = clock()
        wait = protocol.retry_after(answer.headers.get("retry-after", ""), now=now, most=rules.LONGEST_WAIT)
        attempt.retry_after = int(wait.total_seconds()) if wait is not None else None
        size = sink.seek(0, 2)
        sink.seek(0)
        with transaction.atomic():
            if size:
                name = f"{account.platform}-{intention.report}-{intention.month:%Y-%m}.json"
                attempt.file = files.keep(
                    name=name, stream=sink, media_type=MEDIA, retention=Retention.USAGE, now=now
                )
            attempt.save(update_fields=["took_ms", "status", "retry_after", "file"])
    return None


def address_of(intention: Intention) -> str:
    month = intention.month
    last = month.replace(day=monthrange(month.year, month.month)[1])
    return protocol.address(
        asker(intention.account), f"{protocol.REPORTS}/{intention.report.lower()}", begin=month, end=last
    )


def asker(account: SushiAccount) -> protocol.Account:
    """The account as the protocol asks with it, credentials opened."""
    opened = sushi.opened(account)
    return protocol.Account(
        account.base,
        account.release,
        opened.customer_id,
        opened.requestor_id,
        opened.api_key,
        account.platform_code,
    )


def allowed(account: SushiAccount) -> http.Allowed:
    """Its own server and no other; credentials would go along."""
    parts = urlsplit(account.base)
    return http.Allowed(
        hosts=frozenset({parts.hostname or ""}),
        private=account.private,
        insecure=account.private,
        ports=frozenset({parts.port} if parts.port else ()),
    )


@transaction.atomic
def finish(taken: Taken, *, error: KimppaError | None, now: datetime) -> None:
    """Land what came and say what is next, if the server is still leased to the caller; all in one commit."""
    host = SushiHost.objects.select_for_update().filter(host=taken.host, lease=taken.lease).first()
    attempt = (
        Attempt.objects.select_related("intention__account", "file")
        .filter(pk=taken.attempt, outcome="")
        .first()
    )
    if host is None or attempt is None:
        return  # it took so long that somebody else has the lease: what was kept is landed by them
    result = _without_answer(error) if error else landing.land(attempt, confirmed=False, now=now)
    record(attempt, result, now=now)
    _free(host, attempt, result.verdict.outcome, now)


def _without_answer(error: KimppaError) -> Result:
    """Nothing came: an outage passes, a rule of ours says the same next time."""
    if isinstance(error, Unavailable):
        return Result(Verdict(Outcome.UNREACHED), error=error.code)
    large = isinstance(error, http.AnswerTooLarge | http.AnswerEncoded)
    return Result(Verdict(Outcome.UNREADABLE if large else Outcome.REFUSED), error=error.code)


def record(attempt: Attempt, result: Result, *, now: datetime) -> None:
    """Keep the outcome, and when the month is asked again, in the caller's transaction."""
    outcome, intention = result.verdict.outcome, attempt.intention
    attempt.outcome, attempt.code, attempt.error = outcome, result.verdict.code, result.error
    attempt.problems = [as_json(one) for one in result.problems[:50]]
    attempt.batch_id = result.batch
    attempt.save(update_fields=["outcome", "code", "error", "problems", "batch"])
    tries = _counted(intention.tries, outcome)
    wait = timedelta(seconds=attempt.retry_after) if attempt.retry_after is not None else None
    pause = rules.again(outcome, tries.get(outcome, 0), wait)
    intention.state, intention.tries, intention.changed = outcome, tries, now
    intention.not_before = now + pause if pause is not None else None
    if result.batch is not None:
        intention.batch_id = result.batch
    if outcome is Outcome.BROKEN and not _broke(attempt, now):
        # The credentials have been changed while this was asked with the old ones.
        intention.state, intention.not_before = rules.WAITING, now
    intention.save(update_fields=["state", "tries", "changed", "not_before", "batch"])


def _counted(tries: dict[str, int], outcome: Outcome) -> dict[str, int]:
    """One more of this cause. Where the vendor told something of the month, outages are forgotten."""
    if outcome in {Outcome.STORED, Outcome.ZERO, Outcome.GONE, Outcome.REFUSED, Outcome.DOUBTFUL}:
        return {}
    kept = dict(tries)
    if outcome in protocol.KEEPS_OPEN:
        kept = {key: count for key, count in kept.items() if key in {*protocol.KEEPS_OPEN}}
    kept[outcome.value] = kept.get(outcome.value, 0) + 1
    return kept


def _broke(attempt: Attempt, now: datetime) -> bool:
    """Stop the account and tell its owner, once; False where it has other credentials by now."""
    account = attempt.intention.account
    code = attempt.code or attempt.status or 0
    same = SushiAccount.objects.filter(pk=account.pk, version=attempt.version)
    if same.filter(broken_since__isnull=True).update(broken_since=now, broken_code=code):
        outbox.send_to_address(
            address=account.owner_email,
            template="sushi-broken",
            params={
                "platform": landing.service_name(account.platform),
                "host": account.host,
                "code": code,
                "means": sushi_words.meaning(attempt.code, attempt.status),
            },
            language=account.owner_language,
            now=now,
        )
        return True
    return same.exists()


def _free(host: SushiHost, attempt: Attempt, outcome: Outcome, now: datetime) -> None:
    ill = outcome in OF_THE_HOST
    host.failures = host.failures + 1 if ill else 0
    wait = timedelta(seconds=attempt.retry_after) if ill and attempt.retry_after is not None else None
    host.not_before = now + rules.host_pause(host.failures, wait)
    host.lease, host.leased_until = "", None
    host.save()
