"""Forms of fetching by SUSHI. Credentials are typed in and shown nowhere again."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.usage import sushi_rules
from kimppa.commons.usage.rules import UNIT_KIND_NAMES, UnitKind
from kimppa.commons.usage.sushi import Credentials, Setup
from kimppa.commons.usage.sushi_queries import AccountRow
from kimppa.doors.backoffice import usage_words as words
from kimppa.doors.web.forms import offer
from kimppa.foundation.core.text import noop
from kimppa.foundation.protocols import sushi as protocol

LANGUAGE_NAMES = {"fi": noop("Finnish"), "sv": noop("Swedish"), "en": noop("English")}
SECRET = forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"})


class CredentialsForm(forms.Form):
    customer_id = forms.CharField(label=gettext_lazy("Customer id (customer_id)"), max_length=500)
    requestor_id = forms.CharField(
        label=gettext_lazy("Requestor id (requestor_id)"),
        max_length=500,
        required=False,
        widget=SECRET,
        help_text=gettext_lazy("Leave empty what the vendor does not ask for."),
    )
    api_key = forms.CharField(
        label=gettext_lazy("API key (api_key)"), max_length=500, required=False, widget=SECRET
    )

    def credentials(self) -> Credentials:
        """What the form says, once it is valid."""
        said = self.cleaned_data
        return Credentials(said["customer_id"], said["requestor_id"], said["api_key"])


class SetupForm(forms.Form):
    service = forms.ChoiceField(label=gettext_lazy("E-service"))
    base = forms.CharField(
        label=gettext_lazy("SUSHI address"),
        max_length=500,
        help_text=gettext_lazy("As the vendor gives it, for example https://sushi.vendor.example/counter."),
    )
    release = forms.ChoiceField(label=gettext_lazy("Release of COUNTER"))
    reports = forms.MultipleChoiceField(
        label=gettext_lazy("Reports"), widget=forms.CheckboxSelectMultiple(), choices=()
    )
    unit = forms.ChoiceField(
        label=gettext_lazy("Whose use"), help_text=gettext_lazy("Whom these credentials tell of.")
    )
    owner_email = forms.EmailField(
        label=gettext_lazy("Owner’s e-mail address"),
        help_text=gettext_lazy("Told once if the vendor no longer accepts the credentials."),
    )
    owner_language = forms.ChoiceField(label=gettext_lazy("Owner’s language"))
    platform_code = forms.CharField(
        label=gettext_lazy("The parameter “platform”"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Only where one address serves several services of the vendor."),
    )
    valid_from = forms.DateField(
        label=gettext_lazy("First month (any day of it)"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    valid_to = forms.DateField(
        label=gettext_lazy("Last month (any day of it)"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    private = forms.BooleanField(
        label=gettext_lazy("The server is in our own network (plain HTTP may be used)"), required=False
    )

    def __init__(self, *args: object, row: AccountRow | None = None, **kwargs: object) -> None:
        if row is not None:
            kwargs["initial"] = _initial(row)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "service", [("", _("Choose")), *words.service_names().items()])
        offer(self, "release", [("5.1", "5.1"), ("5", "5 (5.0)")])
        offer(self, "reports", [(one, one) for one in sushi_rules.REPORTS])
        offer(self, "unit", _units())
        offer(self, "owner_language", [(code, _(name)) for code, name in LANGUAGE_NAMES.items()])

    def setup(self) -> Setup:
        """What the form says, once it is valid."""
        said = self.cleaned_data
        kind, _colon, code = said["unit"].partition(":")
        return Setup(
            platform=said["service"],
            base=said["base"],
            release=said["release"],
            unit_kind=kind,
            unit_code=code,
            reports=tuple(said["reports"]),
            owner_email=said["owner_email"],
            owner_language=said["owner_language"],
            private=said["private"],
            platform_code=said["platform_code"],
            valid_from=said["valid_from"],
            valid_to=said["valid_to"],
        )


class NewForm(SetupForm, CredentialsForm):
    """An account with its first credentials."""

    field_order = ("service", "base", "release", "customer_id", "requestor_id", "api_key", "reports", "unit")


class BackfillForm(forms.Form):
    months = forms.IntegerField(
        label=gettext_lazy("Months back"),
        min_value=1,
        max_value=sushi_rules.MOST_BACKFILL,
        initial=sushi_rules.BACKFILL,
    )


def _initial(row: AccountRow) -> dict[str, object]:
    return {
        "service": row.platform,
        "base": row.base,
        "release": row.release if row.release in protocol.RELEASES else "5.1",
        "reports": list(row.reports),
        "unit": f"{row.unit_kind}:{row.unit_code}",
        "owner_email": row.owner_email,
        "owner_language": row.owner_language,
        "platform_code": row.platform_code,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "private": row.private,
    }


def _units() -> list[tuple[str, str]]:
    names = words.UnitNames()
    found = [(f"{UnitKind.CONSORTIUM}:", _(UNIT_KIND_NAMES[UnitKind.CONSORTIUM]))]
    for kind in (UnitKind.KIMPPA, UnitKind.MUNICIPALITY, UnitKind.LIBRARY):
        label = _(UNIT_KIND_NAMES[kind])
        found += [(f"{kind}:{code}", f"{name} ({label})") for code, name in names.choices(kind)]
    return found
