"""The OpenID Provider through its door: what it gives, to whom, and what it refuses."""

from __future__ import annotations

import base64
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client
from tests.doors.gateway.conftest import signed_in
from tests.elibrary.access.conftest import BACK, BY, CARD, CHILD, STRANGER, connect

from kimppa.commons.platforms.models import Platform, PlatformAccess
from kimppa.commons.usage.models import Figure
from kimppa.elibrary.access import rules, services, signing
from kimppa.elibrary.access.models import (
    AccessLog,
    AccessToken,
    AuthorizationCode,
    Connection,
    Consent,
    SigningKey,
)
from kimppa.elibrary.access.rules import Way
from kimppa.elibrary.patrons.models import PatronSession
from kimppa.foundation.core import clock

pytestmark = pytest.mark.django_db
VERIFIER = "v" * 43
ISSUER = "http://testserver"


def query(client_id: str, **changes: str | None) -> str:
    told: dict[str, str | None] = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": BACK,
        "scope": "openid entitled age_group",
        "state": "s-1",
        "nonce": "n-1",
        "code_challenge": rules.challenge_of(VERIFIER),
        "code_challenge_method": "S256",
        **changes,
    }
    return urlencode({name: value for name, value in told.items() if value is not None})


def agree(browser: Client, client_id: str, **changes: str | None):
    return browser.post(f"/en/connect/?{query(client_id, **changes)}", {"answer": "yes"})


def code_of(browser: Client, client_id: str, **changes: str | None) -> str:
    """The code that comes back once the resident has agreed."""
    agree(browser, client_id)
    found = browser.get(f"/gateway/authorize?{query(client_id, **changes)}")
    told = parse_qs(urlsplit(found["Location"]).query)
    assert found["Location"].startswith(BACK + "?"), found["Location"]
    assert told["state"] == ["s-1"]
    assert told["iss"] == [ISSUER]
    return told["code"][0]


def redeem(made: services.NewSecret, code: str, **changes: str):
    told = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        **changes,
    }
    return Client().post("/gateway/token", told, headers={"Authorization": basic(made)})


def basic(made: services.NewSecret) -> str:
    return "Basic " + base64.b64encode(f"{made.client_id}:{made.secret}".encode()).decode()


def outcomes() -> set[str]:
    return set(AccessLog.objects.values_list("outcome", flat=True))


def signs() -> int:
    return sum(Figure.objects.filter(metric="sign-ins").values_list("value", flat=True))


