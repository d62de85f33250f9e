"""EPUBs are not trusted: bombs and paths that lead out are refused, scripts reported and never served."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from tests.elibrary.conftest import make_epub

from kimppa.doors.console.demo import books
from kimppa.elibrary.catalog import epub
from kimppa.elibrary.catalog.models import Publication
from kimppa.elibrary.holdings.models import License


def examine(raw: bytes) -> epub.Book:
    return epub.examine(io.BytesIO(raw))


def saved(tmp_path: Path, raw: bytes) -> Path:
    path = tmp_path / "b.epub"
    path.write_bytes(raw)
    return path


def test_a_plain_book_is_read_with_its_order_and_language():
    book = examine(make_epub())
    assert (book.title, book.languages, book.spine, book.scripts) == ("Koe", ("fi",), ("b/a.xhtml",), ())


@pytest.mark.parametrize("name", ["../evil.xhtml", "b/../../evil", "/etc/passwd", "b\\..\\evil", "C:/evil"])
def test_a_path_that_leads_out_is_refused(name):
    with pytest.raises(epub.PathOutside):
        examine(make_epub(extra={name: b"x"}))


def test_a_manifest_that_points_outside_is_refused():
    item = '<item id="z" href="../../../etc/passwd" media-type="text/plain"/>'
    with pytest.raises(epub.PathOutside):
        examine(make_epub(more=item))


def test_a_zip_bomb_is_refused():
    with pytest.raises(epub.ZipBomb):
        examine(make_epub(extra={"b/big.txt": b"\0" * 30_000_000}))


def test_a_bomb_whose_header_lies_about_its_size_is_refused_too():
    raw = bytearray(make_epub(extra={"b/big.txt": b"\0" * 30_000_000}))
    real = (30_000_000).to_bytes(4, "little")
    while (at := bytes(raw).find(real)) >= 0:
        raw[at : at + 4] = (10).to_bytes(4, "little")
    with pytest.raises(epub.BadEpub):
        examine(bytes(raw))


def test_too_many_entries_are_refused():
    with pytest.raises(epub.ZipBomb):
        examine(make_epub(extra={f"b/{n}": b"" for n in range(5_001)}))


@pytest.mark.parametrize("raw", [b"", b"not a zip", make_epub()[:200]])
def test_what_is_no_zip_is_refused(raw):
    with pytest.raises(epub.BadEpub):
        examine(raw)


def test_a_zip_without_a_package_is_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(epub.BadEpub):
        examine(buffer.getvalue())


SCRIPTED = [
    ("<p>Hei</p><script>alert(1)</script> ja jatko", ""),
    ('<p onclick="alert(1)">Hei</p>', ""),
    ('<p\nonmouseover\n=\n"alert(1)">Hei</p>', ""),
    ('<a href="javascript:alert(1)">Hei</a>', ""),
    ('<a href="java&#9;script:alert(1)">Hei</a>', ""),
    ('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', ""),
    ('<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>', ""),
    ("<p>Hei</p>", '<script src="evil.js"></script>'),
    ('<iframe srcdoc="&lt;script&gt;alert(1)&lt;/script&gt;"></iframe>', ""),
]


@pytest.mark.parametrize(("body", "head"), SCRIPTED)
def test_a_book_with_scripts_is_accepted_and_reported_and_they_are_not_served(tmp_path, body, head):
    path = saved(tmp_path, make_epub(body=body, head=head))
    book = epub.examine(path)
    assert book.scripts == ("b/a.xhtml",)
    content, media_type = epub.resource(path, book, "b/a.xhtml")
    low = content.lower()
    assert media_type == "application/xhtml+xml"
    assert b"alert" not in low
    assert b"evil.js" not in low
    assert b"<title>" in low


def test_text_after_a_script_is_kept(tmp_path):
    path = saved(tmp_path, make_epub(body="<p>Hei</p><script>alert(1)</script> ja jatko"))
    content, _ = epub.resource(path, epub.examine(path), "b/a.xhtml")
    assert b"ja jatko" in content


def test_a_script_file_and_what_the_manifest_does_not_list_do_not_exist(tmp_path):
    more = '<item id="s" href="s.js" media-type="text/javascript"/>'
    more += '<item id="t" href="t.mjs" media-type="text/plain"/>'
    extra = {"b/s.js": b"alert(1)", "b/t.mjs": b"alert(1)", "b/hidden.xhtml": b"<html/>"}
    path = saved(tmp_path, make_epub(more=more, extra=extra))
    book = epub.examine(path)
    assert "b/s.js" in book.scripts
    for name in ("b/s.js", "b/t.mjs", "b/hidden.xhtml", "META-INF/container.xml", "../x", "b/p.opf"):
        with pytest.raises(epub.NoSuchResource):
            epub.resource(path, book, name)


def test_entities_are_not_expanded_and_nothing_outside_is_read(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("SALAISUUS")
    page = (
        f'<!DOCTYPE html [<!ENTITY x SYSTEM "file://{secret}"><!ENTITY y "{"A" * 50}">]>'
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>A</title></head><body>&x;&y;</body></html>'
    )
    more = '<item id="e" href="e.xhtml" media-type="application/xhtml+xml"/>'
    path = saved(tmp_path, make_epub(more=more, extra={"b/e.xhtml": page.encode()}))
    content, _ = epub.resource(path, epub.examine(path), "b/e.xhtml")
    assert b"SALAISUUS" not in content


def test_plain_markup_is_served_byte_for_byte(tmp_path):
    path = saved(tmp_path, make_epub(body="<p>Sivu</p>"))
    content, _ = epub.resource(path, epub.examine(path), "b/a.xhtml")
    with zipfile.ZipFile(path) as archive:
        assert content == archive.read("b/a.xhtml")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_residents_guide_passes_epubcheck(tmp_path, java_path, language):
    path = saved(tmp_path, books.guide(language))
    done = subprocess.run(
        [sys.executable, "-m", "epubcheck", str(path)], capture_output=True, text=True, timeout=180
    )
    assert "ERROR" not in done.stdout
    assert "WARNING" not in done.stdout
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_guide_has_chapters_in_its_table_of_contents_and_is_the_same_bytes_each_time():
    book = examine(books.guide("fi"))
    assert len(book.contents) == 8
    assert book.contents[0].title == "Tervetuloa"
    assert books.guide("fi") == books.guide("fi")


@pytest.mark.django_db
def test_a_book_comes_in_by_the_command_and_can_be_borrowed(tmp_path):
    path = saved(tmp_path, make_epub(body="<script>alert(1)</script><p>Hei</p>"))
    out = io.StringIO()
    call_command("add_epub", str(path), identifier="urn:own:1", collection="Oma", copies=2, stdout=out)
    assert "can be borrowed" in out.getvalue()
    assert "b/a.xhtml holds scripts" in out.getvalue()
    assert License.objects.get().concurrency == 2


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["../evil", "bomb"])
def test_a_book_that_is_refused_leaves_nothing_behind(tmp_path, home, name):
    extra = {"../evil": b"x"} if name == "../evil" else {"b/big.txt": bytes(30_000_000)}
    path = saved(tmp_path, make_epub(extra=extra))
    with pytest.raises(CommandError, match="refused and not kept") as caught:
        call_command("add_epub", str(path), identifier="urn:own:1", collection="Oma")
    assert caught.value.returncode == 2
    assert Publication.objects.count() == License.objects.count() == 0
    assert not (home / "files").exists()
