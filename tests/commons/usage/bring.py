"""Files as people bring them: sheets made here, and the verbs' way in."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import xlsxwriter

from kimppa.commons.platforms.models import Platform
from kimppa.commons.usage import bringing
from kimppa.foundation.accounts.actors import Operator

NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)
BY = Operator("test")
MONTHS = ("tammikuu", "helmikuu", "maaliskuu")


def service(slug: str = "ellibs", name: str = "Ellibs") -> str:
    Platform.objects.get_or_create(slug=slug, defaults={"name": name})
    return slug


def csv(*lines: str, encoding: str = "utf-8") -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def xlsx(*rows: tuple[object, ...], sheet: str = "Tilasto 2022", before: str = "") -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        if before:
            workbook.add_worksheet(before).write(0, 0, "Tervetuloa lukemaan tilastoa")
        page = workbook.add_worksheet(sheet)
        for number, row in enumerate(rows):
            for at, cell in enumerate(row):
                page.write(number, at, cell)
    return out.getvalue()


def bring(raw: bytes, *, platform: str = "ellibs", name: str = "tilasto.csv", unit=("consortium", "")) -> int:
    service(platform, platform.capitalize())
    return bringing.bring(by=BY, stream=io.BytesIO(raw), name=name, platform=platform, unit=unit, now=NOW)
