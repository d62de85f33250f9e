"""One target of health: its history, its probes and their last answers; and changing them."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from kimppa.commons.health import office_queries, services
from kimppa.commons.health.asking import PROBE_NAMES, ProbeKind
from kimppa.commons.health.office_queries import ProbeRow
from kimppa.commons.health.problems import KeyTaken, NoSuchService
from kimppa.commons.health.rules import KIND_NAMES, STANDING_NAMES, Kind
from kimppa.commons.health.services import INTERVALS, ProbeSettings, TargetSettings, Words
from kimppa.commons.health.status_queries import SHOWN_DAYS
from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.doors.backoffice.health_words import TONES, answer, last_answer, tone
from kimppa.doors.backoffice.money_tables import language
from kimppa.doors.web import days
from kimppa.doors.web.errors import explain
from kimppa.doors.web.forms import FoldedForm, offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.elibrary.patrons.connection_queries import is_known
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError

EVERY = [(str(one), str(one)) for one in INTERVALS]


class TargetForm(forms.Form):
    """What a target is called and where it is shown."""

    name_fi = forms.CharField(label=gettext_lazy("Name in Finnish"), max_length=160)
    name_sv = forms.CharField(label=gettext_lazy("Name in Swedish"), max_length=160, required=False)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=160, required=False)
    public = forms.BooleanField(label=gettext_lazy("Stands on the public status page"), required=False)
    watched = forms.BooleanField(
        label=gettext_lazy("Is watched: probes are run, disruptions open by themselves"), required=False
    )
    order = forms.IntegerField(label=gettext_lazy("Place in the list"), min_value=0, max_value=9999)
    every_minutes = forms.ChoiceField(label=gettext_lazy("Minutes between rounds of probes"), choices=EVERY)

    def told(self, *, example: bool = False) -> TargetSettings:
        said = self.cleaned_data
        return TargetSettings(
            names=Words(said["name_fi"], said["name_sv"], said["name_en"]),
            public=said["public"],
            watched=said["watched"],
            order=said["order"],
            every_minutes=int(said["every_minutes"]),
            example=example,
        )


class NewTargetForm(TargetForm):
    kind = forms.ChoiceField(label=gettext_lazy("Kind"))
    short = forms.RegexField(
        r"^[a-z0-9][a-z0-9_.-]{0,80}$",
        label=gettext_lazy("Short name"),
        help_text=gettext_lazy(
            "Small letters, digits and hyphens, for example “ellibs”. It is never changed later: "
            "the e-service's or library system's own short name joins their traffic to it."
        ),
    )
    field_order = ("kind", "short")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "kind", [(kind.value, _(name)) for kind, name in KIND_NAMES.items()])

    def key(self) -> str:
        return f"{self.cleaned_data['kind']}:{self.cleaned_data['short']}"

    def clean(self) -> dict[str, object]:
        """A library system's short name is one that there is; of e-services the verb itself sees to it."""
        said = super().clean() or {}
        if said.get("kind") == Kind.LIBRARY_SYSTEM and "short" in said and not is_known(said["short"]):
            self.add_error("short", explain(NoSuchService(key=self.key())))
        return said


