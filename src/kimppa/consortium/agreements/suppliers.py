"""Who supplies which e-services: the vendors of agreements in which a service has a price."""

from __future__ import annotations

from dataclasses import dataclass

from kimppa.consortium.agreements.models import AgreementParty
from kimppa.consortium.agreements.price_models import PlatformPrice
from kimppa.consortium.agreements.rules import PartyRole
from kimppa.foundation.core.errors import Missing
from kimppa.foundation.core.text import in_language, noop


class NoSuchSupplier(Missing):
    code = "no-such-supplier"
    sentence = noop("There is no such vendor with an agreement.")


@dataclass(frozen=True, slots=True)
class ContractOf:
    """An agreement with a vendor."""

    id: int
    number: str
    title_fi: str
    title_sv: str
    title_en: str

    def title(self, language: str) -> str:
        return in_language(language, fi=self.title_fi, sv=self.title_sv, en=self.title_en)


@dataclass(frozen=True, slots=True)
class SupplierRow:
    """A vendor, the e-services (slugs) that its agreements price, and those agreements."""

    id: int
    name: str
    platforms: tuple[str, ...]
    contracts: tuple[ContractOf, ...]


def suppliers() -> tuple[SupplierRow, ...]:
    """Every vendor of an agreement, by name; two queries, however many there are."""
    priced: dict[int, set[str]] = {}
    prices = PlatformPrice.objects.filter(withdrawn_at__isnull=True)
    for agreement, slug in prices.values_list("agreement_id", "platform__slug").distinct():
        priced.setdefault(agreement, set()).add(slug)
    names: dict[int, str] = {}
    contracts: dict[int, list[ContractOf]] = {}
    rows = AgreementParty.objects.filter(role=PartyRole.VENDOR.value).order_by("party__name", "agreement_id")
    fields = ("agreement_id", "agreement__diary_number", "agreement__title_fi", "agreement__title_sv")
    for party, name, *told in rows.values_list("party_id", "party__name", *fields, "agreement__title_en"):
        names[party] = name
        contracts.setdefault(party, []).append(ContractOf(*told))
    return tuple(
        SupplierRow(
            party,
            name,
            tuple(sorted({slug for one in contracts[party] for slug in priced.get(one.id, ())})),
            tuple(contracts[party]),
        )
        for party, name in names.items()
    )


def supplier(party: int) -> SupplierRow:
    """One of them. Raises NoSuchSupplier."""
    found = next((row for row in suppliers() if row.id == party), None)
    if found is None:
        raise NoSuchSupplier
    return found
