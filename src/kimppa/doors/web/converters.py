"""Parts of addresses that are more than Django's own kinds."""

from __future__ import annotations

from django.urls.converters import IntConverter

FIRST_YEAR, LAST_YEAR = 2000, 2199


class YearConverter(IntConverter):
    """A year that money can be counted in: 2000–2199. Any other is no page (dates end at 1 and 9999)."""

    regex = "2[01][0-9]{2}"
