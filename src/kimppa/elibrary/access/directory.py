"""Which services are open to whom, and whose cards each library system stands for: read together.

A process that answers hundreds of questions a second keeps it for a moment (core.keeping).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kimppa.commons.members.models import KimppaMembership, LibraryMunicipality
from kimppa.commons.members.queries import in_force
from kimppa.commons.platforms import queries as platforms
from kimppa.commons.platforms.entitlement import AccessRule, Basis
from kimppa.elibrary.patrons.models import LibrarySystem
from kimppa.foundation.core.keeping import kept


@dataclass(frozen=True, slots=True)
class Directory:
    """As of a day. rules and entitled by platform; cards by library system: codes of municipalities."""

    rules: dict[str, AccessRule]
    entitled: dict[str, frozenset[str]]
    cards: dict[str, frozenset[str]]

    def rule(self, platform: str) -> AccessRule:
        return self.rules.get(platform, AccessRule())

    def open_to(self, platform: str) -> frozenset[str]:
        return self.entitled.get(platform, frozenset())

    def systems_for(self, platform: str) -> frozenset[str]:
        """The library systems whose cards could open a service; an e-service may ask no other ones."""
        entitled = self.open_to(platform)
        if not entitled:
            return frozenset()
        if self.rule(platform).basis is Basis.RESIDENCE:
            return frozenset(self.cards)
        return frozenset(slug for slug, codes in self.cards.items() if codes & entitled)


def directory(on: date) -> Directory:
    """The directory of a day. Five queries, or none where it is kept."""
    return kept(("access.directory", on), lambda: _read(on))


def _read(on: date) -> Directory:
    return Directory(platforms.access_rules(on=on), platforms.entitled_of_all(on=on), _cards(on))


def _cards(on: date) -> dict[str, frozenset[str]]:
    kimppas: dict[int, set[str]] = {}
    for kimppa, code in KimppaMembership.objects.filter(in_force(on)).values_list(
        "kimppa_id", "municipality__code"
    ):
        kimppas.setdefault(kimppa, set()).add(code)
    libraries: dict[int, set[str]] = {}
    rows = LibrarySystem.objects.values_list("slug", "kimppa_id", "library_id", "municipality__code")
    systems = list(rows)
    if any(library for _slug, _kimppa, library, _code in systems):
        served = LibraryMunicipality.objects.filter(in_force(on))
        for library, code in served.values_list("library_id", "municipality__code"):
            libraries.setdefault(library, set()).add(code)
    made: dict[str, frozenset[str]] = {}
    for slug, kimppa, library, code in systems:
        codes = kimppas.get(kimppa, set()) if kimppa else libraries.get(library, set()) if library else set()
        made[slug] = frozenset(codes) if kimppa or library else frozenset({code} if code else ())
    return made
