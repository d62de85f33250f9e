"""Forms of prices, of VAT and exchange rates, and of the quantities that a comparison is reckoned with."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.members import queries as members
from kimppa.commons.platforms import queries as platforms
from kimppa.consortium.agreements import authority
from kimppa.consortium.agreements.costs import Basis, evenly
from kimppa.consortium.agreements.price_book import Asked
from kimppa.consortium.agreements.prices import (
    MEASURE_NAMES,
    PRICE_KIND_NAMES,
    TIER_MODE_NAMES,
    VAT_TREATMENT_NAMES,
    Measure,
    Price,
    PriceKind,
    PriceNegative,
    TierMode,
    VatTreatment,
)
from kimppa.consortium.agreements.tiers_text import parse_tiers
from kimppa.consortium.agreements.vat import VAT_CONTENT_NAMES, BadVatRate, VatContent
from kimppa.doors.backoffice.money_decide import DAY
from kimppa.doors.web.forms import FoldedForm, offer
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.money import parse_decimal
from kimppa.foundation.core.text import noop

NUMBER = forms.TextInput(attrs={"inputmode": "decimal"})
MOST = 1_000_000_000


class NotAPrice(Invalid):
    code = "not-a-price"
    sentence = noop("“%(value)s” is not a price. Write it in digits, for example 2,50. Nothing was recorded.")


class PriceForm(FoldedForm):
    """One price of an agreement or offer; folded is what most prices do without."""

    FOLDED = ("tiers", "measure", "mode", "patron_cap", "month_cap", "vat_payer")
    USUAL = {"measure": Measure.RESIDENTS, "mode": TierMode.MARGINAL}

    platform = forms.ChoiceField(label=gettext_lazy("E-service"))
    part = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=80,
        required=False,
        help_text=gettext_lazy(
            "Where a service has several prices at a time, for example a yearly fee and use."
        ),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind of price"))
    rate = forms.CharField(
        label=gettext_lazy("Price"),
        max_length=30,
        required=False,
        widget=NUMBER,
        help_text=gettext_lazy("At most six decimals. Not with tiers."),
    )
    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=10, initial="EUR")
    tiers = forms.CharField(
        label=gettext_lazy("Tiers"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("One tier a line, the first from zero: 0 – 999: 2,50 and 1000 –: 2,00"),
    )
    measure = forms.ChoiceField(label=gettext_lazy("What the tiers count in a year"), required=False)
    mode = forms.ChoiceField(label=gettext_lazy("How the tiers count"), required=False)
    patron_cap = forms.IntegerField(
        label=gettext_lazy("Most uses of a patron in a month"), required=False, min_value=1, max_value=10_000
    )
    month_cap = forms.CharField(
        label=gettext_lazy("Most that a month costs"), max_length=20, required=False, widget=NUMBER
    )
    content = forms.ChoiceField(label=gettext_lazy("Content, for VAT"))
    treatment = forms.ChoiceField(label=gettext_lazy("How VAT is paid"))
    vat_payer = forms.ChoiceField(
        label=gettext_lazy("Who pays the VAT"),
        required=False,
        help_text=gettext_lazy("Only with reverse charge: the signing city."),
    )
    valid_from = forms.DateField(
        label=gettext_lazy("First day"),
        widget=DAY,
        required=False,
        help_text=gettext_lazy("Empty: from the first day of the agreement."),
    )
    valid_to = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=DAY,
        required=False,
        help_text=gettext_lazy("Empty: until a later price or the end."),
    )
    clause = forms.CharField(label=gettext_lazy("Clause"), max_length=120, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        cities = authority.coordinating_codes(clock.today())
        payers = [(str(p.id), p.name) for p in authority.parties() if p.code in cities]
        offer(self, "platform", [(p.slug, p.name) for p in platforms.every_platform()])
        offer(self, "kind", [(k.value, _(PRICE_KIND_NAMES[k])) for k in PriceKind])
        offer(self, "measure", [(m.value, _(MEASURE_NAMES[m])) for m in Measure])
        offer(self, "mode", [(m.value, _(TIER_MODE_NAMES[m])) for m in TierMode])
        offer(self, "content", [(c.value, _(VAT_CONTENT_NAMES[c])) for c in VatContent])
        offer(self, "treatment", [(t.value, _(VAT_TREATMENT_NAMES[t])) for t in VatTreatment])
        offer(self, "vat_payer", [("", "–"), *payers])

    def asked(self) -> Asked:
        """The price as the verb takes it. Raises NotAPrice, PriceNegative and what parse_tiers raises."""
        said = self.cleaned_data
        kind = PriceKind(said["kind"])
        price = Price(
            kind=kind,
            rate=Decimal(0) if kind is PriceKind.TIERS else _number(said["rate"]),
            content=VatContent(said["content"]),
            treatment=VatTreatment(said["treatment"]),
            currency=said["currency"],
            measure=Measure(said["measure"] or Measure.USES),
            mode=TierMode(said["mode"] or TierMode.MARGINAL),
            tiers=parse_tiers(said["tiers"]) if kind is PriceKind.TIERS else (),
            patron_cap=said["patron_cap"],
            month_cap=_number(said["month_cap"]) if said["month_cap"] else None,
            valid_from=said["valid_from"],
            valid_to=said["valid_to"],
        )
        payer = int(said["vat_payer"]) if said["vat_payer"] else None
        return Asked(said["platform"], price, said["part"], payer, said["clause"])


class WithdrawForm(forms.Form):
    why = forms.CharField(label=gettext_lazy("Why"), max_length=300)


class EndForm(forms.Form):
    valid_to = forms.DateField(label=gettext_lazy("Last day"), widget=DAY)


class VatForm(forms.Form):
    content = forms.ChoiceField(label=gettext_lazy("Content"))
    percent = forms.CharField(label=gettext_lazy("VAT, per cent"), max_length=12, widget=NUMBER)
    valid_from = forms.DateField(label=gettext_lazy("First day"), widget=DAY)
    source = forms.CharField(label=gettext_lazy("Source"), max_length=300, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "content", [(c.value, _(VAT_CONTENT_NAMES[c])) for c in VatContent])

    def percent_given(self) -> Decimal:
        """Raises BadVatRate."""
        said = self.cleaned_data["percent"].removesuffix("%").strip()
        found = parse_decimal(said)
        if found is None:
            raise BadVatRate(value=said[:40])
        return found


class ExchangeForm(forms.Form):
    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=10)
    day = forms.DateField(label=gettext_lazy("Day"), widget=DAY)
    rate = forms.CharField(
        label=gettext_lazy("Euros for one unit of the currency"), max_length=20, widget=NUMBER
    )
    source = forms.CharField(label=gettext_lazy("Source"), max_length=200)

    def rate_given(self) -> Decimal:
        """Raises NotAPrice, PriceNegative."""
        return _number(self.cleaned_data["rate"])


class QuantityForm(forms.Form):
    """The quantities of a year. They stand in the address, so that a comparison can be sent on."""

    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=2000, max_value=2200)
    residents = forms.IntegerField(
        label=gettext_lazy("Residents"), required=False, min_value=0, max_value=MOST
    )
    titles = forms.IntegerField(
        label=gettext_lazy("Titles or licences"), required=False, min_value=0, max_value=MOST
    )
    uses = forms.IntegerField(
        label=gettext_lazy("Uses in a year"), required=False, min_value=0, max_value=MOST
    )
    patrons = forms.IntegerField(
        label=gettext_lazy("Patrons in a month"), required=False, min_value=0, max_value=MOST
    )

    def basis(self) -> Basis:
        said = self.cleaned_data
        return Basis(
            residents=said["residents"],
            titles=said["titles"],
            uses=None if said["uses"] is None else evenly(said["uses"]),
            patrons=None if said["patrons"] is None else (said["patrons"],) * 12,
        )


def quantities(asked: QueryDict, *, on: date) -> QuantityForm:
    """The quantities asked for; where none are, the year of the day and the members' residents."""
    if "year" in asked:
        return QuantityForm(asked)
    newest = members.latest_population_date(on)
    residents = members.residents_of_members(reference_date=newest, on=on) if newest else None
    form = QuantityForm({"year": on.year, "residents": residents})
    form.is_valid()
    return form


def _number(text: str) -> Decimal:
    found = parse_decimal(text)
    if found is None:
        raise NotAPrice(value=text[:40])
    if found < 0:
        raise PriceNegative(value=text[:40])
    return found
