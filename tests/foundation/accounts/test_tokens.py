"""API tokens: seen once, kept as a hash, scoped, ended, revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kimppa.foundation.accounts import tokens
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.accounts.models import ApiToken, AuditEntry, User

NOW = datetime(2022, 11, 15, 9, tzinfo=UTC)
BY = Operator("console")
pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return User.objects.create(email="kone@example.fi", name="Kone", date_joined=NOW)


def issued(user: User, days: int = 30) -> tokens.Issued:
    return tokens.issue(
        user=user, name="varasto", scopes=["read", "read"], valid_for=timedelta(days=days), by=BY, now=NOW
    )


def test_a_token_stands_for_its_user_within_its_scope(user: User) -> None:
    made = issued(user)
    assert tokens.holder(made.token, scope="read", now=NOW) == user
    with pytest.raises(tokens.ScopeMissing):
        tokens.holder(made.token, scope="write", now=NOW)


def test_only_the_hash_is_kept_and_the_audit_trail_has_no_secret(user: User) -> None:
    made = issued(user)
    row = ApiToken.objects.get()
    assert made.token not in str(vars(row))
    assert made.token not in str([vars(entry) for entry in AuditEntry.objects.all()])
    assert AuditEntry.objects.get().act == "accounts.issue_token"
    assert (row.scopes, len(made.token)) == (["read"], 50)


def test_a_token_ends_by_time_by_revocation_and_with_its_user(user: User) -> None:
    made = issued(user)
    last = NOW + timedelta(days=30)
    assert tokens.holder(made.token, scope="read", now=last - timedelta(seconds=1)) == user
    with pytest.raises(tokens.TokenRefused):
        tokens.holder(made.token, scope="read", now=last)
    tokens.revoke(token_id=made.id, by=BY, now=NOW)
    tokens.revoke(token_id=made.id, by=BY, now=NOW)
    assert AuditEntry.objects.filter(act="accounts.revoke_token").count() == 1
    with pytest.raises(tokens.TokenRefused):
        tokens.holder(made.token, scope="read", now=NOW)
    other = issued(user)
    user.is_active = False
    user.save()
    with pytest.raises(tokens.TokenRefused):
        tokens.holder(other.token, scope="read", now=NOW)


@pytest.mark.parametrize("token", ["", "kimppa_", "x" * 100_000, "kimppa_\ud800"])
def test_what_is_no_token_is_refused_alike(token: str) -> None:
    with pytest.raises(tokens.TokenRefused):
        tokens.holder(token, scope="read", now=NOW)


@pytest.mark.parametrize("days", [0, 367])
def test_a_token_lives_a_day_at_least_and_a_year_at_most(user: User, days: int) -> None:
    with pytest.raises(tokens.BadTokenTime):
        issued(user, days)
    assert ApiToken.objects.count() == 0
