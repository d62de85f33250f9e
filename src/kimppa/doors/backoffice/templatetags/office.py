"""What the signed-in person may open, for navigation and buttons; the verbs ask again."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest
from django.utils.translation import get_language

from kimppa.commons.members.permissions import grants_of
from kimppa.commons.members.roles import Act, Grant, visible
from kimppa.doors.backoffice import navigation
from kimppa.doors.web.staff import staff_of
from kimppa.foundation.core import clock

register = template.Library()


@register.simple_tag(takes_context=True)
def may(context: dict[str, Any], act: str) -> bool:
    """`{% may "see-money" as sees_money %}`: whether the person may do the act somewhere."""
    request: HttpRequest = context["request"]
    return bool(visible(_grants(request), Act(act)))


@register.simple_tag(takes_context=True)
def office_navigation(context: dict[str, Any]) -> tuple[str, bool, tuple[navigation.ShownGroup, ...]]:
    """`{% office_navigation as navigation %}`: the side list for the signed-in person."""
    request: HttpRequest = context["request"]
    grants = _grants(request)
    acts = frozenset(act for act in Act if visible(grants, act))
    return navigation.shown(request.path, get_language() or "fi", acts)


def _grants(request: HttpRequest) -> tuple[Grant, ...]:
    found: tuple[Grant, ...] | None = getattr(request, "_kimppa_grants", None)
    if found is None:
        user = staff_of(request)
        found = grants_of(user, clock.today()) if user else ()
        request._kimppa_grants = found  # type: ignore[attr-defined]  # once a request
    return found
