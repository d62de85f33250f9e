"""What some tests need from the machine. In CI (KIMPPA_REQUIRE) a missing one fails; elsewhere it skips."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _required() -> set[str]:
    return {name.strip() for name in os.environ.get("KIMPPA_REQUIRE", "").split(",") if name.strip()}


def require_or_skip(name: str, what: str) -> None:
    """Say that `name` (browser, postgres, java, node, shared) is not here: a failure where it is required."""
    if name in _required():
        pytest.fail(f"{what} (KIMPPA_REQUIRE says that it must be here)", pytrace=False)
    pytest.skip(what)


def shared(*parts: str) -> Path:
    """A path under the shared schemas and samples, which are not part of the project."""
    folder = Path(os.environ.get("KIMPPA_SHARED") or ROOT.parent / "shared")
    path = folder.joinpath(*parts)
    if not path.exists():
        require_or_skip("shared", f"no {'/'.join(parts) or 'folder'} under KIMPPA_SHARED ({folder})")
    return path


def java() -> str:
    """The java program."""
    found = shutil.which("java")
    if found is None:
        require_or_skip("java", "java is not installed (Debian: default-jre-headless)")
    return found or ""


def node() -> str:
    """The node program, 20 or newer, with npm beside it."""
    found = shutil.which("node")
    if found is None or shutil.which("npm") is None:
        require_or_skip("node", "node and npm are not installed (Debian: nodejs npm)")
    return found or ""


def browser() -> str:
    """The Chromium program."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    require_or_skip("browser", "Chromium is not installed (Debian: chromium)")
    return ""


def postgres() -> str:
    """The address of a PostgreSQL where tests may make databases."""
    url = os.environ.get("KIMPPA_TEST_DATABASE_URL", "")
    if not url:
        require_or_skip("postgres", "KIMPPA_TEST_DATABASE_URL names no PostgreSQL")
    return url
