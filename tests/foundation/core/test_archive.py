"""The sealed archive: any change, cut or addition is noticed before anything is used."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from kimppa.foundation.core import archive

KEY = b"k" * 32


def made(path: Path, size: int = 2_500_000) -> Path:
    with path.open("wb") as out, archive.writing(out, key=KEY, head={"keys": {"backup": "x"}}) as tar:
        for name, content in (("database", b"d" * size), ("files/aa/b", b"")):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def test_what_was_put_in_comes_out(tmp_path: Path) -> None:
    path = made(tmp_path / "a")
    archive.verify(path, key=KEY)
    archive.unpack(path, key=KEY, place=lambda name: tmp_path / "out" / name)
    assert (tmp_path / "out" / "database").read_bytes() == b"d" * 2_500_000
    assert (tmp_path / "out/files/aa/b").read_bytes() == b""
    assert b"dddd" not in path.read_bytes()


def test_every_kind_of_damage_is_noticed(tmp_path: Path) -> None:
    whole = made(tmp_path / "a").read_bytes()
    first = whole.index(b"\n", len(archive.MAGIC)) + 1
    size = 4 + int.from_bytes(whole[first : first + 4], "big")
    damaged = {
        "a changed head": whole[:20] + bytes([whole[20] ^ 1]) + whole[21:],
        "a changed byte": whole[:-5] + bytes([whole[-5] ^ 1]) + whole[-4:],
        "cut short": whole[:-1],
        "the last chunk gone": whole[: first + 2 * size],
        "a chunk twice": whole[: first + size] + whole[first:],
        "two chunks exchanged": whole[:first]
        + whole[first + size : first + 2 * size]
        + whole[first : first + size]
        + whole[first + 2 * size :],
        "more at the end": whole + b"x",
        "nothing": b"",
    }
    unnoticed = []
    for what, content in damaged.items():
        (tmp_path / "b").write_bytes(content)
        try:
            archive.verify(tmp_path / "b", key=KEY)
        except (archive.ArchiveDamaged, archive.NoArchive):
            continue
        unnoticed.append(what)
    assert unnoticed == []
    with pytest.raises(archive.ArchiveDamaged):
        archive.verify(tmp_path / "a", key=b"o" * 32)


def test_a_member_of_an_unknown_name_is_refused(tmp_path: Path) -> None:
    path = made(tmp_path / "a")
    with pytest.raises(archive.ArchiveDamaged):
        archive.unpack(path, key=KEY, place=lambda name: None)
