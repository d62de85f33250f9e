"""The first coordinator of a new installation, and a new key for what is sealed."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from kimppa.commons.members.models import RoleAssignment
from kimppa.doors.console import backups
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import secrets
from kimppa.foundation.core.clock import real_now

pytestmark = pytest.mark.django_db
PASSWORD = "nelja sanaa jotka eivat sovi"


@pytest.fixture(autouse=True)
def own_keys(settings: Settings, tmp_path: Path) -> None:
    """Keys that these tests may change."""
    settings.ENV = replace(settings.ENV, keys=tmp_path / "keys")
    secrets.create_missing()


def invite(*more: str, email: str = "kaisa@example.org") -> str:
    out = StringIO()
    call_command("invite", "--email", email, "--name", "Kaisa", "--role", "coordinator", *more, stdout=out)
    return out.getvalue()


def test_the_first_coordinator_comes_in_by_the_printed_address(settings: Settings) -> None:
    settings.ENV = replace(settings.ENV, backoffice_host="hallinta.example.fi")
    said = invite("--language", "sv")
    path = re.match(r"https://hallinta\.example\.fi(/sv/backoffice/\S+)\nIt opens once, until \d{4}-", said)
    assert path is not None, said
    user = User.objects.get()
    assert (user.email, user.is_active, user.is_demo) == ("kaisa@example.org", False, False)
    client = Client(headers={"host": "hallinta.example.fi"})
    settings.ALLOWED_HOSTS = ["hallinta.example.fi"]
    assert client.get(path[1]).status_code == 200
    assert client.post(path[1], {"password": PASSWORD}).status_code == 302
    assert client.get(path[1]).status_code == 404
    client.post("/sv/backoffice/account/sign-in/", {"login": user.email, "password": PASSWORD})
    assert client.get("/sv/backoffice/")["Location"] == "/sv/backoffice/second-factor/totp/activate/"
    role = RoleAssignment.objects.get(user=user)
    assert (role.role, role.scope_kind, role.scope_code, role.valid_to) == (
        *("coordinator", "consortium", ""),
        None,
    )


@pytest.mark.parametrize(
    ("more", "email", "sentence"),
    [
        ((), "kaisa", "“kaisa” is not an e-mail address. Nothing was changed."),
        (("--scope", "moon"), "a@example.org", "“moon” is no scope"),
        (("--scope", "municipality:000"), "a@example.org", "“000” is no area, kimppa or municipality"),
    ],
)
def test_a_wrong_invitation_is_refused_in_a_sentence_and_makes_no_account(
    more: tuple[str, ...], email: str, sentence: str
) -> None:
    with pytest.raises(CommandError, match=re.escape(sentence)):
        invite(*more, email=email)
    assert User.objects.count() == 0


def authenticator(type_: str, **data: object) -> Authenticator:
    user = User.objects.create(email=f"{type_}@example.org", name="A", date_joined=real_now())
    return Authenticator.objects.create(user=user, type=type_, data=data)


def test_second_factors_are_sealed_anew_with_the_new_key_and_open_without_the_old_one() -> None:
    adapter = get_adapter()
    totp = authenticator("totp", secret=adapter.encrypt("JBSWY3DP"))
    codes = authenticator("recovery_codes", seed=adapter.encrypt("abcdef"), used_mask=5)
    moved = authenticator("migrated", migrated_codes=[adapter.encrypt("11"), adapter.encrypt("22")])
    before = json.dumps([totp.data, codes.data, moved.data])
    secrets.add_key("secrets")
    out = StringIO()
    call_command("reseal", "--drop-old", stdout=out)
    assert out.getvalue().startswith("3 second factors encrypted anew")
    assert len((secrets._path("secrets")).read_text().split()) == 1
    for row in (totp, codes, moved):
        row.refresh_from_db()
    assert adapter.decrypt(totp.data["secret"]) == "JBSWY3DP"
    assert (adapter.decrypt(codes.data["seed"]), codes.data["used_mask"]) == ("abcdef", 5)
    assert [adapter.decrypt(each) for each in moved.data["migrated_codes"]] == ["11", "22"]
    assert totp.data["secret"] not in before
    out = StringIO()
    call_command("reseal", stdout=out)
    assert out.getvalue().startswith("0 second factors")


def test_keys_stay_when_one_second_factor_cannot_be_opened() -> None:
    authenticator("totp", secret=get_adapter().encrypt("JBSWY3DP"))
    shutil.rmtree(secrets._path("secrets").parent)
    secrets.create_missing()
    secrets.add_key("secrets")
    with pytest.raises(CommandError, match="cannot be opened with the keys that are here"):
        call_command("reseal", "--drop-old", stdout=StringIO())
    assert len(secrets._path("secrets").read_text().split()) == 2


@pytest.mark.django_db(transaction=True)
def test_a_backup_is_still_restored_after_its_keys_were_followed_by_new_ones(
    tmp_path: Path, settings: Settings
) -> None:
    archive = tmp_path / "a.kimppa"
    backups.backup(archive)
    secrets.add_key("backup")
    secrets.add_key("secrets")
    assert backups._matching_key(archive) == secrets.ring("backup")[0].secret
    secrets.drop_old_keys("secrets")
    with pytest.raises(backups.KeysDiffer, match="other keys than those here: secrets"):
        backups._matching_key(archive)
