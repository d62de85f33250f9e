"""Verbs on who sells and who pays, with dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from stdnum import iban as ibans

from kimppa.commons.members.models import LegalParty, Municipality
from kimppa.commons.members.parties import Billing, record_billing
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.members.rules import overlaps
from kimppa.consortium.invoicing.models import NumberSeries, Payer, PayerOf, PayerSeller, Seller
from kimppa.consortium.invoicing.rules import BadSeller, OverlappingPayer
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.accounts.audit import Value
from kimppa.foundation.core.text import clean_line


@transaction.atomic
def set_seller(
    *,
    by: Actor,
    party: int,
    prefix: str,
    reference_base: str,
    iban: str,
    bic: str,
    terms_days: int = 30,
    example: bool = False,
    now: datetime,
) -> int:
    """Make a legal party a seller, or change its account; its numbers go on. Raises BadSeller."""
    require(by, Act.EDIT_PAYERS, now=now)
    account = ibans.compact(iban)
    if not ibans.is_valid(account):
        raise BadSeller(field="IBAN", value=iban[:40])
    if not (reference_base.isdigit() and 2 <= len(reference_base) <= 8 and reference_base[0] != "0"):
        raise BadSeller(field="reference", value=reference_base[:20])
    prefix = clean_line(prefix)
    if not 1 <= len(prefix) <= 12:
        raise BadSeller(field="prefix", value=prefix[:20])
    values: dict[str, Value] = {
        "prefix": prefix,
        "reference_base": reference_base,
        "iban": account,
        "bic": clean_line(bic),
        "terms_days": terms_days,
        "example": example,
    }
    row, _ = Seller.objects.update_or_create(party_id=party, defaults=values)
    NumberSeries.objects.get_or_create(seller=row)
    audit.record(by=by, act="invoicing.set_seller", obj=row, before=None, after=values, now=now)
    return row.pk


@transaction.atomic
def set_payer(
    *, by: Actor, party: int, language: str = "fi", buyer_reference: str = "", now: datetime
) -> int:
    """Make a legal party a payer, or change its language or reference; returns the payer's id."""
    require(by, Act.EDIT_PAYERS, now=now)
    values: dict[str, Value] = {"language": language[:2], "buyer_reference": clean_line(buyer_reference)[:70]}
    found = Payer.objects.filter(party_id=party).first()
    if found is not None and all(getattr(found, name) == value for name, value in values.items()):
        return found.pk
    row, _ = Payer.objects.update_or_create(party=LegalParty.objects.get(pk=party), defaults=values)
    audit.record(by=by, act="invoicing.set_payer", obj=row, before=None, after=values, now=now)
    return row.pk


@transaction.atomic
def pays_for(*, by: Actor, payer: int, municipality: str, valid_from: date, now: datetime) -> None:
    """Say who pays a municipality's shares from a day on; who paid before ends the day before."""
    require(by, Act.EDIT_PAYERS, now=now)
    place = Municipality.objects.select_for_update().get(code=municipality)
    rows = PayerOf.objects.filter(municipality=place)
    open_row = rows.filter(valid_to__isnull=True).first()
    if open_row is not None and open_row.payer_id == payer:
        return
    _end(open_row, valid_from, place.name_fi)
    _check_free([(r.valid_from, r.valid_to) for r in rows.all()], valid_from, place.name_fi)
    row = PayerOf.objects.create(municipality=place, payer_id=payer, valid_from=valid_from)
    after: dict[str, Value] = {"municipality": place.code, "payer": payer, "valid_from": valid_from}
    audit.record(by=by, act="invoicing.pays_for", obj=row, before=None, after=after, now=now)


@transaction.atomic
def sells_to(*, by: Actor, seller: int, payer: int, valid_from: date, now: datetime) -> None:
    """Say who invoices a payer from a day on; who did before ends the day before."""
    require(by, Act.EDIT_PAYERS, now=now)
    buyer = Payer.objects.select_for_update().get(pk=payer)
    rows = PayerSeller.objects.filter(payer=buyer)
    open_row = rows.filter(valid_to__isnull=True).first()
    if open_row is not None and open_row.seller_id == seller:
        return
    _end(open_row, valid_from, str(buyer))
    _check_free([(r.valid_from, r.valid_to) for r in rows.all()], valid_from, str(buyer))
    row = PayerSeller.objects.create(payer=buyer, seller_id=seller, valid_from=valid_from)
    after: dict[str, Value] = {"payer": payer, "seller": seller, "valid_from": valid_from}
    audit.record(by=by, act="invoicing.sells_to", obj=row, before=None, after=after, now=now)


@transaction.atomic
def assign(
    *,
    by: Actor,
    municipality: str,
    party: int | None,
    name: str,
    billing: Billing,
    seller: int,
    language: str,
    buyer_reference: str,
    valid_from: date,
    fictional: bool = False,
    now: datetime,
) -> int:
    """Say at once who pays a municipality's shares from a day on, where the invoice goes and who sends it.

    The payer is a known party, or a new one by its name: a kimppa's host city, a joint library. Returns the
    payer's id. All or nothing. Raises what `record_billing`, `pays_for` and `sells_to` raise.
    """
    require(by, Act.EDIT_PAYERS, now=now)
    who = record_billing(by=by, party=party, name=name, billing=billing, fictional=fictional, now=now)
    payer = set_payer(by=by, party=who, language=language, buyer_reference=buyer_reference, now=now)
    pays_for(by=by, payer=payer, municipality=municipality, valid_from=valid_from, now=now)
    sells_to(by=by, seller=seller, payer=payer, valid_from=valid_from, now=now)
    return payer


def _end(row: PayerOf | PayerSeller | None, before: date, who: str) -> None:
    if row is None:
        return
    if row.valid_from is not None and row.valid_from >= before:
        raise OverlappingPayer(who=who)
    row.valid_to = before - timedelta(days=1)
    row.save(update_fields=["valid_to"])


def _check_free(taken: Sequence[tuple[date | None, date | None]], start: date, who: str) -> None:
    if any(overlaps((start, None), span) for span in taken):
        raise OverlappingPayer(who=who)
