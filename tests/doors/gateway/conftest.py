"""The films of tests/elibrary/access, and a resident's browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from tests.elibrary.access.conftest import CARD, NOW, PIN, TODAY, films

from kimppa.elibrary.patrons import services as patrons
from kimppa.foundation.core import clock

__all__ = ["films"]


@pytest.fixture(autouse=True)
def domain_time(db: None) -> None:
    """The domain's clock on the day of the films."""
    clock.set_offset(NOW - clock.real_now() + timedelta(seconds=1))


@pytest.fixture
def resident(films: str) -> Client:
    """A browser whose resident signed in with an OUTI card just now."""
    return signed_in(CARD)


def signed_in(card: str, system: str = "outi") -> Client:
    client = Client()
    made = patrons.sign_in(system=system, card=card, pin=PIN, now=clock.real_now(), today=TODAY)
    client.cookies["kimppa_patron"] = made.token
    return client
