"""What every test stands on: a home of its own, keys of this run, and no clock offset left behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings
from tests import needs

from kimppa.foundation.core import clock

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis_settings.register_profile("kimppa", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("kimppa")


def pytest_configure(config: pytest.Config) -> None:
    if getattr(django_settings, "MODE", "") != "test":
        pytest.exit(
            "Run the tests with ./kimppa test, or set KIMPPA_MODE=test and KIMPPA_HOME.", returncode=2
        )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what asks the test's own database is run again; the rest cannot differ."""
    if not django_settings.ENV.database_url:
        return
    asks = [item for item in items if _asks_the_database(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(asks)])
    items[:] = asks


def _asks_the_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool({"db", "transactional_db"} & fixtures)


@pytest.fixture(scope="session")
def keys_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key files, made on first use, the same for the whole run."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path_factory: pytest.TempPathFactory, keys_folder: Path) -> Iterator[Path]:
    """KIMPPA_HOME of one test; whatever it stores or indexes is seen by no other."""
    folder = tmp_path_factory.mktemp("home")
    settings.HOME = folder
    settings.ENV = replace(django_settings.ENV, home=folder, keys=keys_folder)
    settings.EMAIL_FILE_PATH = str(folder / "mail")
    clock.forget()
    yield folder
    clock.forget()


@pytest.fixture
def kimppa_shared() -> Path:
    """The folder of shared schemas and samples."""
    return needs.shared()


@pytest.fixture
def browser_path() -> str:
    """The Chromium to drive."""
    return needs.browser()


@pytest.fixture
def java_path() -> str:
    """The java to run epubcheck with."""
    return needs.java()


@pytest.fixture
def postgres_url() -> str:
    """A PostgreSQL where tests may make databases of their own."""
    return needs.postgres()
