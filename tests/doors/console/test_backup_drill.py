"""Backup and restore, drilled on both databases: everything back, or nothing written and the reason said."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from tests import needs
from tests.home import Home

pytestmark = pytest.mark.slow
FILL = """
from datetime import UTC, datetime
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.imports import services
now = datetime(2022, 11, 15, tzinfo=UTC)
raw = b"salainen sisalto"
batch = services.open_import(kind="x", source_name="a.csv", raw=raw, by=Operator("t"), now=now)
answer = batch.pk
"""
READ = """
from kimppa.foundation.files import queries
from kimppa.foundation.imports.models import ImportBatch
answer = [queries.read(b.raw).decode() for b in ImportBatch.objects.all()]
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def urls(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Two databases: to back up from, and to restore into."""
    if request.param == "sqlite":
        yield "", ""
        return
    base = needs.postgres()
    names = [f"kimppa_drill_{uuid.uuid4().hex[:10]}" for _ in range(2)]
    with psycopg.connect(base, autocommit=True) as connection:
        for name in names:
            connection.execute(f'CREATE DATABASE "{name}"')
        yield tuple(urlunsplit(urlsplit(base)._replace(path=f"/{name}")) for name in names)  # type: ignore[misc]
        for name in names:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_a_backup_comes_back_whole_and_only_with_its_keys(urls: tuple[str, str], tmp_path: Path) -> None:
    old = Home(tmp_path / "old", urls[0]).migrated()
    old.ask(FILL)
    archive = tmp_path / "a.kimppa"
    made = old.task("backup", str(archive))
    assert made.returncode == 0, made.stderr
    assert "1 documents" in made.stdout
    content = archive.read_bytes()
    assert b"salainen" not in content
    assert (tmp_path / "old/keys/backup.key").read_bytes().split(b":")[1].strip() not in content
    assert archive.stat().st_mode & 0o777 == 0o600
    refused = old.task("backup", str(archive))
    assert "exists already" in refused.stderr

    new = Home(tmp_path / "new", urls[1])
    new.path.mkdir()
    without_keys = new.task("restore", str(archive))
    assert without_keys.returncode != 0
    assert "needs other keys than those here: backup, patrons, pins, secrets" in without_keys.stderr
    assert list(new.path.iterdir()) == []

    shutil.copytree(old.path / "keys", new.path / "keys")
    (tmp_path / "bad").write_bytes(content[:-40] + bytes([content[-40] ^ 1]) + content[-39:])
    damaged = new.task("restore", str(tmp_path / "bad"))
    assert "damaged or cut short; nothing was restored" in damaged.stderr
    assert [path.name for path in new.path.iterdir()] == ["keys"]

    restored = new.task("restore", str(archive))
    assert restored.returncode == 0, restored.stderr
    assert new.ask(READ) == ["salainen sisalto"]
    again = new.task("restore", str(archive))
    assert "is not empty" in again.stderr
    assert new.ask(READ) == ["salainen sisalto"]
    assert sorted(path.name for path in new.path.iterdir() if path.name.startswith("restore")) == []


def test_a_full_disk_leaves_no_half_backup(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").migrated()
    answer = home.ask(
        "import resource, signal\n"
        "from pathlib import Path\n"
        "from kimppa.doors.console import backups\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        f"path = Path({str(tmp_path / 'x.kimppa')!r})\n"
        "try:\n    backups.backup(path); answer = 'made'\n"
        "except Exception as error:\n    answer = [type(error).__name__, str(error)]\n"
    )
    assert isinstance(answer, list)
    assert answer[0] == "NotWritten"
    assert "the disk is full or cannot be written" in answer[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]
