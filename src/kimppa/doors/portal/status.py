"""The public page of what works now: plain words, 90 days, disruptions, maintenance; feeds and letters."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from kimppa.commons.health import status_queries, telling
from kimppa.commons.health.rules import STANDING_NAMES, Standing
from kimppa.commons.health.status_queries import IncidentStory, Status, status
from kimppa.doors.portal import status_bars
from kimppa.doors.web import formats
from kimppa.doors.web.errors import explain
from kimppa.doors.web.limits import too_often
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import KimppaError

MOST_AN_HOUR = 10
KEPT_SECONDS = 60


class SubscribeForm(forms.Form):
    """An address that wants to hear of disruptions."""

    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("You get one message to confirm. The address is kept only while you want messages."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What works now."""
    language = get_language() or "fi"
    found = status(clock.real_now())
    context = {
        "summary": summary(found),
        "tone": tone(found),
        "targets": [status_bars.shown(one, found.first_day, language) for one in found.targets],
        "open": [_story(one, language) for one in found.open],
        "past": [_story(one, language) for one in found.past],
        "maintenance": [
            {
                "text": one.text(language),
                "names": ", ".join(one.whose(language)),
                "starts": one.starts,
                "ends": one.ends,
            }
            for one in found.maintenance
        ],
        "example": any(one.example for one in found.targets),
    }
    return render(request, "portal/status/page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """Ask for messages by e-mail."""
    form = SubscribeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if too_often(request, "status-mail", most=MOST_AN_HOUR, seconds=3600):
            form.add_error(
                None, gettext("Many messages have come from here within an hour. Try again later.")
            )
        elif _subscribe(request, form):
            messages.success(request, gettext("We sent you a message. Open the link in it to confirm."))
            return HttpResponseRedirect(reverse("portal:status"))
    context = {"form": form}
    return render(request, "portal/status/subscribe.html", context, status=422 if form.errors else 200)


def _subscribe(request: HttpRequest, form: SubscribeForm) -> bool:
    # The address ends where the token is put: an empty one cannot be reversed.
    links = tuple(
        request.build_absolute_uri(reverse(name, args=["TOKEN"])).removesuffix("TOKEN/")
        for name in ("portal:status-confirm", "portal:status-unsubscribe")
    )
    try:
        telling.subscribe(
            address=form.cleaned_data["email"],
            language=get_language() or "fi",
            links=(links[0], links[1]),
            now=clock.real_now(),
        )
    except KimppaError as error:
        form.add_error(None, explain(error))
        return False
    return True


def summary(found: Status) -> str:
    """One plain sentence for all of it."""
    stands = [one.standing for one in found.targets]
    down = stands.count(Standing.DOWN)
    if not stands or all(one is Standing.UNKNOWN for one in stands):
        return gettext("We do not know yet how the services work.")
    if down:
        names = [one.name(get_language() or "fi") for one in found.targets if one.standing is Standing.DOWN]
        return gettext("These do not work now: %(names)s.") % {"names": ", ".join(names)}
    if Standing.TROUBLE in stands:
        return gettext("Some services have trouble now.")
    if Standing.MAINTENANCE in stands:
        return gettext("Some services are being maintained. The others work.")
    if Standing.UNKNOWN in stands:
        return gettext("All services that we have looked at today work.")
    return gettext("All services work.")


def tone(found: Status) -> str:
    stands = {one.standing for one in found.targets}
    if Standing.DOWN in stands:
        return "bad"
    if Standing.TROUBLE in stands:
        return "warn"
    if not stands or stands & {Standing.UNKNOWN, Standing.MAINTENANCE}:
        return "info"
    return "ok"


@dataclass(frozen=True, slots=True)
class ShownStory:
    """An incident in the page's language; `{% each %}` keeps what was made of it."""

    id: int
    name: str
    opened: datetime
    closed: datetime | None
    lasted: str
    updates: tuple[tuple[datetime, str], ...]


def _story(one: IncidentStory, language: str) -> ShownStory:
    row = one.row
    return ShownStory(
        id=row.id,
        name=row.name(language),
        opened=row.opened,
        closed=row.closed,
        lasted=lasted(row.closed - row.opened) if row.closed else "",
        updates=tuple((told.at, told.text(language)) for told in one.updates),
    )


def lasted(time: timedelta) -> str:
    """`2 h 5 min`, the same in the three languages."""
    minutes = max(1, round(time.total_seconds() / 60))
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The second yes. A button, since mail programs open links by themselves."""
    if request.method == "POST":
        telling.confirm(token=token, now=clock.real_now())
        messages.success(request, gettext("Confirmed. You now get a message of each disruption."))
        return HttpResponseRedirect(reverse("portal:status"))
    if not telling.knows(token):
        raise telling.NoSuchSubscription
    return _private(render(request, "portal/status/confirm.html", {"ends": False}))


@csrf_exempt  # a mail program ends it by itself (RFC 8058); whoever has the address may
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """End the messages; the address is removed. Doing it again is no mistake."""
    if request.method == "POST":
        telling.unsubscribe(token=token)
        if request.POST.get("List-Unsubscribe") == "One-Click":
            return HttpResponse(status=200)
        messages.success(request, gettext("You get no more messages. Your address was removed."))
        return HttpResponseRedirect(reverse("portal:status"))
    return _private(render(request, "portal/status/confirm.html", {"ends": True}))


def _private(response: HttpResponse) -> HttpResponse:
    """The address holds a secret: it is told to nobody and kept nowhere."""
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
def as_json(request: HttpRequest) -> HttpResponse:
    """The same for programs."""
    now = clock.real_now()
    found = status(now)
    told = {
        "generated": now.isoformat(timespec="seconds"),
        "targets": [
            {
                "key": one.key,
                "name": {"fi": one.name_fi, "sv": one.name_sv, "en": one.name_en},
                "standing": one.standing.value,
                "availability_90_days": _percent(one),
                "example": one.example,
            }
            for one in found.targets
        ],
        "incidents": [_incident_json(one) for one in (*found.open, *found.past)],
        "maintenance": [
            {
                "starts": one.starts.isoformat(),
                "ends": one.ends.isoformat(),
                "targets": list(one.keys),
                "text": {"fi": one.text_fi, "sv": one.text_sv, "en": one.text_en},
            }
            for one in found.maintenance
        ],
    }
    return _feed(json.dumps(told, ensure_ascii=False, indent=1), "application/json; charset=utf-8")


def _percent(one: status_queries.TargetStatus) -> str | None:
    figure = one.history.whole.availability
    return None if figure is None else str(figure)


def _incident_json(one: IncidentStory) -> dict[str, object]:
    return {
        "id": one.row.id,
        "target": one.row.key,
        "opened": one.row.opened.isoformat(),
        "closed": one.row.closed.isoformat() if one.row.closed else None,
        "updates": [
            {"at": told.at.isoformat(), "fi": told.text_fi, "sv": told.text_sv, "en": told.text_en}
            for told in one.updates
        ],
    }


@require_safe
def rss(request: HttpRequest) -> HttpResponse:
    """Incidents and coming maintenance in the page's language, for feed readers (RSS 2.0)."""
    language = get_language() or "fi"
    found = status(clock.real_now())
    home = request.build_absolute_uri(reverse("portal:status"))
    items = [_rss_item(one, home, language) for one in (*found.open, *found.past)]
    for one in found.maintenance:
        title = gettext("Planned maintenance") + ": " + ", ".join(one.whose(language))
        times = f"{formats.moment(one.starts, language)} – {formats.moment(one.ends, language)}"
        items.append(
            _item(title, f"{times}. {one.text(language)}", home, f"maintenance-{one.id}", one.starts)
        )
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<rss version="2.0"><channel><title>{escape(gettext("Status of the e-library"))}</title>'
        f"<link>{escape(home)}</link><description>{escape(summary(found))}</description>"
        f"<language>{language}</language>{''.join(items)}</channel></rss>\n"
    )
    return _feed(body, "application/rss+xml; charset=utf-8")


