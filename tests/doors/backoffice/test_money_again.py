"""A mistaken rate mended from the page: decided again, credited, issued again; and a charge reversed."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.doors.backoffice.test_money_pages import DECISION, page, person

from kimppa.consortium.budgets.models import LevyRevision, StandingRate
from kimppa.consortium.governance.models import Decision
from kimppa.consortium.invoicing.models import InternalCharge, Invoice

pytestmark = pytest.mark.django_db
DECIDE = "/en/backoffice/money/2023/decide/"
AGAIN = DECISION | {"rate": "0,80", "diary_number": "ESIMERKKI/10/2022"}


@pytest.fixture
def coordinator(money_2022: None) -> Client:
    return person("coordinator")


@pytest.fixture
def issued(coordinator: Client) -> LevyRevision:
    """2023 by 0.78, issued from the pages."""
    assert coordinator.post(DECIDE, DECISION).status_code == 302
    revision = LevyRevision.objects.get(levy__year__year=2023)
    issue = f"/en/backoffice/money/levies/{revision.pk}/issue/"
    assert coordinator.post(issue, {"issued_on": "2022-11-15"}).status_code == 302
    return revision


@pytest.fixture
def mended(coordinator: Client, issued: LevyRevision) -> LevyRevision:
    """The superseding decision of 0.80 and the calculation that follows from it."""
    chosen = AGAIN | {"supersedes": str(issued.decision_id)}
    for _ in range(2):  # the second time is a double click
        assert coordinator.post(DECIDE, chosen).status_code == 302
    return LevyRevision.objects.get(levy__year__year=2023, number=2)


def test_without_saying_what_it_supersedes_the_preview_refuses_in_words(
    coordinator: Client, issued: LevyRevision
) -> None:
    html = coordinator.get(DECIDE, AGAIN).content.decode()
    assert "say that the new decision supersedes that one" in html
    assert "Record the decision and make the shares" not in html
    assert coordinator.post(DECIDE, AGAIN).status_code == 422
    assert StandingRate.objects.filter(decision__diary_number="ESIMERKKI/10/2022").count() == 0


def test_the_preview_names_the_superseded_decision_and_writes_nothing(
    coordinator: Client, issued: LevyRevision
) -> None:
    before = (Decision.objects.count(), StandingRate.objects.count(), LevyRevision.objects.count())
    html = coordinator.get(DECIDE, AGAIN | {"supersedes": str(issued.decision_id)}).content.decode()
    for seen in (
        "ESIMERKKI/9/2022: 0.78 €/resident from 1.1.2023",
        "It supersedes ESIMERKKI/9/2022.",
        "The rate of 0.78 € that stood by it is withdrawn.",
        "59 shares of 2023 have been charged.",
        "€530,681.60",
    ):
        assert seen in html, seen
    assert (Decision.objects.count(), StandingRate.objects.count(), LevyRevision.objects.count()) == before


def test_a_decision_that_is_not_offered_cannot_be_superseded(
    coordinator: Client, issued: LevyRevision, mended: LevyRevision
) -> None:
    third = AGAIN | {"diary_number": "ESIMERKKI/11/2022"}
    for junk in (str(issued.decision_id), "999999", "x"):
        assert coordinator.post(DECIDE, third | {"supersedes": junk}).status_code == 422, junk
    assert Decision.objects.filter(diary_number="ESIMERKKI/11/2022").count() == 0


def test_a_mistaken_rate_is_mended_from_the_pages(coordinator: Client, mended: LevyRevision) -> None:
    first = StandingRate.objects.get(decision__diary_number="ESIMERKKI/9/2022")
    assert (first.withdrawn, mended.total_cents) == (True, 53_068_160)
    withdraw = f"levies/{mended.pk}/credit-earlier/"
    choose = f"levies/{mended.pk}/issue/"
    assert choose in page(coordinator, "2023/")
    assert withdraw in page(coordinator, choose)
    html = page(coordinator, withdraw)
    for seen in (
        "ESIMOUL75 – ESIMOUL111",
        "57 invoices are credited, each by a credit note",
        "2 internal charges are reversed.",
        "€517,414.56 in all is taken back.",
        "New decision ESIMERKKI/10/2022",
    ):
        assert seen in html, seen
    assert not Invoice.objects.filter(year=2023, credits__isnull=False).exists()
    address = f"/en/backoffice/money/{withdraw}"
    assert coordinator.post(address, {"reason": " "}).status_code == 422
    for _ in range(2):
        response = coordinator.post(address, {"reason": "Uusi päätös"})
        assert response["Location"].endswith(f"/money/levies/{mended.pk}/issue/")
    assert Invoice.objects.filter(year=2023, credits__isnull=False).count() == 57
    issue = f"/en/backoffice/money/levies/{mended.pk}/issue/"
    assert "Issue 57 invoices" in coordinator.get(issue).content.decode()
    assert coordinator.post(issue, {"issued_on": "2022-11-15"}).status_code == 302
    invoiced = sum(Invoice.objects.filter(year=2023).values_list("total_cents", flat=True))
    charged = InternalCharge.objects.filter(share__revision__levy__year__year=2023)
    assert invoiced + sum(charged.values_list("amount_cents", flat=True)) == 53_068_160
    html = page(coordinator, "2023/")
    assert "Reversal" in html
    assert "Nothing of the earlier calculations stands" in page(coordinator, withdraw)


def test_the_overview_reconciles_after_a_reversal(coordinator: Client) -> None:
    before = coordinator.get("/en/backoffice/").context["money"]
    assert before.levied == before.internal + before.invoiced
    charge = InternalCharge.objects.get(share__municipality__code="564")
    path = f"/en/backoffice/money/internal/{charge.pk}/reverse/"
    assert path.removeprefix("/en/backoffice/money/") in page(coordinator, "2022/")
    assert "refers to this charge is booked for Oulu" in coordinator.get(path).content.decode()
    assert InternalCharge.objects.count() == 2
    for _ in range(2):
        assert coordinator.post(path, {"reason": "Väärä seutu"}).status_code == 302
    after = coordinator.get("/en/backoffice/").context["money"]
    assert before.internal.value - after.internal.value == charge.amount_cents
    assert "This charge has been reversed." in coordinator.get(path).content.decode()
    assert coordinator.post(path, {"reason": "toinen"}).status_code == 422
    revision = LevyRevision.objects.get(levy__year__year=2022)
    coordinator.post(f"/en/backoffice/money/levies/{revision.pk}/issue/", {"issued_on": "2022-11-15"})
    again = coordinator.get("/en/backoffice/").context["money"]
    assert (again.levied, again.internal, again.invoiced) == (before.levied, before.internal, before.invoiced)


def test_who_may_not_credit_gets_neither_page(money_2022: None) -> None:
    revision = LevyRevision.objects.get()
    charge = InternalCharge.objects.order_by("pk")[0]
    for role in ("library-staff", "director", "responsible-person"):
        client = person(role, "municipality", "009") if role == "director" else person(role)
        for path in (f"levies/{revision.pk}/credit-earlier/", f"internal/{charge.pk}/reverse/"):
            page(client, path, 403)
            response = client.post(f"/en/backoffice/money/{path}", {"reason": "x"})
            assert response.status_code == 403, (role, path)
    assert InternalCharge.objects.count() == 2


def test_unknown_charges_and_levies_are_not_found(coordinator: Client) -> None:
    page(coordinator, "internal/999999/reverse/", 404)
    page(coordinator, "levies/999999/credit-earlier/", 404)
