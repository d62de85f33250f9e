"""The pages on the way into an e-service: agree, why not, on your way, and signing out.

A browser that follows a form is not led to another site by a redirect (our own policy `form-action 'self'`
stops it there): it gets a page that goes on by itself, with a link.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.core import signing as seals
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kimppa.commons.platforms.entitlement import REASONS, Reason
from kimppa.doors.gateway.issuer import issuer
from kimppa.doors.gateway.openid import sent_back, with_code
from kimppa.doors.gateway.visitors import visitor_of
from kimppa.doors.web.limits import address_of
from kimppa.doors.web.patrons import COOKIE, forget, patron_of
from kimppa.elibrary.access import granting, oidc, opening, queries, signing
from kimppa.elibrary.access.rules import TOLD_NAMES, Told
from kimppa.elibrary.patrons import services as patrons
from kimppa.foundation.core import clock, storage
from kimppa.foundation.core.text import noop

# Our own addition to an e-service's request: when it asked for a new sign-in, sealed.
SINCE = "kimppa_since"
SEAL = "gateway.since"
SEAL_HOURS = 3600

# What a resident can do about each reason, besides what its sentence says.
ADVICE: dict[Reason, str] = {
    Reason.NOT_IN_USE: noop("See which e-services there are today."),
    Reason.NOT_A_MEMBER: noop(
        "If you have another library card, sign out and sign in with that. Otherwise see which e-services "
        "are open to you."
    ),
    Reason.IN_LIBRARY_ONLY: noop("Come to your library and open it there."),
}
ADVICE_ELSE = noop(
    "When your library has put it right, sign out and sign in again here: then we ask your library anew."
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@storage.unflushed()
def step(request: HttpRequest) -> HttpResponse:
    """Whatever a person must do before an e-service opens. The query is the e-service's own request."""
    params = [(n, v) for n, values in request.GET.lists() for v in values if n != SINCE]
    now, today = clock.real_now(), clock.today()
    if request.method == "POST" and request.POST.get("answer") != "yes":
        try:
            refused = granting.decline(params=params, now=now, today=today)
        except oidc.SentBack as caught:
            refused = caught
        return onward(request, sent_back(refused, issuer(request)))
    try:
        found = granting.authorize(
            params=params,
            visitor=visitor_of(request),
            fresh_since=_since(request),
            agreed=request.method == "POST",
            now=now,
            today=today,
        )
    except oidc.SentBack as caught:
        return onward(request, sent_back(caught, issuer(request)))
    return _show(request, found, now)


def _since(request: HttpRequest) -> datetime | None:
    try:
        told = seals.loads(request.GET.get(SINCE, ""), salt=SEAL, max_age=SEAL_HOURS)
        return datetime.fromisoformat(str(told))
    except (seals.BadSignature, ValueError):
        return None


def _show(request: HttpRequest, found: granting.Next, now: datetime) -> HttpResponse:
    if found.step is granting.Step.CODE:
        return onward(request, with_code(found, issuer(request)), name=found.platform)
    if found.step is granting.Step.SIGN_IN:
        return _sign_in(request.get_full_path())
    if found.step is granting.Step.SIGN_IN_AGAIN:
        query = request.GET.copy()
        query[SINCE] = seals.dumps(now.isoformat(), salt=SEAL)
        return _sign_in(f"{request.path}?{query.urlencode()}", again=True)
    if found.step is granting.Step.DENIED and found.reason is not None:
        return why_not(request, found.platform, found.reason, back=True)
    told = [one for one in Told if one.value in found.request.scopes]
    return _ask(request, found.platform, told, action=request.get_full_path())


def _ask(request: HttpRequest, name: str, told: list[Told], *, action: str) -> HttpResponse:
    context = {"name": name, "told": [_(TOLD_NAMES[one]) for one in told], "action": action}
    return render(request, "gateway/agree.html", context)


