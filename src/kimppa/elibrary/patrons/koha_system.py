"""Asking Koha over its REST interface, in Koha-Suomi's two forms and the international one.

The international one's check of a PIN tells little of the person; where the mapping names more, the patron's
record is read after a yes, with the extended attributes if one of them is named (`extended_attributes.CODE`).
What the mapping does not name is not kept.

Our own access is an OAuth2 client's token, kept in memory until it runs out. A PIN is sent once for a
question: an answer that says no is a no, and is never asked again with another token.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from kimppa.elibrary.patrons import dialling
from kimppa.elibrary.patrons.asking import NO, Code, Journal, Said, StepName, Trouble, masked
from kimppa.elibrary.patrons.connected import Connected
from kimppa.elibrary.patrons.connections import Kind, KohaSettings
from kimppa.elibrary.patrons.rules import BadCard, tidy_card
from kimppa.foundation.core import http
from kimppa.foundation.core.errors import KimppaError

ACCESS = "/api/v1/oauth/token"
PATHS = {
    Kind.KOHA_SUOMI: "/api/v1/contrib/kohasuomi/auth/patrons/validation",
    Kind.KOHA_SUOMI_STATUS: "/api/v1/contrib/kohasuomi/borrowers/status",
    Kind.KOHA: "/api/v1/auth/password/validation",
}
YES = {
    Kind.KOHA_SUOMI: frozenset({200, 201}),
    Kind.KOHA_SUOMI_STATUS: frozenset({200, 201}),
    Kind.KOHA: frozenset({201}),
}
REFUSED = {
    Kind.KOHA_SUOMI: frozenset({401, 403}),
    Kind.KOHA_SUOMI_STATUS: frozenset({401, 403}),
    Kind.KOHA: frozenset({400}),
}
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MOST_BYTES = 65_536
# A token is taken to run out this much earlier, and is not trusted longer than this at all.
EARLIER, LONGEST = 30.0, 3600.0
# A refusal may also mean that our token is no longer good: an older one is thrown away after it.
SUSPECT_AFTER = 60.0
DEEPEST = 2
PATRON = "/api/v1/patrons/"
NUMBER = re.compile(r"[0-9]{1,12}")
EXTENDED = "extended_attributes"


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    since: float
    until: float


_tokens: dict[str, _Token] = {}
_lock = threading.Lock()


def ask(
    settings: KohaSettings, connected: Connected, card: str, pin: str, *, journal: Journal | None = None
) -> Said:
    """One question, and after a yes what more the mapping needs. Raises Trouble."""
    deadline = time.monotonic() + settings.timeout
    if journal is not None:
        dialling.show(
            settings.url, private=settings.private, ca=settings.ca, deadline=deadline, journal=journal
        )
    token = _token(settings, connected, deadline, journal)
    if journal is not None:
        journal.note(StepName.QUESTION, facts={"message": PATHS[settings.kind]})
    content, media_type = _question(settings, card, pin)
    answer = _call(settings, PATHS[settings.kind], content, media_type, deadline, token=token.value)
    told = _object(answer.content)
    if journal is not None:
        shown = {name: masked(name, value) for name, value in told.items()}
        journal.note(StepName.FIELDS, facts=shown)
    said = _decided(settings, connected, token, answer.status, told, card)
    if journal is not None:
        journal.note(StepName.DECISION, ok=said.good, facts={"status": str(answer.status)})
    more = connected.reading.names() - set(told) if said.good and settings.kind is Kind.KOHA else frozenset()
    if not more:
        return said
    return Said(True, told | _record(settings, token, told, card, more, deadline, journal))


def _record(
    settings: KohaSettings,
    token: _Token,
    told: Mapping[str, str],
    card: str,
    names: frozenset[str],
    deadline: float,
    journal: Journal | None,
) -> dict[str, str]:
    """The named fields of the patron's own record. Raises Trouble: who may be blocked does not come in.

    The PIN was right by now, so that no try stays counted whatever goes wrong here.
    """
    number = told.get("patron_id", "")
    if not NUMBER.fullmatch(number):
        raise Trouble(Code.WRONG_ANSWER)
    extended = any(name.startswith(f"{EXTENDED}.") for name in names)
    if journal is not None:
        journal.note(StepName.QUESTION, facts={"message": f"{PATRON}…"})
    headers = {"x-koha-embed": EXTENDED} if extended else {}
    answer = _call(settings, PATRON + number, None, "", deadline, token=token.value, headers=headers)
    if answer.status in (401, 403):
        raise Trouble(Code.NOT_PERMITTED)
    if answer.status != 200:
        raise Trouble(Code.HTTP_STATUS)
    found = _object(answer.content)
    if journal is not None:
        journal.note(StepName.FIELDS, facts={name: masked(name, value) for name, value in found.items()})
    if found.get("patron_id") != number or not _same(found.get("cardnumber", ""), card):
        raise Trouble(Code.OTHER_PATRON)
    return {name: value for name, value in found.items() if name in names}


def reach(settings: KohaSettings, connected: Connected) -> None:
    """Get a new token: the server is there and lets us in. Raises Trouble."""
    _forget(connected.key)
    _token(settings, connected, time.monotonic() + settings.timeout, None)


def _decided(
    settings: KohaSettings,
    connected: Connected,
    token: _Token,
    status: int,
    told: Mapping[str, str],
    card: str,
) -> Said:
    if "required_permissions" in told or any(name.startswith("required_permissions.") for name in told):
        raise Trouble(Code.NOT_PERMITTED)
    if status in REFUSED[settings.kind]:
        if time.monotonic() - token.since > SUSPECT_AFTER:
            _forget(connected.key)
        return NO
    if status == 401:
        _forget(connected.key)
        raise Trouble(Code.LOGIN_REFUSED)
    if status not in YES[settings.kind]:
        raise Trouble(Code.HTTP_STATUS, sent=True)
    about = told.get("cardnumber", "")
    if settings.kind is Kind.KOHA and not about:
        raise Trouble(Code.WRONG_ANSWER, sent=True)
    if about and not _same(about, card):
        raise Trouble(Code.OTHER_PATRON, sent=True)
    return Said(True, told)


def _same(told: str, asked: str) -> bool:
    try:
        return tidy_card(told) == asked
    except BadCard:
        return False


def _question(settings: KohaSettings, card: str, pin: str) -> tuple[bytes, str]:
    if settings.kind is Kind.KOHA:
        return json.dumps({"identifier": card, "password": pin}).encode(), JSON
    if settings.kind is Kind.KOHA_SUOMI:
        return json.dumps({settings.identifier: card, "password": pin}).encode(), JSON
    fields = {"uname": card, "passwd": pin}
    if settings.body == "form":
        return urlencode(fields).encode(), FORM
    return json.dumps(fields).encode(), JSON


def _token(settings: KohaSettings, connected: Connected, deadline: float, journal: Journal | None) -> _Token:
    now = time.monotonic()
    with _lock:
        kept = _tokens.get(connected.key)
    if kept is not None and kept.until > now and journal is None:
        return kept
    fields = {
        "grant_type": "client_credentials",
        "client_id": settings.user,
        "client_secret": connected.secret("client_secret"),
    }
    answer = _call(settings, ACCESS, urlencode(fields).encode(), FORM, deadline)
    told = _object(answer.content)
    value = told.get("access_token", "")
    good = answer.status == 200 and bool(value) and value.isascii() and value.isprintable()
    if journal is not None:
        facts = {"host": urlsplit(settings.url).hostname or "", "status": str(answer.status)}
        journal.note(StepName.LOGIN, ok=good, facts=facts)
    if not good:
        raise Trouble(Code.HTTP_STATUS if answer.status >= 500 else Code.LOGIN_REFUSED)
    seconds = float(told["expires_in"]) if told.get("expires_in", "").isdigit() else 0.0
    token = _Token(value, now, now + min(max(seconds - EARLIER, 0.0), LONGEST))
    with _lock:
        # What has run out, also of settings that are gone, is not kept.
        for key in [key for key, one in _tokens.items() if one.until <= now]:
            del _tokens[key]
        _tokens[connected.key] = token
    return token


def _forget(key: str) -> None:
    with _lock:
        _tokens.pop(key, None)


def _call(
    settings: KohaSettings,
    path: str,
    content: bytes | None,
    media_type: str,
    deadline: float,
    *,
    token: str = "",
    headers: Mapping[str, str] | None = None,
) -> http.Answer:
    """One call; without content a GET, which carries no PIN."""
    sent = bool(token) and content is not None
    shown = {"Accept": JSON, **(headers or {})} | ({"Authorization": f"Bearer {token}"} if token else {})
    parts = urlsplit(settings.url)
    left = deadline - time.monotonic()
    if left <= 0:
        raise Trouble(Code.TIMEOUT)
    try:
        allowed = http.Allowed(
            frozenset({parts.hostname or ""}),
            private=settings.private,
            ports=frozenset({parts.port or 443}),
            ca=settings.ca,
        )
        if content is None:
            return http.get(
                settings.url + path, allowed=allowed, headers=shown, timeout=left, max_bytes=MOST_BYTES
            )
        return http.post(
            settings.url + path,
            allowed=allowed,
            content=content,
            media_type=media_type,
            headers=shown,
            timeout=left,
            max_bytes=MOST_BYTES,
        )
    except http.AddressRefused:
        raise Trouble(Code.ADDRESS_REFUSED) from None
    except http.AnswerTooLarge:
        raise Trouble(Code.TOO_LONG, sent=sent) from None
    except KimppaError:
        late = time.monotonic() >= deadline
        raise Trouble(Code.TIMEOUT if late else Code.NO_CONNECTION, sent=sent) from None


def _object(content: bytes) -> dict[str, str]:
    """The scalars of a JSON object by name, those of inner objects as `outer.inner`; else nothing."""
    try:
        told: object = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    found: dict[str, str] = {}
    _flatten(told, "", found, 0)
    return found


def _flatten(told: object, prefix: str, found: dict[str, str], depth: int) -> None:
    if not isinstance(told, dict) or depth > DEEPEST:
        return
    for name, value in told.items():
        place = f"{prefix}{name}"[:60]
        if isinstance(value, dict):
            _flatten(value, f"{place}.", found, depth + 1)
        elif isinstance(value, bool):
            found[place] = "true" if value else "false"
        elif isinstance(value, str | int | float):
            found[place] = str(value)
        elif isinstance(value, list) and name == "required_permissions":
            found[place] = "…"
        elif isinstance(value, list) and name == EXTENDED:
            _extended(value, place, found)


def _extended(rows: Sequence[object], place: str, found: dict[str, str]) -> None:
    """Koha's own attributes by their codes; of one that may be repeated the first."""
    for row in rows:
        if isinstance(row, dict) and isinstance(row.get("type"), str) and isinstance(row.get("value"), str):
            found.setdefault(f"{place}.{row['type']}"[:60], row["value"])
