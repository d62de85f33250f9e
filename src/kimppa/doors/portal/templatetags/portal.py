"""Template tags of the portal alone."""

from __future__ import annotations

from django import template
from django.http import HttpRequest
from django.template import Context

from kimppa.doors.portal.trouble import Trouble, troubles

register = template.Library()


@register.simple_tag(takes_context=True)
def troubles_now(context: Context) -> list[Trouble]:
    """What is wrong just now for whoever reads the page; nothing on pages that have no request."""
    request = context.get("request")
    return troubles(request) if isinstance(request, HttpRequest) else []
