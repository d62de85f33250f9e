"""Reading the e-services as of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from ipaddress import IPv4Network, IPv6Network, ip_network

from django.db.models import QuerySet

from kimppa.commons.members.queries import OLDEST_FIRST, in_force, member_codes_on
from kimppa.commons.platforms.entitlement import AccessRule, Basis
from kimppa.commons.platforms.models import (
    Entitlement,
    LibraryNetwork,
    Platform,
    PlatformAccess,
    PlatformUse,
)
from kimppa.commons.platforms.rules import Content
from kimppa.commons.platforms.services import NoSuchPlatform
from kimppa.foundation.core.keeping import kept
from kimppa.foundation.core.text import in_language


@dataclass(frozen=True, slots=True)
class PlatformRow:
    """An e-service; empty text where nothing is known. Guides are plain text in short paragraphs."""

    slug: str
    name: str
    contents: tuple[Content, ...]
    summary_fi: str
    summary_sv: str
    summary_en: str
    guide_fi: str
    guide_sv: str
    guide_en: str
    address: str
    evidence: str
    content_languages: tuple[str, ...]

    def summary(self, language: str) -> str:
        return in_language(language, fi=self.summary_fi, sv=self.summary_sv, en=self.summary_en)

    def guide(self, language: str) -> str:
        return in_language(language, fi=self.guide_fi, sv=self.guide_sv, en=self.guide_en)


@dataclass(frozen=True, slots=True)
class UseRow:
    """When the e-library has or had the service; None: not known, or still."""

    valid_from: date | None
    valid_to: date | None
    note: str


def platforms_on(day: date) -> tuple[PlatformRow, ...]:
    """The services that the e-library has on a day, in their order."""
    using = PlatformUse.objects.filter(in_force(day)).values("platform")
    return _rows(Platform.objects.filter(pk__in=using))


def every_platform() -> tuple[PlatformRow, ...]:
    """All services ever, in their order; for the back office."""
    return _rows(Platform.objects.all())


def platform(slug: str) -> PlatformRow:
    """One service. Raises NoSuchPlatform."""
    found = _rows(Platform.objects.filter(slug=slug))
    if not found:
        raise NoSuchPlatform()
    return found[0]


def is_known(slug: str) -> bool:
    """Whether there is or was a service of that short name."""
    return Platform.objects.filter(slug=slug).exists()


def uses(slug: str) -> tuple[UseRow, ...]:
    """The times in which the e-library has had a service, oldest first."""
    rows = PlatformUse.objects.filter(platform__slug=slug).order_by(OLDEST_FIRST, "pk")
    return tuple(UseRow(u.valid_from, u.valid_to, u.note) for u in rows)


def entitled(slug: str, *, on: date) -> frozenset[str]:
    """Codes of the municipalities whose residents may use the service on a day: members only."""
    rows = Entitlement.objects.filter(in_force(on), platform__slug=slug)
    codes = set(rows.values_list("municipality__code", flat=True))
    members = member_codes_on(on)
    return members if None in codes else members & frozenset(c for c in codes if c is not None)


def access_rule(slug: str, *, on: date) -> AccessRule:
    """The terms of use of a service on a day; by card, where nothing is set."""
    return access_rules(on=on).get(slug, AccessRule())


def access_rules(*, on: date) -> dict[str, AccessRule]:
    """Slug → the terms that are set for the day."""
    fields = ("blocked_too", "in_library_only", "guardian_for_children", "tells_municipality")
    rows = PlatformAccess.objects.filter(in_force(on)).order_by("pk")
    return {
        slug: AccessRule(Basis(basis), youngest, *flags)
        for slug, basis, youngest, *flags in rows.values_list("platform__slug", "basis", "youngest", *fields)
    }


@dataclass(frozen=True, slots=True)
class TermsRow:
    """The terms of a service in some time; None: from the beginning, or still."""

    valid_from: date | None
    valid_to: date | None
    terms: AccessRule


def terms_of(slug: str) -> tuple[TermsRow, ...]:
    """Every set of terms of a service, the newest first."""
    rows = PlatformAccess.objects.filter(platform__slug=slug).order_by(OLDEST_FIRST, "pk")
    made = [
        TermsRow(
            row.valid_from,
            row.valid_to,
            AccessRule(
                Basis(row.basis),
                row.youngest,
                row.blocked_too,
                row.in_library_only,
                row.guardian_for_children,
                row.tells_municipality,
            ),
        )
        for row in rows
    ]
    return tuple(reversed(made))


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """An address range of a municipality's libraries."""

    id: int
    code: str
    name_fi: str
    network: str
    note: str


def network_rows() -> tuple[NetworkRow, ...]:
    """All address ranges by municipality."""
    rows = LibraryNetwork.objects.order_by("municipality__name_fi", "network")
    fields = ("pk", "municipality__code", "municipality__name_fi", "network", "note")
    return tuple(NetworkRow(*row) for row in rows.values_list(*fields))


def entitled_of_all(*, on: date) -> dict[str, frozenset[str]]:
    """Slug → codes of the municipalities whose residents may use the service; only services in use."""
    members = member_codes_on(on)
    using = PlatformUse.objects.filter(in_force(on)).values("platform")
    opened: dict[str, set[str | None]] = {}
    rows = Entitlement.objects.filter(in_force(on), platform__in=using)
    for slug, code in rows.values_list("platform__slug", "municipality__code"):
        opened.setdefault(slug, set()).add(code)
    return {
        slug: members if None in codes else members & frozenset(c for c in codes if c is not None)
        for slug, codes in opened.items()
    }


def networks() -> dict[str, tuple[IPv4Network | IPv6Network, ...]]:
    """Municipality code → the address ranges of its libraries."""
    return kept("platforms.networks", _networks)


def _networks() -> dict[str, tuple[IPv4Network | IPv6Network, ...]]:
    found: dict[str, list[IPv4Network | IPv6Network]] = {}
    for code, network in LibraryNetwork.objects.values_list("municipality__code", "network"):
        found.setdefault(code, []).append(ip_network(network))
    return {code: tuple(nets) for code, nets in found.items()}


def _rows(found: QuerySet[Platform]) -> tuple[PlatformRow, ...]:
    return tuple(
        PlatformRow(
            slug=p.slug,
            name=p.name,
            contents=tuple(Content(c) for c in p.contents),
            summary_fi=p.summary_fi,
            summary_sv=p.summary_sv,
            summary_en=p.summary_en,
            guide_fi=p.guide_fi,
            guide_sv=p.guide_sv,
            guide_en=p.guide_en,
            address=p.address,
            evidence=p.evidence,
            content_languages=tuple(p.content_languages),
        )
        for p in found.order_by("order", "name")
    )
