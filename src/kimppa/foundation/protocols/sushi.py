"""SUSHI, COUNTER's API, releases 5 and 5.1: addresses to ask, and what an answer means. Pure.

An answer is judged by its HTTP status, by the exceptions that it says (however they hide; the reader of
protocols.counter finds them) and by whether a usable report came. Where they disagree the exception wins:
vendors answer 200 with a refusal in it as often as 401.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TypeAlias
from urllib.parse import urlencode, urlsplit, urlunsplit

from kimppa.foundation.core.text import noop

R50, R51 = "5", "5.1"
RELEASES = (R50, R51)
MEMBERS, REPORTS, STATUS = "members", "reports", "status"
Json: TypeAlias = "Mapping[str, Json] | list[Json] | str | int | float | bool | None"


class Outcome(StrEnum):
    """What came of asking."""

    STORED = "stored"
    ZERO = "zero"
    PARTIAL = "partial"
    NOT_READY = "not-ready"
    GONE = "gone"
    QUEUED = "queued"
    BUSY = "busy"
    UNREACHED = "unreached"
    REFUSED = "refused"
    BROKEN = "broken"
    UNREADABLE = "unreadable"
    DOUBTFUL = "doubtful"


OUTCOME_NAMES: dict[Outcome, str] = {
    Outcome.STORED: noop("Stored"),
    Outcome.ZERO: noop("No usage"),
    Outcome.PARTIAL: noop("A part only"),
    Outcome.NOT_READY: noop("Not ready yet"),
    Outcome.GONE: noop("No longer available"),
    Outcome.QUEUED: noop("Being made"),
    Outcome.BUSY: noop("Busy"),
    Outcome.UNREACHED: noop("No answer"),
    Outcome.REFUSED: noop("Refused"),
    Outcome.BROKEN: noop("Credentials not accepted"),
    Outcome.UNREADABLE: noop("Cannot be read"),
    Outcome.DOUBTFUL: noop("Needs a person’s answer"),
}
# The month is not known yet, and is asked again by itself.
KEEPS_OPEN = frozenset({Outcome.PARTIAL, Outcome.NOT_READY})
# Not this question's fault but the vendor's server: everything asked of that server waits.
OF_THE_HOST = frozenset({Outcome.BUSY, Outcome.UNREACHED})

# In this order: who may not ask is told so before anything else that is wrong.
_BY_CODE: tuple[tuple[Outcome, frozenset[int]], ...] = (
    (Outcome.BROKEN, frozenset({1030, 2000, 2010, 2020, 2030})),
    (Outcome.BUSY, frozenset({1000, 1010, 1020})),
    (Outcome.QUEUED, frozenset({1011})),
    (Outcome.REFUSED, frozenset({3000, 3010, 3020})),
    (Outcome.NOT_READY, frozenset({3031})),
    (Outcome.PARTIAL, frozenset({3040})),
    (Outcome.GONE, frozenset({3032})),
    (Outcome.ZERO, frozenset({3030})),
)
_BY_STATUS: Mapping[int, Outcome] = {
    202: Outcome.QUEUED,
    400: Outcome.REFUSED,
    401: Outcome.BROKEN,
    403: Outcome.BROKEN,
    404: Outcome.REFUSED,
    405: Outcome.REFUSED,
    408: Outcome.BUSY,
    410: Outcome.REFUSED,
    422: Outcome.REFUSED,
    425: Outcome.BUSY,
    429: Outcome.BUSY,
}


@dataclass(frozen=True, slots=True)
class Account:
    """Where and as whom one asks."""

    base: str
    release: str
    customer_id: str
    requestor_id: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    platform: str = ""

    def __post_init__(self) -> None:
        if self.release not in RELEASES:
            raise ValueError(self.release)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`code` is COUNTER's, 0 where the answer said none."""

    outcome: Outcome
    code: int = 0

    @property
    def stores(self) -> bool:
        """Whether what came with it is kept as figures; then `outcome` says what is still missing."""
        return self.outcome in {
            Outcome.STORED,
            Outcome.ZERO,
            Outcome.PARTIAL,
            Outcome.NOT_READY,
            Outcome.GONE,
        }


def address(
    account: Account,
    path: str,
    *,
    begin: date | None = None,
    end: date | None = None,
    attributes: Collection[str] = (),
) -> str:
    """The address of `status`, `members`, `reports` or `reports/tr`, credentials in its query.

    A base that was given with `/r51` or `/reports` at its end, or with a query of its own, is understood.
    begin, end: the first day of the first month, the last day of the last one.
    """
    parts = urlsplit(account.base.strip())
    told = parts.path.rstrip("/")
    for tail in ("/reports", "/status", "/members", "/r51"):
        told = told.removesuffix(tail)
    middle = "/r51" if account.release == R51 else ""
    query = {
        "customer_id": account.customer_id,
        "requestor_id": account.requestor_id,
        "api_key": account.api_key,
        "platform": account.platform,
    }
    if path.startswith(f"{REPORTS}/"):
        query["begin_date"] = f"{begin:%Y-%m-%d}" if begin else ""
        query["end_date"] = f"{end:%Y-%m-%d}" if end else ""
        query["attributes_to_show"] = "|".join(attributes)
    said = urlencode({key: value for key, value in query.items() if value})
    joined = "&".join(filter(None, (parts.query, said)))
    return urlunsplit((parts.scheme, parts.netloc, f"{told}{middle}/{path}", joined, ""))


