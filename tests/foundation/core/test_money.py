"""Amounts and rates as people write them."""

from __future__ import annotations

import pytest

from kimppa.foundation.core.money import BadAmount, BadRate, Cents, parse_cents, parse_rate


@pytest.mark.parametrize("text", ["1e5", "٣", "0x10", "", "-", ".", "1,2,3", "1_000", "nan", "inf", "1" * 31])
def test_what_people_do_not_write_as_a_number_is_none(text: str) -> None:
    with pytest.raises(BadAmount):
        parse_cents(text)
    with pytest.raises(BadRate):
        parse_rate(text)


def test_a_number_may_begin_or_end_with_its_comma() -> None:
    assert parse_cents(",5") == Cents(50)
    assert parse_cents("+5,") == Cents(500)
