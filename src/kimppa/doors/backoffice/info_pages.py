"""Pages of information: the list, and writing one in one of six languages."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.communications import pages
from kimppa.consortium.communications.pages import LANGUAGE_NAMES, Language, NoSuchPage, PageRow
from kimppa.doors.web.errors import explain
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError


class PageForm(forms.Form):
    """One page in one language."""

    slug = forms.CharField(
        label=gettext_lazy("Short name, for the address"),
        max_length=60,
        help_text=gettext_lazy("The same in every language: saamelaiset, for example."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"))
    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    text = forms.CharField(
        label=gettext_lazy("Text"),
        widget=forms.Textarea(attrs={"rows": 16}),
        max_length=pages.LONGEST,
        help_text=gettext_lazy(
            "An empty line between paragraphs. “# ” begins a heading, “- ” a line of a list."
        ),
    )
    published = forms.BooleanField(label=gettext_lazy("Residents see it"), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "language", [(one.value, LANGUAGE_NAMES[one]) for one in Language])


@staff_required
@require_safe
def listing(request: HttpRequest) -> HttpResponseBase:
    """Every page by its short name, with the languages in which it stands."""
    require(actor_of(request), Act.EDIT_PAGES, now=clock.now())
    found: dict[str, list[PageRow]] = {}
    for row in pages.every_page():
        found.setdefault(row.slug, []).append(row)
    context = {"found": [(slug, _languages(rows)) for slug, rows in found.items()]}
    return render(request, "backoffice/info_pages.html", context)


def _languages(rows: list[PageRow]) -> list[tuple[str, str, PageRow | None]]:
    known = {row.language: row for row in rows}
    return [(one.value, LANGUAGE_NAMES[one], known.get(one)) for one in Language]


@staff_required
def edit(request: HttpRequest) -> HttpResponseBase:
    """Write a page: `?slug=` and `?language=` name one that may be there already."""
    actor, now = actor_of(request), clock.now()
    require(actor, Act.EDIT_PAGES, now=now)
    form = PageForm(request.POST or None, initial=_initial(request))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            pages.save_page(by=actor, now=now, **{**said, "language": Language(said["language"])})
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The page was saved."))
            return redirect("backoffice:info-pages")
    return render(request, "backoffice/info_page.html", {"form": form}, status=422 if form.errors else 200)


def _initial(request: HttpRequest) -> dict[str, object]:
    slug, asked = request.GET.get("slug", "")[:60], request.GET.get("language", "fi")
    language = Language(asked) if asked in set(Language) else Language.FI
    try:
        row = pages.page(slug, language)
    except NoSuchPage:
        return {"slug": slug, "language": language.value}
    return {"slug": row.slug, "language": language.value, "title": row.title, "text": row.text} | {
        "published": row.published
    }
