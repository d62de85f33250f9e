"""One page for a vendor's technician: how to connect, with their own client id, and a self-test.

Whoever has the address may open it: it shows no secret and no resident, and the office can revoke it.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from kimppa.commons.platforms import queries as platforms
from kimppa.commons.platforms.entitlement import REASONS, Reason
from kimppa.doors.gateway.issuer import issuer
from kimppa.doors.web.errors import explain, sentence
from kimppa.doors.web.limits import too_often
from kimppa.elibrary.access import checking, opening, queries, rules, signing
from kimppa.elibrary.access.outcomes import Outcome, words
from kimppa.elibrary.access.queries import ConnectionRow
from kimppa.elibrary.access.rules import Told, Way
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError, Refused
from kimppa.foundation.core.text import noop

TRIES_A_MINUTE = 30
CARD_WAYS = frozenset({Way.JSON, Way.SIP2})
# The pair of the example request, so that it can be tried by hand as it stands.
VERIFIER = "example-verifier-example-verifier-example-verifier"
EXAMPLE_TICKET = "eyJhbGciOiJSUzI1NiIs"
EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104  (what not to tell, not where to listen)
CARD_REASONS = (
    *(Outcome.NOT_ACCEPTED, Outcome.SEVERAL_SYSTEMS, Outcome.NO_SYSTEM, Outcome.SYSTEM_DOWN),
    Outcome.TEST_REFUSED,
)
TICKET_REASONS = (Outcome.BAD_TICKET, Outcome.TICKET_REPLAYED)


class TooManyTries(Refused):
    code = "too-many-tries"
    status = 429
    sentence = noop("That was tried very often just now. Wait a minute.")


class CardForm(forms.Form):
    card = forms.CharField(
        label=gettext_lazy("Test card"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    pin = forms.CharField(
        label=gettext_lazy("PIN of the test card"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class TicketForm(forms.Form):
    ticket = forms.CharField(
        label=gettext_lazy("Ticket, or the whole address with it"),
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
    )


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be in order, whether it is, and what to do where it is not."""

    label: str
    good: bool
    advice: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """A minute of the connection's log in words."""

    row: queries.LogRow
    words: str