def test_a_resident_agrees_once_and_the_service_learns_what_it_asked_for_and_no_more(resident):
    made = connect(Way.OIDC)
    page = resident.get(f"/gateway/authorize?{query(made.client_id, ui_locales='en fi')}", follow=True)
    assert "Continue to Films" in page.content.decode()
    assert "age group" in page.content.decode()
    gone = agree(resident, made.client_id)
    assert gone.status_code == 200
    assert 'http-equiv="refresh"' in gone.content.decode()
    tokens = redeem(made, code_of(resident, made.client_id)).json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["scope"] == "openid age_group entitled"
    claims = signing.read(tokens["id_token"], now=clock.real_now())
    assert set(claims) == {
        *("iss", "aud", "iat", "exp", "auth_time", "nonce", "sub", "entitled", "age_group")
    }
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (ISSUER, made.client_id, "n-1")
    assert (claims["entitled"], claims["age_group"]) == (True, "unknown")
    told = Client().get("/gateway/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert told.json() == {"sub": claims["sub"], "entitled": True, "age_group": "unknown"}
    assert CARD not in tokens["id_token"]
    assert Consent.objects.get().scopes == ["age_group", "entitled"]
    assert signs() == 3  # a code each time: agreed twice here, and once silently


def test_the_count_is_by_home_municipality_and_way_and_holds_no_person(resident):
    made = connect(Way.OIDC)
    agree(resident, made.client_id)
    figure = Figure.objects.get()
    assert (figure.platform, figure.unit_code, figure.kind, figure.value) == ("films", "564", "oidc", 1)
    assert figure.month.isoformat() == "2022-11-01"


def test_two_services_know_one_resident_by_two_names_and_always_by_the_same(resident):
    films = connect(Way.OIDC)
    Platform.objects.create(slug="music", name="Music")
    music = services.add_connection(by=BY, platform="music", way=Way.OIDC, name="M", now=clock.real_now())
    from kimppa.elibrary.access.queries import subject_of
    from kimppa.elibrary.patrons.models import Patron

    patron = Patron.objects.get()
    first = subject_of(patron.pk, films.client_id)
    assert first == subject_of(patron.pk, films.client_id)
    assert len({first, subject_of(patron.pk, music.client_id), patron.pseudonym}) == 3


def test_whoever_is_not_signed_in_does_that_first_and_silently_cannot(films):
    made = connect(Way.OIDC)
    found = Client().get(f"/gateway/authorize?{query(made.client_id)}", follow=True)
    assert "/sign-in/" in found.redirect_chain[-1][0]
    silent = Client().get(f"/gateway/authorize?{query(made.client_id, prompt='none')}")
    assert parse_qs(urlsplit(silent["Location"]).query)["error"] == ["login_required"]


def test_silently_before_a_yes_is_refused_as_consent_required(resident):
    made = connect(Way.OIDC)
    silent = resident.get(f"/gateway/authorize?{query(made.client_id, prompt='none')}")
    assert parse_qs(urlsplit(silent["Location"]).query)["error"] == ["consent_required"]
    assert not AuthorizationCode.objects.exists()


def test_a_new_sign_in_is_asked_for_and_an_old_session_does_not_pass_for_it(resident):
    made = connect(Way.OIDC)
    agree(resident, made.client_id)
    again = resident.get(f"/gateway/authorize?{query(made.client_id, prompt='login')}", follow=True)
    last = again.redirect_chain[-1][0]
    assert "/sign-in/" in last
    assert "again=1" in last
    back = parse_qs(urlsplit(last).query)["next"][0]
    assert "/sign-in/" in resident.get(back)["Location"]
    fresh = signed_in(CARD)
    assert 'http-equiv="refresh"' in fresh.get(back).content.decode()
    forged = query(made.client_id, prompt="login", kimppa_since="2000-01-01T00:00:00+00:00")
    assert "/sign-in/" in fresh.get(f"/en/connect/?{forged}")["Location"]


def test_a_session_older_than_max_age_signs_in_again(resident):
    made = connect(Way.OIDC)
    agree(resident, made.client_id)
    PatronSession.objects.update(created=clock.real_now() - timedelta(seconds=90))
    old = resident.get(f"/gateway/authorize?{query(made.client_id, max_age='60')}")
    assert "/connect/" in old["Location"]
    fine = resident.get(f"/gateway/authorize?{query(made.client_id, max_age='3600')}")
    assert fine["Location"].startswith(BACK)


def test_a_code_opens_once_and_its_replay_takes_back_what_it_gave(resident):
    made = connect(Way.OIDC)
    code = code_of(resident, made.client_id)
    token = redeem(made, code).json()["access_token"]
    again = redeem(made, code)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})
    assert AccessToken.objects.get().revoked is not None
    told = Client().get("/gateway/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert told.status_code == 401
    assert "code-replayed" in outcomes()


def test_a_code_of_another_client_opens_nothing_and_stays_good_for_its_own(resident):
    mine, code = connect(Way.OIDC), ""
    code = code_of(resident, mine.client_id)
    Platform.objects.create(slug="music", name="Music")
    other = services.add_connection(by=BY, platform="music", way=Way.OIDC, name="M", now=clock.real_now())
    assert redeem(other, code).json() == {"error": "invalid_grant"}
    assert redeem(mine, code).status_code == 200


@pytest.mark.parametrize("verifier", ["w" * 43, "v" * 42, "", "v" * 200])
def test_a_wrong_verifier_gets_nothing_and_spends_the_code(resident, verifier):
    made = connect(Way.OIDC)
    code = code_of(resident, made.client_id)
    assert redeem(made, code, code_verifier=verifier).json() == {"error": "invalid_grant"}
    assert redeem(made, code).json() == {"error": "invalid_grant"}
    assert not AccessToken.objects.exists()


def test_a_code_is_good_for_a_minute_and_for_its_own_return_address(resident):
    made = connect(Way.OIDC)
    code = code_of(resident, made.client_id)
    assert redeem(made, code, redirect_uri=BACK + "/").json() == {"error": "invalid_grant"}
    AuthorizationCode.objects.update(expires=clock.real_now() - timedelta(seconds=1))
    assert redeem(made, code).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    "address",
    [BACK + "/", BACK + "?x=1", BACK.upper(), "https://films.example.evil/back", "javascript:alert(1)", ""],
)
def test_a_forged_return_address_gets_a_page_and_never_a_redirect_there(resident, address):
    made = connect(Way.OIDC)
    found = resident.get(f"/gateway/authorize?{query(made.client_id, redirect_uri=address)}")
    assert urlsplit(found["Location"]).netloc == ""
    page = resident.get(found["Location"])
    assert page.status_code == 400
    assert "Location" not in page
    assert 'http-equiv="refresh"' not in page.content.decode()


