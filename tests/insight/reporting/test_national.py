"""The national sheet: fields as data, known values with their sources, and empty ones with a reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.insight.reporting.use_world import NOW, load_use
from tests.north import load_services

from kimppa.commons.usage.models import Measure, Settled
from kimppa.elibrary.catalog.models import Publication
from kimppa.elibrary.holdings.models import License
from kimppa.foundation.accounts.actors import Operator
from kimppa.insight.reporting.national import Answer, Quantity, Why, fields, missing, sheet
from kimppa.insight.reporting.use_year import use_year

pytestmark = pytest.mark.django_db


@pytest.fixture
def used(db: None) -> None:
    load_services(Operator("test"), NOW)
    load_use()


def answers() -> dict[str, Answer]:
    return {one.field.code: one for one in sheet(use_year(2022))}


def test_every_kind_of_collection_is_asked_its_titles_acquisitions_cost_and_use() -> None:
    found = fields(2022)
    groups = {one.code.split("-")[0] for one in found}
    assert groups == {"ebooks", "music", "magazines", "databases", "video"}
    assert len(found) == len(groups) * len(Quantity)
    assert {one.official_code for one in found} == {""}  # nobody has read them off the form yet
    assert all(one.name_fi and one.name_sv and one.name_en for one in found)
    assert fields(2020) == ()


def test_use_and_cost_are_told_with_their_sources_and_open_months(used: None) -> None:
    told = answers()
    assert told["ebooks-use"].value == 104_424
    assert told["ebooks-cost"].value == 13_000_00
    assert told["music-use"].value == 480
    video = told["video-use"]
    assert (video.value, video.whole) == (7_620, False)  # December is open
    assert [(p.slug, p.open_months) for p in video.pieces] == [("viddla", 1)]
    assert told["ebooks-use"].whole


def test_what_nobody_knows_is_empty_with_the_reason(used: None) -> None:
    told = answers()
    assert (told["music-collection"].value, told["music-collection"].pieces[0].why) == (
        None,
        Why.VENDOR_DOES_NOT_TELL,
    )
    assert told["video-cost"].pieces[0].why is Why.NOTHING_BOOKED
    assert told["magazines-use"].pieces == ()
    assert missing(told.values()) > 10


def test_sign_ins_never_answer_for_loans(used: None) -> None:
    Measure.objects.filter(platform="ellibs").update(counted_as="sign-ins")
    told = answers()["ebooks-use"]
    assert (told.value, told.pieces[0].why) == (None, Why.OTHER_MEASURE)


def test_our_own_titles_are_counted_on_the_years_last_day_and_when_first_licensed(used: None) -> None:
    def title(number: int, first: int, last: int | None, kind: str = "ebook") -> None:
        book = Publication.objects.create(
            identifier=f"urn:{number}", title="T", kind=kind, created=NOW, modified=NOW
        )
        ends = datetime(last, 6, 1, tzinfo=UTC) if last else None
        for copy in range(2):
            License.objects.create(
                identifier=f"urn:{number}:{copy}",
                publication=book,
                valid_from=datetime(first, 3, 1, tzinfo=UTC),
                valid_until=ends,
            )

    title(1, 2021, None)
    title(2, 2022, None)
    title(3, 2022, 2022)  # came and went
    title(4, 2023, None)
    title(5, 2022, None, "magazine")
    told = answers()
    own = [p.value for p in told["ebooks-collection"].pieces if not p.slug]
    new = [p.value for p in told["ebooks-acquired"].pieces if not p.slug]
    assert (own, new) == ([2], [2])
    assert told["ebooks-collection"].whole is False  # vendors do not tell theirs


def test_a_year_of_which_months_are_missing_is_not_whole(used: None) -> None:
    assert answers()["ebooks-use"].whole
    Settled.objects.filter(platform="ellibs", month="2022-12-01").delete()
    found = answers()["ebooks-use"]
    assert (found.whole, found.pieces[0].months, found.pieces[0].open_months) == (False, 11, 0)
