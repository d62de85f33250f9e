"""The way in for one who was invited: choose a password, once. No sign-in is needed to open it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.doors.web.errors import explain
from kimppa.foundation.accounts import services as accounts
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError


class PasswordForm(forms.Form):
    password = forms.CharField(
        label=gettext_lazy("New password"),
        help_text=gettext_lazy("At least 12 characters; four words that do not belong together are good."),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def page(request: HttpRequest, token: str) -> HttpResponseBase:
    """Shows whose invitation it is and takes the password; the second factor is set up after signing in.

    An invitation for a city's own sign-in is taken there.
    """
    invitation = accounts.invitation_of(token, now=clock.real_now())
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            accounts.accept_invitation(
                token=token, password=form.cleaned_data["password"], now=clock.real_now()
            )
        except KimppaError as error:
            form.add_error("password", explain(error))
        else:
            messages.success(request, _("Your account is ready. Sign in with your e-mail and new password."))
            return redirect("account_login")
    city = invitation.issuer.name if invitation.issuer else ""
    context = {"invitation": invitation, "form": form, "city": city, "token": token}
    return render(request, "backoffice/accept.html", context, status=422 if form.errors else 200)
