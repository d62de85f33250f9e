"""API tokens: shown once, kept as a hash, with scopes, an end, and a way to revoke them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.models import ApiToken, User
from kimppa.foundation.core.errors import Forbidden, Invalid, Missing
from kimppa.foundation.core.text import clean_line, noop, shorten

PREFIX = "kimppa_"
# What a token may be for: reading the interface under the person's own roles.
READ = "read"
LONGEST = timedelta(days=366)
USED_EVERY = timedelta(hours=1)


class TokenRefused(Forbidden):
    """One answer for unknown, expired, revoked and ownerless tokens: it tells a stranger nothing."""

    code = "token-refused"
    sentence = noop("The token is not valid.")


class ScopeMissing(Forbidden):
    code = "token-scope-missing"
    sentence = noop("The token does not allow this; it would need the scope %(scope)s.")


class BadTokenTime(Invalid):
    code = "bad-token-time"
    sentence = noop("A token is valid for at least a day and at most a year.")


class TokenNameless(Invalid):
    code = "token-nameless"
    sentence = noop("A token needs a name that tells what uses it. Nothing was made.")


class NoSuchToken(Missing):
    code = "no-such-token"
    sentence = noop("There is no such token.")


@dataclass(frozen=True, slots=True)
class Issued:
    """`token` is seen here and never again."""

    id: int
    token: str


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as its owner sees it: everything but itself."""

    id: int
    name: str
    created: datetime
    expires: datetime
    revoked: datetime | None
    last_used: datetime | None

    def works(self, now: datetime) -> bool:
        return self.revoked is None and self.expires > now


def tokens_of(user: User) -> tuple[TokenRow, ...]:
    """A person's tokens, the newest first."""
    rows = ApiToken.objects.filter(user=user).order_by("-created", "-pk")
    return tuple(TokenRow(r.pk, r.name, r.created, r.expires, r.revoked, r.last_used) for r in rows)


@transaction.atomic
def issue(
    *, user: User, name: str, scopes: Sequence[str], valid_for: timedelta, by: Actor, now: datetime
) -> Issued:
    """Make a token for a user. Raises BadTokenTime, TokenNameless."""
    if not timedelta(days=1) <= valid_for <= LONGEST:
        raise BadTokenTime
    called = shorten(clean_line(name), 100)
    if not called:
        raise TokenNameless
    token = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        user=user,
        name=called,
        token_hash=_hash(token),
        scopes=sorted(set(scopes)),
        created=now,
        expires=now + valid_for,
    )
    given = " ".join(row.scopes)
    after: dict[str, audit.Value] = {"user": user.email, "scopes": given, "expires": row.expires}
    audit.record(by=by, act="accounts.issue_token", obj=row, before=None, after=after, now=now)
    return Issued(id=row.pk, token=token)


def holder(token: str, *, scope: str, now: datetime) -> User:
    """The user a token stands for. Raises TokenRefused, ScopeMissing.

    The token is long and random: a plain SHA-256 is enough, and the look-up by it leaks no timing.
    """
    row = ApiToken.objects.select_related("user").filter(token_hash=_hash(token[:200])).first()
    if row is None or row.revoked is not None or row.expires <= now or not row.user.is_active:
        raise TokenRefused
    if scope not in row.scopes:
        raise ScopeMissing(scope=scope)
    if row.last_used is None or now - row.last_used > USED_EVERY:
        ApiToken.objects.filter(pk=row.pk).update(last_used=now)
    return row.user


@transaction.atomic
def revoke(*, token_id: int, by: Actor, now: datetime, of: User | None = None) -> None:
    """End a token at once; a second time changes nothing. `of`: only where it is that person's.

    Raises NoSuchToken.
    """
    rows = ApiToken.objects.select_for_update().filter(pk=token_id)
    row = (rows if of is None else rows.filter(user=of)).first()
    if row is None:
        raise NoSuchToken
    if row.revoked is None:
        row.revoked = now
        row.save(update_fields=["revoked"])
        audit.record(
            by=by, act="accounts.revoke_token", obj=row, before=None, after={"revoked": now}, now=now
        )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
