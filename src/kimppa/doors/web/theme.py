"""Light, dark, or as the system says: a choice kept in a cookie that holds nothing else."""

from __future__ import annotations

from django.http import HttpRequest

COOKIE = "kimppa_theme"
CHOICES = ("light", "dark")


def theme_of(request: HttpRequest) -> str:
    """`light`, `dark`, or empty for what the system says."""
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in CHOICES else ""
