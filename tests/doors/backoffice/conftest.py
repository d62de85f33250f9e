"""The demo's money as the back office's pages see it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.consortium.conftest import NOW, world

from kimppa.foundation.core import clock

__all__ = ["world"]


@pytest.fixture
def money_2022(world: None, db: None) -> None:
    """The demo's money (built once a module), and the domain's clock on 15.11.2022 as in the demo."""
    clock.set_offset(NOW - clock.real_now() + timedelta(seconds=1))
