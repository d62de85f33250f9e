"""Reading who invoices and who pays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from kimppa.commons.members.models import LegalParty
from kimppa.commons.members.queries import in_force
from kimppa.consortium.invoicing.models import PayerOf, PayerSeller, Seller


@dataclass(frozen=True, slots=True)
class SellerRow:
    id: int
    name: str
    prefix: str
    iban: str
    bic: str
    terms_days: int
    payers: int
    example: bool
    mode: str = "own"


@dataclass(frozen=True, slots=True)
class PayerRow:
    """Who pays for a municipality and who sells to that payer, with the dates of both."""

    code: str
    municipality_fi: str
    payer: str
    business_id: str
    language: str
    seller: str
    valid_from: date | None
    valid_to: date | None
    internal: bool


def sellers() -> tuple[SellerRow, ...]:
    """Everybody who invoices, by name."""
    open_ones = Count("payers", filter=Q(payers__valid_to__isnull=True))
    rows = Seller.objects.select_related("party").annotate(open_payers=open_ones).order_by("party__name")
    return tuple(
        SellerRow(
            id=row.pk,
            name=row.party.name,
            prefix=row.prefix,
            iban=row.iban,
            bic=row.bic,
            terms_days=row.terms_days,
            payers=row.open_payers,
            example=row.example,
            mode=row.mode,
        )
        for row in rows
    )


def payers() -> tuple[PayerRow, ...]:
    """Who pays for each municipality, by municipality; open and ended."""
    sold = {
        payer: (seller, party)
        for payer, seller, party in PayerSeller.objects.filter(valid_to__isnull=True).values_list(
            "payer_id", "seller__party__name", "seller__party_id"
        )
    }
    rows = PayerOf.objects.order_by("municipality__code", "pk").values_list(
        "payer_id",
        "payer__party_id",
        "municipality__code",
        "municipality__name_fi",
        "payer__party__name",
        "payer__party__business_id",
        "payer__language",
        "valid_from",
        "valid_to",
    )
    return tuple(
        PayerRow(
            code=code,
            municipality_fi=place,
            payer=name,
            business_id=business_id,
            language=language,
            seller=sold[payer][0] if payer in sold else "",
            valid_from=start,
            valid_to=end,
            internal=payer in sold and sold[payer][1] == party,
        )
        for payer, party, code, place, name, business_id, language, start, end in rows
    )


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A party that may pay, with its billing address as it stands."""

    id: int
    name: str
    business_id: str
    street: str
    postal_code: str
    town: str
    einvoice_address: str
    einvoice_operator: str
    language: str
    buyer_reference: str


def parties() -> tuple[PartyRow, ...]:
    """Every legal party by name; language and reference are empty where it has never paid."""
    rows = LegalParty.objects.order_by("name").values_list(
        "pk",
        "name",
        "business_id",
        "street",
        "postal_code",
        "town",
        "einvoice_address",
        "einvoice_operator",
        "pays__language",
        "pays__buyer_reference",
    )
    return tuple(PartyRow(*row[:8], row[8] or "", row[9] or "") for row in rows)


def payer_of(code: str, on: date) -> tuple[int | None, int | None]:
    """The party that pays for a municipality on a day, and its seller's id; None where nobody does."""
    rows = PayerOf.objects.filter(in_force(on), municipality__code=code)
    found = rows.values_list("payer__party_id", "payer_id").first()
    if found is None:
        return None, None
    sold = PayerSeller.objects.filter(in_force(on), payer_id=found[1])
    return found[0], sold.values_list("seller_id", flat=True).first()
