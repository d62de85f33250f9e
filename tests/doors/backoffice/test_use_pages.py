"""What counts as use is chosen on a page, and every figure opens to what was told."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from tests.north import load_everything

from kimppa.commons.usage import settled
from kimppa.commons.usage.models import Batch, Figure, Measure
from kimppa.commons.usage.rules import Source
from kimppa.commons.usage.services import AccessMetric, count_access
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import clock

pytestmark = pytest.mark.django_db
BY = Operator("test")
NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)
MAY = date(2022, 5, 1)
SLUG = "naxos-music-library"
FIGURE = f"/en/backoffice/use/figure/?platform={SLUG}&first=2022-01&last=2022-12"
SHEET = "The vendor&#x27;s own sheet · plays · The whole consortium · 5/2022–5/2022"


@pytest.fixture
def told(db: None) -> Batch:
    """1,000 plays of all in May, and five sign-ins."""
    load_everything(BY, NOW)
    clock.set_offset(NOW - clock.real_now())
    batch = Batch.objects.create(source=Source.SHEET, month=MAY, opened=NOW, closed=NOW, platform=SLUG)
    Figure.objects.create(
        batch=batch,
        platform=SLUG,
        unit_kind="consortium",
        month=MAY,
        metric="plays",
        value=1000,
        quality="measured",
    )
    when = datetime(2022, 5, 10, 10, tzinfo=UTC)
    for code, times in (("564", 3), ("698", 1), ("", 1)):
        for _ in range(times):
            count_access(platform=SLUG, unit_code=code, metric=AccessMetric.SIGN_INS, kind="oidc", now=when)
    return batch


def client_of(who: str = "koordinaattori") -> Client:
    client = Client()
    client.force_login(User.objects.get(email=f"{who}@kimppa.example"))
    return client


def choose(client: Client, **more: str) -> int:
    form = {"told": "1", "counted_as": "plays", "split": "hub", "first": "2022-01"} | more
    return client.post(f"/en/backoffice/use/measures/{SLUG}/", form).status_code


def test_what_was_told_is_offered_and_the_choice_settles_the_months(told: Batch) -> None:
    client = client_of()
    page = client.get(f"/en/backoffice/use/measures/{SLUG}/").content.decode()
    assert SHEET in page
    assert choose(client) == 302
    row = Measure.objects.get()
    assert (row.source, row.metric, row.unit_kind, row.split) == ("sheet", "plays", "consortium", "hub")
    assert settled.totals(MAY, MAY)[0].value == 1000
    assert (
        "The vendor&#x27;s own sheet · plays" in client.get("/en/backoffice/use/measures/").content.decode()
    )


def test_a_figure_opens_to_how_it_was_made_and_to_its_delivery(told: Batch) -> None:
    client = client_of()
    choose(client)
    page = client.get(f"{FIGURE}&code=564").content.decode()
    assert "Estimated: 1,000 × 3 / 5." in page
    assert f"/en/backoffice/use/deliveries/{told.pk}/" in page
    unknown = client.get(f"{FIGURE}&code=").content.decode()
    assert "Estimated: 1,000 × 1 / 5." in unknown
    file = client.get(f"{FIGURE}&code=564&made-export=csv").content.decode("utf-8-sig")
    assert "05/2022" in file
    assert "600" in file


def test_a_measured_figure_says_so_and_an_unknown_question_is_not_answered(told: Batch) -> None:
    client = client_of()
    assert choose(client, told="0", counted_as="sign-ins", split="none") == 302
    assert "Measured" in client.get(f"{FIGURE}&code=564").content.decode()
    for wrong in ("&code=999", "&code=564&first=x", "&code=564&platform=none", "&code=564&last=2022-13"):
        assert client.get(FIGURE + wrong).status_code == 404


def test_a_choice_is_taken_back_only_by_who_may_and_only_of_its_own_service(told: Batch) -> None:
    client = client_of()
    choose(client)
    pk = Measure.objects.get().pk
    assert client_of("johtaja").post(f"/en/backoffice/use/measures/{SLUG}/back/{pk}/").status_code == 403
    assert client.post(f"/en/backoffice/use/measures/ellibs/back/{pk}/").status_code == 404
    assert Measure.objects.count() == 1
    assert client.post(f"/en/backoffice/use/measures/{SLUG}/back/{pk}/").status_code == 302
    assert settled.totals(MAY, MAY) == ()


def test_a_wrong_month_or_kind_is_said_at_its_field_and_nothing_is_chosen(told: Batch) -> None:
    client = client_of()
    for wrong in ({"first": "2022-13"}, {"told": "9"}, {"split": "guess"}, {"first": "5/2022"}):
        assert choose(client, **wrong) == 422
    assert not Measure.objects.exists()
    director = client_of("johtaja")
    page = director.get(f"/en/backoffice/use/measures/{SLUG}/").content.decode()
    assert 'name="told"' not in page
    assert SHEET in page
    assert choose(director) == 403


def test_the_figure_of_all_together_is_not_the_one_of_an_unknown_municipality(told: Batch) -> None:
    client = client_of()
    choose(client)
    whole = client.get(FIGURE).content.decode()
    assert "All together" in whole
    assert "1,000" in whole
    assert f"/en/backoffice/use/deliveries/{told.pk}/" in whole
    assert "Estimated:" not in whole
    year = client.get("/en/backoffice/reports/?year=2022").content.decode()
    assert f"/use/figure/?platform={SLUG}&amp;first=2022-01&amp;last=2022-12" in year


def test_figures_of_many_units_are_one_row_of_their_delivery(told: Batch) -> None:
    client = client_of()
    assert choose(client, told="0", counted_as="sign-ins", split="none") == 302
    whole = client.get(FIGURE).content.decode()
    assert "By municipality (3)" in whole
    assert "oidc" not in whole
    assert "Oulu" in client.get(f"{FIGURE}&code=564").content.decode()


def test_months_of_which_nothing_is_known_are_not_zero(told: Batch) -> None:
    client = client_of()
    choose(client)
    early = FIGURE.replace("2022", "2021")
    assert "not known" in client.get(f"{early}&code=564").content.decode()
    assert client.get(FIGURE.replace("last=2022-12", "last=2021-12")).status_code == 404
    page = client.get("/en/backoffice/reports/?year=2022").content.decode()
    assert "€0.00" not in page
