"""Members, populations, kimppas, areas and e-services, each as of a day."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from kimppa.commons.members import queries
from kimppa.commons.members.queries import AreaRow, KimppaRow, MunicipalityRow, PopulationRow
from kimppa.commons.members.roles import Act
from kimppa.commons.platforms import queries as platforms
from kimppa.commons.platforms.queries import PlatformRow
from kimppa.doors.api.access import seen
from kimppa.doors.api.listing import CSV, Page, Paging, Shown, listed
from kimppa.foundation.core import clock
from kimppa.foundation.core.text import noop

router = Router(tags=[noop("Members")])


class AsOf(Paging):
    on: date | None = Field(None, description="As of this day; today where it is not given.")

    @property
    def day(self) -> date:
        return self.on or clock.today()


class MemberOut(Schema):
    code: str = Field(description="Statistics Finland's three digits.", examples=["742"])
    name_fi: str
    name_sv: str
    name_en: str
    name_se: str
    name_smn: str
    name_sms: str
    region_code: str
    region_fi: str
    language_status: str
    sami_homeland: bool


class PopulationOut(Schema):
    code: str
    residents: int
    reference_date: date
    source: str


class KimppaOut(Schema):
    slug: str
    name_fi: str
    municipalities: list[str]


class AreaOut(Schema):
    slug: str
    name_fi: str
    name_sv: str
    name_en: str
    coordinator: str = Field(description="The coordinating city's code; empty where there is none.")
    municipalities: list[str]


class PlatformOut(Schema):
    slug: str
    name: str
    contents: list[str]
    content_languages: list[str]
    address: str
    summary_fi: str
    summary_sv: str
    summary_en: str


class PopulationsAsked(Paging):
    reference_date: date | None = Field(None, description="The newest populations where it is not given.")


@router.get("/members", response=Page[MemberOut], openapi_extra=CSV, summary=noop("Members on a day"))
def members(request: HttpRequest, asked: Query[AsOf]) -> object:
    seen(request, Act.SEE_MEMBERS)
    rows = queries.members_on(asked.day)
    return listed(request, asked, rows, schema=MemberOut, key=lambda r: r.code, show=_member)


@router.get(
    "/populations",
    response=Page[PopulationOut],
    openapi_extra=CSV,
    summary=noop("Residents of municipalities"),
)
def populations(request: HttpRequest, asked: Query[PopulationsAsked]) -> object:
    seen(request, Act.SEE_MEMBERS)
    wanted = asked.reference_date or queries.latest_population_date(clock.today())
    found = queries.population_rows(wanted) if wanted else {}
    rows = [found[code] for code in sorted(found)]
    return listed(request, asked, rows, schema=PopulationOut, key=lambda r: r.code, show=_population)


@router.get("/kimppas", response=Page[KimppaOut], openapi_extra=CSV, summary=noop("Kimppas on a day"))
def kimppas(request: HttpRequest, asked: Query[AsOf]) -> object:
    seen(request, Act.SEE_MEMBERS)
    rows = queries.kimppas_on(asked.day)
    return listed(request, asked, rows, schema=KimppaOut, key=lambda r: r.slug, show=_kimppa)


@router.get("/areas", response=Page[AreaOut], openapi_extra=CSV, summary=noop("Areas on a day"))
def areas(request: HttpRequest, asked: Query[AsOf]) -> object:
    seen(request, Act.SEE_MEMBERS)
    rows = queries.areas_on(asked.day)
    return listed(request, asked, rows, schema=AreaOut, key=lambda r: r.slug, show=_area)


@router.get("/platforms", response=Page[PlatformOut], openapi_extra=CSV, summary=noop("E-services on a day"))
def services(request: HttpRequest, asked: Query[AsOf]) -> object:
    seen(request, Act.SEE_PLATFORMS)
    rows = platforms.platforms_on(asked.day)
    return listed(request, asked, rows, schema=PlatformOut, key=lambda r: r.slug, show=_platform)


def _member(row: MunicipalityRow) -> Shown:
    return {name: getattr(row, name) for name in MemberOut.model_fields}


def _population(row: PopulationRow) -> Shown:
    return {
        "code": row.code,
        "residents": row.residents,
        "reference_date": row.reference_date,
        "source": row.source,
    }


def _kimppa(row: KimppaRow) -> Shown:
    return {"slug": row.slug, "name_fi": row.name_fi, "municipalities": list(row.codes)}


def _area(row: AreaRow) -> Shown:
    return {
        "slug": row.slug,
        "name_fi": row.name_fi,
        "name_sv": row.name_sv,
        "name_en": row.name_en,
        "coordinator": row.coordinator_code,
        "municipalities": list(row.codes),
    }


def _platform(row: PlatformRow) -> Shown:
    return {
        "slug": row.slug,
        "name": row.name,
        "contents": [content.value for content in row.contents],
        "content_languages": list(row.content_languages),
        "address": row.address,
        "summary_fi": row.summary_fi,
        "summary_sv": row.summary_sv,
        "summary_en": row.summary_en,
    }
