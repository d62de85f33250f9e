"""What stands without any database: addresses, networks, PKCE, and the reading of requests."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kimppa.elibrary.access import oidc, outcomes, rules

CLIENT = oidc.Client("films", ("https://films.example/back",), frozenset({"entitled"}))
NAMES = st.sampled_from(
    ["response_type", "redirect_uri", "scope", "state", "prompt", "max_age", "code_challenge", "nonce", "x"]
)


@given(st.lists(st.tuples(NAMES, st.text(max_size=60)), max_size=12))
def test_whatever_a_request_says_it_is_sent_back_to_a_registered_address_or_nowhere(params):
    assert _goes_to(params) in {"", *CLIENT.redirect_uris}


def _goes_to(params: list[tuple[str, str]]) -> str:
    try:
        return oidc.read(params, CLIENT).redirect_uri
    except oidc.ForgedRedirect:
        return ""
    except oidc.SentBack as refused:
        return refused.redirect_uri


@given(st.text(max_size=80))
def test_an_address_that_is_accepted_is_https_or_the_machine_itself_and_has_no_fragment(text):
    try:
        address = rules.tidy_address(text)
    except rules.BadAddress:
        return
    parts = urlsplit(address)
    assert parts.scheme == "https" or parts.hostname in rules.LOOPBACK
    assert "#" not in address
    assert "@" not in parts.netloc


@pytest.mark.parametrize(
    "bad",
    [
        *(
            "http://films.example/",
            "https://",
            "javascript:alert(1)",
            "https://a@films.example/",
            "//x.example",
        ),
        *(
            "https://x.example/#a",
            "https://*.example/",
            "https://x.example/\n",
            "data:text/html,x",
            "https://ä.fi/",
        ),
        "https://x.example/" + "a" * 500,
    ],
)
def test_bad_addresses_are_refused(bad):
    if bad.endswith("\n"):
        assert rules.tidy_address(bad) == bad.strip()
        return
    with pytest.raises(rules.BadAddress):
        rules.tidy_address(bad)


def test_a_plain_address_of_the_machine_itself_may_be_tried_with():
    assert rules.tidy_address("http://127.0.0.1:3000/back") == "http://127.0.0.1:3000/back"


def test_pkce_is_the_example_of_its_standard():
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert rules.challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@given(st.ip_addresses())
def test_a_caller_lies_in_the_network_that_the_log_names_and_the_log_names_no_address(address):
    network = rules.network_of(str(address))
    assert network.endswith(("/24", "/48"))
    assert rules.may_call_from(str(address), [network])


def test_no_networks_mean_anybody_and_one_means_that_one_only():
    assert rules.may_call_from("203.0.113.9", [])
    assert rules.may_call_from("::ffff:192.0.2.7", ["192.0.2.0/24"])
    assert not rules.may_call_from("203.0.113.9", ["192.0.2.0/24"])
    assert not rules.may_call_from("garbage", ["0.0.0.0/0"])


def test_every_outcome_is_explained():
    assert set(outcomes.OUTCOME_NAMES) == set(outcomes.Outcome)
    assert outcomes.words("too-young")[1] == "too-young"


@pytest.mark.parametrize("own", ["/fi/info/esimerkkipalvelu/", "https://x.example/start"])
def test_one_tap_leads_to_an_address_or_to_a_page_of_our_own(own):
    assert rules.tidy_launch(f" {own} ") == own


@pytest.mark.parametrize("bad", ["//x.example/", "/\\x.example", "/fi/../x", "/fi/?a=b", "fi/info/", "/"])
def test_what_only_looks_like_a_page_of_our_own_is_refused(bad):
    with pytest.raises(rules.BadAddress):
        rules.tidy_launch(bad)
