"""The document store: what was acknowledged is there; a full disk is said and leaves nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.needs import ROOT

from kimppa.foundation.files import queries, rules, services
from kimppa.foundation.files.models import Retention, StoredFile

NOW = datetime(2022, 11, 15, 9, tzinfo=UTC)


def keep(content: bytes, name: str = "a.csv", retention: Retention = Retention.EXPORT) -> StoredFile:
    return services.store(name=name, content=content, media_type="text/csv", retention=retention, now=NOW)


@pytest.mark.django_db
def test_a_document_is_read_back_by_its_checksum(home: Path) -> None:
    file = keep("äö".encode())
    assert queries.read(file) == "äö".encode()
    assert queries.path_of(file) == home / "files" / file.sha256[:2] / file.sha256
    assert queries.path_of(file).stat().st_mode & 0o777 == 0o600
    assert (file.size, file.created) == (4, NOW)


@pytest.mark.django_db
def test_bytes_that_changed_on_the_disk_are_not_given_out() -> None:
    file = keep(b"abc")
    queries.place(file.sha256).write_bytes(b"abd")
    with pytest.raises(queries.FileDamaged):
        queries.read(file)
    with pytest.raises(queries.FileDamaged):
        queries.path_of(file)
    again = keep(b"abc")
    assert queries.read(again) == b"abc"
    queries.place(file.sha256).unlink()
    with pytest.raises(queries.FileGone):
        queries.read(file)


@pytest.mark.django_db
def test_types_and_sizes_beyond_the_limits_are_refused() -> None:
    with pytest.raises(services.FileTypeRefused):
        services.store(
            name="a.exe", content=b"MZ", media_type="application/x-exe", retention=Retention.EXPORT, now=NOW
        )
    with pytest.raises(services.FileTooLarge):
        services.store(
            name="a.svg",
            content=b"x" * (rules.MEGABYTE + 1),
            media_type="image/svg+xml",
            retention=Retention.CONTENT,
            now=NOW,
        )
    assert StoredFile.objects.count() == 0


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\Lasku 1.pdf", "Lasku 1.pdf"),
        ("..", "tiedosto"),
        ('a"\r\nb', "a_b"),
    ],
)
def test_a_name_keeps_no_folder_and_nothing_that_breaks_a_header(given: str, kept: str) -> None:
    assert rules.safe_name(given) == kept


@pytest.mark.django_db(transaction=True)
def test_the_bytes_go_with_the_last_row_that_names_them() -> None:
    one, other = keep(b"same", "one.csv"), keep(b"same", "other.csv")
    services.remove(file=one)
    assert queries.read(other) == b"same"
    services.remove(file=other)
    assert not queries.place(other.sha256).exists()


@pytest.mark.django_db
def test_each_retention_class_goes_in_its_time() -> None:
    keep(b"export"), keep(b"import", retention=Retention.IMPORT)
    keep(b"voucher", retention=Retention.ACCOUNTING), keep(b"content", retention=Retention.CONTENT)

    def left() -> list[str]:
        return sorted(StoredFile.objects.values_list("retention", flat=True))

    assert services.purge(now=NOW + timedelta(days=7)) == 0
    services.purge(now=NOW + timedelta(days=8))
    assert left() == ["accounting", "content", "import"]
    services.purge(now=NOW + timedelta(days=366))
    assert left() == ["accounting", "content"]
    services.purge(now=datetime(2032, 12, 31, 12, tzinfo=UTC))
    assert left() == ["accounting", "content"]
    services.purge(now=datetime(2033, 1, 1, 12, tzinfo=UTC))
    assert left() == ["content"]


@pytest.mark.django_db
def test_the_sweeper_removes_old_bytes_that_no_row_names_and_no_others() -> None:
    file = keep(b"kept")
    for name, age in (("old", 2), ("new", 0)):
        path = queries.folder() / "zz" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (path.stat().st_mtime - age * 86400,) * 2)
    os.utime(queries.place(file.sha256), (0, 0))
    assert services.sweep() == 1
    assert queries.read(file) == b"kept"
    assert (queries.folder() / "zz" / "new").exists()


FULL_DISK = """
import resource, signal, sys
import django; django.setup()
from datetime import UTC, datetime
from django.core.management import call_command
call_command("migrate", verbosity=0, skip_checks=True)
from kimppa.foundation.files import queries, services
from kimppa.foundation.files.models import StoredFile
now = datetime(2022, 11, 15, tzinfo=UTC)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
def keep(n):
    return services.store(name="a.csv", content=b"x" * n, media_type="text/csv", retention="export", now=now)
first = keep(1000)
resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, 4_000_000))
try:
    keep(6_000_000)
except services.StoreFull as error:
    print(error)
assert queries.read(first) == b"x" * 1000
assert StoredFile.objects.count() == 1
assert [p.name for p in queries.folder().rglob("*") if p.is_file()] == [first.sha256]
"""


@pytest.mark.slow
def test_a_full_disk_is_said_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "KIMPPA_MODE": "test",
        "KIMPPA_HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT / "src"),
    }
    environment |= {"DJANGO_SETTINGS_MODULE": "kimppa.settings", "KIMPPA_DATABASE_URL": ""}
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert (
        done.stdout.strip()
        == "The document “a.csv” could not be saved: the disk is full or cannot be written."
    )
