"""Staff sign in at their own city (OpenID Connect): there, back, and what is still asked of them here.

A second factor that the city proves is enough; else ours is asked for as after a password. The session is
the same as after any other staff sign-in, and remembers by which city it was opened.
"""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from kimppa.commons.members import city_bindings
from kimppa.commons.members.city_sign_ins import check_reach
from kimppa.doors.web import under_way
from kimppa.doors.web.errors import explain
from kimppa.doors.web.language import CODES, wished
from kimppa.doors.web.limits import too_often
from kimppa.doors.web.staff import CITY, second_factor_shown, staff_of
from kimppa.doors.web.under_way import STAFF, UnderWay
from kimppa.foundation.accounts import bindings, issuers
from kimppa.foundation.accounts.issuers import Came
from kimppa.foundation.accounts.models import User
from kimppa.foundation.accounts.services import InvitationGone, invitation_of
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError, Refused
from kimppa.foundation.core.text import noop
from kimppa.foundation.protocols.oidc import Cancelled

TRIES, TRIES_IN_SECONDS = 30, 300


class TooManyTries(Refused):
    code = "too-many-sign-ins"
    status = 429
    sentence = noop("There have been too many sign-ins from here. Wait five minutes and try again.")


@sensitive_post_parameters("invitation", "binding")
@never_cache
@require_POST
def start(request: HttpRequest, issuer: int) -> HttpResponse:
    """The page that leads to the city's sign-in; with `invitation` or `binding`, to take one."""
    now, language = clock.real_now(), get_language() or "fi"
    redirect_uri = request.build_absolute_uri(reverse("staff-sign-in-return"))
    invitation = request.POST.get("invitation", "")[:200]
    binding = request.POST.get("binding", "")[:200]
    try:
        if too_often(request, "staff-city", most=TRIES, seconds=TRIES_IN_SECONDS):
            raise TooManyTries()
        if invitation:
            invitation_of(invitation, now=now)
        more = {"invitation": invitation}
        if binding:
            owner = _owner(request)
            bindings.offered(binding, user_id=owner.pk, now=now)
            more |= {"binding": binding, "user": str(owner.pk)}
        address, going = issuers.start(issuer_id=issuer, redirect_uri=redirect_uri, language=language)
    except KimppaError as error:
        return _trouble(request, error)
    response = render(request, "account/city_onward.html", {"address": address})
    back = request.POST.get("next", "")
    one = UnderWay(str(issuer), going, redirect_uri, language, back, more)
    under_way.keep(response, STAFF, one, now=now)
    return response


@never_cache
@require_safe
def returned(request: HttpRequest) -> HttpResponse:
    """The address that cities know: on to the page in the language in which it began."""
    one = under_way.peek(request, STAFF, now=clock.real_now())
    language = one.language if one is not None and one.language in CODES else wished(request)
    query = request.META.get("QUERY_STRING", "")[:8_000]
    return HttpResponseRedirect(f"/{language}/backoffice/account/city/returned/?{query}")


@sensitive_variables("one")
@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Back from the city: in, or a plain word why not."""
    response = _finish(request)
    under_way.end(response, STAFF)
    return response


def _finish(request: HttpRequest) -> HttpResponse:
    now = clock.real_now()
    try:
        one = under_way.take(request, STAFF, now=now)
        if one.more.get("binding"):
            return _bind(request, one)
        came = issuers.finish(
            issuer_id=int(one.where),
            going=one.going,
            params=dict(request.GET.lists()),
            redirect_uri=one.redirect_uri,
            invitation=one.more.get("invitation", ""),
            now=now,
        )
        check_reach(came.user.pk, came.issuer, on=clock.today())
    except Cancelled:
        messages.info(request, gettext("You came back without signing in. Nothing was changed."))
        return HttpResponseRedirect(reverse("account_login"))
    except KimppaError as error:
        return _trouble(request, error)
    safe = url_has_allowed_host_and_scheme(one.back, allowed_hosts={request.get_host()})
    return _let_in(request, came, one.back if safe else reverse("backoffice:overview"))


def _owner(request: HttpRequest) -> User:
    """Who is signed in here in full, and not by a city. Raises InvitationGone."""
    user = staff_of(request)
    if user is None or CITY in request.session or not second_factor_shown(request, user):
        raise InvitationGone()
    return user


def _bind(request: HttpRequest, one: UnderWay) -> HttpResponse:
    """Back from the city, still signed in with the password: the two become one. The session stays."""
    try:
        owner = _owner(request)
        if one.more.get("user") != str(owner.pk):
            raise InvitationGone()
        name = city_bindings.take(
            token=one.more["binding"],
            user_id=owner.pk,
            issuer_id=int(one.where),
            going=one.going,
            params=dict(request.GET.lists()),
            redirect_uri=one.redirect_uri,
            now=clock.real_now(),
            today=clock.today(),
        )
    except Cancelled:
        messages.info(request, gettext("You came back without signing in. Nothing was changed."))
    except KimppaError as error:
        messages.error(request, explain(error))
    else:
        said = gettext("Your account is bound. From now on you can sign in at %(name)s too.")
        messages.success(request, said % {"name": name})
    return HttpResponseRedirect(reverse("backoffice:overview"))


def _let_in(request: HttpRequest, came: Came, back: str) -> HttpResponse:
    # Nothing of an earlier session goes over into this one.
    logout(request)
    user = came.user
    record_authentication(request, user, method="city")
    request.session[CITY] = {"issuer": came.issuer.id, "user": user.pk, "proven": came.second_factor}
    if came.second_factor:
        get_adapter().login(request, user)
        return HttpResponseRedirect(back)
    answered: HttpResponse = perform_login(request, Login(user=user, redirect_url=back))
    return answered


def _trouble(request: HttpRequest, error: KimppaError) -> HttpResponse:
    context = {"sentence": explain(error)}
    return render(request, "account/city_trouble.html", context, status=error.status)
