"""One share and everything it was made of."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kimppa.consortium.invoicing.share_story import story
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.money_years import money_visible
from kimppa.doors.web.staff import staff_required


@staff_required
def page(request: HttpRequest, share: int) -> HttpResponse:
    """A share led back to population, rate or recipe, decision, clause and use; and where it was charged."""
    shown = tables.language()
    told = story(share, language=shown, visible=money_visible(request))
    context = {
        "story": told,
        "name": told.share.name(shown),
        "title": told.revision.title(shown),
        "decision_title": told.revision.decision.title(shown),
        "decision_body": told.revision.decision.body(shown),
    }
    return render(request, "backoffice/money/share.html", context)
