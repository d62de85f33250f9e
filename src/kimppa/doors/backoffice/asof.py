"""The day a page speaks of: `?on=2022-12-31`, today's domain day where nothing (usable) is said."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest

from kimppa.foundation.core import clock


def asked_day(request: HttpRequest, name: str = "on") -> date:
    return parse_day(request.GET.get(name, "")) or clock.today()


def parse_day(text: str) -> date | None:
    """`2022-12-31` or `31.12.2022`; None where it is no day."""
    bare = text.strip()
    parts = bare.split(".")
    if len(parts) == 3 and all(part.isdecimal() for part in parts):
        bare = f"{parts[2]:0>4}-{parts[1]:0>2}-{parts[0]:0>2}"
    try:
        return date.fromisoformat(bare)
    except ValueError:
        return None
