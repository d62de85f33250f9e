"""A resident is let into an e-service by OpenID Connect: the way through, codes, tokens, consent.

Patron verbs: whoever holds the session acts. `now` is real time, `today` the domain's day. A verb that
refuses has noted it in the connection's log by then: what is raised does not take the note back.
"""

from __future__ import annotations

import secrets as random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db import transaction

from kimppa.commons.platforms.entitlement import Reason
from kimppa.commons.usage.services import AccessMetric, count_access
from kimppa.elibrary.access import deciding, oidc, rules, signing, subjects, traffic
from kimppa.elibrary.access.checking import noon
from kimppa.elibrary.access.models import AccessToken, AuthorizationCode, Connection, Consent
from kimppa.elibrary.access.outcomes import Outcome
from kimppa.elibrary.access.rules import OPENID, UNKNOWN, Told, Way
from kimppa.elibrary.patrons.models import Patron
from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.text import noop


class Step(StrEnum):
    """What comes next on the way."""

    SIGN_IN = "sign-in"
    SIGN_IN_AGAIN = "sign-in-again"
    CONSENT = "consent"
    DENIED = "denied"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is at the browser: a patron and when their session began. `address` is theirs, and is not kept."""

    patron_id: int
    since: datetime
    address: str


@dataclass(frozen=True, slots=True)
class Next:
    """One step of the way; `code` with Step.CODE, `reason` with Step.DENIED."""

    step: Step
    request: oidc.Request
    name: str
    platform: str
    code: str = ""
    reason: Reason | None = None


class GrantRefused(Invalid):
    """The token endpoint's refusal; `error` is OAuth's word for it."""

    code = "grant-refused"
    status = 400
    sentence = noop("The grant was refused: %(error)s")


@dataclass(frozen=True, slots=True)
class Tokens:
    access_token: str
    id_token: str
    expires_in: int
    scope: str


def client_of(client_id: str, *, on: date) -> oidc.Client:
    """What a connection may ask for on a day. Raises oidc.UnknownClient, traffic.SwitchedOff."""
    return _client(_oidc_connection(client_id), on)


def _oidc_connection(client_id: str) -> Connection:
    try:
        row = traffic.find(client_id)
    except traffic.NoSuchConnection:
        raise oidc.UnknownClient() from None
    if row.way != Way.OIDC:
        raise oidc.UnknownClient()
    return row


def _client(row: Connection, on: date) -> oidc.Client:
    told = set(row.told)
    if Told.MUNICIPALITY in told and not deciding.rule_of(row.platform.slug, on=on).tells_municipality:
        told.discard(Told.MUNICIPALITY)
    return oidc.Client(row.client_id, tuple(row.redirect_uris), frozenset(told))


def authorize(
    *,
    params: Sequence[tuple[str, str]],
    visitor: Visitor | None,
    fresh_since: datetime | None = None,
    agreed: bool = False,
    now: datetime,
    today: date,
) -> Next:
    """One look at an authorization request: what must come next, or the code.

    `fresh_since`: when this request asked for a new sign-in. `agreed`: the visitor has just said yes.
    Raises oidc.UnknownClient, oidc.ForgedRedirect, oidc.SentBack, traffic.SwitchedOff.
    """
    row = _oidc_connection(oidc.only(params, "client_id"))
    request = _read(row, params, now, today)
    step, patron, reason = _next(row, request, visitor, fresh_since, agreed, today, now)
    if request.silent and step is not Step.CODE:
        error = {
            Step.CONSENT: "consent_required",
            Step.DENIED: "access_denied",
        }.get(step, "login_required")
        raise oidc.SentBack(
            error=error,
            description="prompt=none",
            redirect_uri=request.redirect_uri,
            state=request.state,
        )
    code = ""
    if step is Step.CODE and patron is not None and visitor is not None:
        code = _give_code(row, request, patron, visitor, agreed, now, today)
    elif step is Step.DENIED:
        traffic.note(row, str(reason), now=now)
    elif visitor is None:
        traffic.note(row, Outcome.SIGN_IN_STARTED, now=now)
    return Next(step, request, row.name, row.platform.name, code, reason)


def _read(row: Connection, params: Sequence[tuple[str, str]], now: datetime, today: date) -> oidc.Request:
    try:
        request = oidc.read(params, _client(row, today))
    except oidc.ForgedRedirect:
        traffic.note(row, Outcome.BAD_REDIRECT, now=now)
        raise
    except oidc.SentBack:
        traffic.note(row, Outcome.BAD_REQUEST, now=now)
        raise
    if not row.on:
        traffic.note(row, Outcome.SWITCHED_OFF, now=now)
        raise traffic.SwitchedOff()
    return request


def _next(
    row: Connection,
    request: oidc.Request,
    visitor: Visitor | None,
    fresh_since: datetime | None,
    agreed: bool,
    today: date,
    now: datetime,
) -> tuple[Step, Patron | None, Reason | None]:
    if visitor is None:
        return Step.SIGN_IN, None, None
    old = request.max_age is not None and now - visitor.since > timedelta(seconds=request.max_age)
    unfresh = request.again and (fresh_since is None or visitor.since < fresh_since)
    if old or unfresh:
        return Step.SIGN_IN_AGAIN, None, None
    patron = Patron.objects.select_related("system").get(pk=visitor.patron_id)
    facts = deciding.facts_of_patron(patron)
    decision = deciding.decide(row.platform.slug, facts, on=today, address=visitor.address)
    if decision.reason is not None:
        return Step.DENIED, patron, decision.reason
    if agreed or (has_agreed(patron.pk, row, request.scopes) and not request.ask_consent):
        return Step.CODE, patron, None
    return Step.CONSENT, patron, None


def has_agreed(patron_id: int, row: Connection, scopes: Sequence[str]) -> bool:
    """Whether the patron has said yes to all of that, and not taken it back."""
    given = Consent.objects.filter(patron=patron_id, connection=row, withdrawn__isnull=True).first()
    return given is not None and set(scopes) <= set(given.scopes)


def agree(patron_id: int, row: Connection, scopes: Sequence[str], now: datetime) -> None:
    """Keep a patron's yes, within the caller's transaction."""
    given, made = Consent.objects.get_or_create(
        patron_id=patron_id, connection=row, defaults={"scopes": sorted(scopes), "given": now}
    )
    before = set() if given.withdrawn else set(given.scopes)
    if not made and (given.withdrawn or not set(scopes) <= before):
        Consent.objects.filter(pk=given.pk).update(
            scopes=sorted(before | set(scopes)), given=now, withdrawn=None
        )


@transaction.atomic
def _give_code(
    row: Connection,
    request: oidc.Request,
    patron: Patron,
    visitor: Visitor,
    agreed: bool,
    now: datetime,
    today: date,
) -> str:
    if agreed:
        agree(patron.pk, row, request.scopes, now)
    code = random.token_urlsafe(32)
    AuthorizationCode.objects.create(
        code_hash=rules.hashed(code),
        connection=row,
        patron=patron,
        redirect_uri=request.redirect_uri,
        scopes=list(request.scopes),
        nonce=request.nonce,
        challenge=request.challenge,
        auth_time=visitor.since,
        expires=now + rules.CODE_LIFE,
    )
    traffic.note(row, Outcome.CODE_GIVEN, now=now)
    count_access(
        platform=row.platform.slug,
        unit_code=patron.home,
        metric=AccessMetric.SIGN_INS,
        kind=row.way,
        now=noon(today),
    )
    return code


def decline(*, params: Sequence[tuple[str, str]], now: datetime, today: date) -> oidc.SentBack:
    """The visitor does not go on: what the e-service is told. Raises as `authorize`."""
    row = _oidc_connection(oidc.only(params, "client_id"))
    request = _read(row, params, now, today)
    traffic.note(row, Outcome.DECLINED, now=now)
    return oidc.SentBack(
        error="access_denied",
        description="the resident did not go on, or may not use the service",
        redirect_uri=request.redirect_uri,
        state=request.state,
    )


def redeem(
    *,
    client_id: str,
    secret: str,
    code: str,
    redirect_uri: str,
    verifier: str,
    issuer: str,
    address: str,
    now: datetime,
    today: date,
) -> Tokens:
    """Tokens for a code, once. Raises GrantRefused, and as `traffic.caller`.

    A code that comes a second time takes back what it gave (RFC 6749 §4.1.2).
    """
    traffic.caller(client_id=client_id, secret=secret, way=Way.OIDC, address=address, now=now)
    row = traffic.find(client_id)
    found = (
        AuthorizationCode.objects.filter(code_hash=rules.hashed(code[:200]), connection=row)
        .select_related("patron__system")
        .first()
    )
    fine = found is not None and found.redirect_uri == redirect_uri
    if found is None or not fine or (found.used is None and now > found.expires):
        traffic.note(row, Outcome.BAD_CODE, address=address, now=now)
        raise GrantRefused(error="invalid_grant")
    if not AuthorizationCode.objects.filter(pk=found.pk, used__isnull=True).update(used=now):
        AccessToken.objects.filter(code=found, revoked__isnull=True).update(revoked=now)
        traffic.note(row, Outcome.CODE_REPLAYED, address=address, now=now)
        raise GrantRefused(error="invalid_grant")
    # Whoever tries verifiers has one try: the code is spent by now.
    if not rules.is_verifier(verifier) or rules.challenge_of(verifier) != found.challenge:
        traffic.note(row, Outcome.BAD_VERIFIER, address=address, now=now)
        raise GrantRefused(error="invalid_grant")
    token = random.token_urlsafe(32)
    AccessToken.objects.create(token_hash=rules.hashed(token), code=found, expires=now + rules.TOKEN_LIFE)
    traffic.note(row, Outcome.OK, address=address, now=now)
    return Tokens(
        access_token=token,
        id_token=signing.sign(_id_claims(row, found, issuer, now, today), now=now),
        expires_in=int(rules.TOKEN_LIFE.total_seconds()),
        scope=" ".join([OPENID, *found.scopes]),
    )


def _id_claims(
    row: Connection, code: AuthorizationCode, issuer: str, now: datetime, today: date
) -> dict[str, signing.Claim]:
    issued = int(now.timestamp())
    told: dict[str, signing.Claim] = {
        "iss": issuer,
        "aud": row.client_id,
        "iat": issued,
        "exp": issued + int(rules.ID_TOKEN_LIFE.total_seconds()),
        "auth_time": int(code.auth_time.timestamp()),
        **claims_of(row, code.patron, code.scopes, today),
    }
    return told | ({"nonce": code.nonce} if code.nonce else {})


def claims_of(
    row: Connection, patron: Patron, scopes: Sequence[str], today: date
) -> dict[str, signing.Claim]:
    """The subject, and what the scopes open, as things stand today."""
    decision = deciding.decide(row.platform.slug, deciding.facts_of_patron(patron), on=today, address="")
    told: dict[str, signing.Claim] = {"sub": subjects.subject(row.client_id, patron.pseudonym)}
    if Told.ENTITLED in scopes:
        # Where the person sat was seen when the code was given.
        told["entitled"] = decision.reason in {None, Reason.IN_LIBRARY_ONLY}
    if Told.AGE_GROUP in scopes:
        told["age_group"] = decision.age_group or UNKNOWN
    if Told.MUNICIPALITY in scopes:
        told["municipality"] = decision.municipality or UNKNOWN
    return told


def told_by(token: str, *, address: str, now: datetime, today: date) -> dict[str, signing.Claim] | None:
    """What an access token opens; None where it is unknown, expired or taken back."""
    found = (
        AccessToken.objects.filter(
            token_hash=rules.hashed(token[:200]), expires__gt=now, revoked__isnull=True
        )
        .select_related("code__patron__system", "code__connection__platform")
        .first()
    )
    if found is None:
        return None
    row = found.code.connection
    if not row.on or not rules.may_call_from(address, row.networks):
        return None
    return claims_of(row, found.code.patron, found.code.scopes, today)


@transaction.atomic
def withdraw_consent(*, patron_id: int, client_id: str, now: datetime) -> None:
    """The patron takes a yes back: the e-service is told no more, and the next sign-in asks again."""
    key = rules.client_key(client_id)
    Consent.objects.filter(patron=patron_id, connection__client_id=key, withdrawn__isnull=True).update(
        withdrawn=now
    )
    AccessToken.objects.filter(
        code__patron=patron_id, code__connection__client_id=key, revoked__isnull=True
    ).update(revoked=now)


@transaction.atomic
def forget_patron(*, patron_id: int) -> None:
    """Nothing of what a patron agreed to or was given stays; what services were told they keep themselves."""
    Consent.objects.filter(patron=patron_id).delete()
    AuthorizationCode.objects.filter(patron=patron_id).delete()
