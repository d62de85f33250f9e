"""Levies beyond the plain rate: participants, use, months of joiners, advances and settlement."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tests.consortium.conftest import BY, NOW

from kimppa.commons.members import hosts
from kimppa.commons.members import queries as members
from kimppa.commons.members.models import Kimppa, KimppaMembership, Membership, Municipality
from kimppa.commons.usage.models import Batch, Figure, Settled
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import queries, services
from kimppa.consortium.budgets.models import FrozenUse, LevyRevision
from kimppa.consortium.budgets.recipes import (
    HostMissing,
    Key,
    NoSuchParticipant,
    NoUse,
    Part,
    ParticipantTwice,
    PayerRule,
    Recipe,
    Stage,
    Use,
)
from kimppa.consortium.budgets.revisions import LevyTitle
from kimppa.consortium.budgets.rules import BadMonths, NoTitle
from kimppa.consortium.budgets.services import Resolution
from kimppa.consortium.budgets.shares import shares_of
from kimppa.consortium.governance.services import Words
from kimppa.consortium.invoicing import share_story
from kimppa.foundation.core.money import Cents

DAY = date(2020, 12, 31)
CHANGE = LevyTitle("Rajapinnan muutos")

pytestmark = pytest.mark.django_db


def said(number: str) -> Resolution:
    return Resolution("directors-days", number, date(2022, 3, 1), Words(f"Päätös {number}"))


def other(number: str, amount: int, recipe: Recipe | None, title: LevyTitle | None = CHANGE) -> int:
    return services.levy_amount(
        by=BY,
        resolution=said(number),
        year=2022,
        cost_class=CostClass.OTHER,
        amount=Cents(amount),
        reference_date=DAY,
        recipe=recipe,
        title=title,
        now=NOW,
    )


@pytest.fixture
def kimppas(region: None) -> None:
    """Two invented kimppas: three municipalities and two. Oulu hosts the first."""
    for slug, codes in (("ykkonen", ("564", "244", "425")), ("kakkonen", ("698", "976"))):
        kimppa = Kimppa.objects.create(slug=slug, name_fi=slug.title())
        for code in codes:
            place = Municipality.objects.get(code=code)
            KimppaMembership.objects.create(kimppa=kimppa, municipality=place)
    hosts.set_host(by=BY, kimppa="ykkonen", code="564", valid_from=date(2020, 1, 1), now=NOW)


def test_a_cost_of_two_kimppas_is_split_between_them_and_then_among_their_members(kimppas: None) -> None:
    recipe = Recipe((Part(Key.EQUAL),), kimppas=("ykkonen", "kakkonen"))
    shares = shares_of(other("1", 1_000_001, recipe))
    people = {"564": 207_327, "244": 19_475, "425": 10_238, "698": 63_528, "976": 3_485}
    assert {share.code for share in shares} == set(people)
    first = [s.amount.value for s in shares if s.code in {"564", "244", "425"}]
    second = [s.amount.value for s in shares if s.code in {"698", "976"}]
    assert (sum(first), sum(second)) == (500_000, 500_001)  # the odd cent: a tie, to the smaller name
    assert all(share.made_of and share.made_of.kimppa for share in shares)


def test_the_host_pays_for_its_kimppa_and_the_residents_are_all_of_the_kimppas(kimppas: None) -> None:
    hosts.set_host(by=BY, kimppa="kakkonen", code="698", valid_from=date(2020, 1, 1), now=NOW)
    recipe = Recipe(kimppas=("ykkonen", "kakkonen"), payer=PayerRule.HOST)
    shares = shares_of(other("1", 1_000_000, recipe))
    people = members.population(DAY)
    first = people["564"] + people["244"] + people["425"]
    second = people["698"] + people["976"]
    assert [(s.code, s.kimppa_slug, s.residents) for s in shares] == [
        ("564", "ykkonen", first),
        ("698", "kakkonen", second),
    ]
    assert sum(s.amount.value for s in shares) == 1_000_000
    assert abs(shares[0].amount.value - Decimal(1_000_000) * first / (first + second)) < 1
    assert shares[0].name("fi") == "Ykkonen (Oulu)"


def test_a_kimppa_without_a_host_is_not_charged_to_a_guess(kimppas: None) -> None:
    recipe = Recipe(kimppas=("ykkonen", "kakkonen"), payer=PayerRule.HOST)
    with pytest.raises(HostMissing):
        other("1", 1_000_000, recipe)
    assert not LevyRevision.objects.exists()


def test_a_participant_that_is_unknown_or_named_twice_is_refused(kimppas: None) -> None:
    with pytest.raises(NoSuchParticipant):
        other("1", 100, Recipe(kimppas=("kolmonen",)))
    with pytest.raises(NoSuchParticipant):
        other("1", 100, Recipe(municipalities=("091",)))
    with pytest.raises(ParticipantTwice):
        other("1", 100, Recipe(kimppas=("ykkonen",), municipalities=("244",)))


def test_other_costs_need_a_name_and_two_of_them_stand_side_by_side(region: None) -> None:
    with pytest.raises(NoTitle):
        other("1", 100, None, title=None)
    first, second = other("1", 100, None), other("2", 200, None, LevyTitle("Koulutus"))
    assert queries.revision(first).levy_id != queries.revision(second).levy_id
    assert queries.revision(first).title("fi") == "Rajapinnan muutos"


def test_a_sum_by_use_follows_the_months_counted_and_leaves_out_unknown_places(region: None) -> None:
    use = Use(("viddla",), "uses", date(2022, 1, 1), date(2022, 2, 1))
    recipe = Recipe((Part(Key.USAGE),), use=use)
    with pytest.raises(NoUse):
        other("1", 1_000, recipe)
    for month, code, value in ((1, "564", 30), (2, "564", 30), (2, "698", 40), (3, "698", 500), (1, "", 9)):
        batch = Batch.objects.create(source=f"{month}{code}", month=date(2022, month, 1), opened=NOW)
        Figure.objects.create(
            batch=batch,
            platform="viddla",
            unit_kind="municipality",
            unit_code=code,
            month=date(2022, month, 1),
            metric="uses",
            value=value,
            quality="measured",
        )
    shares = {s.code: s for s in shares_of(other("1", 100_000, recipe))}
    assert (shares["564"].amount, shares["698"].amount) == (Cents(60_000), Cents(40_000))
    assert sum(s.amount.value for s in shares.values()) == 100_000
    made = shares["564"].made_of
    assert made is not None
    assert (made.keys[0].weight, made.keys[0].whole) == (60, 100)


def settled(code: str, value: int, *, whole: int | None = None, weight: int | None = None) -> None:
    Settled.objects.update_or_create(
        platform="viddla",
        month=date(2022, 1, 1),
        unit_kind="municipality",
        unit_code=code,
        defaults={
            "value": value,
            "estimated": value if whole else 0,
            "open": False,
            "split": "hub" if whole else "",
            "whole": whole,
            "weight": weight,
            "weights": 10 if whole else None,
        },
    )


def test_the_use_that_shared_a_sum_is_frozen_and_what_is_delivered_later_stands_beside_it(
    region: None,
) -> None:
    use = Use(("viddla",), "use", date(2022, 1, 1), date(2022, 12, 1))
    settled("564", 60, whole=100, weight=6)
    settled("698", 40, whole=100, weight=4)
    settled("", 7)
    revision = other("1", 100_000, Recipe((Part(Key.USAGE),), use=use))
    shares = {s.code: s for s in shares_of(revision)}
    assert (shares["564"].amount, shares["698"].amount) == (Cents(60_000), Cents(40_000))
    assert FrozenUse.objects.filter(revision=revision).count() == 3

    settled("564", 90)
    story = share_story.story(shares["564"].id, language="fi")
    assert [(r.value, r.estimated, r.whole, r.weight, r.weights, r.now) for r in story.use] == [
        (60, 60, 100, 6, 10, 90)
    ]
    assert [r.now for r in share_story.story(shares["698"].id, language="fi").use] == [None]
    assert {s.code: s.amount for s in shares_of(revision)} == {s.code: s.amount for s in shares.values()}

    Settled.objects.all().delete()
    assert [(r.value, r.now) for r in share_story.story(shares["564"].id, language="fi").use] == [(60, 0)]


def test_a_sum_that_is_not_shared_by_use_freezes_none(region: None) -> None:
    settled("564", 60)
    other("1", 1_000, Recipe((Part(Key.EQUAL),)))
    assert not FrozenUse.objects.exists()


def test_one_that_joins_in_october_is_charged_for_three_months_by_the_decision(region: None) -> None:
    Membership.objects.filter(municipality__code="148").update(valid_from=date(2022, 10, 1))
    basis = queries.Basis(DAY, date(2022, 1, 1), rate=Decimal("0.75"))
    assert "148" not in {s.code for s in queries.plan(basis).shares}
    services.decide_months(by=BY, resolution=said("9"), year=2022, municipality="148", months=3, now=NOW)
    joined = next(s for s in queries.plan(basis).shares if s.code == "148")
    residents = members.population(DAY)["148"]
    assert joined.months == 3
    assert joined.amount.value == (2 * residents * 75 * 3 + 12) // 24
    with pytest.raises(BadMonths):
        services.decide_months(by=BY, resolution=said("9"), year=2022, municipality="148", months=13, now=NOW)


def test_one_that_leaves_before_the_year_can_be_charged_for_no_month(region: None) -> None:
    services.decide_months(by=BY, resolution=said("9"), year=2022, municipality="148", months=0, now=NOW)
    basis = queries.Basis(DAY, date(2022, 1, 1), rate=Decimal("0.75"))
    assert len(queries.plan(basis).shares) == 58


def test_an_advance_and_the_whole_are_calculations_of_one_levy(region: None) -> None:
    resolution = said("1")
    services.decide_rate(
        by=BY,
        resolution=resolution,
        cost_class=CostClass.CONTENT,
        rate=Decimal("0.75"),
        valid_from=date(2022, 1, 1),
        now=NOW,
    )

    def levied(months: int, stage: Stage) -> queries.RevisionRow:
        made = services.levy(
            by=BY,
            year=2022,
            cost_class=CostClass.CONTENT,
            reference_date=DAY,
            months=months,
            stage=stage,
            now=NOW,
        )
        return queries.revision(made)

    half, whole = levied(6, Stage.ADVANCE), levied(12, Stage.ADVANCE)
    assert (half.levy_id, half.number, whole.number) == (whole.levy_id, 1, 2)
    assert whole.total == Cents(49_661_925)
    assert levied(12, Stage.ADVANCE).id == whole.id  # asked twice: the same
    settled = services.levy_amount(
        by=BY,
        resolution=said("2"),
        year=2022,
        cost_class=CostClass.CONTENT,
        amount=Cents(48_000_000),
        reference_date=DAY,
        stage=Stage.SETTLEMENT,
        now=NOW,
    )
    row = queries.revision(settled)
    assert (row.levy_id, row.number, row.stage, row.total) == (
        whole.levy_id,
        3,
        Stage.SETTLEMENT,
        Cents(48_000_000),
    )


def test_a_recipe_is_read_back_as_it_was_given(kimppas: None) -> None:
    recipe = Recipe(
        (Part(Key.EQUAL, 40), Part(Key.POPULATION, 60)),
        flat=Cents(1_000),
        least=Cents(2_000),
        greatest=Cents(90_000),
        kimppas=("kakkonen",),
        municipalities=("148",),
    )
    made = other("1", 100_000, recipe)
    assert queries.revision(made).recipe == recipe
    assert other("1", 100_000, recipe) == made
