"""Bank references and the virtual bar code, against published vectors and python-stdnum."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso11649

from kimppa.foundation.core.money import Cents
from kimppa.foundation.protocols import barcode
from kimppa.foundation.protocols.reference import BadReference, finnish, is_finnish, printed, rf

IBAN = "FI37 1590 3000 0007 76"


def test_known_references_get_their_check_digits() -> None:
    assert finnish("234823") == "2348236"
    assert finnish("1111") == "11112"
    assert rf("2348236") == "RF332348236"


@given(st.integers(100, 10**19 - 1))
def test_every_reference_is_its_own_proof_in_both_forms(number: int) -> None:
    reference = finnish(str(number))
    assert is_finnish(reference)
    assert iso11649.is_valid(rf(reference))


@given(st.integers(100, 10**19 - 1), st.data())
def test_one_wrong_digit_is_always_noticed(number: int, data: st.DataObject) -> None:
    reference = finnish(str(number))
    place = data.draw(st.integers(0, len(reference) - 1))
    wrong = data.draw(st.sampled_from([d for d in "123456789" if d != reference[place]]))
    assert not is_finnish(reference[:place] + wrong + reference[place + 1 :])


@pytest.mark.parametrize("base", ["", "12", "0123", "1" * 20, "12a4", "１２３４", "-123"])
def test_what_is_no_base_number_is_refused(base: str) -> None:
    with pytest.raises(BadReference):
        finnish(base)


def test_references_are_printed_in_groups() -> None:
    assert printed("2348236") == "23 48236"
    assert printed("1234512345") == "12345 12345"
    assert printed("RF332348236") == "RF33 2348 236"


def test_version_4_of_the_bar_code_is_the_published_one() -> None:
    code = barcode.version_4(iban=IBAN, amount=Cents(1225), reference="11112", due=date(2016, 12, 21))
    assert code == "437159030000007760000122500000000000000000011112161221"
    assert len(code) == 54


def test_version_5_of_the_bar_code_is_the_published_one() -> None:
    code = barcode.version_5(iban=IBAN, amount=Cents(110), reference=rf("11112"), due=date(2017, 1, 1))
    assert code == "537159030000007760000011098000000000000000011112170101"


def test_an_amount_that_does_not_fit_is_zeros() -> None:
    code = barcode.version_4(iban=IBAN, amount=Cents(100_000_000), reference="11112", due=None)
    assert code[17:25] == "00000000"
    assert code[-6:] == "000000"
    largest = barcode.version_4(iban=IBAN, amount=Cents(99_999_999), reference="11112", due=None)
    assert largest[17:25] == "99999999"


def test_a_foreign_account_or_a_wrong_reference_has_no_bar_code() -> None:
    with pytest.raises(barcode.NoBarcode, match="SE35"):
        barcode.version_4(iban="SE3550000000054910000003", amount=Cents(1), reference="11112", due=None)
    with pytest.raises(BadReference):
        barcode.version_4(iban=IBAN, amount=Cents(1), reference="11113", due=None)
    with pytest.raises(BadReference):
        barcode.version_5(iban=IBAN, amount=Cents(1), reference="11112", due=None)
