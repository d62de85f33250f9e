"""Terms of agreements as typed values: their kinds, and reading and showing their values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from kimppa.consortium.agreements.rules import BadTerm, CostClass
from kimppa.consortium.agreements.vat import VAT_CONTENT_NAMES, VatContent
from kimppa.foundation.core.errors import KimppaError
from kimppa.foundation.core.money import parse_cents
from kimppa.foundation.core.text import clean_line, noop


class TermKind(StrEnum):
    NOTICE_MONTHS = "notice-months"
    RENEWAL_MONTHS = "renewal-months"
    OPTIONS = "options"
    OPTION_MONTHS = "option-months"
    OPTION_NOTICE_MONTHS = "option-notice-months"
    YEARLY_VALUE = "yearly-value"
    ONE_OFF_VALUE = "one-off-value"
    BILLING = "billing"
    REFERENCE_DATE = "reference-date"
    SERVICE_LEVEL = "service-level"
    PERSONAL_DATA = "personal-data"
    GOVERNING_LAW = "governing-law"
    VAT_CONTENT = "vat-content"
    VAT_MAINTENANCE = "vat-maintenance"
    VAT_OTHER = "vat-other"


class Shape(StrEnum):
    """What a term's value is."""

    MONTHS = "months"
    COUNT = "count"
    MONEY = "money"
    PERCENT = "percent"
    YES_NO = "yes-no"
    TEXT = "text"
    VAT = "vat"


SHAPES: dict[TermKind, Shape] = {
    TermKind.NOTICE_MONTHS: Shape.MONTHS,
    TermKind.RENEWAL_MONTHS: Shape.MONTHS,
    TermKind.OPTIONS: Shape.COUNT,
    TermKind.OPTION_MONTHS: Shape.MONTHS,
    TermKind.OPTION_NOTICE_MONTHS: Shape.MONTHS,
    TermKind.YEARLY_VALUE: Shape.MONEY,
    TermKind.ONE_OFF_VALUE: Shape.MONEY,
    TermKind.BILLING: Shape.TEXT,
    TermKind.REFERENCE_DATE: Shape.TEXT,
    TermKind.SERVICE_LEVEL: Shape.PERCENT,
    TermKind.PERSONAL_DATA: Shape.YES_NO,
    TermKind.GOVERNING_LAW: Shape.TEXT,
    TermKind.VAT_CONTENT: Shape.VAT,
    TermKind.VAT_MAINTENANCE: Shape.VAT,
    TermKind.VAT_OTHER: Shape.VAT,
}
TERM_NAMES: dict[TermKind, str] = {
    TermKind.NOTICE_MONTHS: noop("Notice, months"),
    TermKind.RENEWAL_MONTHS: noop("Renews by itself, months at a time"),
    TermKind.OPTIONS: noop("Options, how many"),
    TermKind.OPTION_MONTHS: noop("Length of an option, months"),
    TermKind.OPTION_NOTICE_MONTHS: noop("Option to be used before the end, months"),
    TermKind.YEARLY_VALUE: noop("Value a year without VAT, €"),
    TermKind.ONE_OFF_VALUE: noop("One-off value without VAT, €"),
    TermKind.BILLING: noop("When it is billed"),
    TermKind.REFERENCE_DATE: noop("Day of the populations"),
    TermKind.SERVICE_LEVEL: noop("Service level, per cent of the time"),
    TermKind.PERSONAL_DATA: noop("Handles personal data (yes or no)"),
    TermKind.GOVERNING_LAW: noop("Law and court"),
    TermKind.VAT_CONTENT: noop("VAT on shares: content and platforms"),
    TermKind.VAT_MAINTENANCE: noop("VAT on shares: maintenance"),
    TermKind.VAT_OTHER: noop("VAT on shares: other costs"),
}
# How the shares of a cost class stand to VAT: a word of the agreement, with dates of its own.
SHARE_VAT: dict[CostClass, TermKind] = {
    CostClass.CONTENT: TermKind.VAT_CONTENT,
    CostClass.MAINTENANCE: TermKind.VAT_MAINTENANCE,
    CostClass.OTHER: TermKind.VAT_OTHER,
}
OUTSIDE_SCOPE = "outside-scope"
SHARE_VAT_NAMES: dict[str, str] = {
    OUTSIDE_SCOPE: noop("Outside the scope of VAT"),
    VatContent.GENERAL.value: noop("General rate"),
    **{one.value: VAT_CONTENT_NAMES[one] for one in VatContent if one is not VatContent.GENERAL},
}
MOST_MONTHS = 600
MOST_OPTIONS = 20
YES = {"yes", "kyllä", "ja", "joo"}
NO = {"no", "ei", "nej"}


@dataclass(frozen=True, slots=True)
class TermValue:
    """One of the three holds the value: months, counts and hundredths of a per cent in `number`."""

    number: int | None = None
    cents: int | None = None
    word: str = ""


def parse(kind: TermKind, text: str) -> TermValue:
    """What a person wrote as a value of that kind. Raises BadTerm."""
    bare = clean_line(text)
    match SHAPES[kind]:
        case Shape.MONTHS:
            return TermValue(number=_whole(bare, MOST_MONTHS))
        case Shape.COUNT:
            return TermValue(number=_whole(bare, MOST_OPTIONS))
        case Shape.MONEY:
            return TermValue(cents=_cents(bare))
        case Shape.PERCENT:
            return TermValue(number=_hundredths(bare))
        case Shape.YES_NO:
            return TermValue(word=_yes_no(bare))
        case Shape.VAT:
            if bare not in SHARE_VAT_NAMES:
                raise BadTerm(value=bare[:60])
            return TermValue(word=bare)
        case Shape.TEXT:
            if not bare or len(bare) > 300:
                raise BadTerm(value=bare[:60])
            return TermValue(word=bare)


def _whole(text: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 6) or not 0 < int(text) <= most:
        raise BadTerm(value=text[:60])
    return int(text)


def _cents(text: str) -> int:
    try:
        amount = parse_cents(text.removesuffix("€").strip()).value
    except KimppaError as error:
        raise BadTerm(value=text[:60]) from error
    if amount < 0:
        raise BadTerm(value=text[:60])
    return amount


def _hundredths(text: str) -> int:
    try:
        value = Decimal(text.removesuffix("%").strip().replace(",", "."))
    except InvalidOperation as error:
        raise BadTerm(value=text[:60]) from error
    hundredths = value * 100
    if not value.is_finite() or not 0 < value <= 100 or hundredths != int(hundredths):
        raise BadTerm(value=text[:60])
    return int(hundredths)


def _yes_no(text: str) -> str:
    said = text.casefold()
    if said in YES:
        return "yes"
    if said in NO:
        return "no"
    raise BadTerm(value=text[:60])
