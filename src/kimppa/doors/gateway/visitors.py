"""Who is at the browser, as the sign-on hub needs to know it."""

from __future__ import annotations

from django.http import HttpRequest

from kimppa.doors.web.limits import address_of
from kimppa.doors.web.patrons import patron_of
from kimppa.elibrary.access.granting import Visitor


def visitor_of(request: HttpRequest) -> Visitor | None:
    """The resident signed in here, and since when; None for anybody else."""
    patron = patron_of(request)
    if patron is None or patron.began is None:
        return None
    return Visitor(patron.id, patron.began, address_of(request))
