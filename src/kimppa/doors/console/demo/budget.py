"""The budget of the demo region: lines, commitments, vendors' invoices and a grant. Invented: ESIMERKKI."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from kimppa.commons.members import queries as members
from kimppa.consortium.agreements.costs import Basis
from kimppa.consortium.agreements.models import Agreement
from kimppa.consortium.agreements.price_models import PlatformPrice
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets import commitments, grants, lines, purchases
from kimppa.consortium.budgets.grants import GrantSaid
from kimppa.consortium.budgets.lines import Said
from kimppa.consortium.budgets.plan_models import BudgetVersion
from kimppa.consortium.budgets.plan_rules import CostKind
from kimppa.consortium.budgets.purchases import Piece, Told
from kimppa.consortium.budgets.services import Resolution
from kimppa.consortium.governance.services import Words
from kimppa.consortium.invoicing.ledger_queries import selling_parties
from kimppa.doors.console.demo.governance import CONTRACTS
from kimppa.doors.console.demo.money import MARK
from kimppa.doors.console.demo.prices import BOOKS, PRESS
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.core.money import Cents

YEAR = 2022
ACCOUNTS = {CostClass.CONTENT: "4300"}
DECIDED = date(2021, 12, 10)
LINES = (
    ("E-kirjat ja äänikirjat", 32_000_00, CostClass.CONTENT, BOOKS),
    ("Lehdet", 19_000_00, CostClass.CONTENT, PRESS),
    ("Elokuvat", 12_000_00, CostClass.CONTENT, ""),
    ("Alustan ylläpito", 9_000_00, CostClass.MAINTENANCE, ""),
    ("Viestintä ja koulutus", 4_500_00, CostClass.OTHER, ""),
)
# Vendor, number, day, net, VAT, agreement's place in CONTRACTS, line.
INVOICES = (
    (0, f"{MARK}-1001", date(2022, 2, 1), 13_900_00, 1_390_00, "E-kirjat ja äänikirjat"),
    (1, f"{MARK}-77", date(2022, 1, 20), 16_500_00, 1_650_00, "Lehdet"),
)


def load(*, by: Operator, now: datetime) -> None:
    """The budget of 2022 as it stands in November; idempotent. After the demo's prices."""
    if BudgetVersion.objects.exists() or not PlatformPrice.objects.exists():
        return
    version = lines.begin_version(by=by, year=YEAR, now=now)
    made = {
        title: lines.put_line(
            by=by,
            version=version,
            said=Said(
                title, Cents(cents), kind, slug, "4300" if kind is CostClass.CONTENT else "4400", "6010"
            ),
            now=now,
        )
        for title, cents, kind, slug in LINES
    }
    words = Words(f"Talousarvio {YEAR} ({MARK})", f"Budget {YEAR} ({MARK})", f"Budget {YEAR} ({MARK})")
    said = Resolution("directors-days", f"{MARK}/14/2021", DECIDED, words, example=True)
    lines.adopt_budget(by=by, version=version, resolution=said, now=now)
    _commit(by, made, now)
    _invoices(by, made, now)


def _commit(by: Operator, made: dict[str, int], now: datetime) -> None:
    residents = members.residents_of_members(reference_date=date(2020, 12, 31), on=date(YEAR, 1, 1))
    basis, on = Basis(residents=residents), date(YEAR, 1, 31)
    for one in commitments.suggestions(YEAR, basis, on=on):
        line = one.line or made["Elokuvat"]
        commitments.record_commitment(
            by=by,
            agreement=one.contract.id,
            platform=one.platform,
            line=line,
            basis=basis,
            on=on,
            now=now,
        )


def _invoices(by: Operator, made: dict[str, int], now: datetime) -> None:
    grant = grants.record_grant(
        by=by,
        said=GrantSaid(
            title=f"Viestinnän kehittämishanke ({MARK})",
            amount=Cents(4_000_00),
            own_percent=Decimal(20),
            valid_from=date(YEAR, 1, 1),
            valid_to=date(YEAR, 12, 31),
            funder=f"Esimerkkivirasto ({MARK})",
            decision_number=f"{MARK}/OKM/1/2022",
            example=True,
        ),
        now=now,
    )
    # Invented that Oulu pays every vendor; where nobody sells yet, nobody is named.
    city = next((pk for pk, name in selling_parties() if name.startswith("Oulu")), None)
    for which, number, issued, net, vat, line in INVOICES:
        contract = CONTRACTS[which]
        told = Told(contract[2], number, issued, Cents(net), Cents(vat), Cents(net + vat))
        got = purchases.receive(by=by, told=told, example=True, now=now)
        agreement = Agreement.objects.get(diary_number=contract[0]).pk
        piece = Piece(made[line], Cents(net + vat))
        purchases.book(by=by, purchase=got, pieces=[piece], agreement=agreement, paid_by=city, now=now)
    agency, printer = f"Esimerkkitoimisto Oy ({MARK})", f"Esimerkkipaino Oy ({MARK})"
    told = Told(agency, f"{MARK}-5", date(2022, 9, 5), Cents(2_000_00), Cents(480_00), Cents(2_480_00))
    got = purchases.receive(by=by, told=told, example=True, now=now)
    talk = made["Viestintä ja koulutus"]
    parts = [
        Piece(talk, Cents(2_000_00), grant, CostKind.SERVICES),
        Piece(talk, Cents(480_00), grant, CostKind.TRAVEL),
    ]
    purchases.book(by=by, purchase=got, pieces=parts, now=now)
    told = Told(printer, f"{MARK}-212", date(2022, 11, 2), Cents(310_00), Cents(74_40), Cents(384_40))
    purchases.receive(by=by, told=told, example=True, now=now)
