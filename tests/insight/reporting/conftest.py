"""The demo's money for the papers of meetings."""

from __future__ import annotations

import pytest
from tests.consortium.conftest import BY, NOW, load_region

from kimppa.doors.console.demo import money


@pytest.fixture
def demo_money(db: None) -> None:
    load_region()
    money.load(by=BY, now=NOW)
