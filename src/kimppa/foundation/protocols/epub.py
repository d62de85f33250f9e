"""Writing a small, accessible EPUB 3.3: chapters of headings, paragraphs and lists. Pure.

The same text gives the same bytes: every time stamp comes from the caller.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from datetime import datetime
from html import escape

FIXED = (1980, 1, 1, 0, 0, 0)

STYLE = """html { line-height: 1.5; }
body { margin: 0 5%; }
h1 { font-size: 1.6em; line-height: 1.2; margin: 2em 0 1em; }
h2 { font-size: 1.2em; line-height: 1.3; margin: 1.6em 0 .5em; }
h1, h2 { break-after: avoid; }
p, li { margin: 0 0 .8em; }
.cover { margin-top: 30%; text-align: center; }
"""


@dataclass(frozen=True, slots=True)
class Chapter:
    """`blocks` are (kind, lines): h2 and p have one line, ul and ol one line an item."""

    title: str
    blocks: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What the frame of a book says in its language."""

    contents: str
    summary: str


@dataclass(frozen=True, slots=True)
class Text:
    """A book to write. `identifier` is a URN, `language` BCP 47, `modified` aware UTC."""

    identifier: str
    title: str
    creator: str
    language: str
    modified: datetime
    chapters: tuple[Chapter, ...]
    words: Words


def chapters_of(source: str) -> tuple[str, tuple[Chapter, ...]]:
    """Title and chapters from plain text: `= title`, `# chapter`, `## heading`, `- item`, `1. item`,
    paragraphs parted by empty lines.
    """
    title = ""
    found: list[tuple[str, list[tuple[str, tuple[str, ...]]]]] = []
    for part in source.strip().split("\n\n"):
        lines = [line.strip() for line in part.strip().split("\n") if line.strip()]
        if not lines:
            continue
        first = lines[0]
        if first.startswith("= "):
            title = first[2:]
        elif first.startswith("# "):
            found.append((first[2:], []))
        elif first.startswith("## "):
            found[-1][1].append(("h2", (first[3:],)))
        elif first.startswith("- "):
            found[-1][1].append(("ul", tuple(line.removeprefix("- ") for line in lines)))
        elif first.startswith("1. "):
            found[-1][1].append(("ol", tuple(line.split(". ", 1)[1] for line in lines)))
        else:
            found[-1][1].append(("p", (" ".join(lines),)))
    return title, tuple(Chapter(name, tuple(blocks)) for name, blocks in found)


def write(text: Text) -> bytes:
    """The EPUB's bytes; `mimetype` first and stored, as the container format asks."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        _put(archive, "mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        _put(archive, "META-INF/container.xml", _container())
        _put(archive, "book/package.opf", _package(text))
        _put(archive, "book/nav.xhtml", _navigation(text))
        _put(archive, "book/style.css", STYLE)
        _put(archive, "book/title.xhtml", _title_page(text))
        for number, chapter in enumerate(text.chapters, start=1):
            _put(archive, f"book/{_name(number)}", _chapter(text, chapter))
    return buffer.getvalue()


def _put(archive: zipfile.ZipFile, name: str, content: str, how: int = zipfile.ZIP_DEFLATED) -> None:
    info = zipfile.ZipInfo(name, FIXED)
    info.compress_type = how
    info.external_attr = 0o644 << 16
    archive.writestr(info, content.encode())


def _name(number: int) -> str:
    return f"chapter-{number:02d}.xhtml"


def _container() -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/>'
        "</rootfiles></container>\n"
    )


def _package(text: Text) -> str:
    numbers = range(1, len(text.chapters) + 1)
    items = "".join(
        f'<item id="c{n}" href="{_name(n)}" media-type="application/xhtml+xml"/>' for n in numbers
    )
    order = "".join(f'<itemref idref="c{n}"/>' for n in numbers)
    modified = text.modified.strftime("%Y-%m-%dT%H:%M:%SZ")
    features = "".join(
        f'<meta property="schema:accessibilityFeature">{name}</meta>'
        for name in ("tableOfContents", "readingOrder", "structuralNavigation", "displayTransformability")
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" '
        f'xml:lang="{text.language}"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="id">{escape(text.identifier)}</dc:identifier>'
        f"<dc:title>{escape(text.title)}</dc:title><dc:language>{text.language}</dc:language>"
        f"<dc:creator>{escape(text.creator)}</dc:creator>"
        f'<meta property="dcterms:modified">{modified}</meta>'
        f'<meta property="schema:accessMode">textual</meta>'
        f'<meta property="schema:accessModeSufficient">textual</meta>{features}'
        '<meta property="schema:accessibilityHazard">none</meta>'
        f'<meta property="schema:accessibilitySummary">{escape(text.words.summary)}</meta>'
        "</metadata><manifest>"
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        '<item id="css" href="style.css" media-type="text/css"/>'
        f'<item id="title" href="title.xhtml" media-type="application/xhtml+xml"/>{items}</manifest>'
        f'<spine><itemref idref="title"/>{order}</spine></package>\n'
    )


def _page(text: Text, title: str, body: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" '
        f'lang="{text.language}" xml:lang="{text.language}"><head><title>{escape(title)}</title>'
        f'<link rel="stylesheet" type="text/css" href="style.css"/></head><body>{body}</body></html>\n'
    )


def _navigation(text: Text) -> str:
    entries = "".join(
        f'<li><a href="{_name(n)}">{escape(chapter.title)}</a></li>'
        for n, chapter in enumerate(text.chapters, start=1)
    )
    heading = escape(text.words.contents)
    return _page(
        text, text.words.contents, f'<nav epub:type="toc"><h1>{heading}</h1><ol>{entries}</ol></nav>'
    )


def _title_page(text: Text) -> str:
    body = f'<section epub:type="titlepage" class="cover"><h1>{escape(text.title)}</h1>'
    return _page(text, text.title, f"{body}<p>{escape(text.creator)}</p></section>")


def _chapter(text: Text, chapter: Chapter) -> str:
    body = "".join(_block(kind, lines) for kind, lines in chapter.blocks)
    section = f'<section epub:type="chapter"><h1>{escape(chapter.title)}</h1>{body}</section>'
    return _page(text, chapter.title, section)


def _block(kind: str, lines: tuple[str, ...]) -> str:
    if kind in {"ul", "ol"}:
        return f"<{kind}>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + f"</{kind}>"
    return f"<{kind}>{escape(lines[0])}</{kind}>"
