"""Whose use it can be: the whole, a kimppa, a municipality or a library, and by which names they go."""

from __future__ import annotations

from typing import TypeAlias

from kimppa.commons.members.models import Kimppa, Library
from kimppa.commons.members.queries import municipalities
from kimppa.commons.usage.rules import UnitKind
from kimppa.commons.usage.sheet_models import UnitName
from kimppa.commons.usage.sheet_words import folded
from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.text import in_language, noop


class NoSuchUnit(Invalid):
    code = "usage-no-such-unit"
    sentence = noop("There is no %(kind)s “%(code)s”.")


Unit: TypeAlias = tuple[str, str]  # kind, code


def named(language: str) -> dict[Unit, str]:
    """Every unit but the whole → its name, municipalities first, each kind by name."""
    found: dict[Unit, str] = {}
    places = [(row.name(language), row.code) for row in municipalities()]
    found.update({(UnitKind.MUNICIPALITY.value, code): name for name, code in sorted(places)})
    for kind, model in ((UnitKind.KIMPPA, Kimppa), (UnitKind.LIBRARY, Library)):
        rows = model.objects.values_list("slug", "name_fi", "name_sv", "name_en")
        names = sorted((in_language(language, fi=fi, sv=sv, en=en), slug) for slug, fi, sv, en in rows)
        found.update({(kind.value, slug): name for name, slug in names})
    return found


def known(platform: str, places: str) -> dict[str, Unit]:
    """Folded name → unit, of one kind of places: our own names, then what was matched for the service."""
    found = _our_names(places)
    rows = UnitName.objects.filter(platform=platform, unit_kind=places)
    found.update({told: (places, code) for told, code in rows.values_list("told", "unit_code")})
    return found


def check(unit: Unit) -> None:
    """Raises NoSuchUnit."""
    kind, code = unit
    if kind == UnitKind.CONSORTIUM and not code:
        return
    if unit not in named("fi"):
        raise NoSuchUnit(kind=kind, code=code)


def _our_names(places: str) -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    if places == UnitKind.MUNICIPALITY:
        for row in municipalities():
            told = (row.name_fi, row.name_sv, row.name_en, row.name_se, row.name_smn, row.name_sms, row.code)
            for name in filter(None, told):
                found.setdefault(folded(name), (places, row.code))
            for name in _of(folded(row.name_fi)):
                found.setdefault(name, (places, row.code))
        return found
    model = Kimppa if places == UnitKind.KIMPPA else Library
    for slug, *names in model.objects.values_list("slug", "name_fi", "name_sv", "name_en"):
        for name in filter(None, (*names, slug)):
            found.setdefault(folded(name), (places, slug))
            found.setdefault(name.casefold(), (places, slug))
    return found


def _of(name: str) -> tuple[str, ...]:
    """“Kemin” of Kemi, “Rovaniemen” of Rovaniemi: as libraries are named after their place."""
    return (f"{name}n", f"{name[:-1]}en") if name.endswith("i") else (f"{name}n",)
