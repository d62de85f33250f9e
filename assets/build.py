#!/usr/bin/env python3
"""Builds the look: assets/ → src/kimppa/static/. The result is committed, so that running needs none of this.

python assets/build.py            style sheets, scripts, icons, the reader
python assets/build.py --fonts    also the subset fonts (needs fonttools and brotli)
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "src/kimppa/static"
VENDOR = HERE / "vendor"

LATIN = (
    "U+0020-007E,U+00A0-00FF,U+2009,U+2010-2014,U+2018-201E,U+2022,"
    "U+2026,U+202F,U+2032,U+2033,U+20AC,U+2122,U+2212"
)
# Northern, Inari and Skolt Sámi, the Baltic and Slavic letters of names, the modifier primes of Skolt Sámi.
EXTENDED = (
    "U+0100-017F,U+01B7,U+01E4-01E9,U+01EE,U+01EF,U+0218-021B,U+0292,U+02B9,U+02BC,U+1E80-1E85,U+1EF2,U+1EF3"
)
SKOLT = "U+01B7,U+01E4,U+01E5,U+01E8,U+01E9,U+01EE,U+01EF,U+0292"
FONTS = (
    ("inter/inter-latin-wght-normal.woff2", "inter-latin.woff2", LATIN),
    ("inter/inter-latin-ext-wght-normal.woff2", "inter-sami.woff2", EXTENDED),
    ("literata/literata-latin-wght-normal.woff2", "literata-latin.woff2", LATIN),
    ("literata/literata-latin-wght-italic.woff2", "literata-latin-italic.woff2", LATIN),
    ("literata/literata-latin-ext-wght-normal.woff2", "literata-sami.woff2", EXTENDED),
    ("noto-serif/noto-serif-latin-ext-wght-normal.woff2", "noto-serif-skolt.woff2", SKOLT),
)


def styles() -> None:
    """The numbered sheets in order; the dark values under the system's wish and under the reader's choice."""
    dark = (HERE / "css/dark.css").read_text()
    themes = (
        f'@media (prefers-color-scheme: dark) {{\n:root:not([data-theme="light"]) {{\n{dark}}}\n}}\n'
        f':root[data-theme="dark"] {{\n{dark}}}\n'
    )
    parts = []
    for sheet in sorted((HERE / "css").glob("[0-9]-*.css")):
        parts.append(sheet.read_text())
        if sheet.name.startswith("1-"):
            parts.append(themes)
    (OUT / "kimppa.css").write_text(fingerprinted(small("\n".join(parts))))
    for sheet in sorted((HERE / "css").glob("page-*.css")):
        (OUT / sheet.name.removeprefix("page-")).write_text(small(sheet.read_text()))


def fingerprinted(css: str) -> str:
    """Font addresses as the static tag writes them, so that a preloaded font is the one that is used."""

    def with_print(found: re.Match[str]) -> str:
        digest = hashlib.sha256((OUT / found[1]).read_bytes()).hexdigest()[:12]
        return f'url("{found[1]}?v={digest}")'

    return re.sub(r'url\("(fonts/[^"]+)"\)', with_print, css)


def small(css: str) -> str:
    """Without comments and idle white space; one rule a line stays readable in a browser's tools."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"[ \t]*\n[ \t\n]*", "\n", css)
    return re.sub(r"[ \t]+", " ", css).strip() + "\n"


def scripts() -> None:
    for script in sorted((HERE / "js").glob("*.js")):
        shutil.copyfile(script, OUT / script.name)
    for source in sorted((HERE / "img").glob("*")):
        shutil.copyfile(source, OUT / source.name)


def icons() -> None:
    """One sprite: <use href="icons.svg#name">."""
    symbols = []
    for source in sorted((VENDOR / "lucide").glob("*.svg")):
        body = re.search(r"<svg[^>]*>(.*)</svg>", source.read_text(), re.DOTALL)
        if body is None:
            raise SystemExit(f"{source.name} is not an icon")
        inner = re.sub(r"\s*\n\s*", "", body[1])
        symbols.append(f'<symbol id="{source.stem}" viewBox="0 0 24 24">{inner}</symbol>')
    sprite = '<svg xmlns="http://www.w3.org/2000/svg">' + "\n".join(symbols) + "</svg>\n"
    (OUT / "icons.svg").write_text(sprite)


def reader() -> None:
    """The reader's modules, as they came."""
    target = OUT / "foliate"
    for source in sorted((VENDOR / "foliate-js").rglob("*.js")):
        copy = target / source.relative_to(VENDOR / "foliate-js")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)


def fonts() -> None:
    from fontTools import subset
    from fontTools.ttLib import TTFont

    (OUT / "fonts").mkdir(exist_ok=True)
    for source, name, characters in FONTS:
        font = TTFont(VENDOR / source, recalcTimestamp=False)
        for table in font[
            "cmap"
        ].tables:  # the narrow no-break space of our numbers looks like the thin space
            if table.isUnicode() and 0x2009 in table.cmap:
                table.cmap.setdefault(0x202F, table.cmap[0x2009])
        options = subset.Options(flavor="woff2", layout_features=["*"], notdef_outline=True)
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=subset.parse_unicodes(characters))
        cutter.subset(font)
        subset.save_font(font, str(OUT / "fonts" / name), options)


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    if "--fonts" in sys.argv:
        fonts()
    styles()
    scripts()
    icons()
    reader()
