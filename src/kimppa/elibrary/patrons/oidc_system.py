"""A city's own sign-in as a library system: our settings, and its claims in the shape of every other answer.

A personal identity code becomes an HMAC in the same breath in which the claims are read; nothing behind
`said_of` has ever seen it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from kimppa.elibrary.patrons.asking import Code, Journal, Said, StepName, Trouble
from kimppa.elibrary.patrons.connected import Connected
from kimppa.elibrary.patrons.connections import OidcSettings
from kimppa.foundation.accounts import oidc_client
from kimppa.foundation.accounts.oidc_client import Client, ProviderSilent
from kimppa.foundation.core import secrets
from kimppa.foundation.protocols.oidc import Going, NotAccepted, Provider, Why

# Day of birth, sign of the century, number, check character (Finnish Act 661/2009 and its change of 2023).
IDENTITY = re.compile(r"(\d{6})[-+ABCDEFUVWXY](\d{3})([0-9A-FHJ-NPR-Y])")
CHECK = "0123456789ABCDEFHJKLMNPRSTUVWXY"


def client_of(settings: OidcSettings, connected: Connected) -> Client:
    return Client(
        issuer=settings.issuer,
        client_id=settings.user,
        secret=connected.secret("client_secret"),
        scopes=settings.scopes,
        levels=settings.acr_values,
        hosts=settings.hosts,
        private=settings.private,
        ca=settings.ca,
        userinfo=settings.userinfo,
        timeout=settings.timeout,
    )


def said_of(
    settings: OidcSettings,
    connected: Connected,
    going: Going,
    params: Mapping[str, Sequence[str]],
    *,
    redirect_uri: str,
    now: datetime,
) -> tuple[Said, str]:
    """What the city says of the person who came back, and by what they are known. Real time.

    Raises Cancelled, NotAccepted, ProviderSilent.
    """
    client = client_of(settings, connected)
    sealed = {settings.strong: identity_seal} if settings.strong else {}
    wanted = oidc_client.wanted_of(client, redirect_uri=redirect_uri, language="")
    claims = oidc_client.finish(client, wanted, going, params, now=now, sealed=sealed)
    if settings.strong:
        return Said(True, claims.told), f"identity={claims.told[settings.strong]}"
    return Said(True, claims.told), f"oidc={claims.issuer} {claims.subject}"


def identity_seal(code: str) -> str:
    """The HMAC by which a strongly identified person is known. Raises NotAccepted for anything else."""
    tidy = code.strip().upper()
    found = IDENTITY.fullmatch(tidy)
    if found is None or CHECK[int(found[1] + found[2]) % len(CHECK)] != found[3]:
        raise NotAccepted(why=Why.IDENTITY.value)
    return secrets.hmac_hex("patrons", f"identity:{tidy}")


def reach(settings: OidcSettings, connected: Connected, journal: Journal | None = None) -> Provider:
    """Read the provider's description and keys anew, without any person. Raises Trouble."""
    try:
        provider = oidc_client.reach(client_of(settings, connected))
    except (ProviderSilent, NotAccepted) as error:
        why = str(error.params.get("why") or error.code)
        if journal is not None:
            journal.note(StepName.DESCRIPTION, ok=False, facts={"host": settings.issuer, "why": why})
        silent = isinstance(error, ProviderSilent)
        raise Trouble(Code.NO_CONNECTION if silent else Code.NOT_ACCEPTED) from None
    if journal is not None:
        facts = {"issuer": provider.issuer, "authorization": provider.authorization, "token": provider.token}
        journal.note(StepName.DESCRIPTION, facts=facts)
    return provider
