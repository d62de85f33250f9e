"""Keys and encryption at rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings

from kimppa.foundation.core import secrets


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.ENV = replace(settings.ENV, keys=tmp_path / "keys")
    return tmp_path / "keys"


def test_a_key_is_made_once_readable_by_its_owner_only(folder: Path) -> None:
    first = secrets.key("patrons")
    assert len(first) == 32
    assert secrets.key("patrons") == first
    assert (folder / "patrons.key").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in folder.iterdir()] == ["patrons.key"]


def test_serve_never_makes_a_key_in_silence(folder: Path, settings: Settings) -> None:
    settings.MODE = "serve"
    with pytest.raises(secrets.KeyMissing):
        secrets.key("patrons")
    assert not folder.exists()
    assert secrets.missing() == secrets.NAMES
    assert secrets.create_missing() == secrets.NAMES
    assert len(secrets.key("patrons")) == 32


def test_what_is_sealed_opens_and_a_changed_byte_does_not(folder: Path) -> None:
    sealed = secrets.encrypt(b"salaisuus")
    assert b"salaisuus" not in sealed
    assert secrets.decrypt(sealed) == b"salaisuus"
    assert secrets.encrypt(b"salaisuus") != sealed
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(secrets.NotDecrypted):
            secrets.decrypt(bytes(changed))
    with pytest.raises(secrets.NotDecrypted):
        secrets.decrypt(sealed[:10])


def test_after_rotation_the_new_key_seals_and_the_old_one_still_opens(folder: Path) -> None:
    before = secrets.encrypt(b"vanha")
    secrets.add_key("secrets")
    after = secrets.encrypt(b"uusi")
    assert (secrets.decrypt(before), secrets.decrypt(after)) == (b"vanha", b"uusi")
    assert not secrets.is_current(before)
    assert secrets.is_current(after)
    secrets.drop_old_keys("secrets")
    assert secrets.decrypt(after) == b"uusi"
    with pytest.raises(secrets.NotDecrypted):
        secrets.decrypt(before)


def test_the_key_of_pseudonyms_is_never_rotated(folder: Path) -> None:
    before = secrets.hmac_hex("patrons", "kortti 1")
    with pytest.raises(secrets.KeyFixed):
        secrets.add_key("patrons")
    assert secrets.hmac_hex("patrons", "kortti 1") == before
    assert secrets.hmac_hex("pins", "kortti 1") != before


def test_an_unreadable_key_file_is_said(folder: Path) -> None:
    secrets.key("backup")
    (folder / "backup.key").write_text("rubbish\n")
    with pytest.raises(secrets.KeyUnreadable):
        secrets.key("backup")


def test_fingerprints_tell_keys_apart_and_give_none_away(folder: Path) -> None:
    prints = secrets.fingerprints()
    assert set(prints) == set(secrets.NAMES)
    assert len(set(prints.values())) == 4
    assert prints["pins"] not in secrets.key("pins").hex()
