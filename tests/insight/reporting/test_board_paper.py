"""The directors' paper: plain sentences, the same in three languages; an accessible PDF made fast enough."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from io import BytesIO

import pikepdf
import pytest
from pypdf import PdfReader
from tests.insight.reporting.use_world import NOW, load_use
from tests.north import load_services

from kimppa.commons.usage.models import Settled
from kimppa.foundation.accounts.actors import Operator
from kimppa.insight.reporting import board_pdf
from kimppa.insight.reporting.board_paper import BoardPaper, board_paper
from kimppa.insight.reporting.board_sections import sections
from kimppa.insight.reporting.board_words import EN, FI, SV

pytestmark = pytest.mark.django_db
ON = date(2023, 1, 20)


@pytest.fixture
def paper(db: None) -> BoardPaper:
    load_services(Operator("test"), NOW)
    load_use()
    return board_paper(2022, on=ON)


def test_the_paper_says_what_was_used_what_it_cost_and_what_is_uncertain(paper: BoardPaper) -> None:
    told = {one.heading: " ".join(one.sentences) for one in sections(paper, "en")}
    assert "Services used in 2022: 3." in told[EN.short]
    assert "The members have 663,352 residents (31.12.2021)." in told[EN.short]
    assert "Costs of €13,000.00 were booked" in told[EN.short]
    assert "Cost not known: Naxos Music Library, Viddla." in told[EN.short]
    assert "Another €2,400.00 was booked" in told[EN.short]
    assert "Ellibs: 104,424 loans" in told[EN.services]
    assert "One use cost 0.12 €." in told[EN.services]
    assert "Viddla: 7,620 plays, as much as in the same 11 months" in told[EN.services]
    assert "Viddla: open months 1" in told[EN.uncertain]
    assert "Viddla: 100.0 % of the municipalities' figures are estimates" in told[EN.uncertain]
    assert "Naxos Music Library: its use is not known by municipality at all." in told[EN.uncertain]
    assert "Left out, because more than a tenth is an estimate: Viddla." in told[EN.equality]
    assert "by measured use" in told[EN.equality]
    assert "Ellibs: from 01/2022 on the level is" in told[EN.changed]


def test_the_three_languages_tell_the_same_rows_and_as_many_sentences(paper: BoardPaper) -> None:
    made = [sections(paper, language) for language in ("fi", "sv", "en")]
    for others in zip(*made, strict=True):
        assert len({len(one.sentences) for one in others}) == 1
        assert len({len(one.rows) for one in others}) == 1
    assert FI.interests.keys() == SV.interests.keys() == EN.interests.keys()


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_document_is_tagged_titled_and_holds_its_charts_in_words(
    paper: BoardPaper, language: str
) -> None:
    start = time.perf_counter()
    made = board_pdf.pdf(paper, language)
    assert time.perf_counter() - start < 5
    with pikepdf.open(BytesIO(made)) as file:
        assert bool(file.Root.MarkInfo.Marked)
        assert str(file.Root.Lang).startswith(language)
        xmp = file.open_metadata()
        assert xmp["pdfuaid:part"] == "1"
        texts = alternatives(file.Root.StructTreeRoot)
    assert len(texts) == 2
    assert any("Utsjoki" in one and "Kuusamo" in one for one in texts)
    assert any("Ellibs 0" in one for one in texts)
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(made)).pages)
    assert "Ellibs" in text
    assert board_pdf.pdf(paper, language) == made


def alternatives(node: pikepdf.Object) -> list[str]:
    """The words of every drawing among the document's tags."""
    found = []
    if isinstance(node, pikepdf.Array):
        for one in node:
            found += alternatives(one)
    elif isinstance(node, pikepdf.Dictionary):
        if "/Alt" in node:
            found.append(str(node.Alt))
        if "/K" in node:
            found += alternatives(node.K)
    return found


def test_a_year_without_use_says_so_and_nothing_else(paper: BoardPaper) -> None:
    empty = board_paper(2018, on=ON)
    (only,) = sections(empty, "en")
    assert only.sentences == ("Nothing is known of the use of 2018 yet.",)
    assert board_pdf.pdf(empty, "en").startswith(b"%PDF")


def test_nothing_is_said_of_changes_that_could_not_be_sought_nor_of_other_services_equality(
    paper: BoardPaper,
) -> None:
    young = replace(paper, changed=(), too_short=3, long_enough=0, equality_before=None)
    told = {one.heading: " ".join(one.sentences) for one in sections(young, "en")}
    assert EN.no_change not in told[EN.changed]
    assert "services so new: 3." in told[EN.changed]
    assert "In 2021 it was" not in told[EN.equality]
    older = replace(young, long_enough=1)
    assert EN.no_change in {one.heading: one.sentences for one in sections(older, "en")}[EN.changed]


def test_equality_of_the_year_before_is_told_only_of_the_same_services(paper: BoardPaper) -> None:
    assert paper.equality.spanned == ("ellibs",)
    assert paper.equality_before is None or paper.equality_before.spanned == ("ellibs",)
    Settled.objects.filter(platform="ellibs", month__year=2021).delete()
    assert board_paper(2022, on=ON).equality_before is None
