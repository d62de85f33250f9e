"""Reading stored shares: whose, how much, and what each was made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from kimppa.commons.members.roles import Visible
from kimppa.consortium.budgets.models import CostShare
from kimppa.consortium.budgets.participants import MadeOf
from kimppa.consortium.budgets.stored import made_of
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import in_language

_ALL = Visible(True)
# In the order of ShareRow's making; plain values, for a page may show thousands of shares.
_COLUMNS = (
    "pk",
    "revision__levy_id",
    "revision__number",
    "municipality__code",
    "municipality__name_fi",
    "municipality__name_sv",
    "municipality__name_en",
    "residents",
    "reference_date",
    "population__source",
    "rate",
    "months",
    "share_cents",
    "kimppa__name_fi",
    "kimppa__slug",
    "made_of",
)


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A stored share and what it was made of; `source` names it for ever, on an invoice line too."""

    id: int
    source: str
    code: str
    name_fi: str
    name_sv: str
    name_en: str
    residents: int
    reference_date: date
    population_source: str
    rate: Decimal | None
    months: int
    amount: Cents
    # Set where the municipality pays as the host of a kimppa; then the residents are all of the kimppa's.
    kimppa_fi: str = ""
    kimppa_slug: str = ""
    made_of: MadeOf | None = None

    def name(self, language: str) -> str:
        place = in_language(language, fi=self.name_fi, sv=self.name_sv, en=self.name_en)
        return f"{self.kimppa_fi} ({place})" if self.kimppa_fi else place

    @property
    def unit(self) -> tuple[str, str]:
        """Whose share it is, whichever calculation it stands in: the payer's code and the kimppa's slug."""
        return self.code, self.kimppa_slug


def shares_of(revision_id: int, *, visible: Visible = _ALL) -> tuple[ShareRow, ...]:
    """The shares of a revision by code; only those that the reader may see."""
    rows = CostShare.objects.filter(revision_id=revision_id).order_by("municipality__code", "pk")
    if not visible.everything:
        rows = rows.filter(municipality__code__in=visible.municipalities)
    return tuple(_rows(rows))


def shares_by_id(ids: Iterable[int]) -> dict[int, ShareRow]:
    """Shares of any revisions by their ids."""
    return {row.id: row for row in _rows(CostShare.objects.filter(pk__in=list(ids)))}


def revisions_by_share(ids: Iterable[int]) -> dict[int, int]:
    """Share's id → the revision that it stands in."""
    return dict(CostShare.objects.filter(pk__in=list(ids)).values_list("pk", "revision_id"))


def _rows(found: QuerySet[CostShare]) -> Iterable[ShareRow]:
    for pk, levy, number, code, fi, sv, en, *rest in found.values_list(*_COLUMNS):
        residents, reference, source, rate, months, cents, kimppa, slug, made = rest
        yield ShareRow(
            id=pk,
            source=f"levy/{levy}/rev/{number}/share/{pk}",
            code=code,
            name_fi=fi,
            name_sv=sv,
            name_en=en,
            residents=residents,
            reference_date=reference,
            population_source=source or "",
            rate=rate,
            months=months,
            amount=Cents(cents),
            kimppa_fi=kimppa or "",
            kimppa_slug=slug or "",
            made_of=made_of(made),
        )
