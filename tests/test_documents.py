"""What the documents promise is there: links lead somewhere, commands exist, pictures are in the tree."""

from __future__ import annotations

import re

import pytest
from django.core.management import get_commands
from tests.needs import ROOT

OWN = {"run", "serve", "demo", "test", "check", "bench", "backup", "restore", "help"}
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_of_a_document_leads_to_a_file(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_command_that_a_document_names_exists(page):
    known = OWN | set(get_commands())
    for name in re.findall(r"\./kimppa ([a-z_]+)", page.read_text(encoding="utf-8")):
        assert name in known, f"{page.name}: ./kimppa {name}"


def test_the_glossary_has_every_word_in_three_languages():
    rows = [line.split("|") for line in (ROOT / "docs/glossary.md").read_text("utf-8").splitlines()[6:]]
    for row in rows:
        assert all(cell.strip() for cell in row[1:4]), row
