"""The office connects an e-service: a secret shown once, settings, switch, log, keys, the page."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from tests.consortium.governance.conftest import user
from tests.elibrary.access.conftest import NOW, connect, films

from kimppa.elibrary.access import rules, traffic
from kimppa.elibrary.access.models import Connection, SigningKey
from kimppa.elibrary.access.rules import Way
from kimppa.foundation.accounts.models import AuditEntry
from kimppa.foundation.core import clock

__all__ = ["films"]
pytestmark = pytest.mark.django_db
PAGES = "/en/backoffice/connections/"


@pytest.fixture
def office(films: str) -> Client:
    """A coordinator at work, on the day of the films."""
    clock.set_offset(NOW - clock.real_now())
    client = Client()
    client.force_login(user("Kaisa", "coordinator"))
    return client


def page_of(office: Client) -> str:
    return f"{PAGES}{Connection.objects.get().client_id}/"


def settings(**changes: object) -> dict[str, object]:
    return {
        "name": "Films Oy",
        "rate_per_minute": 60,
        "networks": "192.0.2.7/24",
        "redirect_uris": "https://films.example/back\nhttps://films.example/app",
        "launch_address": "https://films.example/start",
        "told": ["entitled"],
        **changes,
    }


def test_a_service_is_connected_and_its_secret_is_shown_once_and_kept_only_as_a_digest(office):
    shown = office.post(f"{PAGES}add/", {"platform": "films", "way": "oidc", "name": "Films Oy"})
    secret = re.search(r'id="secret" value="([^"]+)"', shown.content.decode())[1]
    row = Connection.objects.get()
    assert shown["Cache-Control"] == "no-store"
    assert row.secret_hash == rules.hashed(secret)
    assert secret not in office.get(page_of(office)).content.decode()
    assert not any(secret in str(entry.after) for entry in AuditEntry.objects.all())
    again = office.post(f"{PAGES}add/", {"platform": "films", "way": "oidc", "name": "x"})
    assert again.status_code == 422
    assert Connection.objects.count() == 1


def test_settings_are_saved_as_they_will_be_compared_and_bad_ones_change_nothing(office):
    connect(Way.OIDC)
    assert office.post(page_of(office), settings()).status_code == 302
    row = Connection.objects.get()
    assert row.redirect_uris == ["https://films.example/back", "https://films.example/app"]
    assert (row.networks, row.rate_per_minute, row.told) == (["192.0.2.0/24"], 60, ["entitled"])
    for wrong in (
        {"redirect_uris": "http://films.example/"},
        {"networks": "nonsense"},
        {"rate_per_minute": 0},
        {"launch_address": "javascript:alert(1)"},
        {"told": ["entitled", "municipality"]},
    ):
        assert office.post(page_of(office), settings(**wrong)).status_code == 422
    assert Connection.objects.get().redirect_uris == row.redirect_uris


def test_a_connection_is_switched_off_with_a_reason_and_on_again(office):
    connect(Way.JSON)
    assert office.post(f"{page_of(office)}off/", {"reason": ""}).status_code == 422
    office.post(f"{page_of(office)}off/", {"reason": "The contract ended"})
    row = Connection.objects.get()
    assert (row.on, row.off_reason) == (False, "The contract ended")
    assert "The contract ended" in office.get(page_of(office)).content.decode()
    office.post(f"{page_of(office)}on/")
    assert Connection.objects.get().on


def test_a_new_secret_ends_the_old_one_at_once_where_that_is_said(office):
    made = connect(Way.JSON)
    office.post(f"{page_of(office)}secret/", {"at_once": "on"})
    with pytest.raises(traffic.BadKey):
        traffic.caller(
            client_id=made.client_id, secret=made.secret, way=Way.JSON, address="", now=clock.real_now()
        )
    assert "bad-key" in office.get(page_of(office)).content.decode()


def test_the_technicians_address_is_shown_once_and_opens_without_a_sign_in(office):
    connect(Way.OIDC)
    shown = office.post(f"{page_of(office)}guide/").content.decode()
    address = re.search(r'id="guide" value="http://testserver([^"]+)"', shown)[1]
    assert Client().get(address).status_code == 200
    assert address not in office.get(page_of(office)).content.decode()
    office.post(f"{page_of(office)}guide/", {"revoke": "1"})
    assert Client().get(address).status_code == 404


def test_keys_are_changed_once_however_often_it_is_pressed(office):
    office.post(f"{PAGES}keys/")
    office.post(f"{PAGES}keys/")
    office.post(f"{PAGES}keys/")
    assert SigningKey.objects.count() == 2
    assert SigningKey.objects.filter(published_until=None).count() == 1
    assert SigningKey.objects.get(published_until=None).kid in office.get(PAGES).content.decode()


def test_the_list_and_the_log_come_as_a_sheet_too(office):
    connect(Way.OIDC)
    assert "Films" in office.get(PAGES).content.decode()
    assert office.get(f"{PAGES}?format=csv").status_code == 200
