"""Who is who, with dates: municipalities, kimppas, libraries, areas, groups, legal parties, roles.

Dates: `valid_from` and `valid_to` are both inside; an empty `valid_from` means that the start is not
known, an empty `valid_to` that it goes on.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q


def _dates_in_order(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
        name=name,
    )


class Named(models.Model):
    """Place names in the languages of the North; empty where none is known."""

    name_fi = models.CharField(max_length=120)
    name_sv = models.CharField(max_length=120, blank=True)
    name_en = models.CharField(max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name_fi


class Dated(models.Model):
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True


class Region(Named):
    """A maakunta; `code` is Statistics Finland's."""

    code = models.CharField(max_length=2, unique=True)


class Municipality(Named):
    """`code` is Statistics Finland's three digits. A merged one keeps its row and names its successor."""

    code = models.CharField(max_length=3, unique=True)
    name_se = models.CharField(max_length=120, blank=True)
    name_smn = models.CharField(max_length=120, blank=True)
    name_sms = models.CharField(max_length=120, blank=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="municipalities")
    language_status = models.CharField(max_length=80, blank=True)
    sami_homeland = models.BooleanField(default=False)
    ended_on = models.DateField(null=True, blank=True)
    successor = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^[0-9]{3}$"), name="members_code_three_digits"),
        ]


class Population(models.Model):
    """Residents of a municipality on a day, as a source stated it."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="populations")
    reference_date = models.DateField()
    residents = models.PositiveIntegerField()
    source = models.CharField(max_length=200)
    source_date = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["municipality", "reference_date"], name="members_one_population"),
        ]


class Area(Named):
    """A dated grouping of municipalities with a coordinating city (Lapland; Kainuu + North Ostrobothnia)."""

    slug = models.SlugField(unique=True)


class AreaMembership(Dated):
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="memberships")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="areas")

    class Meta:
        constraints = [
            _dates_in_order("members_area_dates"),
            models.UniqueConstraint(
                fields=["municipality"], condition=Q(valid_to__isnull=True), name="members_one_open_area"
            ),
        ]

    def __str__(self) -> str:
        return str(self.municipality)


class AreaCoordinator(Dated):
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="coordinators")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="coordinates")

    class Meta:
        constraints = [
            _dates_in_order("members_coordinator_dates"),
            models.UniqueConstraint(
                fields=["area"], condition=Q(valid_to__isnull=True), name="members_one_open_coordinator"
            ),
        ]


class Kimppa(Named):
    """A library consortium: municipalities that share one library system and card."""

    slug = models.SlugField(unique=True)
    note = models.TextField(blank=True)


class KimppaMembership(Dated):
    kimppa = models.ForeignKey(Kimppa, on_delete=models.PROTECT, related_name="memberships")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="kimppas")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            _dates_in_order("members_kimppa_dates"),
            models.UniqueConstraint(
                fields=["municipality"], condition=Q(valid_to__isnull=True), name="members_one_open_kimppa"
            ),
        ]

    def __str__(self) -> str:
        return str(self.municipality)


class KimppaHost(Dated):
    """The municipality that acts for a kimppa, with dates: it may pay for all of them."""

    kimppa = models.ForeignKey(Kimppa, on_delete=models.PROTECT, related_name="hosts")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="hosts_of")

    class Meta:
        constraints = [
            _dates_in_order("members_host_dates"),
            models.UniqueConstraint(
                fields=["kimppa"], condition=Q(valid_to__isnull=True), name="members_one_open_host"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kimppa_id} – {self.municipality}"


class Library(Named):
    """A public library as an organisation; a joint one serves several municipalities."""

    slug = models.SlugField(unique=True)


class LibraryMunicipality(Dated):
    library = models.ForeignKey(Library, on_delete=models.PROTECT, related_name="serves")
    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="libraries")

    class Meta:
        constraints = [
            _dates_in_order("members_library_dates"),
            models.UniqueConstraint(
                fields=["library", "municipality"],
                condition=Q(valid_to__isnull=True),
                name="members_one_open_library",
            ),
        ]


class Membership(Dated):
    """A municipality belongs to this joint e-library. Drives levy, entitlement and mandate."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="memberships")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            _dates_in_order("members_membership_dates"),
            models.UniqueConstraint(
                fields=["municipality"],
                condition=Q(valid_to__isnull=True),
                name="members_one_open_membership",
            ),
        ]

    def __str__(self) -> str:
        return str(self.municipality)


class LegalParty(models.Model):
    """Somebody who can sign, sell or pay: a municipality, a kimppa's host, a library, a vendor."""

    name = models.CharField(max_length=200)
    business_id = models.CharField(max_length=9, blank=True)
    municipality = models.ForeignKey(
        Municipality, null=True, blank=True, on_delete=models.PROTECT, related_name="legal_parties"
    )
    street = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    town = models.CharField(max_length=120, blank=True)
    einvoice_address = models.CharField(max_length=35, blank=True, help_text="OVT id or IBAN")
    einvoice_operator = models.CharField(max_length=35, blank=True, help_text="BIC or the operator's OVT id")
    fictional = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["municipality"],
                condition=Q(municipality__isnull=False),
                name="members_one_party_a_municipality",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Group(Named):
    """Expert groups, responsible persons, directors' days: a body that meets and decides."""

    slug = models.SlugField(unique=True)


class GroupMembership(Dated):
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="groups_in")


class RoleAssignment(Dated):
    """A role given to a person for a scope and for dates (see roles.py)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="roles")
    role = models.CharField(max_length=40)
    scope_kind = models.CharField(max_length=20)
    scope_code = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            _dates_in_order("members_role_dates"),
            models.UniqueConstraint(
                fields=["user", "role", "scope_kind", "scope_code"],
                condition=Q(valid_to__isnull=True),
                name="members_one_open_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.scope_kind} {self.scope_code}".strip()
