"""The technician's page says all that connecting takes, and takes whatever is pasted into it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from urllib.parse import unquote

import pytest
from django.test import Client
from tests.doors.gateway.conftest import signed_in
from tests.doors.gateway.test_cards_and_tickets import ask
from tests.elibrary.access.conftest import BY, CARD, PIN, connect

from kimppa.commons.platforms.entitlement import Reason
from kimppa.elibrary.access import services
from kimppa.elibrary.access.models import Connection
from kimppa.elibrary.access.rules import Way
from kimppa.foundation.core import clock

pytestmark = pytest.mark.django_db


def guide_of(made: services.NewSecret) -> str:
    token = services.new_guide(by=BY, client_id=made.client_id, now=clock.real_now())
    return f"/en/connect/guide/{token}/"


def test_the_ticket_joins_an_address_that_has_a_query_already(films):
    made = connect(Way.TICKET, start="https://films.example/start?from=kimppa")
    page = Client().get(guide_of(made)).content.decode()
    assert "https://films.example/start?from=kimppa&amp;ticket=" in page
    assert "?ticket=" not in page


@pytest.mark.parametrize("pasted", ["http://[::1/?ticket=a.b.c", "http://[x]y/?ticket=", "ticket=", "\u202e"])
def test_any_text_pasted_as_a_ticket_is_answered_with_a_page(films, pasted):
    address = guide_of(connect(Way.TICKET))
    told = Client().post(address, {"try": "ticket", "ticket": pasted})
    assert told.status_code == 200
    assert told.context["ticket_verdict"].valid is False


def test_a_test_ticket_tells_no_more_than_a_real_one_would(films):
    address = guide_of(connect(Way.TICKET, told=("entitled",)))
    shown = Client().post(address, {"try": "new-ticket"}).context["new_ticket"]
    told = Client().post(address, {"try": "ticket", "ticket": shown})
    assert "age_group" not in dict(told.context["ticket_claims"])


@pytest.mark.parametrize("way", [Way.JSON, Way.TICKET])
def test_every_reason_that_can_come_is_explained(films, way):
    made = connect(way)
    told = dict(Client().get(guide_of(made)).context["reasons"])
    body = {"ticket": "a.b.c"} if way is Way.TICKET else {"card": CARD, "pin": "0000"}
    answered = ask(made, body, path="ticket" if way is Way.TICKET else "validate").json()
    assert told[answered["reason"]]
    assert set(Reason) <= set(told) or way is Way.TICKET
    assert "%(" not in " ".join(told.values())


def test_the_example_of_openid_connect_can_be_tried_as_it_stands(films):
    page = Client().get(guide_of(connect(Way.OIDC))).content.decode()
    verifier = re.search(r"code_verifier=([\w-]+)", page)
    challenge = re.search(r"code_challenge=([\w-]{43})", page)
    assert verifier is not None
    assert challenge is not None
    digest = hashlib.sha256(verifier[1].encode()).digest()
    assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == challenge[1]


def test_the_sip2_page_names_the_library_systems_that_a_sign_in_can_name(films):
    page = Client().get(guide_of(connect(Way.SIP2))).content.decode()
    assert "<code>outi</code>" in page
    assert "lapin-kirjasto" not in page


@pytest.mark.parametrize(
    ("host", "told"),
    [("127.0.0.1", "127.0.0.1:6443"), ("0.0.0.0", "e.example.fi:6443"), ("::", "e.example.fi:6443")],  # noqa: S104
)
def test_a_door_open_to_all_is_told_by_the_installations_own_name(films, settings, host, told):
    settings.ENV = replace(
        settings.ENV,
        sip2_host=host,
        sip2_port=6443,
        public_url="https://e.example.fi/",
        sip2_certificate=None,
    )
    page = Client().get(guide_of(connect(Way.SIP2))).content.decode()
    assert f"<code>{told}</code>" in page
    assert "without TLS" in page


def test_half_a_character_in_json_is_refused_as_a_body_and_breaks_nothing(films):
    made = connect(Way.JSON)
    test_card = Connection.objects.get().test_card
    for body in ({"card": test_card, "pin": "\ud800"}, {"card": "\udfff", "pin": PIN}):
        answer = ask(made, json.dumps(body))
        assert (answer.status_code, answer.json()["code"]) == (400, "bad-question")


@pytest.mark.parametrize("name", ["a%00b", "%ED%A0%80", "😀".encode().hex(), "x" * 5000])
def test_a_client_id_that_no_row_can_have_is_an_unknown_one_everywhere(films, name):
    given = unquote(name)
    shown = base64.b64encode(f"{name}:x".encode()).decode()
    basic = {"Authorization": f"Basic {shown}"}
    body = json.dumps({"card": CARD, "pin": PIN})
    asked = Client().post("/gateway/v1/validate", body, content_type="application/json", headers=basic)
    assert asked.status_code == 401
    grant = {"grant_type": "authorization_code", "client_id": given, "client_secret": "x", "code": given}
    assert Client().post("/gateway/token", grant).status_code == 401
    assert Client().get("/en/connect/", {"client_id": given}).status_code == 400
    left = Client().get("/en/connect/leave/", {"client_id": given, "post_logout_redirect_uri": given})
    assert left.status_code == 200
    assert Client().get(f"/en/connect/guide/{name}/").status_code == 404
    resident = signed_in(CARD)
    assert resident.post("/en/connect/agreed/", {"client": given}).status_code == 302
