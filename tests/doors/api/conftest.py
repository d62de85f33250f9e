"""The demo's 2022 behind the interface; the domain's clock on 15.11.2022."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from tests.consortium.conftest import NOW, issued_2022, world
from tests.consortium.governance.conftest import user

from kimppa.foundation.accounts import tokens
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import clock

__all__ = ["issued_2022", "world"]
# Role → the part of the consortium that it is given for.
PEOPLE = {
    "coordinator": ("consortium", ""),
    "responsible-person": ("area", "lappi"),
    "director": ("municipality", "742"),
    "finance": ("consortium", ""),
    "library-staff": ("municipality", "890"),
}


@pytest.fixture
def region_2022(issued_2022: None) -> None:
    cache.clear()  # how often somebody asked in the test before
    clock.set_offset(NOW - clock.real_now() + timedelta(seconds=1))


def person(role: str) -> User:
    kind, code = PEOPLE[role]
    return User.objects.filter(email=f"{role}@example.org").first() or user(role, role, kind, code)


def token_of(holder: User, days: int = 30) -> str:
    now = clock.real_now()
    made = tokens.issue(
        user=holder,
        name="Raportti",
        scopes=[tokens.READ],
        valid_for=timedelta(days=days),
        by=holder,
        now=now,
    )
    return made.token


def reading(role: str) -> Client:
    """A program with a token of somebody in the role."""
    return Client(headers={"Authorization": f"Bearer {token_of(person(role))}"})
