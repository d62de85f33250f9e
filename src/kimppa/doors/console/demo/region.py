"""The region: municipalities, kimppas, areas, libraries, groups, membership in the e-library."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime

from kimppa.commons.members import queries, services
from kimppa.commons.members.member_import import load_members
from kimppa.environment import PROJECT
from kimppa.foundation.accounts.actors import Operator

DATA = PROJECT / "data"
SOURCE = "Tilastokeskus (Statistics Finland), väestö 31.12."
KIMPPAS = {
    "OUTI-kirjastot": "outi",
    "Joki-kirjastot": "joki",
    "Lapin kirjasto": "lappi",
    "Kainet-kirjastot": "kainet",
}
AREAS = {
    "lappi": ("Lappi", "Lappland", "Lapland", ("19",), "698"),
    "kainuu-pohjois-pohjanmaa": (
        "Kainuu ja Pohjois-Pohjanmaa",
        "Kajanaland och Norra Österbotten",
        "Kainuu and North Ostrobothnia",
        ("17", "18"),
        "564",
    ),
}
LIBRARIES = {
    "Sompion kirjasto": "sompio",
    "Tornionlaakson kirjasto": "tornionlaakso",
    "Haapajärvi–Pyhäjärvi (yhteiskirjasto)": "haapajarvi-pyhajarvi",
}
GROUPS = {
    "responsible": ("Vastuuhenkilöt", "Ansvarspersonerna", "Responsible persons"),
    "ict": ("ICT-ryhmä", "ICT-gruppen", "ICT group"),
    "communications": ("Tiedotusryhmä", "Kommunikationsgruppen", "Communications group"),
    "content": ("Sisältöryhmä", "Innehållsgruppen", "Content group"),
}
# Source: the e-library was created in 2021 and opened at the turn of the year; the day is an assumption.
MEMBER_FROM = date(2021, 1, 1)


def load(*, by: Operator, now: datetime) -> None:
    """Everything about who is who, through the verbs; run once on an empty home."""
    raw = (DATA / "municipalities.csv").read_bytes()
    load_members(by=by, raw=raw, source_name="municipalities.csv", source=SOURCE, now=now)
    for municipality in queries.municipalities():
        services.join_elibrary(
            by=by, code=municipality.code, valid_from=MEMBER_FROM, note="Alkupäivä on oletus", now=now
        )
    _kimppas(by, now)
    _areas(by, now)
    _libraries(by, now)
    for slug, (fi, sv, en) in GROUPS.items():
        services.define(by=by, kind="group", slug=slug, name_fi=fi, name_sv=sv, name_en=en, now=now)


def _kimppas(by: Operator, now: datetime) -> None:
    for name, slug in KIMPPAS.items():
        services.define(by=by, kind="kimppa", slug=slug, name_fi=name, name_sv=name, name_en=name, now=now)
    for row in _rows("kimppas.csv"):
        services.place_in_kimppa(
            by=by,
            code=row["municipality_code"],
            kimppa=KIMPPAS[row["kimppa"]],
            valid_from=_day(row["from"]),
            valid_to=_day(row["to"]),
            note=row["note"],
            now=now,
        )


def _areas(by: Operator, now: datetime) -> None:
    for slug, (fi, sv, en, regions, city) in AREAS.items():
        services.define(by=by, kind="area", slug=slug, name_fi=fi, name_sv=sv, name_en=en, now=now)
        for municipality in queries.municipalities():
            if municipality.region_code in regions:
                services.place_in_area(by=by, code=municipality.code, area=slug, valid_from=None, now=now)
        services.name_coordinator(by=by, area=slug, code=city, valid_from=None, now=now)


def _libraries(by: Operator, now: datetime) -> None:
    codes = {m.name_fi: m.code for m in queries.municipalities()}
    for name, slug in LIBRARIES.items():
        services.define(by=by, kind="library", slug=slug, name_fi=name, now=now)
    for row in _rows("joint_libraries.csv"):
        services.library_serves(
            by=by,
            library=LIBRARIES[row["library"]],
            code=codes[row["municipality"]],
            valid_from=None,
            now=now,
        )


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as handle:
        yield from csv.DictReader(handle)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
