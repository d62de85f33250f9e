"""Forms of e-services' connections. Lists of addresses and networks are one a line."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.platforms import queries as platforms
from kimppa.doors.web.forms import offer
from kimppa.elibrary.access import rules
from kimppa.elibrary.access.queries import ConnectionRow
from kimppa.elibrary.access.rules import WAY_NAMES, Told, Way
from kimppa.elibrary.access.services import Setup
from kimppa.foundation.core.text import noop

LINES = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})
TOLD_LABELS: dict[Told, str] = {
    Told.ENTITLED: noop("Whether the person may use the service"),
    Told.AGE_GROUP: noop("Age group"),
    Told.MUNICIPALITY: noop("Home municipality (only where the terms of use say so)"),
}


class AddForm(forms.Form):
    platform = forms.ChoiceField(label=gettext_lazy("E-service"))
    way = forms.ChoiceField(label=gettext_lazy("How it asks"))
    name = forms.CharField(
        label=gettext_lazy("Who connects"),
        max_length=120,
        help_text=gettext_lazy("The vendor, or the vendor's system."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "platform", [(row.slug, row.name) for row in platforms.every_platform()])
        offer(self, "way", [(way.value, _(WAY_NAMES[way])) for way in Way])


class SetupForm(forms.Form):
    """What the office decides; a way's form has only the fields that mean something for it."""

    name = forms.CharField(label=gettext_lazy("Who connects"), max_length=120)
    redirect_uris = forms.CharField(
        label=gettext_lazy("redirect_uri, one a line"),
        help_text=gettext_lazy("Compared letter for letter; a browser is sent nowhere else."),
        required=False,
        widget=LINES,
        max_length=6000,
    )
    post_logout_redirect_uris = forms.CharField(
        label=gettext_lazy("post_logout_redirect_uri, one a line"),
        required=False,
        widget=LINES,
        max_length=6000,
    )
    launch_address = forms.CharField(
        label=gettext_lazy("Where one tap leads"),
        help_text=gettext_lazy("The service's own address that begins a sign-in, or takes a ticket."),
        required=False,
        max_length=500,
    )
    told = forms.MultipleChoiceField(
        label=gettext_lazy("What it may be told"),
        widget=forms.CheckboxSelectMultiple(),
        required=False,
        choices=(),
    )
    networks = forms.CharField(
        label=gettext_lazy("Networks that may call, one a line"),
        help_text=gettext_lazy("For example 192.0.2.0/24. Empty: from anywhere, with the secret."),
        required=False,
        widget=LINES,
        max_length=4000,
    )
    rate_per_minute = forms.IntegerField(
        label=gettext_lazy("Calls a minute at most"), min_value=1, max_value=rules.RATE_MOST
    )

    def __init__(self, row: ConnectionRow, *args: object, **kwargs: object) -> None:
        kwargs["initial"] = {
            "name": row.name,
            "redirect_uris": "\n".join(row.redirect_uris),
            "post_logout_redirect_uris": "\n".join(row.post_logout_redirect_uris),
            "launch_address": row.launch_address,
            "told": [one.value for one in row.told],
            "networks": "\n".join(row.networks),
            "rate_per_minute": row.rate_per_minute,
        }
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "told", [(one.value, _(TOLD_LABELS[one])) for one in Told])
        if row.way is not Way.OIDC:
            del self.fields["redirect_uris"], self.fields["post_logout_redirect_uris"]
        if row.way not in {Way.OIDC, Way.TICKET}:
            del self.fields["launch_address"]

    def setup(self) -> Setup:
        """What the form says, once it is valid."""
        said = self.cleaned_data
        return Setup(
            name=said["name"],
            networks=said["networks"].split(),
            rate_per_minute=said["rate_per_minute"],
            redirect_uris=said.get("redirect_uris", "").split(),
            post_logout_redirect_uris=said.get("post_logout_redirect_uris", "").split(),
            launch_address=said.get("launch_address", ""),
            told=said["told"],
        )


class SecretForm(forms.Form):
    at_once = forms.BooleanField(
        label=gettext_lazy("The old secret opens nothing from now on"),
        help_text=gettext_lazy(
            "Otherwise it works for a day more, so that the vendor can change it in peace."
        ),
        required=False,
    )


class SwitchForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("The vendor's technician sees it."),
        max_length=300,
    )
