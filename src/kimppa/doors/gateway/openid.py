"""The OpenID Provider's addresses for machines. What a person must see is a page (pages.py).

Sources: OpenID Connect Core and Discovery 1.0, RP-Initiated Logout 1.0, RFC 6749, 7636, 9207.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kimppa.doors.gateway.credentials import basic, bearer
from kimppa.doors.gateway.issuer import issuer
from kimppa.doors.gateway.visitors import visitor_of
from kimppa.doors.web.language import CODES, wished
from kimppa.doors.web.limits import address_of
from kimppa.elibrary.access import granting, oidc, signing
from kimppa.elibrary.access.rules import OPENID, Told
from kimppa.elibrary.access.traffic import BadKey, OutsideNetwork, SwitchedOff, TooManyQuestions
from kimppa.foundation.core import clock, storage
from kimppa.foundation.core.errors import KimppaError

CACHED = "public, max-age=300"
# OAuth's words for what keeps a caller out.
KEPT_OUT: dict[type[KimppaError], str] = {
    BadKey: "invalid_client",
    SwitchedOff: "unauthorized_client",
    OutsideNetwork: "unauthorized_client",
    TooManyQuestions: "temporarily_unavailable",
}


@require_safe
def discovery(request: HttpRequest) -> HttpResponse:
    """OpenID Connect Discovery 1.0 §3."""
    own = issuer(request)
    document = {
        "issuer": own,
        "authorization_endpoint": own + reverse("gateway-authorize"),
        "token_endpoint": own + reverse("gateway-token"),
        "userinfo_endpoint": own + reverse("gateway-userinfo"),
        "jwks_uri": own + reverse("gateway-keys"),
        "end_session_endpoint": own + reverse("gateway-logout"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": [signing.ALGORITHM],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": [OPENID, *(one.value for one in Told)],
        "claims_supported": [
            *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce"),
            *(one.value for one in Told),
        ],
        "prompt_values_supported": sorted(oidc.PROMPTS),
        "ui_locales_supported": list(CODES),
        "authorization_response_iss_parameter_supported": True,
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }
    return _public(JsonResponse(document))


@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """The public signing keys, RFC 7517."""
    return _public(JsonResponse({"keys": list(signing.published(clock.real_now()))}))


def _public(response: HttpResponse) -> HttpResponse:
    """What anybody may read, from a page of another site too."""
    response["Cache-Control"] = CACHED
    response["Access-Control-Allow-Origin"] = "*"
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@storage.unflushed()
def authorize(request: HttpRequest) -> HttpResponse:
    """Back with a code at once where nothing is to be asked; otherwise on to the page that asks."""
    if request.method == "POST":
        # The cookie of a session does not come along with a form of another site.
        return _stored_nowhere(HttpResponseRedirect(f"{request.path}?{request.POST.urlencode()}"))
    query = request.META.get("QUERY_STRING", "")
    params = [(name, value) for name, values in request.GET.lists() for value in values]
    try:
        found = granting.authorize(
            params=params,
            visitor=visitor_of(request),
            now=clock.real_now(),
            today=clock.today(),
        )
    except oidc.SentBack as refused:
        return _stored_nowhere(HttpResponseRedirect(sent_back(refused, issuer(request))))
    except KimppaError:
        return _stored_nowhere(HttpResponseRedirect(_page(request, query)))
    if found.step is not granting.Step.CODE:
        return _stored_nowhere(HttpResponseRedirect(_page(request, query)))
    return _stored_nowhere(HttpResponseRedirect(with_code(found, issuer(request))))


def _page(request: HttpRequest, query: str) -> str:
    wanted = (one[:2] for one in request.GET.get("ui_locales", "")[:100].split())
    language = next((code for code in wanted if code in CODES), None) or wished(request)
    with translation.override(language):
        return f"{reverse('gateway:step')}?{query}"


def with_code(found: granting.Next, own: str) -> str:
    """The e-service's address with the code."""
    told = {"code": found.code, "iss": own}
    return _with(found.request.redirect_uri, told, found.request.state)


def sent_back(refused: oidc.SentBack, own: str) -> str:
    """The e-service's address with what was wrong."""
    told = {"error": refused.error, "error_description": refused.description, "iss": own}
    return _with(refused.redirect_uri, told, refused.state)


def _with(address: str, told: Mapping[str, str], state: str) -> str:
    query = urlencode({**told, "state": state} if state else dict(told))
    return f"{address}{'&' if '?' in address else '?'}{query}"


def _stored_nowhere(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


@csrf_exempt
@require_POST
@storage.unflushed()
def token(request: HttpRequest) -> HttpResponse:
    """A code for tokens. Refusals are RFC 6749 §5.2."""
    shown = basic(request) or (request.POST.get("client_id", ""), request.POST.get("client_secret", ""))
    if request.POST.get("grant_type") != "authorization_code":
        return _refused("unsupported_grant_type", 400)
    try:
        made = granting.redeem(
            client_id=shown[0],
            secret=shown[1],
            code=request.POST.get("code", ""),
            redirect_uri=request.POST.get("redirect_uri", ""),
            verifier=request.POST.get("code_verifier", "")[:200],
            issuer=issuer(request),
            address=address_of(request),
            now=clock.real_now(),
            today=clock.today(),
        )
    except granting.GrantRefused as refused:
        return _refused(str(refused.params["error"]), 400)
    except tuple(KEPT_OUT) as kept_out:
        return _refused(KEPT_OUT[type(kept_out)], kept_out.status)
    document = {
        "access_token": made.access_token,
        "token_type": "Bearer",
        "expires_in": made.expires_in,
        "scope": made.scope,
        "id_token": made.id_token,
    }
    return _stored_nowhere(JsonResponse(document))


def _refused(error: str, status: int) -> HttpResponse:
    response = _stored_nowhere(JsonResponse({"error": error}, status=status))
    if status == 401:
        response["WWW-Authenticate"] = 'Basic realm="kimppa", charset="UTF-8"'
    if status == 429:
        response["Retry-After"] = "60"
    return response


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def userinfo(request: HttpRequest) -> HttpResponse:
    """What an access token opens, as things stand now."""
    told = granting.told_by(
        bearer(request), address=address_of(request), now=clock.real_now(), today=clock.today()
    )
    if told is None:
        response = JsonResponse({"error": "invalid_token"}, status=401)
        response["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        return _stored_nowhere(response)
    return _stored_nowhere(JsonResponse(told))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def logout(request: HttpRequest) -> HttpResponse:
    """RP-Initiated Logout 1.0: on to the page that ends the session, or asks first."""
    given = request.POST if request.method == "POST" else request.GET
    with translation.override(wished(request)):
        target = f"{reverse('gateway:leave')}?{given.urlencode()}"
    return _stored_nowhere(HttpResponseRedirect(target))
