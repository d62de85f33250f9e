"""Joining and leaving through the door: each step a page, the consequences before the act."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.doors.backoffice.test_money_pages import person

from kimppa.commons.members.models import LegalParty, Membership, Municipality
from kimppa.consortium.agreements.models import Agreement
from kimppa.consortium.budgets.models import LevyRevision
from kimppa.joint.membership.models import MembershipCase

pytestmark = pytest.mark.django_db
CASES = "/en/backoffice/members/cases/"
FORCE = {
    "months": "2",
    "body": "directors-days",
    "decided_on": "2022-11-10",
    "diary_number": "ESIMERKKI/30/2022",
    "title_fi": "Hyrynsalmi liittyy",
}


@pytest.fixture
def coordinator(money_2022: None) -> Client:
    """Hyrynsalmi is not yet in; the demo's agreement is signed."""
    place = Municipality.objects.get(code="105")
    Membership.objects.filter(municipality=place).delete()
    LegalParty.objects.get_or_create(municipality=place, defaults={"name": "Hyrynsalmi"})
    Agreement.objects.filter(kind="cooperation").update(signed_on=date(2021, 6, 1))
    return person("coordinator")


def test_a_municipality_joins_step_by_step_and_the_levy_grows_by_its_share_alone(coordinator: Client) -> None:
    before = LevyRevision.objects.get(levy__year__year=2022)
    opened = coordinator.post(
        CASES + "new/",
        {"kind": "join", "municipality": "105", "day": "2022-11-01", "opened_on": "2022-09-01"},
    )
    case = MembershipCase.objects.get()
    assert opened["Location"] == f"{CASES}{case.pk}/"
    html = coordinator.get(f"{CASES}{case.pk}/").content.decode()
    for seen in ("Invited", "The membership would begin on 1.11.2022", "Record the decision"):
        assert seen in html, seen
    paper = SimpleUploadedFile("paatos.pdf", b"%PDF-1.7\n%%EOF\n", content_type="application/pdf")
    board = {"decided_on": "2022-10-01", "number": "Khall 7 §", "paper": paper}
    assert coordinator.post(f"{CASES}{case.pk}/board/", board).status_code == 302
    assert coordinator.post(f"{CASES}{case.pk}/sign/", {"signed_on": "2022-10-10"}).status_code == 302
    asked = coordinator.get(f"{CASES}{case.pk}/force/", FORCE).content.decode()
    for seen in ("Hyrynsalmi becomes a member on 1.11.2022", "charged for 2 months of 2022", "Put in force"):
        assert seen in asked, seen
    assert LevyRevision.objects.filter(levy__year__year=2022).count() == 1
    for _ in range(2):
        coordinator.post(f"{CASES}{case.pk}/force/", FORCE)
    after = LevyRevision.objects.get(levy__year__year=2022, number=2)
    joined = after.shares.get(municipality__code="105")
    # The demo levied all 59 at their whole year; the newcomer's 12 months become 2.
    whole = before.shares.get(municipality__code="105")
    assert joined.months == 2
    assert after.total_cents == before.total_cents - whole.share_cents + joined.share_cents
    assert "In force" in coordinator.get(CASES).content.decode()


def test_a_wrong_step_is_answered_with_a_sentence(coordinator: Client) -> None:
    wrong = {"kind": "leave", "municipality": "105", "day": "2022-11-01", "opened_on": "2022-09-01"}
    answer = coordinator.post(CASES + "new/", wrong)
    assert answer.status_code == 422
    assert "is not a member on 1.11.2022" in answer.content.decode()
    coordinator.post(CASES + "new/", wrong | {"kind": "join"})
    case = MembershipCase.objects.get()
    early = coordinator.post(f"{CASES}{case.pk}/force/", FORCE)
    assert "This step comes later" in early.content.decode()
    cancelled = coordinator.post(f"{CASES}{case.pk}/cancel/", {"reason": "Kunta perui"})
    assert cancelled.status_code == 302
    assert "Kunta perui" in coordinator.get(f"{CASES}{case.pk}/").content.decode()
    assert coordinator.get(f"{CASES}999999/").status_code == 404


def test_a_director_reads_the_case_without_its_steps(coordinator: Client) -> None:
    coordinator.post(
        CASES + "new/",
        {"kind": "join", "municipality": "105", "day": "2022-11-01", "opened_on": "2022-09-01"},
    )
    case = MembershipCase.objects.get()
    director = person("director", "municipality", "009")
    html = director.get(f"{CASES}{case.pk}/").content.decode()
    assert "Record the decision" not in html
    for step in ("board", "sign", "cancel", "force"):
        assert director.get(f"{CASES}{case.pk}/{step}/").status_code == 403
    assert director.get(CASES + "new/").status_code == 403
