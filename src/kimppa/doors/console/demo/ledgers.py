"""What becomes of the demo's invoices: accounts, contacts, a round of reminders, a settlement.

All of it is invented (ESIMERKKI): accounts, addresses, days, and that each city settles by residents.
"""

from __future__ import annotations

from datetime import date, datetime

from kimppa.consortium.invoicing import ledger, open_items, reminders, settlements
from kimppa.consortium.invoicing.bookkeeping import AccountRole
from kimppa.consortium.invoicing.ledger_models import Dunning, Reminder, Settlement
from kimppa.consortium.invoicing.models import Seller
from kimppa.consortium.invoicing.settlements import Terms
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core.clock import HELSINKI
from kimppa.foundation.core.money import Cents

MARK = "ESIMERKKI"
REMINDED, SETTLED = date(2022, 4, 12), date(2022, 10, 3)
REMINDERS = 5
ACCOUNTS = {
    AccountRole.INCOME: ("3100", "8800"),
    AccountRole.RECEIVABLE: ("1700", ""),
    AccountRole.BANK: ("1910", ""),
    AccountRole.INTERNAL: ("4400", "8800"),
    AccountRole.RETURNS: ("2900", ""),
}
# What each is told to have paid to vendors for all: invented.
PAID = {"ESIMOUL": Cents(30_000_000), "ESIMROI": Cents(10_000_000)}
# Residents on 31.12.2020 of the two areas, by the seller's prefix: the proportion in which they settle.
RESIDENTS = {"ESIMOUL": 485_494, "ESIMROI": 176_665}


def load(*, by: Actor, now: datetime) -> None:
    """Build it through the verbs, after demo.money; loading twice adds nothing."""
    sellers = list(Seller.objects.filter(prefix__in=RESIDENTS).order_by("prefix"))
    if len(sellers) != len(RESIDENTS) or now < _at(SETTLED):
        return
    for seller in sellers:
        for role, (account, centre) in ACCOUNTS.items():
            ledger.set_account(
                by=by,
                seller=seller.pk,
                role=role,
                account=account,
                cost_centre=centre,
                valid_from=None,
                now=_at(REMINDED),
            )
    _reminders(by)
    _settlement(by, sellers)


def _reminders(by: Actor) -> None:
    late = [one for one in reminders.plan(REMINDED) if one.level == 1][:REMINDERS]
    if Reminder.objects.exists() or not late:
        return
    parties = {row.name: row.id for row in open_items.dunning_parties()}
    for number, one in enumerate(late[:2], start=1):
        party = parties[one.item.payer]
        if not Dunning.objects.filter(party_id=party).exists():
            address = f"talous{number}@kunta.example"
            reminders.set_dunning(by=by, party=party, email=address, now=_at(REMINDED))
    wanted = {one.item.id: one.level for one in late}
    reminders.remind(by=by, invoices=wanted, dated=REMINDED, now=_at(REMINDED))
    for reminder in Reminder.objects.filter(file__isnull=True).values_list("pk", flat=True):
        reminders.keep_letter(reminder=reminder, now=_at(REMINDED))


def _settlement(by: Actor, sellers: list[Seller]) -> None:
    """Each keeps what it paid; the rest is divided by residents."""
    if Settlement.objects.exists():
        return
    terms = {seller.pk: Terms(PAID[seller.prefix], RESIDENTS[seller.prefix]) for seller in sellers}
    planned = settlements.plan(2022, terms)
    settlements.record_settlement(
        by=by,
        year=2022,
        terms=terms,
        expected={one.side.seller_id: one.transfer for one in planned},
        reference=f"{MARK}/30/2022",
        dated=SETTLED,
        now=_at(SETTLED),
    )


def _at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, tzinfo=HELSINKI)
