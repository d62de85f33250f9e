"""Reading members, populations, kimppas, areas and libraries, always as of a day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Q, QuerySet, Sum

from kimppa.commons.members.models import (
    Area,
    AreaCoordinator,
    AreaMembership,
    KimppaMembership,
    LibraryMunicipality,
    Membership,
    Municipality,
    Population,
)
from kimppa.foundation.core.text import in_language

# A start that is not known is before every known one; the databases would not agree by themselves.
OLDEST_FIRST = F("valid_from").asc(nulls_first=True)


@dataclass(frozen=True, slots=True)
class MunicipalityRow:
    """A municipality's standing facts; empty text where a name is not known."""

    code: str
    name_fi: str
    name_sv: str
    name_en: str
    name_se: str
    name_smn: str
    name_sms: str
    region_code: str
    region_fi: str
    region_sv: str
    language_status: str
    sami_homeland: bool
    ended_on: date | None
    successor_code: str

    def name(self, language: str) -> str:
        return in_language(language, fi=self.name_fi, sv=self.name_sv, en=self.name_en)


@dataclass(frozen=True, slots=True)
class PopulationRow:
    """Residents of a municipality on a day, and who said so."""

    code: str
    residents: int
    reference_date: date
    source: str


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area on a day: its coordinating city and its municipalities' codes."""

    slug: str
    name_fi: str
    name_sv: str
    name_en: str
    coordinator_code: str
    codes: tuple[str, ...]

    def name(self, language: str) -> str:
        return in_language(language, fi=self.name_fi, sv=self.name_sv, en=self.name_en)


@dataclass(frozen=True, slots=True)
class KimppaRow:
    slug: str
    name_fi: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A municipality as the members' page lists it; residents None where no population has that date."""

    code: str
    name_fi: str
    name_sv: str
    region_fi: str
    kimppa: str
    library: str
    residents: int | None


def in_force(day: date) -> Q:
    """The condition that a dated row holds on a day."""
    return (Q(valid_from__isnull=True) | Q(valid_from__lte=day)) & (
        Q(valid_to__isnull=True) | Q(valid_to__gte=day)
    )


def municipalities() -> tuple[MunicipalityRow, ...]:
    """Every municipality loaded, by code."""
    return _rows(Municipality.objects.all())


def municipality(code: str) -> MunicipalityRow | None:
    """One municipality by its code; None where there is none."""
    found = _rows(Municipality.objects.filter(code=code))
    return found[0] if found else None


def members_on(day: date) -> tuple[MunicipalityRow, ...]:
    """The members of the e-library on a day, by code."""
    codes = Membership.objects.filter(in_force(day)).values("municipality")
    return _rows(Municipality.objects.filter(pk__in=codes))


def member_codes_on(day: date) -> frozenset[str]:
    """The codes of the e-library's members on a day."""
    rows = Membership.objects.filter(in_force(day)).values_list("municipality__code", flat=True)
    return frozenset(rows)


def population(reference_date: date) -> dict[str, int]:
    """Municipality code → residents on that very date; empty where no population has that date."""
    rows = Population.objects.filter(reference_date=reference_date)
    return dict(rows.values_list("municipality__code", "residents"))


def population_rows(reference_date: date) -> dict[str, PopulationRow]:
    """As `population`, with the source of each figure."""
    rows = Population.objects.filter(reference_date=reference_date).select_related("municipality")
    return {
        row.municipality.code: PopulationRow(
            row.municipality.code, row.residents, row.reference_date, row.source
        )
        for row in rows
    }


def population_dates() -> tuple[date, ...]:
    """The dates that have populations, latest first."""
    rows = Population.objects.order_by("-reference_date").values_list("reference_date", flat=True)
    return tuple(rows.distinct())


def latest_population_date(on: date) -> date | None:
    """The newest date of populations that is not after `on`."""
    rows = Population.objects.filter(reference_date__lte=on).order_by("-reference_date")
    return rows.values_list("reference_date", flat=True).first()