def test_an_unknown_client_gets_a_page(resident):
    page = resident.get(f"/gateway/authorize?{query('nobody')}", follow=True)
    assert page.status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"scope": "entitled"}, "invalid_scope"),
        ({"scope": "openid email"}, "invalid_scope"),
        ({"scope": "openid municipality"}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"response_mode": "fragment"}, "invalid_request"),
    ],
)
def test_a_request_out_of_order_goes_back_with_its_error(resident, changes, error):
    made = connect(Way.OIDC)
    found = resident.get(f"/gateway/authorize?{query(made.client_id, **changes)}")
    told = parse_qs(urlsplit(found["Location"]).query)
    assert (told["error"], told["state"]) == ([error], ["s-1"])
    assert not AuthorizationCode.objects.exists()


def test_the_municipality_is_told_only_where_the_terms_of_use_say_so(resident):
    made = connect(Way.OIDC)
    Connection.objects.update(told=["entitled", "municipality"])
    wanted = {"scope": "openid municipality"}
    refused = resident.get(f"/gateway/authorize?{query(made.client_id, **wanted)}")
    assert "error=invalid_scope" in refused["Location"]
    PlatformAccess.objects.create(platform=Platform.objects.get(), basis="card", tells_municipality=True)
    agree(resident, made.client_id, **wanted)
    found = resident.get(f"/gateway/authorize?{query(made.client_id, **wanted)}")
    code = parse_qs(urlsplit(found["Location"]).query)["code"][0]
    claims = signing.read(redeem(made, code).json()["id_token"], now=clock.real_now())
    assert claims["municipality"] == "564"


def test_who_may_not_use_the_service_reads_why_and_the_service_gets_no_code(films):
    made = connect(Way.OIDC)
    stranger = signed_in(STRANGER, "lapin-kirjasto")
    page = stranger.get(
        f"/gateway/authorize?{query(made.client_id)}", follow=True, headers={"Accept-Language": "en"}
    )
    assert page.status_code == 403
    assert "does not take part in this service" in page.content.decode()
    back = stranger.post(f"/en/connect/?{query(made.client_id)}", {"answer": "no"})
    assert "error=access_denied" in back.content.decode()
    assert not AuthorizationCode.objects.exists()
    assert signs() == 0
    assert "not-a-member" in outcomes()


