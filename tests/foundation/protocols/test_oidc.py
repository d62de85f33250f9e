"""OpenID Connect's client side, pure: what is asked, and that arbitrary answers never pass nor break it."""

from __future__ import annotations

import base64
import hashlib
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from kimppa.foundation.protocols import oidc, oidc_tokens
from kimppa.foundation.protocols.oidc import Cancelled, NotAccepted, Wanted
from kimppa.foundation.protocols.oidc_tokens import Expected

ISSUER = "https://sso.example.fi/realm"
NOW = 1_800_000_000
KEY = ECKey.generate_key("P-256", {"kid": "a"})
KEYS = oidc_tokens.keys_of(json.dumps({"keys": [KEY.as_dict(private=False)]}).encode())
GOOD = {"iss": ISSUER, "sub": "x", "aud": "kimppa", "iat": NOW, "exp": NOW + 60, "nonce": "n"}
EXPECTED = Expected(ISSUER, "kimppa", "n")
TOLD = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/auth?tenant=1",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
    "response_types_supported": ["code"],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def provider(**more: object) -> oidc.Provider:
    return oidc.provider_of(json.dumps(TOLD | more).encode(), ISSUER)


def token(claims: dict[str, object], key: ECKey | RSAKey = KEY, **head: object) -> str:
    return jwt.encode(
        {"alg": "ES256", "kid": "a", **head}, claims, key, algorithms=["ES256", "RS256", "PS256"]
    )


def why(call: object, *args: object, **named: object) -> str:
    with pytest.raises(NotAccepted) as caught:
        call(*args, **named)  # type: ignore[operator]
    return str(caught.value.params["why"])


def test_the_address_asks_with_every_binding() -> None:
    going = oidc.begin()
    wanted = Wanted("kimppa", "https://me/return", ("profile", "openid"), ("high",), "login", "sv")
    address = oidc.authorization_address(provider(), wanted, going)
    query = {name: value for name, (value,) in parse_qs(urlsplit(address).query).items()}
    digest = hashlib.sha256(going.verifier.encode()).digest()
    assert query == {
        "tenant": "1",
        "response_type": "code",
        "client_id": "kimppa",
        "redirect_uri": "https://me/return",
        "scope": "openid profile",
        "state": going.state,
        "nonce": going.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
        "acr_values": "high",
        "prompt": "login",
        "ui_locales": "sv",
    }
    assert len({going.state, going.nonce, going.verifier}) == 3
    assert 43 <= len(going.verifier) <= 128


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"issuer": ISSUER + "/"}, "issuer"),
        ({"token_endpoint": "http://sso.example.fi/token"}, "endpoint"),
        ({"token_endpoint": "https://u:p@sso.example.fi/token"}, "endpoint"),
        ({"jwks_uri": None}, "endpoint"),
        ({"authorization_endpoint": "https://a\n.fi"}, "endpoint"),
        ({"response_types_supported": None}, "no-code-flow"),
        ({"code_challenge_methods_supported": ["plain"]}, "no-pkce"),
    ],
)
def test_a_description_that_will_not_do(change: dict[str, object], told: str) -> None:
    assert why(provider, **change) == told


def test_the_secret_goes_as_the_provider_takes_it() -> None:
    wanted = Wanted("kimp pa", "https://me/return")
    body, headers = oidc.token_question(provider(), wanted, secret="s:ä", code="c", verifier="v")
    assert base64.b64decode(headers["Authorization"][6:]) == b"kimp%20pa:s%3A%C3%A4"
    assert b"client_secret" not in body
    posting = provider(token_endpoint_auth_methods_supported=["client_secret_post"])
    body, headers = oidc.token_question(posting, wanted, secret="s:ä", code="c", verifier="v")
    assert "Authorization" not in headers
    assert parse_qs(body.decode())["client_secret"] == ["s:ä"]


def test_the_way_back_is_bound_to_its_beginning() -> None:
    going, plain = oidc.begin(), provider()
    good = {"state": [going.state], "code": ["c"]}
    telling = provider(authorization_response_iss_parameter_supported=True)
    assert oidc.code_of(good, provider=plain, going=going) == "c"
    assert oidc.code_of({**good, "iss": [ISSUER]}, provider=telling, going=going) == "c"
    for wrong, told in (
        ({**good, "state": ["å"]}, "state"),
        ({"code": ["c"]}, "state"),
        ({**good, "iss": ["https://other"]}, "mix-up"),
        ({**good, "code": ["c", "d"]}, "answer"),
        ({"state": [going.state]}, "answer"),
        ({"state": [going.state], "error": ["server_error"]}, "answer"),
    ):
        assert why(oidc.code_of, wrong, provider=plain, going=going) == told
    assert why(oidc.code_of, good, provider=telling, going=going) == "mix-up"
    with pytest.raises(Cancelled):
        oidc.code_of({"state": [going.state], "error": ["access_denied"]}, provider=plain, going=going)


