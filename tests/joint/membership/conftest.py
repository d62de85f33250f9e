"""The region as the consortium's tests load it."""

from __future__ import annotations

from tests.consortium.conftest import region

__all__ = ["region"]