def test_a_switched_off_connection_lets_nobody_through_and_its_tokens_end(resident):
    made = connect(Way.OIDC)
    token = redeem(made, code_of(resident, made.client_id)).json()["access_token"]
    code = code_of(resident, made.client_id)
    services.switch(by=BY, client_id=made.client_id, on=False, reason="Contract ended", now=clock.real_now())
    page = resident.get(f"/gateway/authorize?{query(made.client_id)}", follow=True)
    assert page.status_code == 403
    assert redeem(made, code).json() == {"error": "unauthorized_client"}
    told = Client().get("/gateway/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert told.status_code == 401


def test_from_outside_its_network_a_secret_opens_nothing(resident):
    made = connect(Way.OIDC)
    code = code_of(resident, made.client_id)
    Connection.objects.update(networks=["192.0.2.0/24"])
    assert redeem(made, code).json() == {"error": "unauthorized_client"}
    Connection.objects.update(networks=["127.0.0.0/8"])
    assert redeem(made, code).status_code == 200


def test_a_wrong_secret_is_401_and_an_old_one_opens_for_a_day(resident):
    made = connect(Way.OIDC)
    code = code_of(resident, made.client_id)
    wrong = services.NewSecret(made.client_id, "x")
    assert (redeem(wrong, code).status_code, redeem(wrong, code).json()) == (401, {"error": "invalid_client"})
    new = services.new_secret(by=BY, client_id=made.client_id, at_once=False, now=clock.real_now())
    assert redeem(made, code).status_code == 200
    Connection.objects.update(old_secret_until=clock.real_now())
    assert redeem(made, code_of(resident, made.client_id)).status_code == 401
    assert redeem(new, code_of(resident, made.client_id)).status_code == 200


def test_a_yes_is_seen_and_taken_back_and_then_asked_for_again(resident):
    made = connect(Way.OIDC)
    token = redeem(made, code_of(resident, made.client_id)).json()["access_token"]
    assert "Films" in resident.get("/en/connect/agreed/").content.decode()
    other = signed_in(CHILD)
    other.post("/en/connect/agreed/", {"client": made.client_id})
    assert Consent.objects.get().withdrawn is None
    resident.post("/en/connect/agreed/", {"client": made.client_id})
    assert "Films" not in resident.get("/en/connect/agreed/").content.decode()
    told = Client().get("/gateway/userinfo", headers={"Authorization": f"Bearer {token}"})
    assert told.status_code == 401
    found = resident.get(f"/gateway/authorize?{query(made.client_id)}")
    assert "/connect/" in found["Location"]
    assert "/sign-in/" in Client().get("/en/connect/agreed/")["Location"]


def test_keys_rotate_and_old_id_tokens_verify_until_they_expire(resident):
    made = connect(Way.OIDC)
    token = redeem(made, code_of(resident, made.client_id)).json()["id_token"]
    now = clock.real_now()
    services.rotate_keys(by=BY, now=now)
    assert len(Client().get("/gateway/keys.json").json()["keys"]) == 2
    assert "d" not in Client().get("/gateway/keys.json").json()["keys"][0]
    later = now + rules.KEY_NOTICE + timedelta(seconds=1)
    newer = signing.sign({"sub": "x"}, now=later)
    assert signing.read(newer, now=later) == {"sub": "x"}
    assert signing.read(token, now=now + rules.ID_TOKEN_LIFE) is not None
    over = now + rules.KEY_NOTICE + rules.ID_TOKEN_LIFE + timedelta(seconds=1)
    assert signing.read(token, now=over) is None
    assert len(signing.published(over)) == 1
    services.purge(now=over + timedelta(days=2))
    assert SigningKey.objects.count() == 1


def test_a_private_key_does_not_lie_open_in_the_database(resident):
    signing.sign({"sub": "x"}, now=clock.real_now())
    assert b"PRIVATE" not in bytes(SigningKey.objects.get().private)


def test_signing_out_of_a_service_that_shows_its_token_signs_out_here_and_goes_back(resident):
    made = connect(Way.OIDC)
    token = redeem(made, code_of(resident, made.client_id)).json()["id_token"]
    bye = "https://films.example/bye"
    told = urlencode({"id_token_hint": token, "post_logout_redirect_uri": bye, "state": "q"})
    page = resident.get(f"/gateway/logout?{told}", follow=True)
    assert f"{bye}?state=q" in page.content.decode()
    assert not PatronSession.objects.exists()


def test_without_a_token_the_resident_is_asked_and_an_unknown_address_is_not_gone_to(resident):
    made = connect(Way.OIDC)
    told = urlencode({"client_id": made.client_id, "post_logout_redirect_uri": "https://evil.example/"})
    page = resident.get(f"/gateway/logout?{told}", follow=True, headers={"Accept-Language": "en"})
    assert "Sign out of the e-library too?" in page.content.decode()
    assert PatronSession.objects.exists()
    done = resident.post(f"/en/connect/leave/?{told}")
    assert 'http-equiv="refresh"' not in done.content.decode()
    assert not PatronSession.objects.exists()


def test_a_child_without_the_consent_that_the_terms_ask_for_is_refused(films):
    from kimppa.elibrary.patrons.models import LocalCard, Patron

    LocalCard.objects.filter(home="", system__slug="outi").update(age_group="child")
    PlatformAccess.objects.create(platform=Platform.objects.get(), basis="card", guardian_for_children=True)
    made, child = connect(Way.OIDC), signed_in(CHILD)
    assert child.get(f"/en/connect/?{query(made.client_id)}").status_code == 403
    Patron.objects.update(guardian_consent=clock.real_now())
    assert child.get(f"/en/connect/?{query(made.client_id)}").status_code == 200
