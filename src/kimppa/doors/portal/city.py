"""Signing in at one's city: the way there, and the way back.

The way there is a page that goes on by itself: our own policy `form-action 'self'` keeps a form from leading
elsewhere. The way back is one address without a language, which the city has on its list.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from kimppa.doors.portal import entrance
from kimppa.doors.web import under_way
from kimppa.doors.web.devices import device_name
from kimppa.doors.web.errors import explain
from kimppa.doors.web.hosts import own_address
from kimppa.doors.web.language import CODES, wished
from kimppa.doors.web.patrons import patron_of, remember
from kimppa.doors.web.under_way import RESIDENTS, UnderWay
from kimppa.elibrary.patrons import city_sign_in, queries
from kimppa.elibrary.patrons.rules import SystemDown
from kimppa.foundation.core import clock, storage
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.protocols.oidc import Cancelled


def start(request: HttpRequest, system: str, back: str, *, own: bool, anew: bool) -> HttpResponse:
    """The page that leads to the city's sign-in."""
    now = clock.real_now()
    language = get_language() or "fi"
    redirect_uri = own_address(request) + reverse("sign-in-return")
    try:
        address, going = city_sign_in.start(
            system=system,
            redirect_uri=redirect_uri,
            language=language,
            anew=anew,
            now=now,
            today=clock.today(),
        )
    except SystemDown as error:
        return entrance.down(request, system, back, error, city=True)
    except KimppaError as error:
        return _trouble(request, error, back)
    name = next((row.name(language) for row in queries.systems() if row.slug == system), "")
    response = render(request, "portal/city_onward.html", {"address": address, "name": name})
    more = {"own": "yes" if own else "no"}
    one = UnderWay(system, going, redirect_uri, language, back, more)
    under_way.keep(response, RESIDENTS, one, now=now)
    return response


@never_cache
@require_safe
def returned(request: HttpRequest) -> HttpResponse:
    """The address that cities know: on to the page in the language in which it began."""
    one = under_way.peek(request, RESIDENTS, now=clock.real_now())
    language = one.language if one is not None and one.language in CODES else wished(request)
    query = request.META.get("QUERY_STRING", "")[:8_000]
    return HttpResponseRedirect(f"/{language}/sign-in/returned/?{query}")


@sensitive_variables("params", "one")
@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Back from the city: in, or a plain word why not."""
    response = _finish(request)
    under_way.end(response, RESIDENTS)
    return response


@storage.unflushed()
def _finish(request: HttpRequest) -> HttpResponse:
    now, home = clock.real_now(), reverse("portal:home")
    kept = under_way.peek(request, RESIDENTS, now=now)
    back = kept.back if kept is not None and entrance.ours(request, kept.back) else home
    if kept is None and patron_of(request) is not None:
        # The page loaded once more, by one who is already in.
        return HttpResponseRedirect(home)
    try:
        one = under_way.take(request, RESIDENTS, now=now)
        signed_in = city_sign_in.finish(
            system=one.where,
            going=one.going,
            params=dict(request.GET.lists()),
            redirect_uri=one.redirect_uri,
            device=device_name(request.headers.get("User-Agent", "")),
            remembered=one.more.get("own") == "yes",
            now=now,
            today=clock.today(),
        )
    except Cancelled:
        messages.info(request, gettext("You came back without signing in. Nothing was changed."))
        return HttpResponseRedirect(entrance.sign_in_address(back))
    except SystemDown as error:
        return entrance.down(request, kept.where if kept else "", back, error, city=True)
    except KimppaError as error:
        return _trouble(request, error, back)
    response = HttpResponseRedirect(back)
    remember(response, signed_in.token, for_long=one.more.get("own") == "yes")
    entrance.remember_library(response, one.where)
    return response


def _trouble(request: HttpRequest, error: KimppaError, back: str) -> HttpResponse:
    context = {"sentence": explain(error), "again": entrance.sign_in_address(back)}
    return render(request, "portal/city_trouble.html", context, status=error.status)
