"""Generated covers: type, night and a band of aurora. The same title and author give the same cover. Pure."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache
from html import escape

WIDTH, HEIGHT = 240, 360
MARGIN = 22
LEADING = 1.22
# How wide a letter is on average, in parts of the type size.
LETTER = 0.56

# ground, deeper ground, text, band from, band to. White text stands at 7:1 or better on every ground.
PALETTES = (
    ("#0f2a3d", "#0a1d2b", "#ffffff", "#2fb58a", "#5fd6c0"),
    ("#0e4a40", "#08302a", "#ffffff", "#8fe3b0", "#2fb58a"),
    ("#1b2f57", "#101d38", "#ffffff", "#7fb4f0", "#2fb58a"),
    ("#3a1f4a", "#26132f", "#ffffff", "#c98be0", "#2fb58a"),
    ("#54142c", "#38091b", "#ffffff", "#f0a0b0", "#e69a00"),
    ("#23394a", "#15242f", "#ffffff", "#e6c36a", "#2fb58a"),
    ("#123f52", "#0b2936", "#ffffff", "#8fd8e8", "#5fd6a0"),
)


@dataclass(frozen=True, slots=True)
class Lines:
    size: float
    lines: tuple[str, ...]


@lru_cache(maxsize=4096)
def svg(*, title: str, author: str = "", kind: str = "") -> str:
    """One cover as SVG text, 2:3. Whatever the texts hold is escaped; long ones are wrapped and shortened."""
    seed = hashlib.sha256(f"{title}\x1f{author}".encode()).digest()
    ground, deep, ink, band, band_end = PALETTES[seed[0] % len(PALETTES)]
    mark = seed[:6].hex()
    heading = fit(title, width=WIDTH - 2 * MARGIN, sizes=(34, 29, 25, 21, 18), height=186)
    below = fit(author, width=WIDTH - 2 * MARGIN, sizes=(15, 13), height=40)
    parts = [
        f'<svg class="cover" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'aria-hidden="true" focusable="false">',
        f'<defs><linearGradient id="g{mark}" x1="0" y1="0" x2="0.3" y2="1">'
        f'<stop offset="0" stop-color="{ground}"/>'
        f'<stop offset="1" stop-color="{deep}"/></linearGradient><linearGradient id="b{mark}" x1="0" x2="1">'
        f'<stop offset="0" stop-color="{band}" stop-opacity="0.15"/><stop offset="0.45" stop-color="{band}"/>'
        f'<stop offset="1" stop-color="{band_end}" stop-opacity="0.25"/></linearGradient></defs>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="url(#g{mark})"/>',
        _stars(seed),
        _aurora(seed, f"url(#b{mark})"),
        _text(heading, x=MARGIN, top=40, fill=ink, weight="600", family="Literata, Georgia, serif"),
        _text(
            below,
            x=MARGIN,
            top=HEIGHT - 24 - 19 * (len(below.lines) - 1) - below.size,
            fill=ink,
            weight="400",
            family="Inter, system-ui, sans-serif",
        ),
        "</svg>",
    ]
    return "".join(parts)


def fit(text: str, *, width: float, sizes: tuple[int, ...], height: float) -> Lines:
    """The largest size at which the text keeps within the room; the smallest shortens it."""
    for size in sizes:
        rows = int(height / (size * LEADING))
        room = width / (size * LETTER)
        lines = wrap(text, room)
        if len(lines) <= rows and all(len(word) <= room for word in text.split()):
            return Lines(size, tuple(lines))
    size = sizes[-1]
    rows = int(height / (size * LEADING))
    lines = wrap(text, width / (size * LETTER))
    if len(lines) > rows:
        lines = [*lines[: rows - 1], lines[rows - 1].rstrip(" ,;:") + "…"]
    return Lines(size, tuple(lines))


def wrap(text: str, room: float) -> list[str]:
    """Words onto lines of at most `room` characters; a word longer than a line is cut with a hyphen."""
    limit = max(4, int(room))
    lines: list[str] = []
    line = ""
    for word in text[:300].split():
        while len(word) > limit:
            if line:
                lines.append(line)
                line = ""
            lines.append(word[: limit - 1] + "-")
            word = word[limit - 1 :]
        joined = f"{line} {word}".strip()
        if len(joined) <= limit:
            line = joined
        else:
            lines.append(line)
            line = word
    return [*lines, line] if line else lines


def _text(block: Lines, *, x: float, top: float, fill: str, weight: str, family: str) -> str:
    if not block.lines:
        return ""
    step = block.size * LEADING
    rows = "".join(
        f'<tspan x="{x}" y="{top + block.size + n * step:.1f}">{escape(line)}</tspan>'
        for n, line in enumerate(block.lines)
    )
    style = f'font-family="{family}" font-size="{block.size}" font-weight="{weight}" fill="{fill}"'
    return f"<text {style}>{rows}</text>"


def _stars(seed: bytes) -> str:
    dots = []
    for n in range(7):
        x = 14 + seed[6 + n] / 255 * (WIDTH - 28)
        y = 190 + seed[13 + n] / 255 * 120
        dots.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{0.6 + seed[20 + n % 4] / 400:.1f}"/>')
    return f'<g fill="#ffffff" fill-opacity="0.5">{"".join(dots)}</g>'


def _aurora(seed: bytes, fill: str) -> str:
    """A curtain across the lower half: two sines by the seed, thick in the middle, thin at the ends."""
    phase, tilt = seed[25] / 255 * math.tau, (seed[26] - 128) / 128 * 22
    base, height = 264 + seed[27] / 255 * 22, 22 + seed[28] / 255 * 16
    upper, lower = [], []
    for step in range(13):
        x = step * WIDTH / 12
        wave = math.sin(phase + step * 0.55) * 12 + math.sin(phase * 2 + step * 0.23) * 7
        wave += tilt * (step / 12 - 0.5)
        thick = height * (0.35 + math.sin(math.pi * step / 12))
        upper.append(f"{x:.0f},{base + wave - thick:.1f}")
        lower.append(f"{x:.0f},{base + wave + thick * 0.3:.1f}")
    points = " ".join([*upper, *reversed(lower)])
    return f'<polygon points="{points}" fill="{fill}" fill-opacity="0.85"/>'
