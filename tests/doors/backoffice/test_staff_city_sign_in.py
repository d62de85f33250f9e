"""Staff sign in at their city: by invitation, for its own municipality, with a second factor all the same."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import partial
from io import StringIO
from urllib.parse import urlencode

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from tests.consortium.governance.conftest import user
from tests.counterparts.cities import CLIENT, STAFF_RETURN, City, Faulty, city, faulty, through
from tests.elibrary.conftest import NOW
from tests.elibrary.patrons.counterparts import certificates

from kimppa.commons.members.models import Membership, Municipality, Region, RoleAssignment
from kimppa.elibrary.patrons.models import Patron
from kimppa.foundation.accounts import issuers, oidc_client
from kimppa.foundation.accounts.models import AuditEntry, CityBinding, StaffIdentity, StaffIssuer, User
from kimppa.foundation.core import clock, secrets

pytestmark = pytest.mark.django_db
OFFICE = "/en/backoffice/"
CITIES = f"{OFFICE}people/cities/"


@pytest.fixture(autouse=True)
def place(db: None) -> Iterator[None]:
    region = Region.objects.create(code="17", name_fi="Pohjois-Pohjanmaa")
    for code, name in (("564", "Oulu"), ("139", "Ii")):
        row = Municipality.objects.create(code=code, name_fi=name, region=region)
        Membership.objects.create(municipality=row)
    secrets.create_missing()
    oidc_client.forget()
    cache.clear()
    clock.set_offset(NOW - clock.real_now())
    yield
    oidc_client.forget()


@pytest.fixture(scope="module")
def oulu() -> Iterator[City]:
    with city() as running:
        yield running


@pytest.fixture
def saara() -> Client:
    client = Client()
    client.force_login(user("Saara", "coordinator"))
    return client


def add(saara: Client, issuer: str, status: int = 302, **more: str) -> None:
    given = {
        "name": "City of Oulu",
        "municipality": "564",
        "issuer": issuer,
        "client_id": CLIENT[0],
        "secret": CLIENT[1],
        "second_amr": "mfa",
        "second_acr": "high",
        "private": "on",
        "ca": certificates()[0],
    }
    assert saara.post(f"{CITIES}add/", given | more).status_code == status


def invite(
    saara: Client, email: str = "pia@ouka.example", scope: str = "municipality:564", **more: str
) -> str:
    """The path of the invitation, or nothing where it was refused."""
    chosen = str(StaffIssuer.objects.values_list("pk", flat=True).first() or "")
    role = RoleAssignment.objects.filter(scope_kind="municipality").values_list("role", flat=True).first()
    given = {"name": "Pia", "email": email, "role": role or "library-staff", "scope": scope, "city": chosen}
    page = saara.post(f"{OFFICE}people/", given | more).content.decode()
    found = re.search(r"http://testserver(/en/backoffice/welcome/[^/]+/)", page)
    return found[1] if found else ""


def leave(client: Client, page: str = "", **more: str) -> str:
    """From the sign-in page, or an invitation, to the address of the city that it leads to."""
    shown = client.get(page or f"{OFFICE}account/sign-in/").content.decode()
    action = re.search(r'action="([^"]*/account/city/[0-9]+/)"', shown)
    assert action is not None
    token = re.search(r'name="invitation" value="([^"]+)"', shown)
    given = {"invitation": token[1]} if token else {}
    answer = client.post(action[1], given | more)
    assert answer.status_code == 200, html.unescape(answer.content.decode())[-1500:]
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', answer.content.decode())
    assert found is not None
    return html.unescape(found[1])


def come_back(client: Client, query: dict[str, str]) -> tuple[int, str]:
    first = client.get(f"/backoffice/sign-in/return?{urlencode(query)}")
    answer = client.get(first["Location"])
    told = answer["Location"] if answer.status_code == 302 else html.unescape(answer.content.decode())
    return answer.status_code, told


def sign_in(client: Client, page: str = "", **more: str) -> tuple[int, str]:
    return come_back(client, through(leave(client, page, **more), back=STAFF_RETURN))


def test_invited_bound_and_in_with_the_city_s_second_factor(oulu: City, saara: Client) -> None:
    add(saara, oulu.issuer)
    welcome = invite(saara)
    pia = Client()
    page = html.unescape(pia.get(welcome).content.decode())
    assert "opened by signing in at City of Oulu" in page
    assert "password" not in page.split("no password")[0].lower()
    assert pia.post(welcome, {"password": "neljä sanaa peräkkäin näin"}).status_code == 422
    oulu.person("pia-7", amr=["pwd", "mfa"])
    assert sign_in(pia, welcome) == (302, OFFICE)
    assert pia.get(OFFICE).status_code == 200
    assert pia.get(welcome).status_code == 404
    again = Client()
    where = f"{OFFICE}roles/"
    assert sign_in(again, next=where) == (302, where)
    assert again.get(where).status_code == 200
    bound = StaffIdentity.objects.get()
    assert bound.user.email == "pia@ouka.example"
    assert "pia-7" not in everything()
    assert AuditEntry.objects.filter(act="accounts.accept_by_city", user=bound.user).count() == 1
    assert bound.user.has_usable_password() is False


def everything() -> str:
    out = StringIO()
    call_command("dumpdata", stdout=out, exclude=["contenttypes", "sessions"])
    return out.getvalue()


def test_without_the_city_s_second_factor_ours_is_asked_for(oulu: City, saara: Client) -> None:
    add(saara, oulu.issuer)
    oulu.person("pia-1", amr=["pwd"], acr="low")
    pia = Client()
    assert sign_in(pia, invite(saara))[0] == 302
    # None set up yet: that comes first, and nothing opens before.
    assert pia.get(OFFICE)["Location"].endswith("/second-factor/totp/activate/")
    assert pia.get("/en/backoffice/second-factor/totp/activate/").status_code == 200
    secret = generate_totp_secret()
    TOTP.activate(User.objects.get(email="pia@ouka.example"), secret)
    later = Client()
    status, where = sign_in(later)
    assert (status, "second-factor/authenticate" in where) == (302, True)
    assert "account/sign-in" in later.get(OFFICE)["Location"]
    code = hotp_value(secret, next(iter(yield_hotp_counters_from_time())))
    assert later.post(where, {"code": f"{code:06d}"}).status_code == 302
    assert later.get(OFFICE).status_code == 200
    oulu.person("pia-1", acr="high")
    proven = Client()
    assert sign_in(proven) == (302, OFFICE)
    assert proven.get(OFFICE).status_code == 200


def test_nobody_gets_in_who_was_not_invited_for_that_city(oulu: City, saara: Client) -> None:
    add(saara, oulu.issuer)
    # The same address as an account here means nothing.
    oulu.person("stranger", email="Saara@kimppa.example", amr=["mfa"])
    user("Muu", "coordinator")
    status, told = sign_in(Client())
    assert (status, "invitation" in told) == (403, True)
    assert StaffIdentity.objects.count() == 0
    # Whoever has an account by that city takes no second one.
    oulu.person("pia-2", amr=["mfa"])
    assert sign_in(Client(), invite(saara))[0] == 302
    second = invite(saara, "toinen@ouka.example")
    assert sign_in(Client(), second)[0] == 403
    assert User.objects.get(email="toinen@ouka.example").is_active is False


def test_a_city_s_people_have_roles_for_their_municipality_only(oulu: City, saara: Client) -> None:
    add(saara, oulu.issuer)
    assert invite(saara, scope="municipality:139") == ""
    assert invite(saara, scope="consortium:") == ""
    welcome = invite(saara)
    oulu.person("pia-3", amr=["mfa"])
    assert sign_in(Client(), welcome)[0] == 302
    pia = User.objects.get(email="pia@ouka.example")
    role = RoleAssignment.objects.get(user=pia).role
    for scope in ("consortium:", "municipality:139"):
        answer = saara.post(f"{OFFICE}people/{pia.pk}/", {"role": role, "scope": scope})
        assert answer.status_code == 422
        assert "that municipality only" in html.unescape(answer.content.decode())
    # However such a role came about: that sign-in does not open it.
    RoleAssignment.objects.create(user=pia, role=role, scope_kind="consortium", scope_code="")
    client = Client()
    status, told = sign_in(client)
    assert (status, "beyond the municipality" in told) == (409, True)
    assert "account/sign-in" in client.get(OFFICE)["Location"]


def test_closed_accounts_and_cities_switched_off_stay_out_at_once(oulu: City, saara: Client) -> None:
    add(saara, oulu.issuer)
    oulu.person("pia-4", amr=["mfa"])
    pia = Client()
    assert sign_in(pia, invite(saara))[0] == 302
    number = StaffIssuer.objects.get().pk
    assert saara.post(f"{CITIES}{number}/switch/", {"on": "no"}).status_code == 302
    assert "account/sign-in" in pia.get(OFFICE)["Location"]
    assert pia.get("/api/v1/me").status_code in {401, 403, 404}
    assert b"City of Oulu" not in Client().get(f"{OFFICE}account/sign-in/").content
    assert Client().post(f"{OFFICE}account/city/{number}/").status_code == 404
    saara.post(f"{CITIES}{number}/switch/", {"on": "yes"})
    assert sign_in(Client())[0] == 302
    account = User.objects.get(email="pia@ouka.example")
    saara.post(f"{OFFICE}people/{account.pk}/close/")
    assert sign_in(Client())[0] == 403


def test_going_back_replay_and_another_browser(oulu: City, saara: Client) -> None:
    add(saara, oulu.issuer)
    oulu.person("pia-5", amr=["mfa"])
    welcome = invite(saara)
    pia = Client()
    query = through(leave(pia, welcome), back=STAFF_RETURN)
    assert come_back(Client(), query)[0] == 409
    kept = pia.cookies["kimppa_staff_going"].value
    assert come_back(pia, query) == (302, OFFICE)
    thief = Client()
    thief.cookies["kimppa_staff_going"] = kept
    assert come_back(thief, query)[0] == 409
    # A resident's way back takes nothing of it either.
    thief.cookies["kimppa_going"] = kept
    assert thief.get(f"/en/sign-in/returned/?{urlencode(query)}").status_code == 409
    assert Patron.objects.count() == 0
    assert "kimppa_patron" not in pia.cookies
    oulu.refuse()
    status, where = sign_in(Client())
    assert (status, where) == (302, f"{OFFICE}account/sign-in/")


@pytest.mark.parametrize(
    "fault", ["alg none", "wrong aud", "wrong nonce", "expired", "other issuer", "unknown kid"]
)
def test_a_city_that_answers_wrong_opens_nothing(fault: str, saara: Client) -> None:
    with faulty() as made:
        add(saara, made.issuer)
        made.claims = {"amr": ["mfa"]}
        pia = Client()
        assert come_back(pia, made.go(leave(pia, invite(saara))))[0] == 302
        made.fault = fault
        client = Client()
        assert come_back(client, made.go(leave(client)))[0] == 409
        assert "account/sign-in" in client.get(OFFICE)["Location"]


def test_two_cities_never_share_a_person(oulu: City, saara: Client) -> None:
    add(saara, oulu.issuer)
    oulu.person("same-sub", amr=["mfa"])
    assert sign_in(Client(), invite(saara))[0] == 302
    with faulty() as other:
        add(saara, other.issuer, name="Iin kunta", municipality="139")
        other.sub, other.claims = "same-sub", {"amr": ["mfa"]}
        client = Client()
        number = StaffIssuer.objects.get(issuer=other.issuer).pk
        page = client.post(f"{OFFICE}account/city/{number}/").content.decode()
        found = re.search(r"0;url=([^\"]+)", page)
        assert found is not None
        assert come_back(client, other.go(html.unescape(found[1])))[0] == 403


OULU = ("municipality", "564")
PASSWORD = "neljä sanaa peräkkäin näin"


def with_password(
    name: str = "Olli", scope: tuple[str, str] = ("municipality", "564")
) -> tuple[User, Client]:
    """Somebody whose account has a password, and their browser, in which they are signed in."""
    made = user(name, "library-staff")
    made.set_password(PASSWORD)
    made.save()
    RoleAssignment.objects.filter(user=made).update(scope_kind=scope[0], scope_code=scope[1])
    client = Client()
    client.force_login(made)
    return made, client


def offer_binding(saara: Client, account: User, status: int = 200) -> str:
    """The path of the offer, or nothing where it was refused."""
    number = str(StaffIssuer.objects.values_list("pk", flat=True).first())
    answer = saara.post(f"{OFFICE}people/{account.pk}/city/", {"city": number})
    assert answer.status_code == status
    found = re.search(r"http://testserver(/en/backoffice/bind/[^/]+/)", answer.content.decode())
    return found[1] if found else ""


def go_and_bind(client: Client, page: str) -> tuple[int, str]:
    """From the page of the offer to the city and back."""
    shown = client.get(page).content.decode()
    token = re.search(r'name="binding" value="([^"]+)"', shown)
    action = re.search(r'action="([^"]*/account/city/[0-9]+/)"', shown)
    assert token is not None
    assert action is not None
    told = client.post(action[1], {"binding": token[1]}).content.decode()
    onward = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', told)
    assert onward is not None, html.unescape(told)[-1000:]
    return come_back(client, through(html.unescape(onward[1]), back=STAFF_RETURN))


def test_an_account_with_a_password_is_bound_by_its_owner_and_opens_both_ways(
    oulu: City, saara: Client
) -> None:
    add(saara, oulu.issuer)
    olli, client = with_password()
    assert "city/" in saara.get(f"{OFFICE}people/{olli.pk}/").content.decode()
    page = offer_binding(saara, olli)
    oulu.person("olli-1", amr=["mfa"])
    assert sign_in(Client())[0] == 403  # not yet
    assert go_and_bind(client, page) == (302, OFFICE)
    assert "From now on you can sign in at City of Oulu too." in client.get(OFFICE).content.decode()
    later = Client()
    assert sign_in(later) == (302, OFFICE)
    assert int(later.session["_auth_user_id"]) == olli.pk
    olli.refresh_from_db()
    assert olli.check_password(PASSWORD)
    assert client.get(page).status_code == 404
    assert AuditEntry.objects.filter(act="accounts.bind_to_city", user=olli).count() == 1
    assert AuditEntry.objects.filter(act="members.offer_binding").count() == 1
    assert "olli-1" not in everything()
    assert page.split("/")[-2] not in everything()
    # From now on it is a city's account: its municipality only, and no second city.
    role = {"role": "library-staff", "scope": "consortium:"}
    assert saara.post(f"{OFFICE}people/{olli.pk}/", role).status_code == 422
    assert offer_binding(saara, olli, 422) == ""


def test_only_the_owner_signed_in_with_the_password_takes_the_offer(oulu: City, saara: Client) -> None:
    add(saara, oulu.issuer)
    olli, client = with_password()
    other, others = with_password("Muu")
    page = offer_binding(saara, olli)
    oulu.person("olli-2", amr=["mfa"])
    assert others.get(page).status_code == 404
    assert Client().get(page)["Location"].startswith(f"{OFFICE}account/sign-in/")
    number = StaffIssuer.objects.get().pk
    token = {"binding": page.split("/")[-2]}
    for wrong in (others, Client()):
        assert wrong.post(f"{OFFICE}account/city/{number}/", token).status_code == 404
    # Begun by the owner, and come back to as somebody else in the same browser, or as nobody.
    nobody = partial(client.cookies.pop, settings.SESSION_COOKIE_NAME)
    for become in (partial(client.force_login, other), nobody):
        client.force_login(olli)
        told = client.post(f"{OFFICE}account/city/{number}/", token).content.decode()
        onward = re.search(r"0;url=([^\"]+)", told)
        assert onward is not None
        query = through(html.unescape(onward[1]), back=STAFF_RETURN)
        become()
        assert come_back(client, query)[0] == 302
        assert not StaffIdentity.objects.exists()
    client.force_login(olli)
    assert go_and_bind(client, page)[0] == 302
    assert StaffIdentity.objects.get().user == olli


def test_an_account_that_reaches_beyond_the_city_is_not_bound_then_or_later(
    oulu: City, saara: Client
) -> None:
    add(saara, oulu.issuer)
    far, _ = with_password("Kauko", ("consortium", ""))
    assert offer_binding(saara, far, 422) == ""
    olli, client = with_password()
    page = offer_binding(saara, olli)
    oulu.person("olli-3", amr=["mfa"])
    # A role that came after the offer, and one that has not begun.
    RoleAssignment.objects.create(
        user=olli, role="library-staff", scope_kind="municipality", scope_code="139", valid_from="2030-01-01"
    )
    assert go_and_bind(client, page)[0] == 302
    assert "for that municipality only" in html.unescape(client.get(OFFICE).content.decode())
    assert not StaffIdentity.objects.exists()


def test_a_persons_city_sign_in_opens_one_account_and_an_offer_ends(oulu: City, saara: Client) -> None:
    add(saara, oulu.issuer)
    oulu.person("pia-9", amr=["mfa"])
    assert sign_in(Client(), invite(saara))[0] == 302
    pia = User.objects.get(email="pia@ouka.example")
    assert offer_binding(saara, pia, 422) == ""  # has no password
    olli, client = with_password()
    first = offer_binding(saara, olli)
    page = offer_binding(saara, olli)
    assert client.get(first).status_code == 404  # the newer one took its place
    assert go_and_bind(client, page)[0] == 302
    assert "has another account here already" in client.get(OFFICE).content.decode()
    assert StaffIdentity.objects.get().user == pia
    CityBinding.objects.update(expires=clock.real_now())
    assert client.get(page).status_code == 404
    CityBinding.objects.all().delete()
    number = StaffIssuer.objects.get().pk
    saara.post(f"{CITIES}{number}/switch/", {"on": "no"})
    assert offer_binding(saara, olli, 422) == ""
    assert not CityBinding.objects.exists()


def test_the_pages_of_issuers(saara: Client) -> None:
    made = Faulty(issuer="https://sso.ouka.example")
    add(saara, made.issuer)
    add(saara, made.issuer, 422)
    for field, value in (
        ("issuer", "http://a.fi"),
        ("municipality", "999"),
        ("hosts", "a/b"),
        ("ca", "nonsense"),
        ("secret", ""),
        ("second_amr", 'a"b'),
    ):
        add(saara, **({"issuer": "https://other.example.fi", field: value}), status=422)
    number = StaffIssuer.objects.get().pk
    shown = html.unescape(saara.get(CITIES).content.decode())
    assert STAFF_RETURN in shown
    page = saara.get(f"{CITIES}{number}/").content.decode()
    assert CLIENT[1] not in html.unescape(page + shown)
    given = {
        "name": "Oulu",
        "municipality": "564",
        "issuer": made.issuer,
        "client_id": CLIENT[0],
        "second_acr": "high",
        "private": "on",
        "ca": certificates()[0],
    }
    assert saara.post(f"{CITIES}{number}/", given).status_code == 302
    assert saara.post(f"{CITIES}{number}/", given | {"hosts": "evil.example.fi"}).status_code == 422
    assert saara.post(f"{CITIES}{number}/", given | {"municipality": "139"}).status_code == 422
    assert saara.post(f"{CITIES}{number}/", given | {"issuer": "https://b.fi"}).status_code == 422
    assert secrets.decrypt(bytes(StaffIssuer.objects.get().secret)).decode() == CLIENT[1]
    assert CLIENT[1] not in str(list(AuditEntry.objects.values_list("before", "after")))
    secrets.add_key("secrets")
    assert (issuers.seal_anew(), issuers.seal_anew()) == (1, 0)
