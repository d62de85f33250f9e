"""EPUB files from outside, which are not trusted: looked through before they are taken, read from the zip,
never unpacked; what the book's own manifest does not list is not served, and no script ever is.

Source of the rules: EPUB 3.3 (OCF container, package document), Readium Web Publication Manifest.
"""

from __future__ import annotations

import posixpath
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from lxml import etree

from kimppa.foundation.core.errors import Invalid, Missing
from kimppa.foundation.core.text import clean_line, noop

MOST_ENTRIES = 5_000
MOST_BYTES = 400 * 1024 * 1024
MOST_ENTRY_BYTES = 100 * 1024 * 1024
WORST_RATIO = 150
SMALL = 1024 * 1024
SCRIPT_TYPES = frozenset(
    {"application/javascript", "text/javascript", "application/ecmascript", "text/ecmascript"}
)
MARKUP_TYPES = frozenset({"application/xhtml+xml", "image/svg+xml", "text/html", "application/x-dtbncx+xml"})

_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
_OPF = "{http://www.idpf.org/2007/opf}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_XHTML = "{http://www.w3.org/1999/xhtml}"
_EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"


class BadEpub(Invalid):
    code = "bad-epub"
    sentence = noop("This is not an EPUB that can be read (%(why)s). Nothing was kept.")


class ZipBomb(BadEpub):
    code = "epub-zip-bomb"
    sentence = noop("This EPUB would unpack to far more than a book can hold. It was refused and not kept.")


class PathOutside(BadEpub):
    code = "epub-path-outside"
    sentence = noop("This EPUB names a file outside itself (%(path)s). It was refused and not kept.")


class NoSuchResource(Missing):
    code = "no-such-resource"
    sentence = noop("The book has no such part.")


@dataclass(frozen=True, slots=True)
class Item:
    """A resource that the manifest lists; `path` is its place in the zip."""

    path: str
    media_type: str
    properties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """An entry of the table of contents; `href` is a zip path, perhaps with a fragment."""

    title: str
    href: str
    children: tuple[Heading, ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """What a reader needs to know. `scripts` are the parts that hold scripts: never served as such."""

    title: str
    creators: tuple[str, ...]
    languages: tuple[str, ...]
    identifier: str
    items: tuple[Item, ...]
    spine: tuple[str, ...]
    contents: tuple[Heading, ...]
    opf_path: str
    scripts: tuple[str, ...]

    def item(self, path: str) -> Item | None:
        return next((item for item in self.items if item.path == path), None)


def examine(source: Path | IO[bytes]) -> Book:
    """Look a file through, every entry of it. Raises BadEpub, ZipBomb, PathOutside."""
    try:
        with zipfile.ZipFile(source) as archive:
            _check_entries(archive)
            _check_sizes(archive)
            return _book(archive, look_for_scripts=True)
    except zipfile.BadZipFile as error:
        raise BadEpub(why="no zip archive") from error
    except (etree.XMLSyntaxError, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise BadEpub(why=clean_line(str(error))[:120]) from error


def open_book(source: Path) -> Book:
    """Read the package of a file that was examined when it came in."""
    with zipfile.ZipFile(source) as archive:
        return _book(archive, look_for_scripts=False)


def resource(source: Path, book: Book, path: str) -> tuple[bytes, str]:
    """A part of the book and its media type, scripts taken out of it. Raises NoSuchResource.

    Parts that are scripts, or that the manifest does not list, do not exist here.
    """
    item = book.item(path)
    if item is None or item.media_type in SCRIPT_TYPES or path.lower().endswith((".js", ".mjs")):
        raise NoSuchResource()
    with zipfile.ZipFile(source) as archive:
        content = _read(archive, path)
    if item.media_type in MARKUP_TYPES:
        content = without_scripts(content)
    return content, item.media_type


def holds_scripts(content: bytes) -> bool:
    """Whether markup may run something: scripts, handlers, javascript: addresses, XSLT."""
    low = content.lower()
    if any(mark in low for mark in (b"script", b"<!entity", b"xml-stylesheet", b"<foreignobject", b"srcdoc")):
        return True
    return b" on" in low.replace(b"\n", b" ").replace(b"\t", b" ").replace(b"\r", b" ")


def without_scripts(content: bytes) -> bytes:
    """The same markup with nothing in it that runs. Untouched where there is nothing suspicious."""
    if not holds_scripts(content):
        return content
    root = _xml(content, recover=True)
    for element in list(root.iter()):
        if isinstance(element, etree._ProcessingInstruction):
            _drop(element)
            continue
        if isinstance(element, etree._Comment | etree._Entity):
            continue
        if etree.QName(element).localname.lower() in {"script", "handler", "listener"}:
            _drop(element)
            continue
        for name in list(element.attrib):
            bare = etree.QName(name).localname.lower()
            value = "".join(c for c in str(element.attrib[name]).lower() if c > " ")
            if bare.startswith("on") or bare == "srcdoc" or value.startswith(("javascript:", "vbscript:")):
                del element.attrib[name]
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _drop(element: etree._Element) -> None:
    """Remove an element and keep the text that follows it."""
    parent = element.getparent()
    if parent is None:
        raise BadEpub(why="a script for a document")
    if element.tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _check_entries(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise ZipBomb()
    for entry in entries:
        name = entry.filename
        if "\\" in name or name.startswith("/") or ".." in name.split("/") or ":" in name.split("/")[0]:
            raise PathOutside(path=clean_line(name)[:80])
        if entry.flag_bits & 0x1:
            raise BadEpub(why="encrypted zip")


def _check_sizes(archive: zipfile.ZipFile) -> None:
    """Unpack every entry into nothing, counting: what the headers say of sizes is not believed."""
    whole = 0
    for entry in archive.infolist():
        size = 0
        with archive.open(entry) as handle:
            while chunk := handle.read(256 * 1024):
                size += len(chunk)
                whole += len(chunk)
                packed = max(entry.compress_size, 1)
                if whole > MOST_BYTES or size > MOST_ENTRY_BYTES:
                    raise ZipBomb()
                if size > SMALL and size / packed > WORST_RATIO:
                    raise ZipBomb()


def _book(archive: zipfile.ZipFile, *, look_for_scripts: bool) -> Book:
    opf_path = _opf_path(archive)
    package = _xml(_read(archive, opf_path))
    base = posixpath.dirname(opf_path)
    by_id: dict[str, Item] = {}
    for node in package.iterfind(f"{_OPF}manifest/{_OPF}item"):
        href = node.get("href", "")
        if urlsplit(href).scheme:
            continue
        path = inside(base, href)
        by_id[node.get("id", "")] = Item(
            path, node.get("media-type", ""), tuple(node.get("properties", "").split())
        )
    spine = tuple(
        by_id[ref].path
        for ref in (node.get("idref", "") for node in package.iterfind(f"{_OPF}spine/{_OPF}itemref"))
        if ref in by_id
    )
    if not spine:
        raise BadEpub(why="no reading order")
    present = set(archive.namelist())
    items = tuple(item for item in by_id.values() if item.path in present)
    return Book(
        title=_first(package, "title"),
        creators=tuple(_all(package, "creator")),
        languages=tuple(_all(package, "language")),
        identifier=_first(package, "identifier"),
        items=items,
        spine=tuple(path for path in spine if path in present),
        contents=_contents(archive, items),
        opf_path=opf_path,
        scripts=_scripted(archive, items) if look_for_scripts else (),
    )


def _scripted(archive: zipfile.ZipFile, items: tuple[Item, ...]) -> tuple[str, ...]:
    found: list[str] = []
    for item in items:
        if item.media_type in SCRIPT_TYPES or "scripted" in item.properties:
            found.append(item.path)
        elif item.media_type in MARKUP_TYPES:
            content = _read(archive, item.path)
            if holds_scripts(content) and without_scripts(content) != _same(content):
                found.append(item.path)
    return tuple(found)


def _same(content: bytes) -> bytes:
    return etree.tostring(_xml(content, recover=True), encoding="utf-8", xml_declaration=True)


def _opf_path(archive: zipfile.ZipFile) -> str:
    try:
        container = _xml(_read(archive, "META-INF/container.xml"))
    except NoSuchResource as error:
        raise BadEpub(why="no META-INF/container.xml") from error
    root = container.find(f".//{_CONTAINER}rootfile")
    path = root.get("full-path", "") if root is not None else ""
    if not path:
        raise BadEpub(why="no package document")
    found = inside("", path)
    if found not in archive.namelist():
        raise BadEpub(why="no package document")
    return found


def inside(base: str, href: str) -> str:
    """A zip path from a folder and a relative address. Raises PathOutside when it leads out."""
    path = posixpath.normpath(posixpath.join(base, unquote(urlsplit(href).path)))
    if path.startswith(("/", "..")) or "\\" in path:
        raise PathOutside(path=clean_line(href)[:80])
    return path


def _contents(archive: zipfile.ZipFile, items: tuple[Item, ...]) -> tuple[Heading, ...]:
    nav = next((item for item in items if "nav" in item.properties), None)
    if nav is None:
        return ()
    root = _xml(_read(archive, nav.path), recover=True)
    base = posixpath.dirname(nav.path)
    for element in root.iter(f"{_XHTML}nav"):
        if "toc" in element.get(_EPUB_TYPE, "").split():
            top = element.find(f"{_XHTML}ol")
            return _headings(top, base) if top is not None else ()
    return ()


def _headings(listing: etree._Element, base: str) -> tuple[Heading, ...]:
    found: list[Heading] = []
    for entry in listing.iterfind(f"{_XHTML}li"):
        link = entry.find(f".//{_XHTML}a")
        if link is None:
            continue
        href = link.get("href", "")
        target = inside(base, href)
        fragment = urlsplit(href).fragment
        below = entry.find(f"{_XHTML}ol")
        found.append(
            Heading(
                clean_line("".join(str(t) for t in link.itertext())),
                f"{target}#{fragment}" if fragment else target,
                _headings(below, base) if below is not None else (),
            )
        )
    return tuple(found)


def _read(archive: zipfile.ZipFile, path: str) -> bytes:
    try:
        with archive.open(path) as handle:
            content = handle.read(MOST_ENTRY_BYTES + 1)
    except KeyError:
        raise NoSuchResource() from None
    if len(content) > MOST_ENTRY_BYTES:
        raise ZipBomb()
    return content


def _xml(content: bytes, *, recover: bool = False) -> etree._Element:
    """No entities, no network, no DTD, no huge trees."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=recover
    )
    root = etree.fromstring(content, parser)
    if root is None:
        raise BadEpub(why="a part is no XML")
    return root


def _all(package: etree._Element, name: str) -> list[str]:
    found = (clean_line(node.text or "") for node in package.iterfind(f"{_OPF}metadata/{_DC}{name}"))
    return [text for text in found if text]


def _first(package: etree._Element, name: str) -> str:
    found = _all(package, name)
    return found[0] if found else ""
