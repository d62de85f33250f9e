"""What is wrong just now and concerns whoever reads the page; nothing else is told on every page."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import get_language, gettext

from kimppa.commons.health import queries as health
from kimppa.commons.health.queries import IncidentRow
from kimppa.commons.health.rules import Kind
from kimppa.doors.web.limits import address_of
from kimppa.doors.web.patrons import patron_of
from kimppa.elibrary.access import overview
from kimppa.elibrary.patrons import queries as patrons
from kimppa.elibrary.patrons.queries import CurrentPatron
from kimppa.foundation.core import clock


@dataclass(frozen=True, slots=True)
class Trouble:
    """One sentence, and what it means for the reader."""

    title: str
    text: str


def troubles(request: HttpRequest) -> list[Trouble]:
    """The reader's own library system, our own service, and e-services that are open to them.

    One query where nothing is wrong.
    """
    patron = patron_of(request)
    found = [_own_system(patron)] if patron and patron.system_down else []
    incidents = [row for row in health.open_incidents(clock.real_now()) if row.public]
    found += [_hub(row) for row in incidents if row.kind is Kind.HUB]
    failing = [row for row in incidents if row.kind is Kind.PLATFORM]
    if failing and patron:
        why = overview.reasons(patron, on=clock.today(), address=address_of(request))
        open_to = {f"platform:{slug}" for slug, reason in why.items() if reason is None}
        found += [_platform(row) for row in failing if row.key in open_to]
    return found


def _own_system(patron: CurrentPatron) -> Trouble:
    language = get_language() or "fi"
    name = next((s.name(language) for s in patrons.systems() if s.slug == patron.system_slug), "")
    return Trouble(
        gettext("%(system)s does not answer just now") % {"system": name},
        gettext(
            "You stay signed in, by what your library last told us. If you sign out now, you cannot sign in "
            "again before it answers."
        ),
    )


def _hub(row: IncidentRow) -> Trouble:
    text = gettext("We know of it. What is known is on the status page.")
    return Trouble(_title(row), text)


def _platform(row: IncidentRow) -> Trouble:
    text = gettext("The fault is not in your card or device. What is known is on the status page.")
    return Trouble(_title(row), text)


def _title(row: IncidentRow) -> str:
    return gettext("%(name)s does not work properly just now") % {"name": row.name(get_language() or "fi")}