def test_a_minute_of_leeway_and_not_a_second_more() -> None:
    for change, good in (
        ({"exp": NOW - 59}, True),
        ({"exp": NOW - 60}, False),
        ({"iat": NOW + 60}, True),
        ({"iat": NOW + 61}, False),
        ({"nbf": NOW + 61}, False),
        ({"aud": ["kimppa"]}, True),
        ({"aud": ["kimppa", "b"], "azp": "kimppa"}, True),
        ({"aud": ["kimppa", "b"]}, False),
        ({"exp": True}, False),
    ):
        if good:
            assert oidc_tokens.claims_of(token(GOOD | change), KEYS, EXPECTED, now=NOW).subject == "x"
        else:
            assert why(oidc_tokens.claims_of, token(GOOD | change), KEYS, EXPECTED, now=NOW)


def test_keys_that_may_not_sign_are_passed_over() -> None:
    rows = [
        {"kty": "oct", "k": "c2FsYWlzdXVz", "kid": "a"},
        ECKey.generate_key("P-521").as_dict(private=False),
        RSAKey.generate_key(1024).as_dict(private=False),
        {**RSAKey.generate_key(2048).as_dict(private=False), "use": "enc"},
        {**RSAKey.generate_key(2048).as_dict(private=False), "alg": "RS512"},
        {"kty": "RSA", "n": "!", "e": "AQAB"},
        None,
    ]
    assert why(oidc_tokens.keys_of, json.dumps({"keys": rows}).encode()) == "keys"
    assert len(oidc_tokens.keys_of(json.dumps({"keys": [*rows, KEY.as_dict(private=False)]}).encode())) == 1


def test_no_other_algorithm_whatever_the_token_says() -> None:
    rsa = RSAKey.generate_key(2048, {"kid": "r"})
    keys = oidc_tokens.keys_of(json.dumps({"keys": [rsa.as_dict(private=False)]}).encode())
    for algorithm in ("RS256", "PS256"):
        signed = jwt.encode({"alg": algorithm, "kid": "r"}, GOOD, rsa, algorithms=["RS256", "PS256"])
        assert oidc_tokens.claims_of(signed, keys, EXPECTED, now=NOW).issuer == ISSUER
    for algorithm in ("RS384", "RS512"):
        signed = jwt.encode({"alg": algorithm, "kid": "r"}, GOOD, rsa, algorithms=[algorithm])
        assert why(oidc_tokens.claims_of, signed, keys, EXPECTED, now=NOW) == "algorithm"
    shared = OctKey.generate_key(256)
    signed = jwt.encode({"alg": "HS256", "kid": "r"}, GOOD, shared, algorithms=["HS256"])
    assert why(oidc_tokens.claims_of, signed, keys, EXPECTED, now=NOW) == "algorithm"
    # Without a name, only where there is one key that it could be.
    nameless = jwt.encode({"alg": "RS256"}, GOOD, rsa, algorithms=["RS256"])
    assert oidc_tokens.claims_of(nameless, keys, EXPECTED, now=NOW).subject == "x"
    assert not oidc_tokens.knows([*keys, *keys], nameless)


def test_what_proves_a_second_factor() -> None:
    said = oidc_tokens.claims_of(
        token(GOOD | {"acr": "high", "amr": ["pwd", "otp"]}), KEYS, EXPECTED, now=NOW
    )
    assert oidc_tokens.proves(said, acr=["high"], amr=[])
    assert oidc_tokens.proves(said, acr=[], amr=["otp", "mfa"])
    assert not oidc_tokens.proves(said, acr=["higher"], amr=["mfa"])
    plain = oidc_tokens.claims_of(token(GOOD), KEYS, EXPECTED, now=NOW)
    assert not oidc_tokens.proves(plain, acr=[""], amr=[""])
    assert not oidc_tokens.proves(plain, acr=[], amr=[])


def test_userinfo_of_somebody_else_is_refused_and_overrides_nothing() -> None:
    said = oidc_tokens.claims_of(token(GOOD | {"home": "564"}), KEYS, EXPECTED, now=NOW)
    more = oidc_tokens.with_userinfo(said, 200, b'{"sub": "x", "home": "139", "in": {"er": true}}')
    assert (more.told["home"], more.told["in.er"]) == ("564", "true")
    assert why(oidc_tokens.with_userinfo, said, 200, b'{"sub": "y"}') == "userinfo"
    assert why(oidc_tokens.with_userinfo, said, 401, b'{"sub": "x"}') == "userinfo"


@given(JSON)
def test_arbitrary_answers_are_refused_not_broken(told: object) -> None:
    content = json.dumps(told).encode()
    for read in (
        lambda: oidc.provider_of(content, ISSUER),
        lambda: oidc.tokens_of(200, content),
        lambda: oidc_tokens.keys_of(content),
    ):
        with pytest.raises(NotAccepted):
            read()


@given(st.text() | st.builds(lambda *p: ".".join(p), st.text(), st.text(), st.text()))
def test_arbitrary_tokens_are_refused_not_broken(text: str) -> None:
    with pytest.raises(NotAccepted):
        oidc_tokens.claims_of(text, KEYS, EXPECTED, now=NOW)


@given(st.dictionaries(st.sampled_from([*GOOD, "azp", "nbf", "acr", "amr"]), JSON, min_size=1))
def test_arbitrary_claims_pass_only_when_right(change: dict[str, object]) -> None:
    try:
        said = oidc_tokens.claims_of(token(GOOD | change), KEYS, EXPECTED, now=NOW)
    except NotAccepted:
        return
    assert (said.issuer, bool(said.subject)) == (ISSUER, True)
    assert (GOOD | change)["nonce"] == "n"
