"""Bank statements are read whatever version and side; what is no statement is said."""

from __future__ import annotations

from datetime import date

import pytest

from kimppa.foundation.core.money import Cents
from kimppa.foundation.protocols.camt import NotCamt, parse, plain_reference

ENTRY = (
    "<Ntry><Amt Ccy='EUR'>{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts>{status}</Sts>"
    "<BookgDt><Dt>2022-03-01</Dt></BookgDt><AcctSvcrRef>{key}</AcctSvcrRef><NtryDtls><TxDtls>"
    "<RltdPties><Dbtr><Nm>Alavieska</Nm></Dbtr></RltdPties><RmtInf><Strd><CdtrRefInf><Ref>{reference}</Ref>"
    "</CdtrRefInf></Strd></RmtInf></TxDtls></NtryDtls></Ntry>"
)


def entry(amount="1887.75", side="CRDT", status="BOOK", key="A1", reference="1 56400 00015") -> str:
    return ENTRY.format(amount=amount, side=side, status=status, key=key, reference=reference)


def message(entries: str, *, kind="Stmt", version="camt.053.001.02", iban="FI9599999900000560") -> bytes:
    return (
        f"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:{version}'><X><GrpHdr/><{kind}><Id>S1</Id>"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id></Acct>{entries}</{kind}></X></Document>"
    ).encode()


@pytest.mark.parametrize(
    ("kind", "version"),
    [("Stmt", "camt.053.001.02"), ("Stmt", "camt.053.001.08"), ("Ntfctn", "camt.054.001.02")],
)
def test_money_in_is_read_with_its_reference_day_and_payer(kind, version):
    (statement,) = parse(message(entry(), kind=kind, version=version))
    (movement,) = statement.movements
    assert statement.iban == "FI9599999900000560"
    assert movement.amount == Cents(188_775)
    assert (movement.booked_on, movement.reference, movement.payer) == (
        date(2022, 3, 1),
        "15640000015",
        "Alavieska",
    )


def test_money_out_is_negative_and_what_is_not_booked_yet_is_left_out():
    (statement,) = parse(message(entry(side="DBIT") + entry(status="PDNG", key="A2")))
    assert [m.amount for m in statement.movements] == [Cents(-188_775)]


def test_a_newer_version_says_the_status_in_an_element_of_its_own():
    (statement,) = parse(message(entry(status="<Cd>PDNG</Cd>") + entry(status="<Cd>BOOK</Cd>", key="A2")))
    assert [m.key for m in statement.movements] == ["A2"]


def test_a_batch_gives_each_of_its_payments():
    part = (
        "<TxDtls><AmtDtls><TxAmt><Amt Ccy='EUR'>{0}</Amt></TxAmt></AmtDtls><RmtInf><Strd><CdtrRefInf>"
        "<Ref>{1}</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>"
    )
    whole = (
        "<Ntry><Amt Ccy='EUR'>30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><BookgDt><Dt>2022-03-01</Dt></BookgDt>"
        f"<NtryDtls>{part.format('10.00', '2348236')}{part.format('20.00', 'RF332348236')}</NtryDtls></Ntry>"
    )
    (statement,) = parse(message(whole))
    assert [(m.amount.value, m.reference) for m in statement.movements] == [
        (1000, "2348236"),
        (2000, "2348236"),
    ]
    assert len({m.key for m in statement.movements}) == 2


def test_reading_again_gives_the_same_keys():
    raw = message(entry(key="") + entry(key=""))
    assert [m.key for m in parse(raw)[0].movements] == [m.key for m in parse(raw)[0].movements]
    assert len({m.key for m in parse(raw)[0].movements}) == 2


@pytest.mark.parametrize(
    ("said", "plain"),
    [("RF332348236", "2348236"), ("00000234 8236", "2348236"), ("", ""), ("abc 1", "ABC1")],
)
def test_references_are_compared_without_frame_spaces_and_zeros(said, plain):
    assert plain_reference(said) == plain


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not xml",
        b"<Document/>",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><Document xmlns='urn:camt.053'><Stmt/></Document>",
        message(entry(amount="x")),
        message(entry(amount="1.234")),
        message(entry(), iban=""),
        message("<Ntry><CdtDbtInd>CRDT</CdtDbtInd></Ntry>"),
        message(entry()).replace(b"2022-03-01", b"2022-02-30"),
    ],
)
def test_what_is_no_statement_or_cannot_be_true_is_refused(raw):
    with pytest.raises(NotCamt):
        parse(raw)
