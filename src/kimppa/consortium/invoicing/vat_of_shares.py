"""How the shares of calculations are taxed: the agreement's treatment and the dated rates. Reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from kimppa.commons.members.models import Membership
from kimppa.consortium.agreements.price_queries import tables
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.agreements.share_vat import ShareVat, share_vat
from kimppa.consortium.agreements.vat import VatTable
from kimppa.consortium.budgets.queries import RevisionRow
from kimppa.consortium.budgets.rules import MONTHS_OF_YEAR
from kimppa.consortium.budgets.shares import ShareRow
from kimppa.consortium.invoicing.vat_parts import UNTAXED, Stretch, stretches


@dataclass(slots=True)
class ShareTaxes:
    """Answers for each share which months have which VAT; what it read it keeps."""

    _treatments: dict[int, ShareVat] = field(default_factory=dict)
    _found: dict[tuple[int, int, bool], tuple[Stretch, ...]] = field(default_factory=dict)
    _leavers: dict[int, frozenset[str]] = field(default_factory=dict)
    _table: VatTable | None = None

    def of(self, revision: RevisionRow, share: ShareRow) -> tuple[Stretch, ...]:
        """The months that a share pays for, cut where their VAT changes. Raises NoVatRate.

        Of a part of a year they are its last ones (who joins, or a service that begins), or the first ones
        where the municipality leaves in that year.
        """
        treatment = self._treatment(revision)
        if not treatment.taxed:
            return (_whole_year(revision.year),)
        leaves = share.months < MONTHS_OF_YEAR and share.code in self._leaving(revision.year)
        key = (revision.id, share.months, leaves)
        if key not in self._found:
            if self._table is None:
                self._table = tables().vat
            first = 1 if leaves else MONTHS_OF_YEAR - share.months + 1
            start = date(revision.year, first, 1)
            self._found[key] = stretches(start, share.months, treatment.at, self._table)
        return self._found[key]

    def _treatment(self, revision: RevisionRow) -> ShareVat:
        if revision.id not in self._treatments:
            found = share_vat(CostClass(revision.cost_class), revision.members_on)
            self._treatments[revision.id] = found
        return self._treatments[revision.id]

    def _leaving(self, year: int) -> frozenset[str]:
        if year not in self._leavers:
            rows = Membership.objects.filter(valid_to__year=year, valid_to__lt=date(year, 12, 31))
            self._leavers[year] = frozenset(rows.values_list("municipality__code", flat=True))
        return self._leavers[year]


def _whole_year(year: int) -> Stretch:
    return Stretch(UNTAXED, date(year, 1, 1), date(year, 12, 31), MONTHS_OF_YEAR)
