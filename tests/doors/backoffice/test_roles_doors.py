"""Every role at every door of the back office: what the table says is what the address answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from tests.north import load_everything

from kimppa.commons.members.models import Membership, RoleAssignment
from kimppa.commons.members.roles import TABLE, Act, Role
from kimppa.commons.platforms.models import Platform
from kimppa.doors.console.demo import people
from kimppa.elibrary.holdings import services as holdings
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.accounts.models import AuditEntry, Invitation, User
from kimppa.foundation.core import clock

pytestmark = pytest.mark.django_db
BY = Operator("test")
NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)
EMAILS = {person.role: person.email for person in people.STAFF}

PAGES: dict[str, Act] = {
    "members/": Act.SEE_MEMBERS,
    "members/742/": Act.SEE_MEMBERS,
    "people/": Act.SEE_STAFF,
    "roles/": Act.SEE_BACKOFFICE,
    "audit/": Act.SEE_AUDIT,
    "services/": Act.SEE_PLATFORMS,
    "services/ellibs/": Act.SEE_PLATFORMS,
    "cards/": Act.UNLOCK_CARDS,
    "imports/": Act.SEE_TITLES,
    "feedback/": Act.ANSWER_FEEDBACK,
    "money/": Act.SEE_MONEY,
    "money/2022/": Act.SEE_MONEY,
    "money/decisions/": Act.SEE_AGREEMENTS,
    "agreements/": Act.SEE_AGREEMENTS,
    "agreements/deadlines/": Act.SEE_AGREEMENTS,
    "agreements/bound/": Act.SEE_AGREEMENTS,
    "agreements/reminders/": Act.SEE_AGREEMENTS,
    "agreements/new/": Act.EDIT_AGREEMENTS,
    "agreements/import/": Act.EDIT_AGREEMENTS,
    "agreements/mandates/new/": Act.EDIT_MANDATES,
    "meetings/": Act.TAKE_PART,
    "meetings/new/": Act.RUN_MEETINGS,
    "groups/": Act.SEE_MEMBERS,
}


@pytest.fixture
def north() -> None:
    load_everything(BY, NOW)
    clock.set_offset(NOW - clock.real_now() + timedelta(seconds=1))


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=EMAILS[role]))
    return client


def status(client: Client, path: str, **posted: str) -> int:
    address = f"/en/backoffice/{path}"
    return (client.post(address, posted) if posted else client.get(address)).status_code


def test_every_cell_of_the_table_is_what_the_pages_answer(north):
    for role in Role:
        client = signed_in(role)
        assert status(client, "") == 200
        for path, act in PAGES.items():
            wanted = 200 if act in TABLE[role] else 403
            assert (role, path, status(client, path)) == (role, path, wanted)


def test_nobody_gets_in_without_signing_in(north):
    for path in ["", *PAGES]:
        response = Client().get(f"/en/backoffice/{path}")
        assert (path, response.status_code) == (path, 302)
        assert "/sign-in/" in response["Location"] or "login" in response["Location"]


def test_somebody_without_a_role_sees_nothing_at_all(north):
    RoleAssignment.objects.all().delete()
    client = signed_in(Role.COORDINATOR)
    for path in PAGES:
        assert (path, status(client, path)) == (path, 403)


def test_a_closed_account_is_out_at_once(north):
    client = signed_in(Role.COORDINATOR)
    User.objects.filter(email=EMAILS[Role.COORDINATOR]).update(is_active=False)
    assert status(client, "members/") == 302


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.COORDINATOR])
def test_only_coordinators_change_people_and_nothing_is_left_of_a_try(north, role):
    client = signed_in(role)
    other = User.objects.get(email=EMAILS[Role.COORDINATOR])
    before = (RoleAssignment.objects.count(), Invitation.objects.count(), AuditEntry.objects.count())
    asked = {"role": "coordinator", "scope": "consortium:", "name": "X", "email": "x@x.example"}
    assert status(client, "people/", **asked) in {403, 422}
    assert status(client, f"people/{other.pk}/", **asked) in {403, 422}
    assert status(client, f"people/{other.pk}/close/", yes="1") == 403
    row = other.roles.get()
    client.post(f"/en/backoffice/people/{other.pk}/roles/{row.pk}/end/")
    row.refresh_from_db()
    assert row.valid_to is None
    after = (RoleAssignment.objects.count(), Invitation.objects.count(), AuditEntry.objects.count())
    assert after == before
    assert User.objects.get(pk=other.pk).is_active


def test_a_director_does_not_edit_services_or_members(north):
    client = signed_in(Role.DIRECTOR)
    texts = {f"{kind}_{lang}": "uusi" for kind in ("summary", "guide") for lang in ("fi", "sv", "en")}
    assert status(client, "services/ellibs/", **texts, address="") == 422
    assert Platform.objects.get(slug="ellibs").summary_fi != "uusi"
    status(client, "members/742/", kimppa="outi", valid_from="2023-01-01")
    assert not Membership.objects.filter(valid_to__isnull=False).exists()


def test_a_coordinator_invites_edits_and_moves_and_it_stands_in_the_audit_trail(north):
    client = signed_in(Role.COORDINATOR)
    asked = {"role": "finance", "scope": "municipality:742", "name": "Uusi", "email": "uusi@x.example"}
    page = client.post("/en/backoffice/people/", asked)
    assert page.status_code == 200
    assert "/welcome/" in page.content.decode()
    assert status(client, "members/765/", kimppa="outi", valid_from="2023-01-01") == 422
    assert status(client, "members/564/", kimppa="joki", valid_from="2023-01-01") == 302
    texts = {f"{kind}_{lang}": "uusi" for kind in ("summary", "guide") for lang in ("fi", "sv", "en")}
    assert status(client, "services/ellibs/", **texts, address="") == 302
    trail = client.get("/en/backoffice/audit/").content.decode()
    for act in ("members.invite", "members.place_in_kimppa", "platforms.describe"):
        assert act in trail


def test_the_way_from_an_invitation_to_an_account_needs_a_second_factor(north):
    client = signed_in(Role.COORDINATOR)
    asked = {"role": "finance", "scope": "consortium:", "name": "Uusi", "email": "uusi@x.example"}
    text = client.post("/en/backoffice/people/", asked).content.decode()
    path = text[text.index("/en/backoffice/welcome/") :].split("<", 1)[0].strip()
    guest = Client()
    assert guest.get(path).status_code == 200
    assert guest.post(path, {"password": "lyhyt"}).status_code == 422
    assert guest.post(path, {"password": "neljä ihan tavallista sanaa"}).status_code == 302
    assert guest.get(path).status_code == 404
    guest.force_login(User.objects.get(email="uusi@x.example"))
    response = guest.get("/en/backoffice/money/")
    assert response.status_code == 302
    assert "totp" in response["Location"] or "mfa" in response["Location"] or "2fa" in response["Location"]


def test_hostile_text_is_shown_as_text(north):
    client = signed_in(Role.COORDINATOR)
    evil = "<script>alert(1)</script>{{7*7}}\"'>"
    texts = {f"{kind}_{lang}": evil for kind in ("summary", "guide") for lang in ("fi", "sv", "en")}
    client.post("/en/backoffice/services/ellibs/", {**texts, "address": ""})
    for path in ("/en/backoffice/services/ellibs/", "/en/services/ellibs/", "/en/", "/en/backoffice/audit/"):
        page = client.get(path).content.decode()
        assert "<script>alert" not in page
        assert "49" not in page.split("&lt;script&gt;", 1)[-1][:60]
    assert status(client, "services/ellibs/", **texts, address="javascript:alert(1)") == 422


def test_an_import_is_reported_and_taken_back_on_its_page(north):
    raw = b"identifier,title,year\nurn:1,Eka,x\n,Toka,\n"
    done = holdings.import_titles(by=BY, raw=raw, source_name="kirjat.csv", collection="K", now=NOW)
    client = signed_in(Role.COORDINATOR)
    page = client.get(f"/en/backoffice/imports/{done.batch_id}/").content.decode()
    assert "is not a year" in page
    assert "The identifier is missing" in page
    assert status(client, f"imports/{done.batch_id}/", yes="1") == 302
    assert "Taken back" in client.get(f"/en/backoffice/imports/{done.batch_id}/").content.decode()


def test_a_members_page_speaks_of_the_day_asked_for(north):
    client = signed_in(Role.COORDINATOR)
    page = client.get("/en/backoffice/members/?on=2025-05-01").content.decode()
    assert "Sotkamo is in no kimppa" not in page
    page = client.get("/en/backoffice/members/?on=2025-04-30").content.decode()
    assert "Sotkamo is in no kimppa" in page
    assert client.get("/en/backoffice/members/?on=nonsense").status_code == 200
    table = client.get("/en/backoffice/members/?on=2022-11-15&export=csv").content.decode()
    assert "Savukoski" in table


def test_an_e_service_is_added_taken_into_use_opened_and_given_up_in_the_back_office(north):
    client = signed_in(Role.RESPONSIBLE_PERSON)
    assert status(client, "services/add/", name="Uusi palvelu", contents="film") == 302
    page = "services/uusi-palvelu"
    assert status(client, f"{page}/use/", valid_from="2022-01-01") == 302
    assert status(client, f"{page}/use/", valid_from="2022-06-01") == 422
    assert status(client, f"{page}/entitle/", code="890", valid_from="2022-01-01") == 302
    assert "Uusi palvelu" in Client().get("/fi/services/").content.decode()
    assert status(client, f"{page}/end/", valid_to="2022-10-31") == 302
    assert "Uusi palvelu" not in Client().get("/fi/services/").content.decode()
    for path in (f"{page}/use/", f"{page}/entitle/", f"{page}/end/", "services/add/"):
        assert status(signed_in(Role.DIRECTOR), path) == 403


def test_a_membership_is_ended_and_begun_again_in_the_back_office(north):
    client = signed_in(Role.COORDINATOR)
    assert status(client, "members/785/leave/", valid_to="2022-12-31") == 302
    assert status(client, "members/785/join/", valid_from="2022-12-31") == 422
    assert status(client, "members/785/join/", valid_from="2024-01-01") == 302
    assert status(client, "members/999/join/", valid_from="2024-01-01") == 404
    lapland = signed_in(Role.RESPONSIBLE_PERSON)
    assert status(lapland, "members/564/leave/", valid_to="2022-12-31") == 422
    assert Membership.objects.get(municipality__code="564").valid_to is None
    assert status(lapland, "members/890/leave/", valid_to="2022-12-31") == 302