def _sign_in(back: str, *, again: bool = False) -> HttpResponse:
    told = {"next": back, **({"again": "1"} if again else {})}
    return HttpResponseRedirect(f"{reverse('portal:sign-in')}?{urlencode(told)}")


def why_not(request: HttpRequest, name: str, reason: Reason, *, back: bool) -> HttpResponse:
    """Why a service does not open, and what to do. `back`: the e-service waits for an answer."""
    context = {
        "name": name,
        "sentence": _(REASONS[reason]),
        "advice": _(ADVICE.get(reason, ADVICE_ELSE)),
        "back": back,
        "action": request.get_full_path(),
    }
    return render(request, "gateway/why_not.html", context, status=403)


def onward(request: HttpRequest, address: str, *, name: str = "") -> HttpResponse:
    """A page that goes on to another site by itself."""
    response = render(request, "gateway/onward.html", {"address": address, "name": name})
    response["Cache-Control"] = "no-store"
    return response


@never_cache
@require_POST
@storage.unflushed()
def open_service(request: HttpRequest, slug: str) -> HttpResponse:
    """One tap. Who is not signed in does that first, and comes to the service's own page."""
    patron = patron_of(request)
    if patron is None:
        return _sign_in(reverse("portal:service", args=[slug]))
    found = opening.open_service(
        patron_id=patron.id,
        platform=slug,
        address=address_of(request),
        issuer=issuer(request),
        agreed=request.POST.get("answer") == "yes",
        now=clock.real_now(),
        today=clock.today(),
    )
    if found.reason is not None:
        return why_not(request, found.name, found.reason, back=False)
    if found.consent and request.POST.get("answer") == "no":
        return HttpResponseRedirect(reverse("portal:service", args=[slug]))
    if found.consent:
        return _ask(request, found.name, list(found.consent), action=request.path)
    return onward(request, found.address, name=found.name)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def agreed(request: HttpRequest) -> HttpResponse:
    """What the resident has agreed to, and taking it back."""
    patron = patron_of(request)
    if patron is None:
        return _sign_in(request.path)
    if request.method == "POST":
        granting.withdraw_consent(
            patron_id=patron.id, client_id=request.POST.get("client", "")[:60], now=clock.real_now()
        )
        messages.success(request, _("Taken back. The service is told no more; next time we ask again."))
        return HttpResponseRedirect(reverse("gateway:agreed"))
    rows = [(row, [_(TOLD_NAMES[one]) for one in row.told]) for row in queries.consents_of(patron.id)]
    return render(request, "gateway/agreed.html", {"rows": rows})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out as an e-service asks: at once where it shows whose session it is, otherwise after a yes."""
    patron = patron_of(request)
    client_id, known = _hint(request, patron.id if patron else None)
    address = request.GET.get("post_logout_redirect_uri", "")
    goes = address if client_id and queries.registered_exit(client_id, address) else ""
    if request.method != "POST" and patron is not None and not known:
        return render(request, "gateway/leave.html", {"action": request.get_full_path()})
    if patron is not None:
        patrons.sign_out(token=request.COOKIES.get(COOKIE, "")[:200])
        request._patron = None  # type: ignore[attr-defined]
    state = request.GET.get("state", "")[: oidc.LONGEST]
    if goes:
        joint = "&" if "?" in goes else "?"
        response = onward(request, f"{goes}{joint}{urlencode({'state': state})}" if state else goes)
    else:
        response = render(request, "gateway/left.html")
    forget(response)
    return response


def _hint(request: HttpRequest, patron_id: int | None) -> tuple[str, bool]:
    """The client that asks, and whether its ID token is of the resident at hand."""
    claims = signing.read(request.GET.get("id_token_hint", ""), now=clock.real_now())
    if claims is None or not isinstance(claims.get("aud"), str) or claims.get("iss") != issuer(request):
        return request.GET.get("client_id", ""), False
    client_id = str(claims["aud"])
    same = patron_id is not None and claims.get("sub") == queries.subject_of(patron_id, client_id)
    return client_id, same
