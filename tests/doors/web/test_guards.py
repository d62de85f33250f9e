"""What keeps `serve` from starting, each in a sentence; and the addresses for monitoring."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.test import Client
from pytest_django import Settings

from kimppa.doors.web import checks
from kimppa.foundation.accounts import services as accounts
from kimppa.foundation.core import clock, jobs, secrets

NOW = datetime(2022, 11, 15, 9, tzinfo=UTC)


@pytest.fixture
def serving(settings: Settings, tmp_path: Path) -> Settings:
    """An installation that lacks nothing but what a test takes away."""
    settings.ENV = replace(
        settings.ENV,
        mode="serve",
        secret_key="s" * 50,
        allowed_hosts=("kirjasto.example.fi", "hallinta.example.fi"),
        backoffice_host="hallinta.example.fi",
        keys=tmp_path / "serve-keys",
    )
    settings.MODE = "serve"
    secrets.create_missing()
    return settings


def said(*tags: str) -> list[str]:
    return [str(message.id) for message in run_checks(tags=list(tags), include_deployment_checks=True)]


def test_a_complete_installation_may_serve(serving: Settings, db: None) -> None:
    assert said(checks.ENVIRONMENT, checks.DATA) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"secret_key": "s" * 49}, ["kimppa.E001"]),
        ({"allowed_hosts": ()}, ["kimppa.E002", "kimppa.E004"]),
        ({"allowed_hosts": ("*", "hallinta.example.fi")}, ["kimppa.E002"]),
        ({"backoffice_host": ""}, ["kimppa.E003"]),
        ({"backoffice_host": "muu.example.fi"}, ["kimppa.E004"]),
        ({"allowed_hosts": ("hallinta.example.fi",)}, ["kimppa.E005"]),
    ],
)
def test_each_missing_setting_is_named(
    serving: Settings, change: dict[str, object], expected: list[str]
) -> None:
    serving.ENV = replace(serving.ENV, **change)
    assert said(checks.ENVIRONMENT) == expected


def test_missing_keys_are_named_and_none_is_made(serving: Settings, tmp_path: Path) -> None:
    (tmp_path / "serve-keys" / "patrons.key").unlink()
    (message,) = run_checks(tags=[checks.ENVIRONMENT], include_deployment_checks=True)
    assert message.id == "kimppa.E006"
    assert "(patrons)" in message.msg
    assert secrets.missing() == ("patrons",)


def test_a_clock_offset_and_demo_accounts_keep_it_from_serving(serving: Settings, db: None) -> None:
    clock.set_offset(timedelta(days=-1000))
    accounts.add_demo_user(email="demo@example.fi", name="Demo", language="fi", password="x" * 20, now=NOW)
    assert said(checks.DATA) == ["kimppa.E007", "kimppa.E008"]
    accounts.close_demo_users()
    assert said(checks.DATA) == ["kimppa.E007"]


def test_the_demo_on_this_machine_is_not_bothered(db: None) -> None:
    assert said(checks.ENVIRONMENT, checks.DATA) == []


def test_monitoring_hears_that_it_lives_and_is_ready(client: Client, db: None) -> None:
    assert client.get("/healthz").content == b"ok\n"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"ready": True, "database": True, "keys": True, "jobs": True},
    )
    assert answer.headers["Cache-Control"].startswith("max-age=0, no-cache")


def test_a_worker_that_does_nothing_makes_it_unready(client: Client, db: None) -> None:
    late = clock.real_now() - timedelta(minutes=11)
    jobs.enqueue("kimppa.foundation.files.jobs.purge", {}, run_after=late)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["jobs"]) == (503, False)


def test_figures_are_for_this_machine_or_for_who_has_the_token(
    client: Client, settings: Settings, db: None
) -> None:
    jobs.enqueue("kimppa.foundation.files.jobs.purge", {})
    assert 'kimppa_jobs{status="ready"} 1.0' in client.get("/metrics").text
    assert client.get("/metrics", headers={"X-Forwarded-For": "1.2.3.4"}).status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.9").status_code == 404
    settings.ENV = replace(settings.ENV, metrics_token="t" * 30)
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer " + "t" * 30}).status_code == 200
