"""Verbs of fetching by SUSHI: the accounts that vendors gave us, and what we mean to have from them.

Credentials are encrypted, are shown to nobody again, and are in no audit entry, log or error text. A month
is meant to be had once (Intention); how often it was asked stands apart (harvest.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.platforms.queries import platform as known_platform
from kimppa.commons.usage import sushi_rules as rules
from kimppa.commons.usage import units
from kimppa.commons.usage.sushi_models import Intention, SushiAccount
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor, key_of
from kimppa.foundation.accounts.audit import Value
from kimppa.foundation.core import clock, jobs, secrets
from kimppa.foundation.core.errors import Invalid, Missing, Refused
from kimppa.foundation.core.periods import add_months
from kimppa.foundation.core.text import LANGUAGES, clean_line, noop
from kimppa.foundation.protocols import sushi as protocol
from kimppa.foundation.protocols.sushi import Outcome

HARVEST_JOB = "kimppa.commons.usage.jobs.harvest"
SOON, LATER = 0, 5  # priorities: what a month's routine wants, what a backfill wants
RESTS = (Outcome.BROKEN.value,)


class NoSuchAccount(Missing):
    code = "sushi-no-such-account"
    sentence = noop("There is no such SUSHI account.")


class NoSuchIntention(Missing):
    code = "sushi-no-such-month"
    sentence = noop("This month is not among those that are fetched.")


class AccountExists(Refused):
    code = "sushi-account-exists"
    sentence = noop(
        "There is a SUSHI account of the same service, address and unit already. Change that one."
    )


class BadBase(Invalid):
    code = "sushi-bad-address"
    sentence = noop(
        "“%(address)s” cannot be asked. Give the address before /reports, beginning with https://, without "
        "credentials in it."
    )


class BadReports(Invalid):
    code = "sushi-bad-reports"
    sentence = noop("Choose at least one report that COUNTER knows.")


class BadDates(Invalid):
    code = "sushi-bad-dates"
    sentence = noop("The last month is before the first one.")


class BadOwner(Invalid):
    code = "sushi-bad-owner"
    sentence = noop("“%(address)s” is not an e-mail address. Who is to be told when the credentials break?")


class NoCustomer(Invalid):
    code = "sushi-no-customer"
    sentence = noop("Give at least the customer id.")


class NothingStopped(Refused):
    code = "sushi-nothing-to-do"
    sentence = noop("It is so already. Nothing was changed.")


class TooManyMonths(Invalid):
    code = "sushi-too-many-months"
    sentence = noop("Ask for 1–%(most)s months at once.")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a vendor gave us. `requestor_id` and `api_key` may be empty: vendors want different ones."""

    customer_id: str
    requestor_id: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Setup:
    """All of an account but its credentials. `private`: a server of our own network."""

    platform: str
    base: str
    release: str
    unit_kind: str
    unit_code: str
    reports: tuple[str, ...]
    owner_email: str
    owner_language: str = "fi"
    private: bool = False
    platform_code: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


def host_of(base: str, *, private: bool) -> str:
    """The server of a base address, with its port where that is not the usual. Raises BadBase."""
    shown = clean_line(base).split("?")[0][:200]
    try:
        parts = urlsplit(base.strip())
        host, port = (parts.hostname or "").casefold().rstrip("."), parts.port
    except ValueError:
        raise BadBase(address=shown) from None
    schemes = {"https", "http"} if private else {"https"}
    told = parts.query.casefold()
    secret = any(word in told for word in ("api_key", "requestor_id", "customer_id"))
    if parts.scheme not in schemes or not host or parts.username or secret or len(base) > 500:
        raise BadBase(address=shown)
    return f"{host}:{port}" if port and port != 443 else host


def opened(account: SushiAccount) -> Credentials:
    """The credentials, for asking with them."""
    told = json.loads(secrets.decrypt(bytes(account.sealed)))
    return Credentials(told["customer_id"], told["requestor_id"], told["api_key"])


@transaction.atomic
def define(*, by: Actor, setup: Setup, credentials: Credentials, now: datetime) -> int:
    """A new account; returns its id. Its months are asked from the next routine on.

    Raises NoSuchPlatform, NoSuchUnit, BadBase, BadReports, BadDates, BadOwner, NoCustomer, AccountExists.
    """
    require(by, Act.EDIT_USAGE, now=now)
    setup = _checked(setup, except_for=None)
    account = SushiAccount(created=now, version=1, sealed=_sealed(credentials))
    _put(account, setup)
    account.save(force_insert=True)
    audit.record(by=by, act="usage.define_sushi", obj=account, before=None, after=_told(account), now=now)
    return account.pk


