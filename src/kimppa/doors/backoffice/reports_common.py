"""What the pages of reports share: the year asked for, names, cells that say what is not known, and links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.usage.rules import INTEREST_NAMES, Interest
from kimppa.doors.web import charts
from kimppa.doors.web.bar_chart import Bar, bar_chart
from kimppa.doors.web.formats import number
from kimppa.doors.web.staff import actor_of
from kimppa.foundation.core import clock
from kimppa.foundation.core.money import Cents
from kimppa.insight.reporting import use_year
from kimppa.insight.reporting.saved_views import Page
from kimppa.insight.reporting.use_sums import Use
from kimppa.insight.reporting.use_year import Basis, PlaceYear, ServiceYear

NAMES_WIDTH = 250


def entered(request: HttpRequest) -> str:
    """Everybody who may see use sees all of it. Returns the page's language. Raises NotYours."""
    require(actor_of(request), Act.SEE_USAGE, now=clock.now())
    return get_language() or "fi"


def year_asked(request: HttpRequest) -> tuple[int, tuple[int, ...]]:
    """The year of `?year=`, else the last whole one that has use; and the years that have any."""
    years = use_year.years()
    asked = request.GET.get("year", "")
    plain = asked.isascii() and asked.isdecimal() and len(asked) == 4 and 2000 <= int(asked) <= 2199
    if plain:
        return int(asked), years
    whole = [one for one in years if one < clock.today().year]
    return (whole or list(years) or [clock.today().year - 1])[0], years


def figure_url(platform: str, code: str | None, first: date, last: date) -> str:
    """Where a figure opens to what it was made of. Code None: of all."""
    page = reverse("backoffice:use-figure")
    told = {"platform": platform, "first": f"{first:%Y-%m}", "last": f"{last:%Y-%m}"}
    if code is not None:
        told["code"] = code
    return f"{page}?{urlencode(told)}"


def year_url(platform: str, code: str | None, year: int) -> str:
    """The same of a year's figure."""
    return figure_url(platform, code, date(year, 1, 1), date(year, 12, 31))


def cost_url(service: ServiceYear, year: int) -> str:
    """Where a cost opens to its bookings: the service's budget line, or the year's where it has several."""
    if service.cost is None or service.booked is None:
        return ""
    if len(service.cost.lines) == 1:
        return reverse("backoffice:budget-line", args=[service.cost.lines[0]])
    return reverse("backoffice:budget-year", args=[year])


def service_name(service: ServiceYear) -> str:
    return _(use_year.OWN_LENDING) if use_year.is_own_lending(service.slug) else service.name


def name_of(slug: str, name: str) -> str:
    return _(use_year.OWN_LENDING) if use_year.is_own_lending(slug) else name


def counted_as(interests: Sequence[Interest]) -> str:
    """What one use is; several in one year where the choice changed."""
    return " / ".join(_(INTEREST_NAMES[one]) for one in interests) or _("not chosen")


def known(value: Cents | Decimal | int | None) -> Cents | Decimal | int | str:
    """A cell: the value, or plainly that it is not known (never zero, never empty)."""
    return _("not known") if value is None else value


def estimated(use: Use | None) -> Decimal | str:
    """How much of a figure is an estimate, per cent; empty where there is no use."""
    found = use.estimated_percent if use else None
    return "" if found is None else found


def open_text(use: Use | None) -> str:
    """Whether more is to come; a year that has not all its months says how many it has."""
    if use is None:
        return ""
    if use.open_months:
        return _("open months: %(count)s") % {"count": use.open_months}
    if use.months and use.months < 12:
        return _("months told: %(count)s of 12") % {"count": use.months}
    return _("closed") if use.months else _("no figures")


def signed(value: Decimal | None, language: str) -> str:
    """A change in per cent with its sign; why it is empty stands on the page."""
    if value is None:
        return _("not comparable")
    text = number(value, language)
    return f"+{text} %" if value > 0 else f"{text} %"


def basis_text(basis: Basis) -> str:
    """Whose residents are meant."""
    if basis.reference_date is None:
        return _("No populations are known: figures per resident are left out.")
    day = f"{basis.reference_date.day}.{basis.reference_date.month}.{basis.reference_date.year}"
    if basis.by_levy:
        return _("Residents as of %(day)s, the reference date of the year's levy.") % {"day": day}
    return _("Residents as of %(day)s; the year has no levy yet.") % {"day": day}


def place_map(
    places: Sequence[PlaceYear],
    value: Callable[[PlaceYear], Decimal | None],
    *,
    middle: Decimal,
    title: str,
    language: str,
) -> str:
    """A tile map: green above the middle, yellow below it, darker the further."""
    values = {place.code: value(place) for place in places}
    apart = {code: (middle - one if one is not None else None) for code, one in values.items()}
    steps = charts.shades(apart)
    tiles = [
        charts.Tile(p.code, p.name(language), _shown(values[p.code], language), steps[p.code]) for p in places
    ]
    return charts.tile_map(tiles, title=title)


def two_years(services: Sequence[ServiceYear], year: int, language: str) -> list[tuple[str, str]]:
    """A chart for each kind of use, its services with both years on one scale: (what is counted, SVG)."""
    groups: dict[tuple[Interest, ...], list[Bar]] = {}
    for service in services:
        bars = groups.setdefault(service.counted_as, [])
        for of, use in ((year - 1, service.before), (year, service.use)):
            if use is None or not use.months:
                continue
            name = f"{service_name(service)} {of}"
            most = (use.estimated_percent or Decimal(0)) >= 50 or bool(use.open_months)
            bars.append(
                Bar(name, number(use.value, language), Decimal(use.value), chosen=of == year, hatched=most)
            )
    return [
        (counted_as(kind), bar_chart(bars, title=counted_as(kind), label=NAMES_WIDTH))
        for kind, bars in groups.items()
        if bars
    ]


def cost_bars(services: Sequence[ServiceYear], language: str, money: Callable[[Decimal], str]) -> str:
    """What one use cost, service by service, on one scale; empty where no cost is known."""
    bars = [
        Bar(service_name(one), money(one.cost_per_use), one.cost_per_use)
        for one in sorted(services, key=lambda s: -(s.cost_per_use or Decimal(0)))
        if one.cost_per_use is not None
    ]
    return bar_chart(bars, title=_("What one use cost"), label=NAMES_WIDTH) if bars else ""


def saving(page: Page, about: str = "") -> dict[str, str]:
    """What the form “Save this view” needs besides the address' own filters."""
    return {"page": page.value, "about": about}


def _shown(value: Decimal | None, language: str) -> str:
    return "–" if value is None else number(value, language)
