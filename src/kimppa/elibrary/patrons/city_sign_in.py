"""Signing residents in at their city: there and back. Cards and PINs have no part in it.

Verbs that call outside, with no lock held. `now` is real time; `today` the domain's day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from time import monotonic

from django.db.models import Q

from kimppa.elibrary.patrons import breaker, connected, oidc_system, rules, services
from kimppa.elibrary.patrons.asking import Code, Trouble
from kimppa.elibrary.patrons.checks import UnknownSystem, checked_of
from kimppa.elibrary.patrons.connected import Connected
from kimppa.elibrary.patrons.connections import Kind, OidcSettings
from kimppa.elibrary.patrons.library_systems import answer_of, ms_since
from kimppa.elibrary.patrons.models import LibrarySystem, SystemConnection
from kimppa.elibrary.patrons.services import SignedIn
from kimppa.foundation.accounts import oidc_client
from kimppa.foundation.accounts.oidc_client import ProviderSilent
from kimppa.foundation.protocols.oidc import Going, NotAccepted, Why

# These say that the provider itself is not as it should be; all else says something of one sign-in.
ITS_FAULT = frozenset(
    {Why.DISCOVERY, Why.ISSUER, Why.ENDPOINT, Why.NO_CODE_FLOW, Why.NO_PKCE, Why.KEYS, Why.TOKEN}
)


def systems(on: date) -> frozenset[str]:
    """The library systems whose people sign in at their city on that day."""
    rows = SystemConnection.objects.filter(kind=Kind.OIDC.value)
    begun = rows.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=on))
    return frozenset(
        begun.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on)).values_list("system__slug", flat=True)
    )


def start(
    *, system: str, redirect_uri: str, language: str, anew: bool = False, now: datetime, today: date
) -> tuple[str, Going]:
    """Where to send the browser, and what to keep in it sealed.

    anew: the person must show once more who they are. Raises UnknownSystem, NotAccepted, SystemDown.
    """
    with _asked(system, today, now) as (asked, settings):
        client = oidc_system.client_of(settings, asked)
        wanted = oidc_client.wanted_of(client, redirect_uri=redirect_uri, language=language, anew=anew)
        return oidc_client.start(client, wanted)


def finish(
    *,
    system: str,
    going: Going,
    params: Mapping[str, Sequence[str]],
    redirect_uri: str,
    device: str = "",
    remembered: bool = True,
    now: datetime,
    today: date,
) -> SignedIn:
    """A session for whom the city has just confirmed.

    Raises Cancelled, NotAccepted, CardBlocked, UnknownSystem, SystemDown.
    """
    with _asked(system, today, now) as (asked, settings):
        said, known_by = oidc_system.said_of(
            settings, asked, going, params, redirect_uri=redirect_uri, now=now
        )
        try:
            answer = answer_of(said, asked, known_by, today, None)
        except Trouble:
            raise NotAccepted(why=Why.SUBJECT.value) from None
    checked = checked_of(_system(system), answer, today)
    if checked.blocked:
        raise rules.CardBlocked()
    return services.begin(checked, device=device, remembered=remembered, now=now)


def _system(slug: str) -> LibrarySystem:
    found = LibrarySystem.objects.filter(slug=slug).first()
    if found is None:
        raise UnknownSystem()
    return found


@contextmanager
def _asked(slug: str, today: date, now: datetime) -> Iterator[tuple[Connected, OidcSettings]]:
    """The connection of the day, behind the breaker and the limit of questions at once."""
    system = _system(slug)
    begun = monotonic()
    try:
        asked = connected.of_day(system, today)
        settings = asked.settings
        if not isinstance(settings, OidcSettings):
            raise UnknownSystem()
        with breaker.one_of(system.slug, settings.at_once):
            state = breaker.pass_gate(system, now)
            yield asked, settings
            breaker.succeeded(system, state, took_ms=ms_since(begun), now=now)
    except Trouble:
        raise rules.SystemDown(system=system.name_fi) from None
    except ProviderSilent:
        breaker.failed(system, Code.NO_CONNECTION, took_ms=ms_since(begun), now=now)
        raise rules.SystemDown(system=system.name_fi) from None
    except NotAccepted as error:
        if error.params.get("why") in ITS_FAULT:
            breaker.failed(system, Code.NOT_ACCEPTED, took_ms=ms_since(begun), now=now)
        raise
