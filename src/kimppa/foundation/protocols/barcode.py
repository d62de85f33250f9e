"""The virtual bar code of Finnish invoices, versions 4 (national reference) and 5 (RF). Pure.

54 digits: version, 16 of the IBAN, euros 6, cents 2, then for v4 `000` and the reference in 20, for v5 the
RF check digits and the reference in 21, and the due date YYMMDD. An amount that does not fit is zeros.
"""

from __future__ import annotations

from datetime import date

from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import noop
from kimppa.foundation.protocols.reference import BadReference, is_finnish

LARGEST = Cents(99_999_999)


class NoBarcode(Invalid):
    code = "no-barcode"
    sentence = noop("A bar code needs a Finnish account number, FI and 16 digits; “%(value)s” is none.")


def version_4(*, iban: str, amount: Cents, reference: str, due: date | None) -> str:
    """For a Finnish reference. `due` None: zeros. Raises NoBarcode, BadReference."""
    bare = _reference(reference)
    return f"4{_account(iban)}{_amount(amount)}000{bare.zfill(20)}{_due(due)}"


def version_5(*, iban: str, amount: Cents, reference: str, due: date | None) -> str:
    """For a reference in RF form. Raises NoBarcode, BadReference."""
    bare = reference.replace(" ", "")
    if not bare.startswith("RF") or not bare[2:4].isdigit():
        raise BadReference(value=reference[:40])
    return f"5{_account(iban)}{_amount(amount)}{bare[2:4]}{_reference(bare[4:]).zfill(21)}{_due(due)}"


def _account(iban: str) -> str:
    bare = iban.replace(" ", "")
    if len(bare) != 18 or not bare.startswith("FI") or not (bare[2:].isascii() and bare[2:].isdigit()):
        raise NoBarcode(value=iban[:40])
    return bare[2:]


def _amount(amount: Cents) -> str:
    return f"{amount.value:08d}" if Cents(0) <= amount <= LARGEST else "0" * 8


def _reference(reference: str) -> str:
    if not is_finnish(reference):
        raise BadReference(value=reference[:40])
    return reference.replace(" ", "").lstrip("0")


def _due(due: date | None) -> str:
    return due.strftime("%y%m%d") if due else "000000"
