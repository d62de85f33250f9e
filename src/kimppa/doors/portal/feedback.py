"""Feedback: anybody may write, and gets an answer within 14 days."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from kimppa.consortium.communications.rules import LONGEST, SUBJECT_NAMES, Subject
from kimppa.consortium.communications.services import receive_feedback
from kimppa.doors.web.errors import explain
from kimppa.doors.web.limits import too_often
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError

MOST_AN_HOUR = 10


class FeedbackForm(forms.Form):
    """What about, what, and where to answer."""

    subject = forms.ChoiceField(label=_("What is it about?"), widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Your message"),
        help_text=_("What happened, on which page, and what you would need. No card number or PIN, please."),
        widget=forms.Textarea(attrs={"rows": 7}),
        max_length=LONGEST,
        error_messages={"required": _("Write your message.")},
    )
    email = forms.EmailField(
        label=_("E-mail, if you want an answer"),
        required=False,
        help_text=_("Used for the answer only and removed after it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, data: object = None, *, initial: dict[str, str] | None = None) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type]
        field = self.fields["subject"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(code.value, gettext(name)) for code, name in SUBJECT_NAMES.items()]


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    about = request.GET.get("about", "")
    subject = about if about in {code.value for code in Subject} else Subject.OTHER.value
    form = FeedbackForm(request.POST or None, initial={"subject": subject})
    came_from = (request.POST.get("page") or request.GET.get("page") or "")[:300]
    if request.method == "POST" and form.is_valid():
        if too_often(request, "feedback", most=MOST_AN_HOUR, seconds=3600):
            form.add_error(
                None, gettext("Many messages have come from here within an hour. Try again later.")
            )
        elif _send(form, came_from):
            messages.success(
                request, gettext("Thank you! Your message is in our queue; we answer within 14 days.")
            )
            return HttpResponseRedirect(reverse("portal:feedback"))
    status = 422 if form.errors else 200
    return render(request, "portal/feedback.html", {"form": form, "came_from": came_from}, status=status)


def _send(form: FeedbackForm, came_from: str) -> bool:
    data = form.cleaned_data
    try:
        receive_feedback(
            subject=Subject(data["subject"]),
            text=data["text"],
            email=data["email"],
            page=came_from,
            language=get_language() or "fi",
            now=clock.now(),
        )
    except KimppaError as error:
        form.add_error(None, explain(error))
        return False
    return True
