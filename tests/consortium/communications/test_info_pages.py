"""Pages of information in six languages: written by staff, read by residents where published."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from kimppa.consortium.communications import pages
from kimppa.consortium.communications.pages import Block, Language
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.core import secrets

pytestmark = pytest.mark.django_db
BY, NOW = Operator("test"), datetime(2022, 11, 15, 10, tzinfo=UTC)


def save(language: Language, title: str, *, published: bool = True, slug: str = "saamelaiset") -> None:
    text = "# Otsikko\nKappale <b>kaksi</b>\n\n- yksi\n- kaksi"
    pages.save_page(by=BY, slug=slug, language=language, title=title, text=text, published=published, now=NOW)


def test_a_text_is_headings_lists_and_paragraphs_and_never_markup():
    made = pages.blocks("# Otsikko\nKappale <b>kaksi</b>\nja vielä\n\n\n- yksi\n- kaksi\n\n  ")
    assert made == (
        Block("heading", ("Otsikko",)),
        Block("paragraph", ("Kappale <b>kaksi</b> ja vielä",)),
        Block("list", ("yksi", "kaksi")),
    )


def test_a_page_is_read_in_the_language_asked_for_with_its_own_lang_and_drafts_are_not():
    secrets.create_missing()
    save(Language.FI, "Saamelaisille")
    save(Language.SMN, "Koe", published=False)
    client = Client()
    assert b'lang="smn"' not in client.get("/fi/info/saamelaiset/").content
    save(Language.SMN, "Koe")
    answer = client.get("/fi/info/saamelaiset/?in=smn").content.decode()
    assert '<article class="prose" lang="smn">' in answer
    assert "<b>" not in answer
    assert "&lt;b&gt;kaksi" in answer
    assert client.get("/sv/info/saamelaiset/").status_code == 200
    helped = client.get("/fi/help/").content.decode()
    assert helped.count('href="/fi/info/saamelaiset/"') == 1
    assert 'lang="fi">Saamelaisille</a>' in helped
    assert client.get("/fi/info/nothing/").status_code == 404


@pytest.mark.parametrize(
    ("slug", "title", "text"), [("Ä", "T", "x"), ("a", "", "x"), ("a", "T", " "), ("a", "T", "x" * 20_001)]
)
def test_a_page_without_what_it_needs_is_refused(slug, title, text):
    with pytest.raises(pages.BadPage):
        pages.save_page(
            by=BY, slug=slug, language=Language.FI, title=title, text=text, published=True, now=NOW
        )
    assert pages.every_page() == ()
