"""Typed environment values: the only place that reads os.environ for settings."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Environment:
    """What the installation was told.

    mode: `run` (demo on loopback), `serve` (production), `test`, or `task` (a command by itself).
    """

    mode: str
    home: Path
    keys: Path
    secret_key: str
    allowed_hosts: tuple[str, ...]
    backoffice_host: str
    public_url: str
    database_url: str
    trusted_proxies: int
    log_level: str


def read() -> Environment:
    home = Path(os.environ.get("KIMPPA_HOME") or PROJECT / "var").resolve()
    return Environment(
        mode=os.environ.get("KIMPPA_MODE", "task"),
        home=home,
        keys=Path(os.environ.get("KIMPPA_KEYS") or home / "keys").resolve(),
        secret_key=os.environ.get("KIMPPA_SECRET_KEY", ""),
        allowed_hosts=_list("KIMPPA_ALLOWED_HOSTS"),
        backoffice_host=os.environ.get("KIMPPA_BACKOFFICE_HOST", ""),
        public_url=os.environ.get("KIMPPA_PUBLIC_URL", ""),
        database_url=os.environ.get("KIMPPA_DATABASE_URL", ""),
        trusted_proxies=int(os.environ.get("KIMPPA_TRUSTED_PROXIES", "0")),
        log_level=os.environ.get("KIMPPA_LOG_LEVEL", "INFO"),
    )


def _list(name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in os.environ.get(name, "").split(",") if part.strip())


def database(url: str, home: Path) -> dict[str, object]:
    """Django's settings of one database: SQLite in the home, or PostgreSQL by URL.

    SQLite takes the write lock at BEGIN (design/stack.md: 1,512 checkouts/s and no lock errors
    with 8 processes, where the default mode gave thousands of errors).
    """
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(home / "kimppa.sqlite3"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 10,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32000;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("KIMPPA_DATABASE_URL must begin with postgresql://")
    options: dict[str, object] = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
