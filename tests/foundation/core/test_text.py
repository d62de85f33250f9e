"""Text from outside is made fit to show, and nothing else of it is changed."""

from __future__ import annotations

from kimppa.foundation.core.text import clean_line, clean_text, in_language, shorten


def test_a_line_loses_control_characters_and_double_spaces():
    assert clean_line("  Oulu\x00\n  kaupunki\u202e ") == "Oulu kaupunki"


def test_a_text_keeps_its_lines_but_nothing_that_turns_the_page_around():
    assert clean_text("Yksi\r\n\u202ekaksi\x07 \n\n\tkolme\n") == "Yksi\nkaksi\n\n\tkolme"


def test_a_composed_and_a_decomposed_letter_are_one():
    assert clean_text("a\u0308iti") == clean_line("a\u0308iti") == "äiti"


def test_finnish_stands_in_for_a_language_that_is_empty():
    assert in_language("sv", fi="Oulu", sv="") == "Oulu"
    assert in_language("sv-FI", fi="Oulu", sv="Uleåborg") == "Uleåborg"


def test_what_is_cut_is_shown():
    assert shorten("Savukoski", 5) == "Savu…"
    assert shorten("Savu", 5) == "Savu"
