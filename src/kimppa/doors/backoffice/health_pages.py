"""Health in the back office: the overview, incidents and what is told of them, maintenance."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.health import office_queries, services
from kimppa.commons.health.office_queries import PauseRow, TargetRow
from kimppa.commons.health.problems import NoSuchMaintenance
from kimppa.commons.health.rules import KIND_NAMES, STANDING_NAMES
from kimppa.commons.health.services import Words
from kimppa.commons.health.status_queries import IncidentStory
from kimppa.commons.members.permissions import may, require
from kimppa.commons.members.roles import Act
from kimppa.doors.backoffice.health_words import TONES, answer, last_answer, marked, tone
from kimppa.doors.backoffice.money_tables import language
from kimppa.doors.web.errors import explain
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError

TEXT = forms.Textarea(attrs={"rows": 3})
MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
NO_SEPARATOR = "%Y-%m-%dT%H:%M"


class WordsForm(forms.Form):
    """A text in three languages; residents read it."""

    text_fi = forms.CharField(label=gettext_lazy("In Finnish"), widget=TEXT, max_length=4000)
    text_sv = forms.CharField(label=gettext_lazy("In Swedish"), widget=TEXT, max_length=4000, required=False)
    text_en = forms.CharField(label=gettext_lazy("In English"), widget=TEXT, max_length=4000, required=False)

    def words(self) -> Words:
        said = self.cleaned_data
        return Words(said["text_fi"], said["text_sv"], said["text_en"])


class UpdateForm(WordsForm):
    close = forms.BooleanField(
        label=gettext_lazy("The disruption is over: this is its closing note"),
        help_text=gettext_lazy(
            "It closes by itself when the service works again. Closed by hand before that, no new disruption "
            "opens until the service has worked in between, for 24 hours at most."
        ),
        required=False,
    )


class PauseForm(WordsForm):
    keys = forms.MultipleChoiceField(
        label=gettext_lazy("What is maintained"), widget=forms.CheckboxSelectMultiple
    )
    starts = forms.DateTimeField(label=gettext_lazy("Begins"), widget=MOMENT, input_formats=[NO_SEPARATOR])
    ends = forms.DateTimeField(label=gettext_lazy("Ends"), widget=MOMENT, input_formats=[NO_SEPARATOR])

    field_order = ("keys", "starts", "ends", "text_fi", "text_sv", "text_en")


@staff_required
def overview(request: HttpRequest) -> HttpResponseBase:
    """Every target as it stands, what worries, and the newest incidents."""
    by, now = actor_of(request), clock.real_now()
    require(by, Act.SEE_HEALTH, now=clock.now())
    table = _targets(request, office_queries.targets(now))
    told = office_queries.incidents(limit=100)
    stories = _incidents(request, told)
    download = table.download() or stories.download()
    if download is not None:
        return download
    names = {row.key: row.name_fi for row in office_queries.targets(now)} if told else {}
    worries = [
        (names.get(one.key, one.key), one, last_answer(one), tone(one))
        for one in office_queries.worrying_probes()
    ]
    context = {
        "table": table,
        "stories": stories,
        "worries": worries,
        "edits": may(by, Act.RUN_HEALTH, now=clock.now()),
        "subscribers": office_queries.subscribers(),
    }
    return render(request, "backoffice/health/overview.html", context)


def _targets(request: HttpRequest, rows: tuple[TargetRow, ...]) -> Table[TargetRow]:
    shown = language()
    return Table(
        request,
        name="targets",
        caption=_("What is watched"),
        filename="health",
        rows=rows,
        columns=(
            Column[TargetRow](
                "name",
                _("Name"),
                lambda r: marked(r.name(shown), example=r.example),
                link=lambda r: reverse("backoffice:health-target", args=[r.key]),
            ),
            Column("kind", _("Kind"), lambda r: _(KIND_NAMES[r.kind]), choices=True),
            Column(
                "standing",
                _("Now"),
                lambda r: _(STANDING_NAMES[r.standing]),
                badge=lambda r: TONES[r.standing],
                choices=True,
            ),
            Column("looked", _("Last seen"), lambda r: r.looked, kind="moment"),
            Column("public", _("On the status page"), lambda r: r.public, kind="yes"),
            Column("watched", _("Watched"), lambda r: r.watched, kind="yes"),
        ),
        empty=_("Nothing is watched yet."),
    )


def _incidents(request: HttpRequest, rows: tuple[IncidentStory, ...]) -> Table[IncidentStory]:
    shown = language()
    return Table(
        request,
        name="incidents",
        caption=_("Disruptions"),
        filename="incidents",
        rows=rows,
        per_page=20,
        columns=(
            Column[IncidentStory](
                "name",
                _("What"),
                lambda r: r.row.name(shown),
                link=lambda r: reverse("backoffice:health-incident", args=[r.row.id]),
            ),
            Column("opened", _("Began"), lambda r: r.row.opened, kind="moment"),
            Column("closed", _("Ended"), lambda r: r.row.closed, kind="moment"),
            Column(
                "state",
                _("State"),
                lambda r: _("Over") if r.row.closed else _("Goes on"),
                badge=lambda r: "ok" if r.row.closed else "bad",
                choices=True,
            ),
            Column("updates", _("Updates told"), lambda r: len(r.updates), kind="number"),
        ),
        empty=_("No disruptions."),
    )


@staff_required
def incident(request: HttpRequest, incident_id: int) -> HttpResponseBase:
    """One incident; by POST an update or its closing note."""
    by, now = actor_of(request), clock.real_now()
    require(by, Act.SEE_HEALTH, now=clock.now())
    edits = may(by, Act.RUN_HEALTH, now=clock.now())
    if request.method == "POST":
        require(by, Act.RUN_HEALTH, now=clock.now())
    found = office_queries.incident(incident_id)
    form = UpdateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            told = services.update_incident(
                by=by,
                incident_id=incident_id,
                text=form.words(),
                close=form.cleaned_data["close"],
                now=now,
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            if told:
                messages.success(request, _("The update was published."))
            else:
                messages.info(request, _("This update was published already. Nothing was told twice."))
            return redirect("backoffice:health-incident", incident_id)
    if found.row.closed is not None:
        del form.fields["close"]
    context = {
        "one": found,
        "name": found.row.name(language()),
        "code": answer(found.row.code, {}) if found.row.code else "",
        "quiet_until": office_queries.target(found.row.key, now).quiet_until if found.row.closed else None,
        "form": form if edits else None,
    }
    return render(request, "backoffice/health/incident.html", context, status=422 if form.errors else 200)


@staff_required
def maintenance(request: HttpRequest) -> HttpResponseBase:
    """Announced pauses; by POST one more."""
    by, now = actor_of(request), clock.real_now()
    require(by, Act.SEE_HEALTH, now=clock.now())
    edits = may(by, Act.RUN_HEALTH, now=clock.now())
    if request.method == "POST":
        require(by, Act.RUN_HEALTH, now=clock.now())
    shown = language()
    form = PauseForm(request.POST or None, initial={"starts": now + timedelta(days=7)})
    rows = office_queries.targets(now)
    offer(form, "keys", [(row.key, row.name(shown)) for row in rows])
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            services.announce_maintenance(
                by=by,
                keys=said["keys"],
                starts=said["starts"],
                ends=said["ends"],
                text=form.words(),
                now=now,
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("The maintenance was announced."))
            return redirect("backoffice:health-maintenance")
    table = _pauses(request)
    download = table.download()
    if download is not None:
        return download
    context = {"table": table, "form": form if edits else None}
    return render(request, "backoffice/health/maintenance.html", context, status=422 if form.errors else 200)


def _pauses(request: HttpRequest) -> Table[PauseRow]:
    now = clock.real_now()

    def state(row: PauseRow) -> str:
        if row.cancelled:
            return _("Called off")
        if row.ends <= now:
            return _("Over")
        return _("Goes on") if row.starts <= now else _("Coming")

    return Table(
        request,
        caption=_("Planned maintenance"),
        filename="maintenance",
        rows=office_queries.pauses(),
        columns=(
            Column[PauseRow](
                "what",
                _("What"),
                lambda r: ", ".join(r.names),
                link=lambda r: (
                    reverse("backoffice:health-pause-end", args=[r.id])
                    if r.ends > now and not r.cancelled
                    else ""
                ),
            ),
            Column("starts", _("Begins"), lambda r: r.starts, kind="moment"),
            Column("ends", _("Ends"), lambda r: r.ends, kind="moment"),
            Column("announced", _("Announced"), lambda r: r.announced, kind="moment"),
            Column("state", _("State"), state, choices=True),
            Column("text", _("What residents read"), lambda r: r.text_fi),
        ),
        empty=_("No maintenance has been announced."),
    )


@staff_required
def end_pause(request: HttpRequest, pause_id: int) -> HttpResponseBase:
    """Call a pause off, or end it now."""
    by, now = actor_of(request), clock.real_now()
    require(by, Act.RUN_HEALTH, now=clock.now())
    row = office_queries.pause(pause_id)
    if row is None or row.ends <= now:
        raise NoSuchMaintenance
    if request.method == "POST":
        services.end_maintenance(by=by, maintenance_id=pause_id, now=now)
        messages.success(request, _("The maintenance was ended."))
        return redirect("backoffice:health-maintenance")
    return render(request, "backoffice/health/pause_end.html", {"row": row, "begun": row.starts <= now})