@transaction.atomic
def change(*, by: Actor, account_id: int, setup: Setup, now: datetime) -> None:
    """Another address, release, unit, choice of reports, owner or dates. Credentials stay as they are.

    Raises NoSuchAccount and what `define` raises.
    """
    require(by, Act.EDIT_USAGE, now=now)
    account = _locked(account_id)
    before = _told(account)
    _put(account, _checked(setup, except_for=account_id))
    account.save()
    audit.record(by=by, act="usage.change_sushi", obj=account, before=before, after=_told(account), now=now)


@transaction.atomic
def change_credentials(*, by: Actor, account_id: int, credentials: Credentials, now: datetime) -> None:
    """Other credentials, all of them at once; what had stopped because of the old ones goes on.

    Raises NoSuchAccount, NoCustomer.
    """
    require(by, Act.EDIT_USAGE, now=now)
    account = _locked(account_id)
    account.sealed, account.version = _sealed(credentials), account.version + 1
    account.broken_since = account.broken_code = None
    account.save(update_fields=["sealed", "version", "broken_since", "broken_code"])
    stopped = Intention.objects.filter(account=account, state__in=RESTS)
    stopped.update(state=rules.WAITING, not_before=now, tries={}, changed=now)
    after: dict[str, Value] = {"version": account.version}
    audit.record(by=by, act="usage.change_sushi_credentials", obj=account, before=None, after=after, now=now)
    _wake(by)


@transaction.atomic
def stop(*, by: Actor, account_id: int, now: datetime) -> None:
    """Ask this account nothing more until it is resumed. Raises NoSuchAccount, NothingStopped."""
    require(by, Act.EDIT_USAGE, now=now)
    account = _locked(account_id)
    if account.stopped is not None:
        raise NothingStopped
    account.stopped = now
    account.save(update_fields=["stopped"])
    audit.record(by=by, act="usage.stop_sushi", obj=account, before=None, after=None, now=now)


@transaction.atomic
def resume(*, by: Actor, account_id: int, now: datetime) -> None:
    """Go on from where it was stopped. Raises NoSuchAccount, NothingStopped."""
    require(by, Act.EDIT_USAGE, now=now)
    account = _locked(account_id)
    if account.stopped is None:
        raise NothingStopped
    account.stopped = None
    account.save(update_fields=["stopped"])
    audit.record(by=by, act="usage.resume_sushi", obj=account, before=None, after=None, now=now)
    _wake(by)


@transaction.atomic
def ask_again(*, by: Actor, intention_id: int, now: datetime) -> None:
    """Ask one month anew at its server's next turn, whatever came of it before. Raises NoSuchIntention."""
    require(by, Act.EDIT_USAGE, now=now)
    found = Intention.objects.select_for_update().filter(pk=intention_id).first()
    if found is None:
        raise NoSuchIntention
    if found.state != rules.ASKING:
        found.state = rules.WAITING
    found.not_before, found.tries, found.priority, found.changed = now, {}, SOON, now
    found.save(update_fields=["state", "not_before", "tries", "priority", "changed"])
    after: dict[str, Value] = {"report": found.report, "month": found.month}
    audit.record(by=by, act="usage.ask_sushi_again", obj=found, before=None, after=after, now=now)
    _wake(by)


@transaction.atomic
def backfill(*, by: Actor, account_id: int, months: int = rules.BACKFILL, now: datetime) -> int:
    """Mean to have the last `months` months of every report; returns how many were not meant before.

    What has been meant already is left as it is. Raises NoSuchAccount, TooManyMonths.
    """
    require(by, Act.EDIT_USAGE, now=now)
    if not 1 <= months <= rules.MOST_BACKFILL:
        raise TooManyMonths(most=rules.MOST_BACKFILL)
    account = _locked(account_id)
    wanted = rules.backfill_months(months, clock.day_of(now), account.valid_from, account.valid_to)
    made = mean(account, wanted, priority=LATER, now=now)
    after: dict[str, Value] = {"months": months, "new": made}
    audit.record(by=by, act="usage.backfill_sushi", obj=account, before=None, after=after, now=now)
    _wake(by)
    return made


