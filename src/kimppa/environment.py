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
    smtp_url: str
    mail_from: str
    local_directory: bool
    metrics_token: str
    sip2_host: str
    sip2_port: int
    sip2_certificate: Path | None
    sip2_key: Path | None


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
        log_level=os.environ.get("KIMPPA_LOG_LEVEL", "INFO").upper(),
        smtp_url=os.environ.get("KIMPPA_SMTP_URL", ""),
        mail_from=os.environ.get("KIMPPA_MAIL_FROM", ""),
        local_directory=os.environ.get("KIMPPA_LOCAL_DIRECTORY", "") == "yes",
        metrics_token=os.environ.get("KIMPPA_METRICS_TOKEN", ""),
        sip2_host=os.environ.get("KIMPPA_SIP2_HOST", "") or "127.0.0.1",
        sip2_port=int(os.environ.get("KIMPPA_SIP2_PORT", "") or 0),
        sip2_certificate=_file("KIMPPA_SIP2_CERT"),
        sip2_key=_file("KIMPPA_SIP2_KEY"),
    )


def _file(name: str) -> Path | None:
    told = os.environ.get(name, "")
    return Path(told).resolve() if told else None


def _list(name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in os.environ.get(name, "").split(",") if part.strip())


def database(url: str, home: Path, *, for_tests: bool = False) -> dict[str, object]:
    """Django's settings of one database: SQLite in the home, or PostgreSQL by URL.

    SQLite takes the write lock at BEGIN (design/stack.md: 1,512 checkouts/s and no lock errors
    with 8 processes, where the default mode gave thousands of errors). Tests use a file too, because a
    database in memory has no second process; a power cut would cost them nothing, so they do not flush.
    """
    if not url:
        flush = "OFF" if for_tests else "FULL"
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(home / "kimppa.sqlite3"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 10,
                "init_command": (
                    f"PRAGMA journal_mode=WAL; PRAGMA synchronous={flush}; PRAGMA cache_size=-32000;"
                ),
            },
            "TEST": {"NAME": str(home / "test.sqlite3")},
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


def mail(url: str, home: Path) -> dict[str, object]:
    """Django's mail settings: a server by URL (smtp:// with STARTTLS, smtps://), else files in the home."""
    if not url:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": str(home / "mail"),
        }
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"}:
        raise ValueError("KIMPPA_SMTP_URL must begin with smtp:// or smtps://")
    loopback = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "",
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and not loopback,
        "EMAIL_TIMEOUT": 15,
    }