def judge(status: int, codes: Collection[int], *, usable: bool, usage: bool) -> Verdict:
    """What an answer means.

    codes: the exceptions said. usable: a report came that can be stored; usage: it has counts in it.
    A usable report with counts is always worth keeping; its exceptions only say what is still missing.
    """
    if usable and usage:
        for outcome in (Outcome.NOT_READY, Outcome.PARTIAL, Outcome.GONE):
            found = _said(outcome, codes)
            if found:
                return Verdict(outcome, found)
        return Verdict(Outcome.STORED, _worst(codes))
    for outcome, known in _BY_CODE:
        if known & set(codes):
            return Verdict(outcome, min(known & set(codes)))
    if status >= 500:
        return Verdict(Outcome.BUSY, _worst(codes))
    if status in _BY_STATUS:
        return Verdict(_BY_STATUS[status], _worst(codes))
    if status >= 300:
        return Verdict(Outcome.REFUSED, _worst(codes))
    # Nothing is in it and it does not say why; or it is no report at all.
    return Verdict(Outcome.NOT_READY if usable else Outcome.UNREADABLE, _worst(codes))


def _said(outcome: Outcome, codes: Collection[int]) -> int:
    known = dict(_BY_CODE)[outcome] & set(codes)
    return min(known) if known else 0


def _worst(codes: Collection[int]) -> int:
    return max(codes, default=0)


def retry_after(value: str, *, now: datetime, most: timedelta) -> timedelta | None:
    """`Retry-After` as a time to wait: seconds or a date; None where it says nothing that can be used."""
    told = value.strip()
    if told.isascii() and told.isdecimal() and len(told) < 10:
        return min(timedelta(seconds=int(told)), most)
    try:
        moment = parsedate_to_datetime(told)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(timedelta(0), min(moment - now, most))


@dataclass(frozen=True, slots=True)
class Service:
    """What `status` says: active None where it does not tell; `codes` are exceptions."""

    active: bool | None
    description: str
    codes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Offered:
    """A report of the list: `pr_p1` as `PR_P1`; first and last month where they are told (5.1)."""

    id: str
    name: str
    release: str
    first: str = ""
    last: str = ""


def service(content: bytes) -> Service | None:
    """The answer to `status`; None where it is none."""
    for one in _objects(_json(content)):
        keyed = {str(key).casefold(): value for key, value in one.items()}
        if "service_active" in keyed or "description" in keyed:
            active = keyed.get("service_active")
            told = (
                active
                if isinstance(active, bool)
                else {"true": True, "false": False}.get(_text(active).casefold())
            )
            return Service(told, _text(keyed.get("description")), exceptions(content))
    return None


def offered(content: bytes) -> tuple[Offered, ...] | None:
    """The answer to `reports`; None where it is none."""
    found = []
    for one in _objects(_json(content)):
        keyed = {str(key).casefold(): value for key, value in one.items()}
        code = _text(keyed.get("report_id")).upper()
        if code:
            first, last = _text(keyed.get("first_month_available")), _text(keyed.get("last_month_available"))
            found.append(
                Offered(code, _text(keyed.get("report_name")), _text(keyed.get("release")), first, last)
            )
    return tuple(found) or None


def exceptions(content: bytes) -> tuple[int, ...]:
    """Codes of exceptions anywhere in a small answer, spelled any way."""
    found = []
    for one in _objects(_json(content), deep=True):
        keyed = {str(key).casefold(): value for key, value in one.items()}
        code = _text(keyed.get("code", keyed.get("number")))
        if (
            code.isascii()
            and code.isdecimal()
            and len(code) < 6
            and ("message" in keyed or "severity" in keyed)
        ):
            found.append(int(code))
    return tuple(dict.fromkeys(found))


def _json(content: bytes) -> Json:
    """The answer, out of a `body` wrap or a string of JSON; None where it is no JSON."""
    try:
        found: Json = json.loads(content)
        for _ in range(3):
            inner = found.get("body") if isinstance(found, dict) and len(found) <= 3 else None
            found = inner if inner is not None else found
            if isinstance(found, str):
                found = json.loads(found)
    except (ValueError, RecursionError):
        return None
    return found


def _objects(value: Json, *, deep: bool = False, depth: int = 0) -> list[Mapping[str, Json]]:
    """The objects of a list, of an object that holds one, or an object itself; with `deep`, all of them."""
    if depth > 8:
        return []
    if isinstance(value, list):
        return [found for one in value[:2000] for found in _objects(one, deep=deep, depth=depth + 1)]
    if not isinstance(value, dict):
        return []
    inner = [one for one in value.values() if isinstance(one, list | dict)]
    below = [found for one in inner for found in _objects(one, deep=deep, depth=depth + 1)]
    return [value, *below]


def _text(value: Json) -> str:
    return str(value).strip()[:300] if isinstance(value, str | int | bool) else ""
