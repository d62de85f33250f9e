"""Pages of information that the libraries write; in Sámi too, where somebody has written it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from kimppa.consortium.communications import pages
from kimppa.consortium.communications.pages import LANGUAGE_NAMES, Language, NoSuchPage, PageRow


def links() -> list[PageRow]:
    """Every published page once, in the site's language where it is written in that; for lists of links."""
    here = get_language() or "fi"
    found: dict[str, PageRow] = {}
    for row in pages.published_titles():
        if row.slug not in found or row.language.value == here:
            found[row.slug] = row
    return list(found.values())


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """In the language asked for with `?in=`, else in the site's, else in the first that there is."""
    found = pages.published(slug)
    if not found:
        raise NoSuchPage()
    asked = request.GET.get("in", get_language() or "fi")[:3]
    language = Language(asked) if asked in set(Language) and Language(asked) in found else next(iter(found))
    row = found[language]
    context = {
        "row": row,
        "blocks": pages.blocks(row.text),
        "others": [(one.value, LANGUAGE_NAMES[one], one is language) for one in Language if one in found],
    }
    return render(request, "portal/info.html", context)