def explained(code: str) -> str:
    """What an outcome means, in the page's language."""
    source, reason = words(code)
    return sentence(source, {"reason": _(REASONS[Reason(reason)]) if reason else None})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The guide; by POST a part of the self-test."""
    row = queries.connection_of_guide(token)
    tried: dict[str, object] = {}
    if request.method == "POST":
        if too_often(request, "guide", most=TRIES_A_MINUTE, seconds=60):
            raise TooManyTries()
        tried = _try(request, row)
    context = {
        "row": row,
        "token": token,
        "own": issuer(request),
        "addresses": _addresses(request),
        "municipality_told": Told.MUNICIPALITY in row.told,
        "scopes": " ".join(["openid", *(one.value for one in row.told)]),
        "verifier": VERIFIER,
        "challenge": rules.challenge_of(VERIFIER),
        "ticket_address": opening.with_ticket(row.launch_address or "https://…", EXAMPLE_TICKET),
        "reasons": _reasons(row) if row.way in {Way.JSON, Way.TICKET} else [],
        "checks": _checks(row),
        "log": [LogLine(one, explained(one.outcome)) for one in queries.log(row.client_id)],
        "institutions": queries.institutions_of(row.platform, on=clock.today()),
        "sip2": _sip2(request),
        "sip2_tls": settings.ENV.sip2_certificate is not None,
        "asks_cards": row.way in CARD_WAYS,
        "card_form": CardForm(),
        "ticket_form": TicketForm(),
        **tried,
    }
    response = render(request, "gateway/guide.html", context)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _addresses(request: HttpRequest) -> dict[str, str]:
    names = ("discovery", "keys", "authorize", "token", "userinfo", "logout", "validate", "ticket")
    return {name: issuer(request) + reverse(f"gateway-{name}") for name in names}


def _try(request: HttpRequest, row: ConnectionRow) -> dict[str, object]:
    """What the page shows of one try."""
    if request.POST.get("try") == "new-ticket":
        ticket = opening.test_ticket(client_id=row.client_id, issuer=issuer(request), now=clock.real_now())
        return {"new_ticket": opening.with_ticket(row.launch_address or "https://…", ticket)}
    if request.POST.get("try") == "ticket":
        return _try_ticket(request, row)
    form = CardForm(request.POST)
    if not form.is_valid():
        return {"card_form": form}
    try:
        verdict = checking.try_card(
            client_id=row.client_id,
            card=form.cleaned_data["card"],
            pin=form.cleaned_data["pin"],
            now=clock.real_now(),
        )
    except KimppaError as error:
        form.add_error("card", explain(error))
        return {"card_form": form}
    return {"card_form": form, "verdict": verdict, "verdict_words": explained(verdict.outcome)}


def _try_ticket(request: HttpRequest, row: ConnectionRow) -> dict[str, object]:
    form = TicketForm(request.POST)
    if not form.is_valid():
        return {"ticket_form": form}
    pasted = _pasted(form.cleaned_data["ticket"].strip())
    now = clock.real_now()
    verdict = opening.check_ticket(
        client_id=row.client_id, ticket=pasted, issuer=issuer(request), spend=False, now=now
    )
    claims = signing.read(pasted, now=now)
    shown = [(name, str(value)) for name, value in sorted((claims or {}).items())]
    words_of = explained(verdict.outcome)
    return {"ticket_form": form, "ticket_verdict": verdict, "ticket_words": words_of, "ticket_claims": shown}


def _pasted(text: str) -> str:
    """The ticket in what was pasted: an address that carries one, or the ticket itself."""
    try:
        return parse_qs(urlsplit(text).query).get("ticket", [text])[0]
    except ValueError:
        return text


def _sip2(request: HttpRequest) -> str:
    """host:port of the SIP2 door; a door that listens everywhere is at the installation's own name."""
    env = settings.ENV
    if not env.sip2_port:
        return ""
    host: str = env.sip2_host
    if host in EVERYWHERE:
        host = urlsplit(issuer(request)).hostname or host
    return f"[{host}]:{env.sip2_port}" if ":" in host else f"{host}:{env.sip2_port}"


def _reasons(row: ConnectionRow) -> list[tuple[str, str]]:
    """Every code that a verdict's `reason` may have, in words."""
    if row.way is Way.TICKET:
        return [(one.value, explained(one.value)) for one in TICKET_REASONS]
    codes = [*(one.value for one in CARD_REASONS), *(one.value for one in Reason)]
    return [(code, explained(code)) for code in codes]


def _checks(row: ConnectionRow) -> list[Check]:
    """What we can see from here of whether it can work."""
    today = clock.today()
    found = [
        Check(
            _("The connection is switched on"),
            row.on,
            _("Switched off by the office: %(reason)s") % {"reason": row.off_reason},
        ),
        Check(
            _("The e-library has the service today"),
            bool(platforms.entitled_of_all(on=today).get(row.platform)),
            _("Until then everybody is refused. Ask the office when it begins."),
        ),
    ]
    if row.way is Way.OIDC:
        found.append(
            Check(
                _("At least one redirect_uri is registered"),
                bool(row.redirect_uris),
                _("Tell the office the exact address."),
            )
        )
    if row.way in {Way.OIDC, Way.TICKET}:
        found.append(
            Check(
                _("The address where one tap leads is registered"),
                bool(row.launch_address),
                _("Without it the portal only links to the service. Tell the office the address."),
            )
        )
        keys = bool(signing.published(clock.real_now()))
        found.append(Check(_("A signing key is published"), keys, _("It is made with the first token.")))
    if row.way in CARD_WAYS:
        found.append(
            Check(
                _("At least one library system can be asked for this service"),
                any(
                    name or pattern for name, pattern, *_of in queries.institutions_of(row.platform, on=today)
                ),
                _("No library has an institution name or a pattern of card numbers yet. Ask the office."),
            )
        )
    return found
