"""Two workers in real processes at once: one question at a time to a server, one batch of an answer."""

from __future__ import annotations

from datetime import date

import pytest
from tests.commons.usage.sushi_world import Line, answer, define, only, report
from tests.counterparts.vendor import vendor
from tests.races import at_once

from kimppa.commons.usage.models import Batch
from kimppa.commons.usage.sushi_models import Attempt, Intention


@pytest.mark.django_db(transaction=True)
def test_three_workers_at_once_ask_each_month_once_and_never_two_at_a_time() -> None:
    months = [date(2025, number, 1) for number in range(5, 12)]
    with vendor() as here:
        here.says = answer(report)
        only(define(here), *months)
        for _ in range(4):  # a worker that finds the server taken goes on to other work
            assert at_once([_work] * 3) == ["done"] * 3
        asked = sorted(one.query["begin_date"] for one in here.asked)
        assert here.most == 1
    assert asked == [month.isoformat() for month in months]
    assert Batch.objects.filter(dropped=None).count() == len(months)
    assert Attempt.objects.count() == len(months)
    assert set(Intention.objects.values_list("state", flat=True)) == {"stored"}


def _work() -> None:
    Line().run()
