"""One's own access tokens: shown once, kept as a hash, revoked by the owner alone."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from tests.consortium.governance.conftest import user

from kimppa.foundation.accounts.models import ApiToken, AuditEntry, User

pytestmark = pytest.mark.django_db
PAGE = "/en/backoffice/profile/tokens/"


def signed_in(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


def make(client: Client, name: str = "Raportti", days: str = "90") -> str:
    response = client.post(PAGE, {"name": name, "days": days})
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    found = re.search(r"kimppa_[\w-]{43}", response.content.decode())
    assert found
    return found.group()


def test_a_token_is_shown_once_opens_the_interface_and_can_be_revoked() -> None:
    who = user("Saara", "coordinator")
    client = signed_in(who)
    token = make(client)
    again = client.get(PAGE).content.decode()
    assert token not in again
    assert "Raportti" in again
    row = ApiToken.objects.get()
    assert row.user == who
    assert token not in row.token_hash
    assert (row.expires - row.created).days == 90
    program = Client(headers={"Authorization": f"Bearer {token}"})
    assert program.get("/api/v1/members").status_code == 200
    assert client.post(f"{PAGE}{row.pk}/revoke/").status_code == 302
    assert program.get("/api/v1/members").status_code == 401
    acts = list(AuditEntry.objects.order_by("pk").values_list("act", flat=True))
    assert acts == ["accounts.issue_token", "accounts.revoke_token"]


def test_another_persons_token_is_neither_seen_nor_revoked() -> None:
    make(signed_in(user("Saara", "coordinator")), name="Saaran")
    other = signed_in(user("Olli", "coordinator"))
    assert "Saaran" not in other.get(PAGE).content.decode()
    assert other.post(f"{PAGE}{ApiToken.objects.get().pk}/revoke/").status_code == 404
    assert ApiToken.objects.get().revoked is None


@pytest.mark.parametrize(
    ("name", "days"), [("", "90"), ("   ", "90"), ("\u200b", "90"), ("X", "9999"), ("X", "")]
)
def test_what_cannot_be_made_makes_nothing(name: str, days: str) -> None:
    client = signed_in(user("Saara", "coordinator"))
    assert client.post(PAGE, {"name": name, "days": days}).status_code == 422
    assert not ApiToken.objects.exists()


def test_without_a_role_or_a_second_factor_there_are_no_tokens() -> None:
    who = user("Saara", "coordinator")
    client = signed_in(who)
    who.roles.all().delete()
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"name": "X", "days": "90"}).status_code == 403
    User.objects.update(is_demo=False)
    assert client.post(PAGE, {"name": "X", "days": "90"}).status_code == 302
    assert Client().get(PAGE).status_code == 302
    assert not ApiToken.objects.exists()
