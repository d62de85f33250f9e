"""Forms of budgets: lines, decisions, vendors' invoices and their parts, grants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kimppa.commons.platforms import queries as platforms
from kimppa.consortium.agreements import contracts
from kimppa.consortium.agreements.rules import CLASS_NAMES, AgreementKind, CostClass
from kimppa.consortium.agreements.vat import VAT_CONTENT_NAMES, VatContent
from kimppa.consortium.budgets import plan_queries, purchase_queries
from kimppa.consortium.budgets.grants import GrantSaid
from kimppa.consortium.budgets.lines import Said
from kimppa.consortium.budgets.plan_queries import LineRow
from kimppa.consortium.budgets.plan_rules import COST_KIND_NAMES, CostKind
from kimppa.consortium.budgets.purchases import Piece, Told, Upload
from kimppa.consortium.budgets.services import Resolution
from kimppa.consortium.governance import queries as governance
from kimppa.consortium.governance.services import Words
from kimppa.consortium.invoicing import ledger_queries
from kimppa.doors.backoffice import money_tables as tables
from kimppa.doors.backoffice.agreements_forms import read_upload
from kimppa.doors.backoffice.money_decide import DAY
from kimppa.doors.web.formats import money
from kimppa.doors.web.forms import offer
from kimppa.foundation.core import clock
from kimppa.foundation.core.money import BadAmount, Cents, parse_cents, parse_decimal
from kimppa.foundation.files.rules import MAX_BYTES, MEGABYTE
from kimppa.foundation.files.services import FileTooLarge
from kimppa.foundation.protocols import incoming_invoices

MOST_PARTS = 12
XML = "application/xml"
MONEY = forms.TextInput(attrs={"inputmode": "decimal"})


class YearForm(forms.Form):
    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=2000, max_value=2200)


class LineForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("What it is for"), max_length=200)
    amount = forms.CharField(label=gettext_lazy("Euros"), max_length=20, widget=MONEY)
    cost_class = forms.ChoiceField(label=gettext_lazy("Cost class"))
    platform = forms.ChoiceField(label=gettext_lazy("E-service"), required=False)
    account = forms.CharField(label=gettext_lazy("Account"), max_length=30, required=False)
    cost_centre = forms.CharField(label=gettext_lazy("Cost centre"), max_length=30, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        offer(self, "cost_class", [(c.value, _(CLASS_NAMES[c])) for c in CostClass])
        offer(self, "platform", [("", "–"), *((p.slug, p.name) for p in platforms.every_platform())])

    def said(self) -> Said:
        """Raises BadAmount."""
        told = self.cleaned_data
        return Said(
            title=told["title"],
            amount=parse_cents(told["amount"]),
            cost_class=CostClass(told["cost_class"]),
            platform=told["platform"],
            account=told["account"],
            cost_centre=told["cost_centre"],
        )


class ResolutionForm(forms.Form):
    """What the minutes say."""

    body = forms.ChoiceField(label=gettext_lazy("Who decided"))
    decided_on = forms.DateField(label=gettext_lazy("Decided on"), widget=DAY)
    diary_number = forms.CharField(label=gettext_lazy("Diary number"), max_length=60)
    title_fi = forms.CharField(label=gettext_lazy("Title in Finnish"), max_length=300)
    title_sv = forms.CharField(label=gettext_lazy("Title in Swedish"), max_length=300, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        shown = tables.language()
        offer(self, "body", [(body.slug, body.name(shown)) for body in governance.bodies()])

    def resolution(self) -> Resolution:
        told = self.cleaned_data
        return Resolution(
            body=told["body"],
            diary_number=told["diary_number"],
            decided_on=told["decided_on"],
            words=Words(told["title_fi"], told["title_sv"]),
            example=clock.offset().total_seconds() != 0,
        )


class CarryForm(ResolutionForm):
    """What of each line is carried over; a line left empty carries nothing."""

    def __init__(self, *args: object, lines: Sequence[LineRow], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            self.fields[f"line{line.id}"] = forms.CharField(
                label=line.title,
                max_length=20,
                required=False,
                widget=MONEY,
                help_text=_("Left: %(sum)s") % {"sum": money(line.outlook.unbooked, tables.language())},
            )

    def amounts(self) -> dict[int, Cents]:
        """Raises BadAmount."""
        said = {line.id: self.cleaned_data[f"line{line.id}"] for line in self.lines}
        return {line: parse_cents(text) for line, text in said.items() if text}


class UploadForm(forms.Form):
    """An e-invoice: read from its file."""

    file = forms.FileField(
        label=gettext_lazy("E-invoice"),
        help_text=gettext_lazy("Finvoice 3.0 or Peppol BIS 3, at most 20 MB."),
    )

    def upload(self) -> Upload:
        """Raises FileTooLarge before the file is read, NotAnEInvoice."""
        found: UploadedFile[bytes] = self.cleaned_data["file"]
        limit = MAX_BYTES[XML]
        if (found.size or 0) > limit:
            raise FileTooLarge(size=-(-(found.size or 0) // MEGABYTE), limit=limit // MEGABYTE)
        content = found.read()
        if not incoming_invoices.looks_like_xml(content[:200]):
            raise incoming_invoices.NotAnEInvoice(why=(found.name or "?")[:60])
        return Upload(found.name or "", content, XML)


class TypedForm(forms.Form):
    """An invoice on paper or as PDF: its data typed by hand."""

    vendor = forms.CharField(label=gettext_lazy("Vendor"), max_length=200)
    business_id = forms.CharField(label=gettext_lazy("Business id"), max_length=9, required=False)
    number = forms.CharField(label=gettext_lazy("Invoice number"), max_length=60)
    issued = forms.DateField(label=gettext_lazy("Invoice date"), widget=DAY)
    due = forms.DateField(label=gettext_lazy("Due date"), widget=DAY, required=False)
    net = forms.CharField(
        label=gettext_lazy("Without VAT"),
        max_length=20,
        widget=MONEY,
        help_text=gettext_lazy("A credit note's sums are below zero, for example −120,00."),
    )
    vat = forms.CharField(label=gettext_lazy("VAT"), max_length=20, widget=MONEY, initial="0")
    gross = forms.CharField(label=gettext_lazy("With VAT"), max_length=20, widget=MONEY)
    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=10, initial="EUR")
    reverse_charge = forms.BooleanField(
        label=gettext_lazy("Reverse charge: the city pays the VAT"), required=False
    )
    file = forms.FileField(
        label=gettext_lazy("The invoice as a file"),
        required=False,
        help_text=gettext_lazy("PDF, PNG or JPEG, at most 50 MB."),
    )

    def clean_issued(self) -> date:
        issued: date = self.cleaned_data["issued"]
        if issued > clock.today():
            raise forms.ValidationError(_("The day has not come yet."))
        return issued

    def clean(self) -> dict[str, object]:
        said = self.cleaned_data
        if said.get("due") and said.get("issued") and said["due"] < said["issued"]:
            self.add_error("due", _("The invoice falls due before its own date."))
        return said

    def told(self) -> Told:
        """Raises BadAmount."""
        said = self.cleaned_data
        return Told(
            vendor=said["vendor"],
            business_id=said["business_id"],
            number=said["number"],
            issued=said["issued"],
            due=said["due"],
            net=parse_cents(said["net"]),
            vat=parse_cents(said["vat"]),
            gross=parse_cents(said["gross"]),
            currency=said["currency"],
            reverse_charge=said["reverse_charge"],
        )

    def upload(self) -> Upload | None:
        """Raises FileTypeRefused, FileTooLarge."""
        found: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if found is None:
            return None
        content, media_type = read_upload(found)
        return Upload(found.name or "", content, media_type)


@dataclass(frozen=True, slots=True)
class BookingChoice:
    """What the parts of an invoice may be chosen from, asked for once a page."""

    lines: list[tuple[str, str]]
    grants: list[tuple[str, str]]
    kinds: list[tuple[str, str]]


def booking_choice() -> BookingChoice:
    lines = [(str(pk), f"{year} {title}") for pk, year, title, _slug in plan_queries.bookable_lines()]
    found = [(str(grant.id), grant.title) for grant in purchase_queries.grants()]
    kinds = [(kind.value, _(COST_KIND_NAMES[kind])) for kind in CostKind]
    return BookingChoice([("", "–"), *lines], [("", "–"), *found], kinds)


class BookForm(forms.Form):
    """An invoice over lines. Empty parts are left out."""

    agreement = forms.ChoiceField(label=gettext_lazy("Agreement"), required=False)
    reverse_content = forms.ChoiceField(label=gettext_lazy("Reverse charge: VAT as for"), required=False)
    paid_by = forms.ChoiceField(
        label=gettext_lazy("Paid by"),
        required=False,
        help_text=gettext_lazy("The city that pays the vendor, and the VAT with reverse charge."),
    )

    def __init__(
        self, *args: object, choice: BookingChoice, fresh: bool, count: int, **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.count = count
        cities = [(str(pk), name) for pk, name in ledger_queries.selling_parties()]
        offer(self, "paid_by", [("", "–"), *cities])
        if fresh:
            rows = [r for r in contracts.contracts(on=clock.today()) if r.kind is AgreementKind.VENDOR]
            shown = tables.language()
            named = [(str(r.id), f"{r.diary_number} {r.title(shown)}") for r in rows if r.signed_on]
            contents = [(c.value, _(VAT_CONTENT_NAMES[c])) for c in VatContent]
            offer(self, "agreement", [("", "–"), *named])
            offer(self, "reverse_content", [("", _("No reverse charge")), *contents])
        else:
            del self.fields["agreement"], self.fields["reverse_content"]
        for n in range(1, count + 1):
            self._part(n, choice)

    def _part(self, n: int, choice: BookingChoice) -> None:
        told = {"n": n}
        self.fields[f"line{n}"] = forms.ChoiceField(
            label=_("Part %(n)s: line") % told, required=False, choices=choice.lines
        )
        self.fields[f"amount{n}"] = forms.CharField(
            label=_("Part %(n)s: euros") % told, required=False, max_length=20, widget=MONEY
        )
        self.fields[f"grant{n}"] = forms.ChoiceField(
            label=_("Part %(n)s: cost of a grant") % told, required=False, choices=choice.grants
        )
        self.fields[f"kind{n}"] = forms.ChoiceField(
            label=_("Part %(n)s: kind of cost") % told, required=False, choices=choice.kinds
        )

    def head(self) -> list[forms.BoundField]:
        """The fields before the parts."""
        return [self[name] for name in ("agreement", "reverse_content", "paid_by") if name in self.fields]

    def parts(self) -> list[list[forms.BoundField]]:
        """The fields part by part."""
        names = ("line", "amount", "grant", "kind")
        return [[self[f"{name}{n}"] for name in names] for n in range(1, self.count + 1)]

    def pieces(self) -> list[Piece]:
        """Raises BadAmount; a sum without a line is no part that may be lost."""
        found = []
        for n in range(1, self.count + 1):
            line, amount = self.cleaned_data[f"line{n}"], self.cleaned_data[f"amount{n}"].strip()
            if not line and not amount:
                continue
            grant = self.cleaned_data[f"grant{n}"]
            kind = CostKind(self.cleaned_data[f"kind{n}"] or CostKind.LICENCES)
            found.append(Piece(int(line or 0), parse_cents(amount), int(grant) if grant else None, kind))
        return found


class DiscardForm(forms.Form):
    why = forms.CharField(label=gettext_lazy("Why"), max_length=300)


class GrantForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    agreement = forms.ChoiceField(label=gettext_lazy("Grant agreement"), required=False)
    funder = forms.CharField(
        label=gettext_lazy("Funder"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Where no agreement names it."),
    )
    decision_number = forms.CharField(
        label=gettext_lazy("The funder's decision"), max_length=60, required=False
    )
    valid_from = forms.DateField(label=gettext_lazy("First day"), widget=DAY)
    valid_to = forms.DateField(label=gettext_lazy("Last day"), widget=DAY)
    amount = forms.CharField(label=gettext_lazy("Granted, euros"), max_length=20, widget=MONEY)
    own_percent = forms.CharField(label=gettext_lazy("Own share, per cent"), max_length=10, widget=MONEY)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        rows = [r for r in contracts.contracts(on=clock.today()) if r.kind is AgreementKind.GRANT]
        shown = tables.language()
        named = [(str(r.id), f"{r.diary_number} {r.title(shown)}") for r in rows]
        offer(self, "agreement", [("", "–"), *named])

    def said(self) -> GrantSaid:
        """Raises BadAmount."""
        told = self.cleaned_data
        percent = parse_decimal(told["own_percent"].removesuffix("%").strip())
        if percent is None:
            raise BadAmount(value=told["own_percent"][:40])
        return GrantSaid(
            title=told["title"],
            amount=parse_cents(told["amount"]),
            own_percent=Decimal(percent),
            valid_from=told["valid_from"],
            valid_to=told["valid_to"],
            funder=told["funder"],
            agreement=int(told["agreement"]) if told["agreement"] else None,
            decision_number=told["decision_number"],
            example=clock.offset().total_seconds() != 0,
        )