def mean(account: SushiAccount, months: Iterable[date], *, priority: int, now: datetime) -> int:
    """Intentions for months × the account's reports where there are none yet; returns how many are new."""
    wanted = {(report, month) for month in months for report in account.reports}
    known = set(Intention.objects.filter(account=account).values_list("report", "month"))
    rows = [
        Intention(
            account=account,
            report=report,
            month=month,
            not_before=now,
            priority=priority,
            state=rules.WAITING,
            changed=now,
        )
        for report, month in sorted(wanted - known, key=lambda one: (one[1], one[0]), reverse=True)
    ]
    # Two planners at once mean the same: the second finds its rows there.
    Intention.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len(rows)


def plan(*, now: datetime) -> int:
    """Mean to have every month that has become ready since each account was made; returns how many are new.

    Called daily. A day on which nothing ran loses nothing: the next one finds the same months.
    """
    made = 0
    for account in SushiAccount.objects.filter(stopped__isnull=True).order_by("pk"):
        begin = clock.day_of(account.created).replace(day=1)
        begin = add_months(begin, -1)  # its last month was not over, or just over, when it was made
        if account.valid_from is not None:
            begin = max(begin, account.valid_from)
        made += mean(
            account, rules.due_months(begin, clock.day_of(now), account.valid_to), priority=SOON, now=now
        )
    return made


def _checked(setup: Setup, *, except_for: int | None) -> Setup:
    known_platform(setup.platform)
    units.check((setup.unit_kind, setup.unit_code))
    host_of(setup.base, private=setup.private)
    reports = tuple(one for one in rules.REPORTS if one in setup.reports)
    if not reports or set(reports) != set(setup.reports) or setup.release not in protocol.RELEASES:
        raise BadReports
    if setup.valid_from and setup.valid_to and setup.valid_to < setup.valid_from:
        raise BadDates
    try:
        validate_email(setup.owner_email)
    except ValidationError:
        raise BadOwner(address=clean_line(setup.owner_email)[:100]) from None
    checked = replace(
        setup, base=setup.base.strip(), reports=reports, platform_code=clean_line(setup.platform_code)
    )
    same = SushiAccount.objects.filter(
        platform=setup.platform,
        base=checked.base,
        release=setup.release,
        unit_kind=setup.unit_kind,
        unit_code=setup.unit_code,
        valid_to__isnull=True,
    ).exclude(pk=except_for or 0)
    if setup.valid_to is None and same.exists():
        raise AccountExists
    return checked


def _put(account: SushiAccount, setup: Setup) -> None:
    account.platform, account.base, account.release = setup.platform, setup.base, setup.release
    account.host = host_of(setup.base, private=setup.private)
    account.private, account.platform_code = setup.private, setup.platform_code[:100]
    account.unit_kind, account.unit_code = setup.unit_kind, setup.unit_code
    account.reports = list(setup.reports)
    account.valid_from, account.valid_to = setup.valid_from, setup.valid_to
    account.owner_email = setup.owner_email
    account.owner_language = setup.owner_language if setup.owner_language in LANGUAGES else "fi"


def _sealed(credentials: Credentials) -> bytes:
    said = {
        "customer_id": credentials.customer_id.strip(),
        "requestor_id": credentials.requestor_id.strip(),
        "api_key": credentials.api_key.strip(),
    }
    if not said["customer_id"] or any(len(value) > 500 for value in said.values()):
        raise NoCustomer
    return secrets.encrypt(json.dumps(said).encode())


def _told(account: SushiAccount) -> dict[str, Value]:
    """For the audit trail: nothing secret is in it."""
    return {
        "platform": account.platform,
        "base": account.base,
        "release": account.release,
        "unit": f"{account.unit_kind} {account.unit_code}".strip(),
        "reports": " ".join(account.reports),
        "owner": account.owner_email,
        "valid_from": account.valid_from,
        "valid_to": account.valid_to,
    }


def _locked(account_id: int) -> SushiAccount:
    found = SushiAccount.objects.select_for_update().filter(pk=account_id).first()
    if found is None:
        raise NoSuchAccount
    return found


def _wake(by: Actor) -> None:
    jobs.enqueue(HARVEST_JOB, {}, asked_by=key_of(by), unique="harvest-usage")
