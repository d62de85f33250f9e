"""Equality in a year: whose use was measured, how far everybody lives, and which services stand open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import lcm

from kimppa.commons.members import queries as members
from kimppa.commons.platforms import queries as platforms
from kimppa.insight.reporting.distances import nearest
from kimppa.insight.reporting.equality import Equality, Place, equality
from kimppa.insight.reporting.use_sums import percent
from kimppa.insight.reporting.use_year import PlaceYear, ServiceYear, UseYear, relative_use

# A service with more estimates than this says nothing of equality: what is dealt by residents is equal.
MOST_ESTIMATED = Decimal(10)


@dataclass(frozen=True, slots=True)
class ServiceEquality:
    """One service: with estimates, and by its measured part alone (None: too much is an estimate)."""

    service: ServiceYear
    with_estimates: Equality | None
    measured: Equality | None


@dataclass(frozen=True, slots=True)
class PlaceEquality:
    """One municipality. `open_to`: how many of `services` its residents may use; None: nowhere recorded."""

    place: PlaceYear
    kilometres: int | None
    city: str
    relative: Decimal | None
    open_to: int | None
    services: int

    @property
    def access(self) -> Decimal | None:
        return percent(self.open_to, self.services) if self.open_to is not None else None


@dataclass(frozen=True, slots=True)
class EqualityYear:
    """`measured` spans the services that are measured enough (`spanned`); `left_out` are the rest."""

    measured: Equality | None
    with_estimates: Equality | None
    services: tuple[ServiceEquality, ...]
    left_out: tuple[ServiceYear, ...]
    spanned: tuple[str, ...]
    places: tuple[PlaceEquality, ...]
    cities: tuple[str, ...]


def equality_of(told: UseYear, *, each: bool = True) -> EqualityYear:
    """The equality of a year that has been gathered already; `each`: of every service by itself too."""
    on = date(told.year, 12, 31)
    cities = [row.coordinator_code for row in members.areas_on(on) if row.coordinator_code]
    far = nearest([place.code for place in told.places], cities)
    used = [service for service in told.services if service.places.value]
    enough = [s for s in used if (s.places.estimated_percent or Decimal(0)) <= MOST_ESTIMATED]
    return EqualityYear(
        measured=_spanning(told, enough, far, measured=True),
        with_estimates=_spanning(told, used, far, measured=False),
        services=tuple(
            ServiceEquality(
                service,
                _spanning(told, [service], far, measured=False),
                _spanning(told, [service], far, measured=True) if service in enough else None,
            )
            for service in (used if each else ())
        ),
        left_out=tuple(service for service in used if service not in enough),
        spanned=tuple(service.slug for service in enough),
        places=_places(told, far, enough, on),
        cities=tuple(cities),
    )


def _spanning(
    told: UseYear, services: Iterable[ServiceYear], far: Mapping[str, tuple[int, str]], *, measured: bool
) -> Equality | None:
    """Equality of several services, each alike heavy: every service's use is dealt out of the same number."""
    wholes = {s.slug: s.places.measured if measured else s.places.value for s in services}
    same = lcm(*(whole for whole in wholes.values() if whole))
    used = {place.code: 0 for place in told.places}
    for slug, whole in wholes.items():
        each = same // whole if whole else 0
        for place in told.places:
            use = place.uses.get(slug)
            if use:
                used[place.code] += (use.measured if measured else use.value) * each
    return equality(
        Place(p.code, p.residents, used[p.code], far[p.code][0] if p.code in far else None)
        for p in told.places
        if p.residents
    )


def _places(
    told: UseYear, far: Mapping[str, tuple[int, str]], enough: list[ServiceYear], on: date
) -> tuple[PlaceEquality, ...]:
    open_to = platforms.entitled_of_all(on=on)
    return tuple(
        PlaceEquality(
            place=place,
            kilometres=far[place.code][0] if place.code in far else None,
            city=far[place.code][1] if place.code in far else "",
            relative=relative_use([place], enough, told.residents),
            open_to=sum(place.code in codes for codes in open_to.values()) if open_to else None,
            services=len(open_to),
        )
        for place in told.places
    )
