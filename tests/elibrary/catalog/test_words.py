"""Finnish words meet in all their forms; other languages by their own stems; names either way round."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kimppa.elibrary.catalog.terms import document_terms, wishes
from kimppa.elibrary.catalog.words import ask_dictionary, folded, joined, normal, words


def meets(query: str, text: str, language: str = "fi") -> bool:
    terms = set(document_terms(text, language, ask_dictionary))
    return all(wish.met_by(terms) for wish in wishes(query, ask_dictionary))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("satu", "Kreikkalaisia satuja"),
        ("sadut", "Satu kuninkaasta"),
        ("kirjastossa", "Kirjastojen historia"),
        ("veljekset", "Seitsemän veljestä"),
        ("yö", "Tuhannen ja yhden yön tarinoita"),
        ("öitä", "Yö"),
        ("kirja", "Joulukirja"),
        ("loppu", "Maailmanloppu"),
        ("vanhoja lauluja", "Suomen kansan wanhoja lauluja ja wirsiä"),
        ("wanha", "Vanhat laulut"),
        ("Kalevalan", "Kalevala"),
        ("ekirja", "E-kirjan opas"),
        ("e-kirja", "E-kirjat"),
    ],
)
def test_a_finnish_word_finds_its_other_forms_and_the_compounds_it_is_in(query, text):
    assert meets(query, text)


@pytest.mark.parametrize(
    ("query", "text"), [("kuusi", "Kuusto"), ("sata", "Satu"), ("talli", "Tälli"), ("lasi", "Lasten laulut")]
)
def test_words_that_only_look_alike_do_not_meet(query, text):
    assert not meets(query, text)


@pytest.mark.parametrize(
    ("query", "text", "language"),
    [
        ("flicka", "En berättelse om flickor", "sv"),
        ("story", "Stories of the North", "en"),
        ("märchen", "Märchen und Sagen", "de"),
    ],
)
def test_other_languages_meet_by_their_own_stems(query, text, language):
    assert meets(query, text, language)


def test_a_stem_of_one_language_does_not_meet_that_of_another():
    assert "sv:flick" in document_terms("flickor", "sv", ask_dictionary)
    assert not set(document_terms("flickor", "sv", ask_dictionary)) & {"en:flickor", "fi:flickor"}


def test_the_letters_of_the_north_stay_and_other_accents_are_folded():
    assert normal("Ääniä Ŋuo Šiella café Čáhci") == "ääniä ŋuo šiella cafe čahci"
    assert folded("ääniäšđw") == "aaniasdv"


def test_hyphens_and_apostrophes_part_words_and_the_joined_word_is_kept_too():
    assert words("e-kirja, raa’at") == ["e", "kirja", "raa", "at"]
    assert joined("e-kirja") == ["ekirja"]


def test_a_word_of_ten_thousand_letters_is_cut_and_breaks_nothing():
    assert len(words("a" * 10_000)[0]) == 60
    assert wishes("a" * 10_000, ask_dictionary)


def test_idle_words_are_asked_for_only_when_there_is_nothing_else():
    assert [w.idle for w in wishes("sota ja rauha", ask_dictionary)] == [False, True, False]
    assert [w.idle for w in wishes("ja", ask_dictionary)] == [False]


def test_without_the_dictionary_stems_take_its_place_and_the_index_says_so():
    code = (
        "import sys; sys.modules['pyvoikko'] = None\n"
        "from kimppa.elibrary.catalog.terms import document_terms, wishes\n"
        "from kimppa.elibrary.catalog.words import analyser_id, ask_dictionary, has_dictionary\n"
        "assert not has_dictionary() and analyser_id().startswith('snowball-')\n"
        "terms = set(document_terms('Kirjastojen historia', 'fi', ask_dictionary))\n"
        "assert all(w.met_by(terms) for w in wishes('kirjastossa', ask_dictionary))\n"
        "assert not all(w.met_by(terms) for w in wishes('sadut', ask_dictionary))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
