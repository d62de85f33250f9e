"""Our own lending as COUNTER tells it: by kind for the consortium or a member, by title for the consortium.

A municipality and a title never meet in one figure, so a member has no report by title.
"""

from __future__ import annotations

from datetime import date

from django.db.models import Sum

from kimppa.commons.usage.models import Figure, TitleFigure
from kimppa.commons.usage.services import OWN_LENDING
from kimppa.elibrary.catalog.models import Publication
from kimppa.elibrary.circulation.services import title_key
from kimppa.foundation.core.text import noop
from kimppa.foundation.protocols import sushi_reports as protocol
from kimppa.foundation.protocols.sushi_reports import Loans

DATA_TYPES = {
    "ebook": protocol.BOOK,
    "audiobook": protocol.SOUND,
    "music": protocol.SOUND,
    "film": protocol.AUDIOVISUAL,
    "course": protocol.MULTIMEDIA,
    "magazine": protocol.JOURNAL,
    "newspaper": protocol.NEWSPAPER,
    "": protocol.UNSPECIFIED,
}
REMOVED = noop("A title that is no longer in the catalogue")
ISBN = "urn:isbn:"


def by_kind(code: str | None, *, first: date, last: date) -> tuple[Loans, ...]:
    """Loans of residents of a municipality, or of everybody (None), by kind and month."""
    rows = Figure.objects.filter(platform=OWN_LENDING, metric="loans", month__gte=first, month__lte=last)
    if code is not None:
        rows = rows.filter(unit_kind="municipality", unit_code=code)
    found: dict[str, dict[str, int]] = {}
    for kind, month, value in (
        rows.values_list("kind", "month").annotate(Sum("value")).order_by("kind", "month")
    ):
        months = found.setdefault(data_type(kind), {})
        months[f"{month:%Y-%m}"] = months.get(f"{month:%Y-%m}", 0) + value
    return tuple(Loans(kind, months) for kind, months in sorted(found.items()))


def by_title(*, first: date, last: date) -> tuple[Loans, ...]:
    """Loans of each title by month, by title; what has left the catalogue is told without its name."""
    rows = TitleFigure.objects.filter(metric="loans", batch__month__gte=first, batch__month__lte=last)
    found: dict[str, dict[str, int]] = {}
    for key, month, value in rows.values_list("title_key", "batch__month").annotate(Sum("value")).order_by():
        found.setdefault(key, {})[f"{month:%Y-%m}"] = value
    if not found:
        return ()
    known = {}
    for publication in Publication.objects.only("identifier", "title", "kind", "year").iterator():
        key = title_key(publication)
        if key in found:
            known[key] = publication
    told = (_told(key, months, known.get(key)) for key, months in found.items())
    return tuple(sorted(told, key=lambda one: (one.title, sorted(one.identifiers.values()))))


def _told(key: str, months: dict[str, int], publication: Publication | None) -> Loans:
    if publication is None:
        return Loans(protocol.UNSPECIFIED, months, REMOVED, {"Proprietary": f"kimppa:{key[:16]}"})
    name = publication.identifier
    if name.casefold().startswith(ISBN):
        identifiers = {"ISBN": name[len(ISBN) :]}
    else:
        identifiers = {"Proprietary": f"kimppa:{name}"}
    year = f"{publication.year:04}" if publication.year else ""
    return Loans(data_type(publication.kind), months, publication.title, identifiers, year)


def data_type(kind: str) -> str:
    """COUNTER's word for a kind of content."""
    return DATA_TYPES.get(kind, protocol.OTHER)
