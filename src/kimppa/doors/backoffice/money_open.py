"""What is open and how late, by payer; reminders: preview first, then the letters."""

from __future__ import annotations

from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.invoicing import open_items, reminders
from kimppa.consortium.invoicing.ageing import BUCKET_NAMES, Bucket
from kimppa.consortium.invoicing.open_items import Ageing, DunningRow, OpenItem, ReminderRow
from kimppa.consortium.invoicing.reminders import Planned
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.money_decide import DAY
from kimppa.doors.backoffice.money_imports import Downloadable, first_download
from kimppa.doors.backoffice.money_years import Rights, money_visible
from kimppa.doors.web.errors import explain
from kimppa.doors.web.formats import day, money
from kimppa.doors.web.forms import offer
from kimppa.doors.web.staff import actor_of, staff_required
from kimppa.doors.web.tables import Column, Table
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.money import Cents

TONES = {Bucket.NOT_DUE: "", Bucket.TO_30: "info", Bucket.TO_60: "warn", Bucket.TO_90: "warn"}


class DayForm(forms.Form):
    on = forms.DateField(label=gettext_lazy("On the day"), widget=DAY)

    def clean_on(self) -> date:
        chosen: date = self.cleaned_data["on"]
        if chosen > clock.today():
            raise forms.ValidationError(_("The day has not come yet."))
        return chosen


class DunningForm(forms.Form):
    party = forms.ChoiceField(label=gettext_lazy("Payer or seller"))
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        required=False,
        help_text=gettext_lazy("Of a payer: reminders are told of here. Empty: nobody is written to."),
    )
    late_interest = forms.DecimalField(
        label=gettext_lazy("Interest, % a year"),
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
        help_text=gettext_lazy("Of a seller: asked on late payments. Empty: none is asked."),
    )


def _chosen(request: HttpRequest) -> tuple[DayForm, date]:
    form = DayForm({"on": request.GET.get("on") or request.POST.get("on") or clock.today().isoformat()})
    return form, form.cleaned_data["on"] if form.is_valid() else clock.today()


@staff_required
def page(request: HttpRequest) -> HttpResponseBase:
    """Open items on a day: by payer and bucket, each item, and the reminders made."""
    visible = money_visible(request)
    form, on = _chosen(request)
    items = open_items.open_items(on, visible=visible)
    by_payer = open_items.ageing(items)
    listed: dict[str, Downloadable] = {
        "payers": _ageing(request, by_payer, on),
        "items": _items(request, items, on),
        "letters": _reminders(request, open_items.reminders(visible=visible)),
    }
    download = first_download(*listed.values())
    if download is not None:
        return download
    late = [item for item in items if item.days_late > 0]
    context = {
        **listed,
        "form": form,
        "on": on,
        "rights": Rights.of(actor_of(request)),
        "open": tables.total([item.open for item in items]),
        "late": tables.total([item.open for item in late]),
        "late_count": len(late),
    }
    return render(request, "backoffice/money/open.html", context)


@staff_required
def remind(request: HttpRequest) -> HttpResponseBase:
    """GET names what would be reminded of; POST makes what the reader saw and chose."""
    by, now = actor_of(request), clock.now()
    require(by, Act.RECORD_PAYMENTS, now=now)
    form, on = _chosen(request)
    if request.method == "POST":
        seen = dict(_pair(one) for one in request.POST.getlist("reminder") if _pair(one) != (0, 0))
        try:
            made = reminders.remind(by=by, invoices=seen, dated=on, now=now)
        except KimppaError as error:
            messages.error(request, explain(error))
        else:
            text = ngettext("%(count)s reminder was made.", "%(count)s reminders were made.", made)
            messages.success(request, text % {"count": made})
            return redirect("backoffice:money-open")
    planned = reminders.plan(on)
    table = _planned(request, planned)
    context = {
        "form": form,
        "on": on,
        "planned": planned,
        "table": table,
        "hidden": [
            ("on", on.isoformat()),
            *(("reminder", f"{one.item.id}:{one.level}") for one in planned),
        ],
        "consequences": _consequences(planned, on),
    }
    return table.download() or render(request, "backoffice/money/remind.html", context)


def _consequences(planned: tuple[Planned, ...], on: date) -> list[str]:
    said: dict[str, object] = {
        "count": len(planned),
        "total": money(tables.total([one.item.open for one in planned]), tables.language()),
        "day": day(on),
    }
    told = [_("%(count)s letters dated %(day)s are made, %(total)s in all.") % said]
    written = sum(1 for one in planned if one.email)
    if written:
        text = ngettext(
            "%(written)s payer with an e-mail address is told at once.",
            "%(written)s payers with an e-mail address are told at once.",
            written,
        )
        told.append(text % {"written": written})
    if written < len(planned):
        told.append(_("Letters to payers without an e-mail address you send yourself."))
    told.append(_("What has been paid or credited in the meantime is not reminded of."))
    return told


def _pair(text: str) -> tuple[int, int]:
    """`invoice:level` as the page wrote it; (0, 0) for anything else."""
    left, _colon, right = text.partition(":")
    if left.isdecimal() and right.isdecimal() and len(left) < 19 and len(right) < 3:
        return int(left), int(right)
    return 0, 0


