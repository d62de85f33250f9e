"""Sellers, payers, invoices and what becomes of them. Issued content is never changed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from kimppa.commons.members.models import Dated, LegalParty, Municipality
from kimppa.consortium.agreements.models import dates_in_order
from kimppa.consortium.budgets.models import CostShare, LevyRevision
from kimppa.consortium.invoicing.rules import DocumentKind, Kind, SellerMode
from kimppa.consortium.invoicing.vat_parts import OUTSIDE_SCOPE
from kimppa.foundation.files.models import StoredFile


class Seller(models.Model):
    """Who invoices: a legal party with an account, and its own gap-free series of numbers."""

    party = models.OneToOneField(LegalParty, on_delete=models.PROTECT, related_name="sells")
    mode = models.CharField(max_length=20, default=SellerMode.OWN.value)
    prefix = models.CharField(max_length=12, unique=True)
    reference_base = models.CharField(max_length=8, unique=True)
    iban = models.CharField(max_length=34)
    bic = models.CharField(max_length=11)
    terms_days = models.PositiveSmallIntegerField(default=30)
    example = models.BooleanField(default=False, help_text="ids are invented; documents say ESIMERKKI")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(mode__in=[m.value for m in SellerMode]), name="invoicing_known_mode"
            ),
            models.CheckConstraint(
                condition=Q(reference_base__regex=r"^[1-9][0-9]{1,7}$"),
                name="invoicing_reference_base_digits",
            ),
        ]

    def __str__(self) -> str:
        return self.party.name


class NumberSeries(models.Model):
    """The last number given. Its row is locked while numbers are given: no gap, no double."""

    seller = models.OneToOneField(Seller, on_delete=models.PROTECT, related_name="series")
    last = models.PositiveIntegerField(default=0)


class Payer(models.Model):
    """A legal party with a billing address: a municipality, a kimppa's host, a library."""

    party = models.OneToOneField(LegalParty, on_delete=models.PROTECT, related_name="pays")
    language = models.CharField(max_length=2, default="fi")
    buyer_reference = models.CharField(max_length=70, blank=True)

    def __str__(self) -> str:
        return self.party.name


class PayerOf(Dated):
    """Who pays a municipality's shares, with dates."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="payers")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="pays_for")

    class Meta:
        constraints = [
            dates_in_order("invoicing_payer_of_dates"),
            models.UniqueConstraint(
                fields=["municipality"], condition=Q(valid_to__isnull=True), name="invoicing_one_open_payer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.municipality} – {self.payer}"


class PayerSeller(Dated):
    """Who invoices a payer, with dates."""

    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="sellers")
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="payers")

    class Meta:
        constraints = [
            dates_in_order("invoicing_payer_seller_dates"),
            models.UniqueConstraint(
                fields=["payer"], condition=Q(valid_to__isnull=True), name="invoicing_one_open_seller"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payer} – {self.seller}"


class BillingBatch(models.Model):
    """What one seller issued in one transaction; `job` makes its documents.

    `revision` is empty where several levies were issued on the same invoices: then the lines tell.
    """

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="batches")
    revision = models.ForeignKey(LevyRevision, null=True, on_delete=models.PROTECT, related_name="batches")
    issued_on = models.DateField()
    created = models.DateTimeField()
    job = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.seller} {self.issued_on}"


class Invoice(models.Model):
    """An invoice or a credit note. `content` is frozen; only what becomes of it is added later.

    A credit note `credits` the whole of what stands of an invoice, or `reduces` it by a difference.
    """

    kind = models.CharField(max_length=12)
    batch = models.ForeignKey(BillingBatch, on_delete=models.PROTECT, related_name="invoices")
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="invoices")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="invoices")
    year = models.PositiveSmallIntegerField(db_index=True)
    serial = models.PositiveIntegerField()
    number = models.CharField(max_length=20)
    reference = models.CharField(max_length=20, unique=True)
    issued_on = models.DateField()
    due_on = models.DateField()
    # What is to be paid, VAT included; `vat_cents` is the VAT in it.
    total_cents = models.BigIntegerField()
    vat_cents = models.BigIntegerField(default=0, db_default=0)
    content = models.JSONField()
    credits = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="credited_by"
    )
    reduces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reduced_by"
    )
    rendered_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    # Of a seller whose own ledger invoices: `number` is our key to it, never printed as an invoice's number.
    ledger = models.BooleanField(default=False, db_default=False)
    ledger_number = models.CharField(max_length=40, blank=True, default="", db_default="")
    ledger_issued = models.DateField(null=True)
    ledger_export = models.ForeignKey(
        "LedgerExport", null=True, on_delete=models.PROTECT, related_name="invoices"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "serial"], name="invoicing_one_serial"),
            models.UniqueConstraint(fields=["number"], name="invoicing_one_number"),
            models.UniqueConstraint(
                fields=["seller", "ledger_number"],
                condition=~Q(ledger_number=""),
                name="invoicing_one_ledger_number",
            ),
            models.CheckConstraint(
                condition=Q(ledger=True) | Q(ledger_number="", ledger_export__isnull=True),
                name="invoicing_ledger_number_of_ledger",
            ),
            models.CheckConstraint(condition=Q(serial__gte=1), name="invoicing_serial_from_one"),
            models.CheckConstraint(
                condition=Q(
                    kind=Kind.INVOICE.value, credits__isnull=True, reduces__isnull=True, total_cents__gt=0
                )
                | Q(
                    kind=Kind.CREDIT_NOTE.value,
                    credits__isnull=False,
                    reduces__isnull=True,
                    total_cents__lt=0,
                )
                | Q(
                    kind=Kind.CREDIT_NOTE.value,
                    credits__isnull=True,
                    reduces__isnull=False,
                    total_cents__lt=0,
                ),
                name="invoicing_kind_and_sign",
            ),
            models.CheckConstraint(
                condition=Q(vat_cents=0)
                | Q(kind=Kind.INVOICE.value, vat_cents__gt=0, total_cents__gt=F("vat_cents"))
                | Q(kind=Kind.CREDIT_NOTE.value, vat_cents__lt=0, total_cents__lt=F("vat_cents")),
                name="invoicing_vat_sign",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(rendered_at__isnull=False),
                name="invoicing_sent_has_documents",
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("issued_on")), name="invoicing_due_after_issued"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class InvoiceLine(models.Model):
    """One line. `source` names what is charged; no two lines that are not credited have the same."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=120)
    share = models.ForeignKey(CostShare, on_delete=models.PROTECT, related_name="lines")
    # Without VAT; the category of EN 16931, and the rate where it is taxed.
    amount_cents = models.BigIntegerField()
    vat_category = models.CharField(max_length=2, default=OUTSIDE_SCOPE, db_default=OUTSIDE_SCOPE)
    vat_percent = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    credited = models.BooleanField(default=False)
    credit_of = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="credit"
    )
    # The line of an earlier invoice that a line with a negative difference takes from.
    reduces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reductions"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoicing_one_position"),
            models.UniqueConstraint(
                fields=["source"],
                condition=Q(credited=False, credit_of__isnull=True),
                name="invoicing_source_charged_once",
            ),
            models.CheckConstraint(
                condition=Q(vat_category=OUTSIDE_SCOPE, vat_percent__isnull=True)
                | (~Q(vat_category=OUTSIDE_SCOPE) & Q(vat_percent__gte=0)),
                name="invoicing_line_vat",
            ),
        ]


