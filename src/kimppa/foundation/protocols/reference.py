"""The Finnish bank reference (viitenumero) and its RF form (ISO 11649). Pure.

A reference has 4 to 20 digits, the last of which checks the others: weights 7, 3, 1 from the right, and
the check digit completes the sum to the next ten. RF sets `RF` and two digits mod 97 before it.
"""

from __future__ import annotations

from itertools import cycle

from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.text import noop

MIN_BASE, MAX_BASE = 3, 19


class BadReference(Invalid):
    code = "bad-reference"
    sentence = noop("“%(value)s” is not a bank reference.")


def finnish(base: str) -> str:
    """The base number with its check digit. Raises BadReference unless 3–19 digits without leading zero."""
    if not (base.isascii() and base.isdigit() and MIN_BASE <= len(base) <= MAX_BASE) or base.startswith("0"):
        raise BadReference(value=base[:40])
    return base + _check_digit(base)


def is_finnish(reference: str) -> bool:
    """Whether the text (spaces allowed) is a whole reference whose check digit is right."""
    bare = reference.replace(" ", "").lstrip("0")
    if not (bare.isascii() and bare.isdigit() and MIN_BASE < len(bare) <= MAX_BASE + 1):
        return False
    return _check_digit(bare[:-1]) == bare[-1]


def rf(reference: str) -> str:
    """The RF form of a whole Finnish reference. Raises BadReference."""
    if not is_finnish(reference):
        raise BadReference(value=reference[:40])
    bare = reference.replace(" ", "").lstrip("0")
    # 271500 is "RF00" in digits (R = 27, F = 15), as the standard moves it to the end.
    return f"RF{98 - int(bare + '271500') % 97:02d}{bare}"


def printed(reference: str) -> str:
    """In groups of five from the right, as on paper: `12 34567`. RF in groups of four from the left."""
    bare = reference.replace(" ", "")
    if bare.startswith("RF"):
        return " ".join(bare[i : i + 4] for i in range(0, len(bare), 4))
    first = len(bare) % 5
    groups = [bare[:first]] if first else []
    return " ".join(groups + [bare[i : i + 5] for i in range(first, len(bare), 5)])


def _check_digit(base: str) -> str:
    weighted = sum(
        int(digit) * weight for digit, weight in zip(reversed(base), cycle((7, 3, 1)), strict=False)
    )
    return str(-weighted % 10)