class ProbeForm(FoldedForm):
    """One question. Which of the folded fields matter, its kind says."""

    FOLDED = (
        *("expected_status", "expected_text", "warn_days", "tls", "login", "secret", "institution"),
        "private",
    )
    USUAL = {"expected_status": "200", "warn_days": "21", "tls": "True", "private": "False"}

    kind = forms.ChoiceField(label=gettext_lazy("What is asked"))
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        help_text=gettext_lazy(
            "https://… for pages and the issuer of a sign-in service; name:port for certificates and SIP2."
        ),
    )
    active = forms.BooleanField(label=gettext_lazy("Is asked on schedule"), required=False)
    expected_status = forms.IntegerField(
        label=gettext_lazy("Status that the page answers"), min_value=100, max_value=599, initial=200
    )
    expected_text = forms.CharField(
        label=gettext_lazy("Text that the page holds"), max_length=200, required=False
    )
    warn_days = forms.IntegerField(
        label=gettext_lazy("Warn when the certificate ends within days"),
        min_value=1,
        max_value=365,
        initial=21,
    )
    tls = forms.BooleanField(label=gettext_lazy("SIP2 inside TLS"), required=False, initial=True)
    login = forms.CharField(label=gettext_lazy("SIP2 login name"), max_length=120, required=False)
    secret = forms.CharField(
        label=gettext_lazy("SIP2 login password"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Kept encrypted and never shown. Empty: stays as it is."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    institution = forms.CharField(label=gettext_lazy("SIP2 location code"), max_length=60, required=False)
    private = forms.BooleanField(
        label=gettext_lazy("An address of the house's own network is meant"), required=False
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "kind", [(kind.value, _(name)) for kind, name in PROBE_NAMES.items()])

    def told(self) -> ProbeSettings:
        said = dict(self.cleaned_data)
        return ProbeSettings(**{**said, "kind": ProbeKind(said["kind"]), "secret": said["secret"] or None})


@staff_required
def page(request: HttpRequest, key: str) -> HttpResponseBase:
    """A target: how it stands, 90 days, probes with their last answers, disruptions."""
    by, now = actor_of(request), clock.real_now()
    require(by, Act.SEE_HEALTH, now=clock.now())
    row = office_queries.target(key, now)
    shown = language()
    history = office_queries.history(key, now)
    context = {
        "row": row,
        "name": row.name(shown),
        "kind": _(KIND_NAMES[row.kind]),
        "state": _(STANDING_NAMES[row.standing]),
        "tone": TONES[row.standing],
        "drawn": days.drawn(history.days, days.words(history.whole, shown)),
        "words": days.words(history.whole, shown),
        "bad_days": days.bad_days(history.days, clock.day_of(now) - timedelta(days=SHOWN_DAYS - 1)),
        "probes": [
            (one, _(PROBE_NAMES[one.kind]), last_answer(one), tone(one)) for one in office_queries.probes(key)
        ],
        "incidents": office_queries.incidents(key=key, limit=20),
        "edits": may(by, Act.RUN_HEALTH, now=clock.now()),
    }
    return render(request, "backoffice/health/target.html", context)


@staff_required
def add(request: HttpRequest) -> HttpResponseBase:
    """Watch something new."""
    by, now = actor_of(request), clock.real_now()
    require(by, Act.RUN_HEALTH, now=clock.now())
    start = {"watched": True, "order": 0, "every_minutes": "5", "kind": Kind.PLATFORM.value}
    form = NewTargetForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.add_target(by=by, key=form.key(), told=form.told(), now=now)
        except (KeyTaken, NoSuchService) as error:
            form.add_error("short", explain(error))
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("It is watched now. Add a probe, or wait for its traffic."))
            return redirect("backoffice:health-target", made)
    context = {"form": form, "title": _("Watch something new"), "folded": False}
    return render(request, "backoffice/health/form.html", context, status=422 if form.errors else 200)


@staff_required
def edit(request: HttpRequest, key: str) -> HttpResponseBase:
    """Change a target."""
    by, now = actor_of(request), clock.real_now()
    require(by, Act.RUN_HEALTH, now=clock.now())
    row = office_queries.target(key, now)
    initial = {name: getattr(row, name) for name in TargetForm.base_fields}
    form = TargetForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_target(by=by, key=key, told=form.told(example=row.example), now=now)
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The changes were saved."))
            return redirect("backoffice:health-target", key)
    context = {"form": form, "title": row.name(language()), "key": key, "folded": False}
    return render(request, "backoffice/health/form.html", context, status=422 if form.errors else 200)


@staff_required
def add_probe(request: HttpRequest, key: str) -> HttpResponseBase:
    """One more question to a target."""
    by, now = actor_of(request), clock.real_now()
    require(by, Act.RUN_HEALTH, now=clock.now())
    row = office_queries.target(key, now)
    form = ProbeForm(request.POST or None, initial={"active": True})
    if request.method == "POST" and form.is_valid():
        try:
            services.add_probe(by=by, key=key, told=form.told(), now=now)
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The probe was added."))
            return redirect("backoffice:health-target", key)
    context = {"form": form, "title": row.name(language()), "key": key, "folded": True}
    return render(request, "backoffice/health/form.html", context, status=422 if form.errors else 200)


@staff_required
def edit_probe(request: HttpRequest, probe_id: int) -> HttpResponseBase:
    """Change a question, or switch it off."""
    by, now = actor_of(request), clock.real_now()
    require(by, Act.RUN_HEALTH, now=clock.now())
    row = office_queries.probe(probe_id)
    form = ProbeForm(request.POST or None, initial=_as_it_is(row))
    if request.method == "POST" and form.is_valid():
        try:
            services.change_probe(by=by, probe_id=probe_id, told=form.told(), now=now)
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The changes were saved."))
            return redirect("backoffice:health-target", row.key)
    name = office_queries.target(row.key, now).name(language())
    context = {"form": form, "title": name, "key": row.key, "folded": True}
    return render(request, "backoffice/health/form.html", context, status=422 if form.errors else 200)


def _as_it_is(row: ProbeRow) -> dict[str, object]:
    """A probe in its form, without its secret."""
    names = [name for name in ProbeForm.base_fields if name not in {"kind", "secret"}]
    return {"kind": row.kind.value, **{name: getattr(row, name) for name in names}}


@staff_required
@require_POST
def try_probe(request: HttpRequest, probe_id: int) -> HttpResponseBase:
    """Ask one question now, and say how it went."""
    by, now = actor_of(request), clock.real_now()
    require(by, Act.RUN_HEALTH, now=clock.now())
    row = office_queries.probe(probe_id)
    seen = services.try_probe(by=by, probe_id=probe_id, now=now)
    said = _("%(answer)s (%(took)s ms)") % {
        "answer": answer(seen.code, seen.params),
        "took": seen.took_ms,
    }
    put = {"ok": messages.success, "warn": messages.warning, "fail": messages.error}[seen.outcome.value]
    put(request, said)
    return redirect("backoffice:health-target", row.key)
