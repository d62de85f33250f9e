"""COUNTER reports land whole or not at all; every official sample gives its expected totals in figures."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from django.db.models import Sum
from tests.needs import shared

from kimppa.commons.usage import counter_files
from kimppa.commons.usage.models import Batch, Figure, Row
from kimppa.commons.usage.rules import Source, UnitKind
from kimppa.foundation.files import services as files
from kimppa.foundation.files.models import Retention, StoredFile

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 15, 10, tzinfo=UTC)
LINE = re.compile(r"- `(\S+)` \| (\S+) \| (\S+) \| \d+ \| (\d+) \| (\S+)\.\.(\S+) \| VALID .*? totals (.+)")


def kept(raw: bytes, name: str = "report.tsv") -> StoredFile:
    return files.store(
        name=name, content=raw, media_type="application/octet-stream", retention=Retention.USAGE, now=NOW
    )


def land(raw: bytes, platform: str = "ellibs", **more) -> counter_files.Landed:
    told = {"unit_kind": UnitKind.CONSORTIUM, "unit_code": "", "source": Source.COUNTER}
    return counter_files.land(
        raw, platform=platform, brought_by="test", now=NOW, file=kept(raw), **{**told, **more}
    )


def totals(batch: int | None = None) -> dict[str, int]:
    rows = Figure.objects.all() if batch is None else Figure.objects.filter(batch=batch)
    return dict(rows.values_list("metric").annotate(Sum("value")).order_by("metric"))


def test_every_official_sample_lands_with_its_totals_and_keeps_its_rows() -> None:
    text = (shared("samples", "counter") / "EXPECTED.md").read_text("utf-8")
    told = {found[1]: found.groups()[1:] for found in LINE.finditer(text)}
    assert len(told) == 64
    for number, (name, (release, report, count, first, last, said)) in enumerate(told.items()):
        raw = shared("samples", "counter", name).read_bytes()
        landed = land(raw, platform=f"p{number}", confirmed=True)
        assert landed.batch is not None, (name, landed)
        wanted = {metric: int(n) for metric, n in (pair.split("=") for pair in said.split())}
        assert totals(landed.batch) == wanted, name
        batch = Batch.objects.get(pk=landed.batch)
        assert (batch.report, batch.release, batch.incomplete) == (report, release, False), name
        assert (batch.month, batch.last_month) <= (date.fromisoformat(f"{first}-01"), batch.last_month)
        assert batch.last_month >= date.fromisoformat(f"{last}-01")
        counts = [one for row in Row.objects.filter(batch=batch) for one in row.counts.split(",") if one]
        assert (len(counts), sum(map(int, counts))) == (int(count), sum(wanted.values())), name
