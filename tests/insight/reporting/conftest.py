"""The demo's money for the papers of meetings."""

from __future__ import annotations

import pytest
from tests.consortium.conftest import BY, NOW, issued_2022, load_region, world

from kimppa.doors.console.demo import money


@pytest.fixture
def demo_money(db: None) -> None:
    load_region()
    money.load(by=BY, now=NOW)


# The region with 2022 issued, built once a module.
__all__ = ["demo_money", "issued_2022", "world"]