class InternalCharge(models.Model):
    """A share whose seller and payer are one: booked inside the city, never invoiced.

    A reversal is a row of its own with the sign turned; the share may then be charged again.
    """

    batch = models.ForeignKey(BillingBatch, on_delete=models.PROTECT, related_name="internal_charges")
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="internal_charges")
    source = models.CharField(max_length=120)
    share = models.ForeignKey(CostShare, on_delete=models.PROTECT, related_name="internal_charges")
    amount_cents = models.BigIntegerField()
    charged_on = models.DateField()
    # The defaults stand in the database too, so that the release before this one can go on writing.
    reversed = models.BooleanField(default=False, db_default=False)
    reverses = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by"
    )
    reason = models.CharField(max_length=300, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source"],
                condition=Q(reversed=False, reverses__isnull=True),
                name="invoicing_internal_source_once",
            ),
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, amount_cents__gt=0)
                | (Q(reverses__isnull=False, amount_cents__lt=0, reversed=False) & ~Q(reason="")),
                name="invoicing_reversal_sign",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.charged_on}"


class Document(models.Model):
    """A document of an invoice, kept with its checksum."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=10)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "kind"], name="invoicing_one_document"),
            models.CheckConstraint(
                condition=Q(kind__in=[k.value for k in DocumentKind]), name="invoicing_document_kind"
            ),
        ]


class Payment(models.Model):
    """Money received for an invoice; negative when a payment was returned. `key`: asked twice, kept once."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payments")
    key = models.CharField(max_length=40, unique=True)
    received_on = models.DateField()
    amount_cents = models.BigIntegerField()
    note = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount_cents=0), name="invoicing_payment_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice.number} {self.received_on}"


class BankStatement(models.Model):
    """A bank's message that was read, with the file as it came."""

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="statements")
    identifier = models.CharField(max_length=140, blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.identifier or f"#{self.pk}"


class BankMovement(models.Model):
    """Money on a seller's account. Kept whether or not an invoice was found for it; never dropped."""

    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="movements")
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="movements")
    key = models.CharField(max_length=150)
    booked_on = models.DateField()
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=35, blank=True)
    payer = models.CharField(max_length=140, blank=True)
    text = models.CharField(max_length=140, blank=True)
    payment = models.OneToOneField(Payment, null=True, on_delete=models.PROTECT, related_name="movement")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seller", "key"], name="invoicing_movement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.booked_on} {self.amount_cents}"


from kimppa.consortium.invoicing import ledger_models as _ledger_models  # noqa: E402, F401  (their home)
