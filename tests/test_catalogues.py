"""Finnish, Swedish and English are complete, and the compiled catalogues are those of the sources."""

from __future__ import annotations

import ast
import gettext
import re
from pathlib import Path

import pytest
from tests.needs import ROOT

LANGUAGES = ("fi", "sv", "en")
MARKS = {
    *("noop", "_", "gettext", "gettext_lazy", "gettext_noop"),
    *("ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"),
}


def folder(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES"


def entries(language: str) -> dict[str, list[str]]:
    """msgid → its translations, of a source catalogue."""
    found: dict[str, list[str]] = {}
    text = (folder(language) / "django.po").read_text("utf-8")
    for block in text.split("\n\n"):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            match = re.match(r'(msgid_plural|msgid|msgstr(?:\[\d\])?|msgctxt) (".*")$', line)
            if match:
                name = match.group(1)
                fields[name] = ast.literal_eval(match.group(2))
            elif line.startswith('"') and name:
                fields[name] += ast.literal_eval(line)
        if fields.get("msgid"):
            found[fields["msgid"]] = [value for key, value in fields.items() if key.startswith("msgstr")]
    return found


def compiled(language: str) -> gettext.GNUTranslations:
    with (folder(language) / "django.mo").open("rb") as handle:
        return gettext.GNUTranslations(handle)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated(language: str) -> None:
    assert [msgid for msgid, said in entries(language).items() if not all(said)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_the_source(language: str) -> None:
    catalogue = compiled(language)
    differ = [
        msgid
        for msgid, said in entries(language).items()
        if len(said) == 1 and catalogue.gettext(msgid) != said[0]
    ]
    assert differ == []


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_every_place_for_a_value_is_kept(language: str) -> None:
    places = re.compile(r"%\(\w+\)[sd]")
    differ = [
        msgid
        for msgid, said in entries(language).items()
        if len(said) == 1 and set(places.findall(msgid)) != set(places.findall(said[0]))
    ]
    assert differ == []


def test_every_marked_sentence_of_the_source_is_in_the_catalogues() -> None:
    known = set(entries("fi"))
    absent = []
    for path in sorted((ROOT / "src" / "kimppa").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.func, ast.Name):
                first = node.args[1 if node.func.id.startswith("pgettext") and len(node.args) > 1 else 0]
                if node.func.id in MARKS and isinstance(first, ast.Constant) and first.value not in known:
                    absent.append(f"{path.relative_to(ROOT)}:{node.lineno} {first.value}")
    assert absent == []
