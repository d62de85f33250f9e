"""What every page shares: its language, its host, its errors, the theme, and the staff's way in."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client, RequestFactory, override_settings
from pytest_django import Settings

from kimppa.doors.web import errors
from kimppa.doors.web.language import in_path, wished, without_language
from kimppa.elibrary.circulation.rules import LoanLimitReached, NoCopyFree
from kimppa.foundation.accounts.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "nelja sanaa jotka eivat sovi"


@pytest.fixture(autouse=True)
def key_files() -> None:
    from kimppa.foundation.core import secrets

    secrets.create_missing()


def staff(*, demo: bool) -> User:
    user = User(
        email="aino@example.org", name="Aino", is_demo=demo, date_joined=datetime(2022, 1, 1, tzinfo=UTC)
    )
    user.set_password(PASSWORD)
    user.save()
    return user


def test_the_front_door_leads_to_the_language_that_the_browser_asks_for() -> None:
    for asked, target in (
        ("sv-FI,sv;q=0.9,en;q=0.5", "/sv/"),
        ("de,en;q=0.4", "/en/"),
        ("ja", "/fi/"),
        ("", "/fi/"),
        ("fi;q=x,en;q=0.2", "/en/"),
    ):
        response = Client(headers={"accept-language": asked}).get("/")
        assert (response.status_code, response["Location"]) == (302, target), asked
        assert "Accept-Language" in response["Vary"]


def test_an_address_that_forgot_its_language_is_sent_on_with_its_query() -> None:
    response = Client(headers={"accept-language": "sv"}).get("/search/?q=kirja")
    assert (response.status_code, response["Location"]) == (302, "/sv/search/?q=kirja")
    assert Client().get("/nowhere/").status_code == 404


def test_the_switch_keeps_the_page_and_its_query() -> None:
    page = Client().get("/fi/search/?q=aho&language=fi").content.decode()
    assert 'href="/sv/search/?q=aho&amp;language=fi" lang="sv"' in page
    assert 'href="/en/search/?q=aho&amp;language=fi" lang="en"' in page
    assert '<html lang="fi"' in page


def test_languages_are_read_out_of_addresses() -> None:
    assert [in_path(p) for p in ("/fi/", "/sv", "/en/x", "/finland/", "/", "")] == [
        "fi",
        "sv",
        "en",
        None,
        None,
        None,
    ]
    assert [without_language(p) for p in ("/fi/x/", "/sv", "/fin/")] == ["/x/", "/", "/fin/"]
    request = RequestFactory().get("/", headers={"accept-language": "*" * 10_000})
    assert wished(request) == "fi"


def test_machine_doors_carry_no_language_and_get_no_page() -> None:
    response = Client(headers={"accept": "application/json"}).get("/api/nothing")
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["status"] == 404


def test_an_error_is_the_same_code_and_status_on_a_page_and_in_a_problem() -> None:
    document = json.loads(errors.problem(LoanLimitReached(limit=5)).content)
    assert (document["status"], document["code"], document["params"]) == (
        409,
        "loan-limit-reached",
        {"limit": 5},
    )
    request = RequestFactory().get("/sv/titles/1/")
    page = errors.ErrorMiddleware(lambda _request: None).process_exception(request, NoCopyFree())  # type: ignore[arg-type, return-value]
    assert page is not None
    assert page.status_code == 409
    assert page["Content-Language"] == "sv"
    assert "no-copy-free" in page.content.decode()


def test_an_error_of_ours_is_not_swallowed() -> None:
    request = RequestFactory().get("/fi/")
    assert errors.ErrorMiddleware(lambda _r: None).process_exception(request, ValueError("x")) is None  # type: ignore[arg-type, return-value]


def test_pages_that_are_not_there_say_so_in_three_languages() -> None:
    said = set()
    for code in ("fi", "sv", "en"):
        response = Client().get(f"/{code}/nowhere/")
        assert response.status_code == 404
        said.add(re.search(r"<h1>(.*?)</h1>", response.content.decode()).group(1))  # type: ignore[union-attr]
    assert len(said) == 3


def test_an_old_form_is_refused_with_a_page() -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/fi/feedback/", {"subject": "other", "text": "x"})
    assert response.status_code == 403
    assert b"csrf" in response.content


def test_the_broken_page_needs_neither_database_nor_session() -> None:
    response = errors.broken(RequestFactory().get("/sv/x/"))
    assert response.status_code == 500
    assert b'lang="sv"' in response.content


def test_the_theme_is_kept_and_leads_back_only_to_this_host() -> None:
    client = Client()
    response = client.post("/fi/theme/", {"theme": "dark", "next": "/fi/help/"})
    assert response["Location"] == "/fi/help/"
    assert 'data-theme="dark"' in client.get("/fi/help/").content.decode()
    response = client.post("/fi/theme/", {"theme": "", "next": "https://evil.example/"})
    assert response["Location"] == "/"
    assert "data-theme" not in client.get("/fi/help/").content.decode()


def test_the_back_office_answers_on_its_own_host_only(settings: Settings) -> None:
    settings.ENV = replace(settings.ENV, backoffice_host="hallinta.example.fi")
    with override_settings(ALLOWED_HOSTS=["hallinta.example.fi", "kirjasto.example.fi"]):
        client = Client()
        assert client.get("/fi/backoffice/", headers={"host": "kirjasto.example.fi"}).status_code == 404
        assert (
            client.get("/fi/backoffice/account/sign-in/", headers={"host": "kirjasto.example.fi"}).status_code
            == 404
        )
        assert client.get("/fi/", headers={"host": "hallinta.example.fi"}).status_code == 404
        assert client.get("/fi/backoffice/", headers={"host": "hallinta.example.fi"}).status_code == 302
        assert client.get("/fi/", headers={"host": "kirjasto.example.fi"}).status_code == 200
        assert client.get("/", headers={"host": "hallinta.example.fi"})["Location"] == "/fi/backoffice/"
        assert client.get("/healthz", headers={"host": "hallinta.example.fi"}).status_code == 200


def test_pages_run_nothing_inline() -> None:
    response = Client().get("/fi/components/")
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    page = response.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"\son[a-z]+=|\sstyle=|<style", page)


def test_a_visitor_to_the_back_office_signs_in_and_comes_back() -> None:
    staff(demo=True)
    client = Client()
    response = client.get("/fi/backoffice/roles/?x=1")
    assert response["Location"] == "/fi/backoffice/account/sign-in/?next=/fi/backoffice/roles/%3Fx%3D1"
    wrong = client.post("/fi/backoffice/account/sign-in/", {"login": "aino@example.org", "password": "wrong"})
    assert wrong.status_code == 200
    right = client.post(
        "/fi/backoffice/account/sign-in/",
        {"login": "aino@example.org", "password": PASSWORD, "next": "/fi/backoffice/roles/"},
    )
    assert right["Location"] == "/fi/backoffice/roles/"


def test_nobody_signs_up_by_themselves() -> None:
    response = Client().get("/fi/backoffice/account/closed/")
    assert response.status_code == 200
    assert b'name="password1"' not in response.content
    Client().post(
        "/fi/backoffice/account/closed/",
        {"email": "x@example.org", "password1": PASSWORD, "password2": PASSWORD},
    )
    assert not User.objects.filter(email="x@example.org").exists()


def test_staff_without_a_second_factor_are_led_to_set_it_up_and_its_secret_lies_encrypted() -> None:
    user = staff(demo=False)
    client = Client()
    client.post("/fi/backoffice/account/sign-in/", {"login": user.email, "password": PASSWORD})
    assert client.get("/fi/backoffice/")["Location"] == "/fi/backoffice/second-factor/totp/activate/"
    page = client.get("/fi/backoffice/second-factor/totp/activate/").content.decode()
    secret = re.search(r'<code class="key">([A-Z2-7]+)</code>', page).group(1)  # type: ignore[union-attr]
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    done = client.post("/fi/backoffice/second-factor/totp/activate/", {"code": code})
    assert done.status_code == 302, done.content.decode()[:2000]
    stored = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    assert secret not in json.dumps(stored.data)
    assert client.get("/fi/backoffice/").status_code == 200
    codes = client.get("/fi/backoffice/second-factor/recovery-codes/")
    assert codes.status_code == 200
    assert len(re.findall(r"<li><code>", codes.content.decode())) == 10


def test_a_demo_account_is_no_way_round_the_second_factor_in_production(settings: Settings) -> None:
    user = staff(demo=True)
    client = Client()
    client.force_login(user)
    assert client.get("/fi/backoffice/").status_code != 302
    settings.MODE = "serve"
    assert client.get("/fi/backoffice/")["Location"].endswith("/totp/activate/")


def test_a_closed_account_is_out_at_once() -> None:
    user = staff(demo=True)
    client = Client()
    client.force_login(user)
    user.is_active = False
    user.save()
    assert "sign-in" in client.get("/fi/backoffice/")["Location"]
