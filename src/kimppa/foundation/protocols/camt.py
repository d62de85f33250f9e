"""Bank statements of ISO 20022: camt.053 (statement) and camt.054 (notification), any version. Pure.

What is read: the account, and every booked movement with its amount, day, reference and payer. A batch
entry gives one movement for each of its transactions. Nothing is guessed: what a bank leaves out is empty.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from lxml import etree

from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.money import Cents, decimals
from kimppa.foundation.core.text import clean_line, noop, shorten

CONTAINERS = ("Stmt", "Ntfctn")


class NotCamt(Invalid):
    code = "not-camt"
    sentence = noop(
        "This is not a bank statement in the form camt.053 or camt.054 (%(why)s). Nothing was read."
    )


@dataclass(frozen=True, slots=True)
class Movement:
    """Money in (positive) or out (negative) of the account. `key` is the same when it is read again."""

    key: str
    booked_on: date
    amount: Cents
    currency: str
    reference: str
    payer: str
    text: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One account's movements as one message tells them."""

    identifier: str
    iban: str
    movements: tuple[Movement, ...]


def parse(raw: bytes) -> tuple[Statement, ...]:
    """The statements of a message. Raises NotCamt."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotCamt(why="XML") from error
    if b"<!DOCTYPE" in raw:
        raise NotCamt(why="DOCTYPE")
    found = [node for name in CONTAINERS for node in root.iterfind(f".//{{*}}{name}")]
    if not found or "camt.05" not in (etree.QName(root).namespace or ""):
        raise NotCamt(why=etree.QName(root).localname)
    return tuple(_statement(node) for node in found)


def _statement(node: etree._Element) -> Statement:
    iban = _text(node, "Acct/Id/IBAN").replace(" ", "")
    if not iban:
        raise NotCamt(why="no IBAN")
    movements: list[Movement] = []
    for number, entry in enumerate(node.iterfind("{*}Ntry"), start=1):
        if _status(entry) == "BOOK":
            movements.extend(_movements(entry, iban, number))
    return Statement(_text(node, "Id"), iban, tuple(movements))


def _status(entry: etree._Element) -> str:
    """Older versions write the code itself, newer ones put it into Cd; none means booked."""
    return _text(entry, "Sts/Cd") or _text(entry, "Sts") or "BOOK"


def _movements(entry: etree._Element, iban: str, number: int) -> Iterator[Movement]:
    details = entry.findall("{*}NtryDtls/{*}TxDtls")
    parts = details if len(details) > 1 else [entry]
    for position, part in enumerate(parts, start=1):
        detail = part if part is not entry else (details[0] if details else entry)
        amount, currency = _amount(part, entry)
        booked = _day(entry)
        reference = plain_reference(_text(detail, "RmtInf/Strd/CdtrRefInf/Ref"))
        told = _text(detail, "Refs/AcctSvcrRef") or _text(entry, "AcctSvcrRef")
        key = f"{told}/{position}" if told and len(parts) > 1 else told
        fallback = f"{iban}|{booked}|{amount.value}|{reference}|{number}|{position}"
        yield Movement(
            key=key or hashlib.sha256(fallback.encode()).hexdigest()[:32],
            booked_on=booked,
            amount=amount,
            currency=currency,
            reference=reference,
            payer=_text(detail, "RltdPties/Dbtr/Nm") or _text(detail, "RltdPties/Dbtr/Pty/Nm"),
            text=_text(detail, "RmtInf/Ustrd"),
        )


def plain_reference(text: str) -> str:
    """A Finnish reference without spaces, leading zeros and the RF frame: `RF332348236` → `2348236`."""
    bare = "".join(text.split()).upper()
    if bare.startswith("RF") and len(bare) > 4 and bare[4:].isdigit():
        bare = bare[4:]
    return bare.lstrip("0") if bare.isdigit() else bare[:35]


def _amount(part: etree._Element, entry: etree._Element) -> tuple[Cents, str]:
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        found = part.find("/".join(f"{{*}}{step}" for step in path.split("/")))
        if found is not None:
            break
    else:
        raise NotCamt(why="an entry without an amount")
    try:
        value = Decimal((found.text or "").strip())
    except InvalidOperation as error:
        raise NotCamt(why="an amount that is no number") from error
    if not value.is_finite() or decimals(value) > 2 or value < 0 or value >= Decimal("1e13"):
        raise NotCamt(why="an amount that cannot be")
    side = _text(part, "CdtDbtInd") or _text(entry, "CdtDbtInd")
    cents = Cents(int(value.scaleb(2)))
    return (cents if side == "CRDT" else -cents), found.get("Ccy", "EUR")


def _day(entry: etree._Element) -> date:
    for path in ("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"):
        said = _text(entry, path)
        if said:
            try:
                return datetime.fromisoformat(said).date()
            except ValueError as error:
                raise NotCamt(why=f"the day {shorten(said, 20)}") from error
    raise NotCamt(why="an entry without a day")


def _text(node: etree._Element, path: str) -> str:
    found = node.find("/".join(f"{{*}}{step}" for step in path.split("/")))
    return shorten(clean_line(found.text or ""), 140) if found is not None else ""