def residents_of_members(*, reference_date: date, on: date) -> int:
    """The sum of residents (on `reference_date`) of those who are members on `on`."""
    members = Membership.objects.filter(in_force(on)).values("municipality")
    found = Population.objects.filter(reference_date=reference_date, municipality__in=members)
    return found.aggregate(all=Sum("residents"))["all"] or 0


def areas_on(day: date) -> tuple[AreaRow, ...]:
    """The areas that have municipalities on a day, by slug."""
    codes: dict[int, list[str]] = defaultdict(list)
    rows = AreaMembership.objects.filter(in_force(day)).order_by("municipality__code")
    for area_id, code in rows.values_list("area_id", "municipality__code"):
        codes[area_id].append(code)
    cities = dict(AreaCoordinator.objects.filter(in_force(day)).values_list("area_id", "municipality__code"))
    return tuple(
        AreaRow(a.slug, a.name_fi, a.name_sv, a.name_en, cities.get(a.pk, ""), tuple(codes[a.pk]))
        for a in Area.objects.order_by("slug")
        if a.pk in codes
    )


def area_of(code: str, on: date) -> AreaRow | None:
    """The area that a municipality belongs to on a day."""
    return next((area for area in areas_on(on) if code in area.codes), None)


def kimppas_on(day: date) -> tuple[KimppaRow, ...]:
    """The kimppas that have members on a day, by name."""
    codes: dict[tuple[str, str], list[str]] = defaultdict(list)
    rows = KimppaMembership.objects.filter(in_force(day)).order_by("kimppa__name_fi", "municipality__code")
    for slug, name, code in rows.values_list("kimppa__slug", "kimppa__name_fi", "municipality__code"):
        codes[slug, name].append(code)
    return tuple(KimppaRow(slug, name, tuple(found)) for (slug, name), found in codes.items())


def libraries_on(day: date) -> dict[str, tuple[str, ...]]:
    """Library slug → the codes of the municipalities that it serves on a day."""
    codes: dict[str, list[str]] = defaultdict(list)
    rows = LibraryMunicipality.objects.filter(in_force(day)).order_by("library__slug", "municipality__code")
    for slug, code in rows.values_list("library__slug", "municipality__code"):
        codes[slug].append(code)
    return {slug: tuple(found) for slug, found in codes.items()}


def member_table(*, on: date, reference_date: date | None) -> tuple[MemberRow, ...]:
    """The members on a day with kimppa and library then, and residents on the reference date."""
    kimppa = _names(KimppaMembership.objects.filter(in_force(on)), "kimppa__name_fi")
    library = _names(LibraryMunicipality.objects.filter(in_force(on)), "library__name_fi")
    residents = population(reference_date) if reference_date else {}
    return tuple(
        MemberRow(
            code=m.code,
            name_fi=m.name_fi,
            name_sv=m.name_sv,
            region_fi=m.region_fi,
            kimppa=kimppa.get(m.code, ""),
            library=library.get(m.code, ""),
            residents=residents.get(m.code),
        )
        for m in members_on(on)
    )


def changes_after(day: date, *, within_days: int = 400) -> tuple[date, ...]:
    """Days on which some membership begins or ends after `day`; for the page's time line."""
    found: set[date] = set()
    limit = day + timedelta(days=within_days)
    for model in (Membership, KimppaMembership):
        found.update(
            d
            for d in model.objects.filter(valid_from__gt=day, valid_from__lte=limit).values_list(
                "valid_from", flat=True
            )
            if d
        )
    return tuple(sorted(found))


def _names(rows: QuerySet[KimppaMembership] | QuerySet[LibraryMunicipality], field: str) -> dict[str, str]:
    return dict(rows.values_list("municipality__code", field))


def _rows(found: QuerySet[Municipality]) -> tuple[MunicipalityRow, ...]:
    # Plain values in the order of MunicipalityRow's fields: a page may ask for all 309.
    return tuple(
        MunicipalityRow(*row[:-1], row[-1] or "")
        for row in found.order_by("code").values_list(
            "code",
            "name_fi",
            "name_sv",
            "name_en",
            "name_se",
            "name_smn",
            "name_sms",
            "region__code",
            "region__name_fi",
            "region__name_sv",
            "language_status",
            "sami_homeland",
            "ended_on",
            "successor__code",
        )
    )
