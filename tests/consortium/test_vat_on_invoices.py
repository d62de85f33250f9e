"""Shares that are taxed: net, VAT and gross to the cent, by the months of each rate, in every document."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from tests import needs, schematron
from tests.consortium.conftest import BY, NOW

from kimppa.commons.members.models import LegalParty
from kimppa.consortium.agreements import price_book
from kimppa.consortium.agreements.models import Agreement, Term
from kimppa.consortium.agreements.rules import (
    AgreementKind,
    CostClass,
    NotCooperation,
    ShareVatDay,
    TermsOverlap,
)
from kimppa.consortium.agreements.share_vat import set_share_vat, share_vat
from kimppa.consortium.agreements.vat import NoVatRate, VatContent, VatSpan, VatTable
from kimppa.consortium.budgets import services as budgets
from kimppa.consortium.budgets.models import CostShare
from kimppa.consortium.budgets.services import Resolution
from kimppa.consortium.governance.services import Words
from kimppa.consortium.invoicing import (
    content,
    finvoice,
    journal,
    ledger,
    pdf,
    peppol,
    plans,
    queries,
    services,
    settlements,
    year_sums,
)
from kimppa.consortium.invoicing.bookkeeping import AccountRole
from kimppa.consortium.invoicing.models import InternalCharge, Invoice, InvoiceLine, Seller
from kimppa.consortium.invoicing.open_items import open_items
from kimppa.consortium.invoicing.rules import InvoiceState, Kind, SellerMode, VatIdMissing
from kimppa.consortium.invoicing.vat_parts import (
    LineVat,
    dealt,
    stretches,
    tax_of,
    turned,
    vat_parts,
)
from kimppa.foundation.core.money import Cents

pytestmark = pytest.mark.django_db
TODAY = date(2022, 11, 15)
RULES = ("CEN-EN16931-UBL.sch", "PEPPOL-EN16931-UBL.sch")


def failures(document: bytes) -> list[str]:
    paths = [needs.shared("schemas", "peppol", name) for name in RULES]
    return [one for path in paths for one in schematron.failures(path, document)]


def check_documents(row: Invoice) -> None:
    """Both e-invoices by their published rules, and the PDF is made."""
    frozen = content.from_json(row.content)
    assert content.to_json(frozen) == row.content
    schema = etree.XMLSchema(etree.parse(str(needs.shared("schemas", "finvoice", "Finvoice3.0.xsd"))))
    root = etree.fromstring(finvoice.xml(frozen))
    schema.assertValid(root)
    total = root.findtext("InvoiceDetails/InvoiceTotalVatIncludedAmount")
    assert total == Cents(row.total_cents).plain().replace(".", ",")
    xml = peppol.xml(frozen)
    assert failures(xml) == [], row.number
    assert etree.fromstring(xml).findtext(".//{*}PayableAmount") == Cents(abs(row.total_cents)).plain()
    assert pdf.pdf(frozen).startswith(b"%PDF")


def agreement() -> Agreement:
    return Agreement.objects.get(kind=AgreementKind.COOPERATION.value)


def treat(
    treatment: VatContent | None = VatContent.GENERAL,
    *,
    since: date = date(2022, 1, 1),
    cost_class: CostClass = CostClass.CONTENT,
) -> int:
    return set_share_vat(
        by=BY,
        agreement=agreement().pk,
        cost_class=cost_class,
        treatment=treatment,
        valid_from=since,
        clause="11",
        now=NOW,
    )


def rate(percent: str, since: date, content_kind: VatContent = VatContent.GENERAL) -> None:
    price_book.record_vat_rate(
        by=BY, content=content_kind, percent=Decimal(percent), valid_from=since, source="Laki", now=NOW
    )


def levy(
    euros: str = "0.70",
    *,
    cost_class: CostClass = CostClass.CONTENT,
    months: int = 12,
    number: str = "1/2022",
    supersedes: int | None = None,
) -> int:
    return budgets.decide_and_levy(
        by=BY,
        resolution=Resolution(
            "directors-days", number, date(2022, 11, 10), Words(f"Maksu {number}"), supersedes
        ),
        year=2023,
        cost_class=cost_class,
        rate=Decimal(euros),
        months=months,
        reference_date=date(2021, 12, 31),
        now=NOW,
    )


def issue(revision: int, *, also: tuple[int, ...] = (), difference: bool = False) -> services.Issued:
    return services.issue(
        by=BY, revision=revision, issued_on=TODAY, also=also, difference=difference, now=NOW
    )


def of_2023() -> list[Invoice]:
    return list(Invoice.objects.filter(year=2023).order_by("pk"))


def charged_net(revision: int) -> int:
    """What the lines and internal charges of a calculation sum to."""
    lines = InvoiceLine.objects.filter(share__revision=revision).aggregate(s=Sum("amount_cents"))["s"] or 0
    own = InternalCharge.objects.filter(share__revision=revision).aggregate(s=Sum("amount_cents"))["s"] or 0
    return int(lines + own)


def shares_sum(revision: int) -> int:
    return int(CostShare.objects.filter(revision=revision).aggregate(s=Sum("share_cents"))["s"] or 0)


def test_without_a_word_of_the_agreement_shares_are_outside_the_scope(issued_2022: None) -> None:
    issue(levy())
    assert set(InvoiceLine.objects.values_list("vat_category", "vat_percent")) == {("O", None)}
    assert set(Invoice.objects.values_list("vat_cents", flat=True)) == {0}
    assert "vat" not in of_2023()[0].content


def test_a_whole_year_at_one_rate_has_the_tax_on_top(issued_2022: None) -> None:
    rate("24", date(2013, 1, 1))
    treat()
    revision = levy()
    planned = plans.plan_issue(revision, on=TODAY)
    made = issue(revision)
    assert (planned.total, planned.invoices) == (made.total, made.invoices)
    assert made.invoices == 57
    assert planned.net + planned.tax == planned.total
    assert charged_net(revision) == shares_sum(revision) == planned.net.value == 46_434_640
    for row in of_2023():
        frozen = content.from_json(row.content)
        net = sum(line.amount.value for line in frozen.lines)
        # 24 % of whole cents, half up.
        assert row.vat_cents == (net * 24 + 50) // 100
        assert row.total_cents == net + row.vat_cents == frozen.total.value
        assert frozen.barcode[17:25] == f"{row.total_cents:08d}"
        assert (frozen.vat_category, frozen.vat_reason) == ("S", "")
    for row in of_2023()[::9]:
        check_documents(row)
    # The same legal person: no VAT, no invoice.
    assert InternalCharge.objects.filter(share__revision=revision).count() == 2


def test_a_share_is_split_by_the_months_of_each_rate_and_has_two_of_them_on_one_invoice(
    issued_2022: None,
) -> None:
    rate("24", date(2013, 1, 1))
    rate("25.5", date(2023, 9, 1))
    treat()
    revision = levy()
    assert issue(revision).invoices == 57
    assert charged_net(revision) == shares_sum(revision)
    for row in of_2023():
        lines = list(row.lines.order_by("position").values_list("amount_cents", "vat_percent"))
        assert [percent for _, percent in lines] == [Decimal("24"), Decimal("25.5")]
        share = sum(cents for cents, _ in lines)
        assert abs(lines[0][0] * 12 - share * 8) < 12
        assert share == row.lines.all()[0].share.share_cents
        parts = content.from_json(row.content).vat
        assert [part.percent for part in parts] == [Decimal("24"), Decimal("25.5")]
        assert sum(part.tax.value for part in parts) == row.vat_cents == row.total_cents - share
    row = of_2023()[0]
    check_documents(row)
    told = queries.explanations(row.pk)
    assert "1.1.2023–31.8.2023: 8 kuukauden osa" in told[0].made[-1]
    assert "1.9.2023–31.12.2023: 4 kuukauden osa" in told[1].made[-1]
    specified = etree.fromstring(finvoice.xml(content.from_json(row.content))).findall(
        "InvoiceDetails/VatSpecificationDetails"
    )
    assert [one.findtext("VatRatePercent") for one in specified] == ["24", "25,5"]


def test_eight_months_of_a_first_year_are_its_last_ones(issued_2022: None) -> None:
    rate("24", date(2013, 1, 1))
    rate("25.5", date(2023, 9, 1))
    treat()
    revision = levy(months=8)
    issue(revision)
    line, other = of_2023()[0].lines.order_by("position")
    # 5–8 at 24 %, 9–12 at 25.5 %: four months each.
    assert abs(line.amount_cents - other.amount_cents) <= 1
    assert (line.vat_percent, other.vat_percent) == (Decimal("24"), Decimal("25.5"))


def test_where_taxing_begins_within_the_year_the_months_before_have_an_invoice_of_their_own(
    issued_2022: None,
) -> None:
    rate("24", date(2013, 1, 1))
    treat(since=date(2023, 7, 1))
    revision = levy()
    planned = plans.plan_issue(revision, on=TODAY)
    assert (planned.invoices, planned.internal) == (114, 2)
    issue(revision)
    by_category = {
        category: Invoice.objects.filter(year=2023, lines__vat_category=category).distinct().count()
        for category in ("O", "S")
    }
    assert by_category == {"O": 57, "S": 57}
    for row in of_2023():
        assert len(set(row.lines.values_list("vat_category", flat=True))) == 1
    assert charged_net(revision) == shares_sum(revision)
    first = of_2023()[0]
    for row in of_2023():
        if row.payer_id == first.payer_id:
            check_documents(row)


def test_levies_of_different_regimes_never_share_an_invoice_and_two_rates_may(issued_2022: None) -> None:
    rate("24", date(2013, 1, 1))
    rate("10", date(2013, 1, 1), VatContent.BOOKS)
    treat(VatContent.BOOKS)
    books, maintenance = levy(), levy("0.05", cost_class=CostClass.MAINTENANCE, number="2/2022")
    assert plans.plan_issue(books, on=TODAY, also=(maintenance,)).invoices == 114
    treat(VatContent.GENERAL, cost_class=CostClass.MAINTENANCE)
    assert issue(books, also=(maintenance,)).invoices == 57
    row = of_2023()[0]
    assert [p.percent for p in content.from_json(row.content).vat] == [Decimal("10"), Decimal("24")]
    check_documents(row)


def test_a_missing_rate_is_told_and_nothing_is_issued(issued_2022: None) -> None:
    rate("24", date(2013, 1, 1), VatContent.BOOKS)
    treat()
    revision = levy()
    planned = plans.plan_issue(revision, on=TODAY)
    assert isinstance(planned.no_rate, NoVatRate)
    with pytest.raises(NoVatRate):
        issue(revision)
    assert of_2023() == []
    assert not InternalCharge.objects.filter(share__revision=revision).exists()


def test_without_a_vat_id_nothing_is_issued(issued_2022: None) -> None:
    rate("24", date(2013, 1, 1))
    treat()
    revision = levy()
    LegalParty.objects.filter(pays__isnull=False, name__contains="Kajaani").update(business_id="")
    assert len(plans.plan_issue(revision, on=TODAY).without_vat_id) == 1
    with pytest.raises(VatIdMissing):
        issue(revision)
    assert of_2023() == []


def test_a_credit_note_takes_back_every_cent_of_the_tax(issued_2022: None) -> None:
    rate("24", date(2013, 1, 1))
    rate("25.5", date(2023, 9, 1))
    treat()
    issue(levy())
    row = of_2023()[0]
    # What is taxed otherwise from now on does not touch what was issued.
    treat(None, since=date(2023, 1, 1))
    note = Invoice.objects.get(
        pk=services.credit(by=BY, invoice=row.pk, reason="Virhe", issued_on=TODAY, now=NOW)
    )
    assert (note.total_cents, note.vat_cents) == (-row.total_cents, -row.vat_cents)
    assert list(note.lines.values_list("vat_category", "vat_percent")) == [
        ("S", Decimal("24")),
        ("S", Decimal("25.5")),
    ]
    check_documents(note)


def test_a_difference_keeps_the_tax_of_what_it_corrects_and_the_rest_credits_to_nothing(
    issued_2022: None,
) -> None:
    rate("24", date(2013, 1, 1))
    rate("25.5", date(2023, 9, 1))
    treat()
    first = levy()
    issue(first)
    invoices = of_2023()
    decision = CostShare.objects.filter(revision=first)[0].revision.decision_id
    second = levy("0.633333", number="2/2022", supersedes=decision)
    made = issue(second, difference=True)
    assert (made.invoices, made.notes) == (0, 57)
    for row in invoices:
        note = Invoice.objects.get(reduces=row)
        nets = dict(row.lines.values_list("vat_percent", "amount_cents"))
        for line in note.lines.all():
            assert line.vat_percent is not None
            nets[line.vat_percent] += line.amount_cents
        share = CostShare.objects.get(revision=second, municipality=row.lines.all()[0].share.municipality)
        assert sum(nets.values()) == share.share_cents
        # What stands has the tax that it would have had from the beginning.
        right = sum(
            int((cents * percent / 100).quantize(Decimal(1), "ROUND_HALF_UP"))
            for percent, cents in nets.items()
            if percent is not None
        )
        assert row.vat_cents + note.vat_cents == right
    row = invoices[0]
    note = Invoice.objects.get(reduces=row)
    check_documents(note)
    rest = Invoice.objects.get(
        pk=services.credit(by=BY, invoice=row.pk, reason="Virhe", issued_on=TODAY, now=NOW)
    )
    assert row.total_cents + note.total_cents + rest.total_cents == 0
    assert row.vat_cents + note.vat_cents + rest.vat_cents == 0
    check_documents(rest)


def test_receivables_count_the_tax_and_the_books_have_an_account_for_it(issued_2022: None) -> None:
    rate("24", date(2013, 1, 1))
    treat()
    revision = levy()
    issue(revision)
    rows = of_2023()
    gross, vat = sum(r.total_cents for r in rows), sum(r.vat_cents for r in rows)
    told = year_sums.year_sums(year=2023)[2023]
    assert (told.invoiced, told.open, told.vat) == (Cents(gross), Cents(gross), Cents(vat))
    assert sum(one.open.value for one in open_items(TODAY) if one.year == 2023) == gross
    row = rows[0]
    services.record_payment(
        by=BY, invoice=row.pk, key="p", received_on=TODAY, amount=Cents(row.total_cents), now=NOW
    )
    assert queries.invoice(row.pk).row.state is InvoiceState.PAID
    for seller in Seller.objects.all():
        booked = journal.journal(seller.pk, TODAY, TODAY)
        assert booked.debit == booked.credit
        mine = [r for r in rows if r.seller_id == seller.pk]
        tax = [entry.credit.value for entry in booked.entries if entry.role is AccountRole.VAT]
        assert sum(tax) == sum(r.vat_cents for r in mine)
    # Between the cities only what is theirs counts.
    collected = settlements.collected(2023)
    assert sum(cents.value for cents in collected.values()) == shares_sum(revision)


def test_a_citys_ledger_is_told_the_tax(issued_2022: None) -> None:
    rate("24", date(2013, 1, 1))
    treat()
    for seller in Seller.objects.all():
        ledger.set_mode(by=BY, seller=seller.pk, mode=SellerMode.LEDGER, now=NOW)
    issue(levy())
    seller = Seller.objects.order_by("pk")[0]
    batch = ledger._batch(list(ledger._waiting(seller)), ledger.book_of(seller.pk))
    row = dict(zip(batch.header, batch.rows[0], strict=True))
    net, tax, total = row["amount"], row["vat_total"], row["total"]
    assert isinstance(net, Cents)
    assert isinstance(tax, Cents)
    assert isinstance(total, Cents)
    assert (row["vat_category"], row["vat_percent"], net + tax) == ("S", Decimal("24"), total)


def test_the_word_on_vat_has_days_and_only_a_cooperation_agreement_has_it(issued_2022: None) -> None:
    treat(VatContent.GENERAL, since=date(2022, 1, 1))
    treat(None, since=date(2023, 7, 1))
    found = share_vat(CostClass.CONTENT, TODAY)
    assert [found.at(day) for day in (date(2021, 12, 31), date(2022, 1, 1), date(2023, 6, 30))] == [
        None,
        VatContent.GENERAL,
        VatContent.GENERAL,
    ]
    assert found.at(date(2023, 7, 1)) is None
    assert share_vat(CostClass.OTHER, TODAY).taxed is False
    # Said anew of the same day; earlier days stand.
    treat(VatContent.BOOKS, since=date(2023, 7, 1))
    assert Term.objects.filter(kind="vat-content").count() == 2
    with pytest.raises(TermsOverlap):
        treat(VatContent.PRESS, since=date(2022, 5, 1))
    with pytest.raises(ShareVatDay):
        treat(VatContent.PRESS, since=date(2024, 5, 2))
    other = Agreement.objects.create(
        kind=AgreementKind.ORGANISATION.value, diary_number="X 1", title_fi="Muu", valid_from=TODAY
    )
    with pytest.raises(NotCooperation):
        set_share_vat(
            by=BY,
            agreement=other.pk,
            cost_class=CostClass.CONTENT,
            treatment=None,
            valid_from=date(2023, 1, 1),
            now=datetime(2022, 11, 15, tzinfo=UTC),
        )


def test_an_invoice_stored_before_is_read_as_it_was(issued_2022: None) -> None:
    row = Invoice.objects.filter(kind=Kind.INVOICE.value).order_by("pk")[0]
    frozen = content.from_json(row.content)
    assert (frozen.vat, frozen.tax, frozen.net) == ((), Cents(0), frozen.total)
    xml = etree.fromstring(finvoice.xml(frozen))
    assert xml.find("SellerPartyDetails/SellerOrganisationTaxCode") is None
    assert xml.findtext("InvoiceDetails/InvoiceTotalVatAmount") == "0,00"


def test_the_example_of_the_document_holds() -> None:
    table = VatTable(
        [
            VatSpan(VatContent.GENERAL, Decimal(24), date(2013, 1, 1), date(2024, 8, 31)),
            VatSpan(VatContent.GENERAL, Decimal("25.5"), date(2024, 9, 1)),
        ]
    )
    found = stretches(date(2024, 1, 1), 12, lambda day: VatContent.GENERAL, table)
    nets = dealt(1_000_00, [one.months for one in found])
    parts = vat_parts((one.vat, net) for one, net in zip(found, nets, strict=True))
    assert [(one.months, one.end) for one in found] == [(8, date(2024, 8, 31)), (4, date(2024, 12, 31))]
    assert [(part.net.value, part.tax.value) for part in parts] == [(666_67, 160_00), (333_33, 85_00)]
    assert "666.67 €, tax 160.00 €" in (needs.ROOT / "docs" / "algorithms" / "vat.md").read_text("utf-8")


@given(
    st.integers(1, 10**9),
    st.lists(st.sampled_from(["10", "13.5", "14", "24", "25.5"]), min_size=1, max_size=4, unique=True),
    st.lists(st.integers(0, 10**7), max_size=5),
)
def test_whatever_differences_take_the_tax_that_stands_is_right_and_the_rest_credits_to_nothing(
    net: int, rates: list[str], taken: list[int]
) -> None:
    rate_list = [LineVat("S", Decimal(one)) for one in rates]
    standing = dict(
        zip([one.percent or Decimal(0) for one in rate_list], dealt(net, [1] * len(rates)), strict=True)
    )
    made = [vat_parts((vat, standing[vat.percent or Decimal(0)]) for vat in rate_list)]
    for wanted in taken:
        weights = list(standing.values())
        if not sum(weights):
            break
        parts = dealt(min(wanted, sum(weights)), weights)
        assert all(0 <= part <= left for part, left in zip(parts, weights, strict=True))
        lines = [(vat, -part) for vat, part in zip(rate_list, parts, strict=True)]
        made.append(vat_parts(lines, standing=standing))
        for vat, cents in lines:
            standing[vat.percent or Decimal(0)] += cents
        for percent, left in standing.items():
            told = sum(p.tax.value for note in made for p in note if p.percent == percent)
            assert told == tax_of(left, percent)
    rest = turned(part for note in made for part in note)
    every = [part for note in (*made, rest) for part in note]
    assert sum(part.tax.value for part in every) == sum(part.net.value for part in every) == 0
