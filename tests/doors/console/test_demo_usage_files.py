"""The demo's vendors tell of their use by an Excel and by COUNTER; loading again brings nothing twice."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tests.north import load_everything

from kimppa.commons.usage import batches, settled
from kimppa.commons.usage.models import Batch
from kimppa.doors.console.demo import usage_files
from kimppa.foundation.accounts.actors import Operator

pytestmark = pytest.mark.django_db
BY = Operator("demo")
NOW = datetime(2022, 11, 15, 7, tzinfo=UTC)


def test_two_services_have_told_two_years_and_every_file_says_that_it_is_invented() -> None:
    load_everything(BY, NOW)
    usage_files.bring(by=BY, now=NOW)
    rows = batches.listing()
    assert [(r.platform, r.month.year, r.last_month.month, r.incomplete) for r in reversed(rows)] == [
        ("ellibs", 2021, 12, False),
        ("ellibs", 2022, 10, False),
        ("overdrive", 2021, 12, False),
        ("overdrive", 2022, 10, False),
    ]
    files = [batches.file_of(row.id) for row in rows]
    assert all(file is not None and file.name.startswith("ESIMERKKI") for file in files)
    levels = {one.level for row in rows for one in batches.problems(row.id)}
    assert levels <= {"notice"}, [one for row in rows for one in batches.problems(row.id)]
    year = settled.totals(date(2022, 1, 1), date(2022, 12, 1), platforms=("ellibs", "overdrive"))
    assert [(one.platform, one.months, one.open_months) for one in year] == [
        ("ellibs", 10, 0),
        ("overdrive", 10, 0),
    ]
    assert len({one.unit_code for one in settled.by_place(date(2022, 1, 1), date(2022, 10, 1))}) >= 57
    usage_files.bring(by=BY, now=NOW)
    assert Batch.objects.count() == 4