def _rss_item(one: IncidentStory, home: str, language: str) -> str:
    state = gettext("Works again") if one.row.closed else gettext(STANDING_NAMES[Standing.DOWN])
    told = [f"{formats.moment(u.at, language)}: {u.text(language)}" for u in one.updates]
    said = [gettext("Began") + " " + formats.moment(one.row.opened, language)]
    if one.row.closed:
        said.append(gettext("Ended") + " " + formats.moment(one.row.closed, language))
    # A change is a new item for feed readers: they tell what they have seen by its id.
    guid = f"incident-{one.row.id}-{len(told)}-{'closed' if one.row.closed else 'open'}"
    newest = max([one.row.closed or one.row.opened, *(u.at for u in one.updates)])
    title = f"{one.row.name(language)}: {state}"
    return _item(title, "\n".join([*said, *told]), f"{home}#incident-{one.row.id}", guid, newest)


def _item(title: str, text: str, link: str, guid: str, at: datetime) -> str:
    # Always English, whatever the page's language: RFC 822.
    day, month = (["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][at.weekday()], _MONTHS[at.month - 1])
    stamp = f"{day}, {at.day:02d} {month} {at.year} {at:%H:%M:%S} +0000"
    return (
        f"<item><title>{escape(title)}</title><link>{escape(link)}</link>"
        f'<guid isPermaLink="false">{escape(guid)}</guid><pubDate>{stamp}</pubDate>'
        f"<description>{escape(text)}</description></item>"
    )


_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def _feed(body: str, media_type: str) -> HttpResponse:
    response = HttpResponse(body, content_type=media_type)
    response["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    response["Access-Control-Allow-Origin"] = "*"
    return response
