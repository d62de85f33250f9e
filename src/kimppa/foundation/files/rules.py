"""What may be stored, and how long it is kept. Pure.

Sources: kirjanpitolaki 1336/1997 2 luku 10 §: account books ten years from the end of the financial
year; invoices are kept as long here, because the figures must be explained ten years on.
"""

from __future__ import annotations

import re
from datetime import date

MEGABYTE = 1024 * 1024
MAX_BYTES = {
    "application/pdf": 50 * MEGABYTE,
    "application/xml": 20 * MEGABYTE,
    "application/epub+zip": 200 * MEGABYTE,
    "application/json": 50 * MEGABYTE,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": 50 * MEGABYTE,
    "application/zip": 200 * MEGABYTE,
    "image/jpeg": 10 * MEGABYTE,
    "image/png": 10 * MEGABYTE,
    "image/svg+xml": 1 * MEGABYTE,
    "image/webp": 10 * MEGABYTE,
    "text/csv": 100 * MEGABYTE,
    "text/plain": 20 * MEGABYTE,
    "text/tab-separated-values": 100 * MEGABYTE,
    "application/octet-stream": 100 * MEGABYTE,
}
# What is kept as it came, whether or not anything can be read of it.
MAX_KEPT = 300 * MEGABYTE
DAYS_KEPT = {"import": 365, "export": 7}
ACCOUNTING_YEARS = 10
UNSAFE = re.compile(r"[^\w. ()+-]+")


def safe_name(name: str) -> str:
    """A file name fit for a download header: no folders, no control characters, at most 200."""
    base = re.split(r"[\\/]", name)[-1]
    return UNSAFE.sub("_", base).strip(". ")[-200:] or "tiedosto"


def may_go(retention: str, *, stored: date, today: date) -> bool:
    """Has a document served its time? What is content stays as long as something points to it."""
    if retention == "accounting":
        return today > date(stored.year + ACCOUNTING_YEARS, 12, 31)
    days = DAYS_KEPT.get(retention)
    return days is not None and (today - stored).days > days
