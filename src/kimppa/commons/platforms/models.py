"""The e-services (COUNTER's word: platforms): what they hold, who may use them, how one gets in."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from kimppa.commons.members.models import Municipality


class Platform(models.Model):
    """An e-service. Facts that no public source tells stay empty."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    contents = models.JSONField(default=list, help_text="codes of platforms.rules.Content")
    summary_fi = models.TextField(blank=True)
    summary_sv = models.TextField(blank=True)
    summary_en = models.TextField(blank=True)
    guide_fi = models.TextField(blank=True)
    guide_sv = models.TextField(blank=True)
    guide_en = models.TextField(blank=True)
    content_languages = models.JSONField(default=list, help_text="BCP 47; empty: not known")
    address = models.URLField(blank=True, help_text="where the service is; empty: not known")
    evidence = models.TextField(blank=True, help_text="where the facts come from")
    order = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class PlatformUse(models.Model):
    """When the joint e-library has the service. A date not known exactly says so in `note`."""

    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="uses")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_to__gte=F("valid_from")),
                name="platforms_use_dates",
            ),
            models.UniqueConstraint(
                fields=["platform"], condition=Q(valid_to__isnull=True), name="platforms_one_open_use"
            ),
        ]

    def __str__(self) -> str:
        return str(self.platform)


class Entitlement(models.Model):
    """Who may use a service and when; no municipality means every member of the e-library that day."""

    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="entitlements")
    municipality = models.ForeignKey(Municipality, null=True, blank=True, on_delete=models.PROTECT)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_to__gte=F("valid_from")),
                name="platforms_entitlement_dates",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.municipality or '*'}"


class PlatformAccess(models.Model):
    """The terms of use of a service in some time (entitlement.AccessRule). None of the day: by card."""

    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="access_rules")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    basis = models.CharField(max_length=12, help_text="code of platforms.entitlement.Basis")
    youngest = models.CharField(max_length=10, blank=True, help_text="an age group; empty: everybody")
    blocked_too = models.BooleanField(default=False)
    in_library_only = models.BooleanField(default=False)
    guardian_for_children = models.BooleanField(default=False)
    tells_municipality = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_to__gte=F("valid_from")),
                name="platforms_access_dates",
            ),
            models.UniqueConstraint(
                fields=["platform"], condition=Q(valid_to__isnull=True), name="platforms_one_open_access"
            ),
        ]


class LibraryNetwork(models.Model):
    """An address range of a municipality's libraries, for services that may be used only there."""

    municipality = models.ForeignKey(Municipality, on_delete=models.PROTECT, related_name="networks")
    network = models.CharField(max_length=50, help_text="CIDR, IPv4 or IPv6")
    note = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["municipality", "network"], name="platforms_one_network"),
        ]
