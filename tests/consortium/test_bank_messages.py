"""Bank messages that a library not ours wrote (pyiso20022) are read and put on invoices to the cent."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyiso20022.camt.camt_053_001_08 import camt_053_001_08 as statement
from pyiso20022.camt.camt_054_001_08 import camt_054_001_08 as notice
from tests.consortium.conftest import BY
from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.models.datatype import XmlDate, XmlDateTime

from kimppa.consortium.invoicing import bank_queries, queries, statements
from kimppa.consortium.invoicing.models import Invoice, Payment
from kimppa.consortium.invoicing.rules import InvoiceState
from kimppa.foundation.core.money import Cents
from kimppa.foundation.protocols import camt
from kimppa.foundation.protocols.reference import finnish

NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)
DAY = date(2022, 3, 1)
IBAN = "FI9599999900000560"
PAYERS = ("Kunta", "Åbo", "Ä & Ö")
Item = tuple[int, str, str]


def transaction(m: ModuleType, cents: int, reference: str, payer: str) -> object:
    structured = m.StructuredRemittanceInformation16(
        cdtr_ref_inf=m.CreditorReferenceInformation2(ref=reference)
    )
    party = m.PartyIdentification135(nm=payer)
    return m.EntryTransaction10(
        amt=m.ActiveOrHistoricCurrencyAndAmount(value=Decimal(cents).scaleb(-2), ccy="EUR"),
        cdt_dbt_ind=m.CreditDebitCode.CRDT,
        rltd_pties=m.TransactionParties6(dbtr=m.Party40Choice(pty=party)),
        rmt_inf=m.RemittanceInformation16(strd=[structured] if reference else []),
    )


def entry(m: ModuleType, key: str, items: list[Item], *, out: bool = False) -> object:
    whole = sum(cents for cents, _, _ in items)
    return m.ReportEntry10(
        amt=m.ActiveOrHistoricCurrencyAndAmount(value=Decimal(whole).scaleb(-2), ccy="EUR"),
        cdt_dbt_ind=m.CreditDebitCode.DBIT if out else m.CreditDebitCode.CRDT,
        sts=m.EntryStatus1Choice(cd="BOOK"),
        bookg_dt=m.DateAndDateTime2Choice(dt=XmlDate.from_date(DAY)),
        acct_svcr_ref=key,
        bk_tx_cd=m.BankTransactionCodeStructure4(),
        ntry_dtls=[m.EntryDetails9(tx_dtls=[transaction(m, *item) for item in items])],
    )


def parts(m: ModuleType, identifier: str, entries: list[object], iban: str) -> dict[str, object]:
    return {
        "id": identifier,
        "cre_dt_tm": XmlDateTime(2022, 3, 1, 18, 0, 0),
        "acct": m.CashAccount39(id=m.AccountIdentification4Choice(iban=iban)),
        "ntry": entries,
    }


def camt053(entries: list[object], iban: str = IBAN) -> bytes:
    m = statement
    head = m.GroupHeader81(msg_id="M1", cre_dt_tm=XmlDateTime(2022, 3, 1, 18, 0, 0))
    body = m.BankToCustomerStatementV08(
        grp_hdr=head, stmt=[m.AccountStatement9(**parts(m, "S1", entries, iban))]
    )
    return XmlSerializer().render(m.Document(bk_to_cstmr_stmt=body)).encode()


def camt054(entries: list[object], iban: str = IBAN) -> bytes:
    m = notice
    head = m.GroupHeader81(msg_id="M2", cre_dt_tm=XmlDateTime(2022, 3, 1, 18, 0, 0))
    body = m.BankToCustomerDebitCreditNotificationV08(
        grp_hdr=head, ntfctn=[m.AccountNotification17(**parts(m, "N1", entries, iban))]
    )
    return XmlSerializer().render(m.Document(bk_to_cstmr_dbt_cdt_ntfctn=body)).encode()


@settings(max_examples=40)
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.integers(1, 10**11), st.integers(100, 10**12), st.sampled_from(["Kunta", "Åbo", "Ä & Ö"])
            ),
            min_size=1,
            max_size=3,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_every_cent_and_reference_that_was_written_is_read(batches: list[list[tuple[int, int, str]]]) -> None:
    wanted = [[(cents, finnish(str(base)), payer) for cents, base, payer in batch] for batch in batches]
    for m, write in ((statement, camt053), (notice, camt054)):
        raw = write([entry(m, f"K{n}", batch) for n, batch in enumerate(wanted)])
        (told,) = camt.parse(raw)
        assert told.iban == IBAN
        assert [(one.amount.value, one.reference, one.payer) for one in told.movements] == [
            item for batch in wanted for item in batch
        ]
        assert len({one.key for one in told.movements}) == len(told.movements)


def test_money_out_is_below_zero() -> None:
    (told,) = camt.parse(camt053([entry(statement, "K1", [(1_050, "", "Kunta")], out=True)]))
    assert [one.amount for one in told.movements] == [Cents(-1_050)]


@pytest.mark.django_db
def test_a_statement_pays_in_part_whole_and_too_much_and_a_notice_of_the_same_doubles_nothing(
    issued_2022: None,
) -> None:
    first, second, third = Invoice.objects.filter(seller__prefix="ESIMOUL").order_by("pk")[:3]
    iban = first.seller.iban
    items: list[Item] = [
        (first.total_cents, first.reference, "Kunta A"),
        (second.total_cents - 1, f"RF00{second.reference}", "Kunta B"),
        (third.total_cents + 1, third.reference, "Kunta C"),
        (77, "13", "Tuntematon"),
    ]
    raw = camt053([entry(statement, f"K{n}", [item]) for n, item in enumerate(items)], iban)
    report = statements.read_statement(by=BY, raw=raw, name="tiliote.xml", now=NOW)
    assert (report.read, report.matched, report.unmatched) == (4, 3, 1)
    states = [queries.invoice(row.pk).row for row in (first, second, third)]
    assert [row.state for row in states] == [InvoiceState.PAID, InvoiceState.PART_PAID, InvoiceState.PAID]
    assert [row.open for row in states] == [Cents(0), Cents(1), Cents(-1)]
    again = camt054([entry(notice, f"K{n}", [item]) for n, item in enumerate(items)], iban)
    second_report = statements.read_statement(by=BY, raw=again, name="ilmoitus.xml", now=NOW)
    assert (second_report.read, second_report.known) == (0, 4)
    assert Payment.objects.count() == 3
    (waiting,) = bank_queries.movements(unmatched_only=True)
    assert (waiting.amount, waiting.payer) == (Cents(77), "Tuntematon")
