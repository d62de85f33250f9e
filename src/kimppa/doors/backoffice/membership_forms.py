"""The forms of joining and leaving."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.members import queries as members
from kimppa.consortium.governance import queries as governance
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.money_decide import DAY
from kimppa.doors.web.forms import offer
from kimppa.joint.membership.rules import KIND_NAMES, Kind


class OpenForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("What"))
    municipality = forms.ChoiceField(label=gettext_lazy("Municipality"))
    day = forms.DateField(
        label=gettext_lazy("First or last day of the membership"),
        widget=DAY,
        help_text=gettext_lazy("One that joins: its first day. One that leaves: its last."),
    )
    opened_on = forms.DateField(label=gettext_lazy("Invited, or notice received, on"), widget=DAY)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "kind", [(kind.value, _(KIND_NAMES[kind])) for kind in Kind])
        places = sorted(members.municipalities(), key=lambda m: m.name_fi)
        offer(self, "municipality", [("", "–"), *((m.code, m.name(tables.language())) for m in places)])


class BoardForm(forms.Form):
    decided_on = forms.DateField(label=gettext_lazy("Decided on"), widget=DAY)
    number = forms.CharField(
        label=gettext_lazy("Diary number"),
        max_length=60,
        help_text=gettext_lazy("From the municipality's own minutes."),
    )
    paper = forms.FileField(label=gettext_lazy("The decision as PDF"), required=False)


class SignForm(forms.Form):
    signed_on = forms.DateField(label=gettext_lazy("Signed on"), widget=DAY)


class CancelForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


class ForceForm(forms.Form):
    """The consortium's decision, and the months charged in the year."""

    months = forms.IntegerField(
        label=gettext_lazy("Months charged in the year"),
        min_value=0,
        max_value=12,
        help_text=gettext_lazy("0: nothing is charged for that year."),
    )
    body = forms.ChoiceField(label=gettext_lazy("Who decided"))
    decided_on = forms.DateField(label=gettext_lazy("Decided on"), widget=DAY)
    diary_number = forms.CharField(label=gettext_lazy("Diary number"), max_length=60)
    title_fi = forms.CharField(label=gettext_lazy("Title in Finnish"), max_length=300)
    title_sv = forms.CharField(label=gettext_lazy("Title in Swedish"), max_length=300, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        shown = tables.language()
        offer(self, "body", [(body.slug, body.name(shown)) for body in governance.bodies()])
