"""What caches may keep of pages, and addresses that nobody was meant to open."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import Settings
from tests.elibrary.conftest import NOW, add_book, outi  # noqa: F401

from kimppa.foundation.core import clock, secrets

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outi")]
MOST = 2**63 - 1


@pytest.fixture(autouse=True)
def demo_day(db: None) -> None:
    secrets.create_missing()
    clock.set_offset(NOW - clock.real_now() + timedelta(seconds=5))


def resident() -> Client:
    client = Client()
    client.post("/en/sign-in/", {"system": "outi", "card": "111", "pin": "1234"})
    return client


def kept(client: Client, path: str) -> set[str]:
    said = client.get(path).headers.get("Cache-Control", "")
    return {word.strip() for word in said.split(",") if word}


def test_no_page_of_a_signed_in_resident_is_kept() -> None:
    book = add_book("urn:test:1", copies=1)
    client = resident()
    for path in (
        "",
        "search/?q=a",
        f"titles/{book}/",
        "services/",
        "help/",
        "me/",
        "me/shelf/",
        "me/data.json",
    ):
        assert {"private", "no-store"} <= kept(client, f"/en/{path}"), path


def test_a_visitors_page_is_asked_for_again_and_depends_on_the_cookies() -> None:
    response = Client().get("/en/services/")
    assert "no-cache" in response["Cache-Control"]
    assert "public" not in response["Cache-Control"]
    assert "Cookie" in response["Vary"]


def test_nothing_of_the_back_office_is_kept_even_for_one_who_is_sent_away() -> None:
    for path in ("", "money/", "people/?export=csv", "account/sign-in/"):
        assert {"private", "no-store"} <= kept(Client(), f"/en/backoffice/{path}"), path


def test_a_cover_may_be_kept_by_all() -> None:
    book = add_book("urn:test:1", copies=1)
    assert "public" in kept(resident(), f"/en/titles/{book}/cover.svg")


def test_a_number_that_no_row_can_have_is_no_page() -> None:
    client = resident()
    for number in (MOST, MOST + 1, 10**30):
        for path in (f"titles/{number}/", f"titles/{number}/cover.svg", f"read/{number}/"):
            assert client.get(f"/en/{path}").status_code == 404, path
        assert client.post(f"/en/titles/{number}/borrow/").status_code == 404


def test_an_address_of_a_form_opened_by_itself_says_so() -> None:
    response = Client().get("/en/sign-out/")
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert "Nothing was changed" in response.content.decode()


def test_a_head_request_is_answered_where_a_page_is() -> None:
    for path in ("sign-in/", "", "feedback/"):
        assert Client().head(f"/en/{path}").status_code == 200, path


def test_choices_kept_in_cookies_travel_encrypted_in_production(settings: Settings) -> None:
    settings.SESSION_COOKIE_SECURE = True
    client = Client()
    client.post("/en/sign-in/", {"system": "outi", "card": "111", "pin": "1234"})
    client.post("/en/theme/", {"theme": "dark"})
    for name in ("kimppa_patron", "kimppa_library", "kimppa_theme"):
        assert client.cookies[name]["secure"], name


def test_wrong_passwords_are_counted_by_all_processes_together(tmp_path: Path) -> None:
    """The place where sign-ins count must be one that every web process sees."""
    code = (
        "import django; django.setup()\n"
        "from django.core.cache import cache\n"
        "import sys\n"
        "print(cache.get('tries'))\n"
        "cache.set('tries', 5)\n"
    )
    known = {**os.environ, "KIMPPA_MODE": "run", "KIMPPA_HOME": str(tmp_path), "KIMPPA_SECRET_KEY": "x" * 60}
    known["DJANGO_SETTINGS_MODULE"] = "kimppa.settings"
    known["PYTHONPATH"] = str(settings.PROJECT / "src")
    said = [
        subprocess.run(
            [sys.executable, "-c", code], env=known, capture_output=True, text=True, check=True
        ).stdout.strip()
        for _ in range(2)
    ]
    assert said == ["None", "5"]
