"""The demo's money as the back office's pages see it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.consortium.conftest import BY, NOW, load_region

from kimppa.doors.console.demo import money
from kimppa.foundation.core import clock


@pytest.fixture
def money_2022(db: None) -> None:
    """The demo's money, and the domain's clock on 15.11.2022 as in the demo."""
    load_region()
    money.issue_2022(by=BY)
    clock.set_offset(NOW - clock.real_now() + timedelta(seconds=1))