@staff_required
def letter(request: HttpRequest, reminder: int) -> HttpResponse:
    """A reminder's letter as it was made."""
    name, body = open_items.letter(reminder, visible=money_visible(request))
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@staff_required
def dunning(request: HttpRequest) -> HttpResponseBase:
    """Whom to write to about late payments, and what interest a seller asks."""
    by, now = actor_of(request), clock.now()
    require(by, Act.EDIT_PAYERS, now=now)
    parties = open_items.dunning_parties()
    form = DunningForm(request.POST or None)
    offer(form, "party", [(str(one.id), one.name) for one in parties])
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            reminders.set_dunning(
                by=by,
                party=int(said["party"]),
                email=said["email"],
                late_interest=said["late_interest"],
                now=now,
            )
        except KimppaError as error:
            form.add_error(None, explain(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("backoffice:money-dunning")
    table = Table(
        request,
        caption=_("Contacts and interest"),
        filename="dunning",
        rows=[one for one in parties if one.email or one.late_interest is not None],
        empty=_("No contacts have been given yet."),
        columns=(
            Column[DunningRow]("name", _("Name"), lambda r: r.name),
            Column("email", _("E-mail"), lambda r: r.email),
            Column("interest", _("Interest, % a year"), lambda r: r.late_interest, kind="number"),
        ),
    )
    context = {"form": form, "table": table}
    return table.download() or render(
        request, "backoffice/money/dunning.html", context, status=422 if form.errors else 200
    )


def _ageing(request: HttpRequest, rows: tuple[Ageing, ...], on: date) -> Table[Ageing]:
    def sums(bucket: Bucket) -> Column[Ageing]:
        return Column[Ageing](bucket.value, _(BUCKET_NAMES[bucket]), lambda r: r.sums[bucket], kind="money")

    footer: dict[str, str | Cents] = {
        bucket.value: tables.total([row.sums[bucket] for row in rows]) for bucket in Bucket
    }
    return Table(
        request,
        name="payers",
        caption=_("Open by payer"),
        filename=f"open-by-payer-{on}",
        rows=rows,
        empty=_("Nothing is open."),
        columns=(
            Column[Ageing]("payer", _("Payer"), lambda r: r.payer),
            *(sums(bucket) for bucket in Bucket),
            Column("total", _("Total"), lambda r: r.total, kind="money"),
        ),
        footer={
            "payer": _("Total"),
            **footer,
            "total": tables.total([row.total for row in rows]),
        },
    )


def _items(request: HttpRequest, rows: tuple[OpenItem, ...], on: date) -> Table[OpenItem]:
    return Table(
        request,
        name="items",
        caption=_("Open invoices"),
        filename=f"open-items-{on}",
        rows=rows,
        empty=_("Nothing is open."),
        columns=(
            Column[OpenItem](
                "number",
                _("Number"),
                lambda r: r.number,
                link=lambda r: reverse("backoffice:money-invoice", args=[r.id]),
            ),
            Column("payer", _("Payer"), lambda r: r.payer),
            Column("seller", _("Seller"), lambda r: r.seller, choices=True),
            Column("due", _("Due date"), lambda r: r.due_on, kind="day"),
            Column("late", _("Days late"), lambda r: r.days_late, kind="number"),
            Column(
                "bucket",
                _("How late"),
                lambda r: _(BUCKET_NAMES[r.bucket]),
                badge=lambda r: TONES.get(r.bucket, "bad"),
                choices=True,
            ),
            Column("level", _("Reminders"), lambda r: r.level, kind="number"),
            Column("open", _("Open"), lambda r: r.open, kind="money"),
        ),
        footer={"number": _("Total"), "open": tables.total([row.open for row in rows])},
    )


def _reminders(request: HttpRequest, rows: tuple[ReminderRow, ...]) -> Table[ReminderRow]:
    return Table(
        request,
        name="letters",
        caption=_("Reminders made"),
        filename="reminders",
        rows=rows,
        empty=_("No reminder has been made."),
        columns=(
            Column[ReminderRow](
                "number",
                _("Number"),
                lambda r: r.number,
                link=lambda r: reverse("backoffice:money-letter", args=[r.id]) if r.ready else "",
            ),
            Column("payer", _("Payer"), lambda r: r.payer),
            Column("level", _("Which"), lambda r: r.level, kind="number"),
            Column("dated", _("Date"), lambda r: r.dated, kind="day"),
            Column("open", _("Open"), lambda r: r.open, kind="money"),
            Column("interest", _("Interest"), lambda r: r.interest, kind="money"),
            Column("written", _("Told by e-mail"), lambda r: r.written, kind="yes"),
        ),
    )


def _planned(request: HttpRequest, rows: tuple[Planned, ...]) -> Table[Planned]:
    return Table(
        request,
        name="planned",
        caption=_("Reminders to be made"),
        filename="reminders-preview",
        rows=rows,
        empty=_("Nothing is late."),
        columns=(
            Column[Planned]("number", _("Number"), lambda r: r.item.number),
            Column("payer", _("Payer"), lambda r: r.item.payer),
            Column("level", _("Which"), lambda r: r.level, kind="number"),
            Column("late", _("Days late"), lambda r: r.item.days_late, kind="number"),
            Column("open", _("Open"), lambda r: r.item.open, kind="money"),
            Column("interest", _("Interest"), lambda r: r.interest, kind="money"),
            Column("email", _("E-mail"), lambda r: r.email),
        ),
    )
