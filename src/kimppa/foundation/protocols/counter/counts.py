"""Counts as they are written; everything but a plain whole number is said."""

from __future__ import annotations

import re

from kimppa.foundation.protocols.counter.findings import Findings
from kimppa.foundation.protocols.counter.json_stream import Json

GROUPED = re.compile(r"\d{1,3}(?:[ ,.\u00a0\u202f'’]\d{3})+")
WHOLE = re.compile(r"(\d+)[.,]0+")
NEGATIVE = re.compile(r"[-−–(]\s?\d[\d .,]*\)?")
LARGEST = 10**15


def counted(value: Json, where: str, findings: Findings) -> int | None:
    """The count that a value means; None (and a problem) if it means none. Only 12 and 12.0 are silent."""
    if isinstance(value, bool | list | dict):
        findings.add("count-not-number", where, count=str(value))
        return None
    if value is None or value == "":
        findings.add("count-missing", where)
        return None
    if isinstance(value, str):
        read = written(value)
        if read is not None:
            findings.add("count-text", where, count=value, read=read)
            return read
    elif 0 <= value < LARGEST and value == int(value):
        return int(value)
    sign = str(value).strip()
    findings.add("count-negative" if NEGATIVE.fullmatch(sign) else "count-not-number", where, count=sign)
    return None


def written(text: str) -> int | None:
    """The whole number that a text says, with thousands apart or `.0` behind; None if it says none."""
    plain = text.strip()
    if plain.isascii() and plain.isdigit() and len(plain) <= 15:
        return int(plain)
    if GROUPED.fullmatch(plain):
        return int(re.sub(r"\D", "", plain))
    whole = WHOLE.fullmatch(plain)
    return int(whole[1]) if whole and len(whole[1]) <= 15 else None
