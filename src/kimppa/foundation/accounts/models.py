"""Staff users (never patrons), their invitations, and the audit trail."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A member of the consortium's staff. What they may do stands in members.RoleAssignment."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=2, default="fi")
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False, help_text="needs no second factor; refused by serve")
    date_joined = models.DateTimeField()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """A way in for one person, once. Only the hash of its token is kept."""

    email = models.EmailField()
    name = models.CharField(max_length=200)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="invitations_sent")
    created = models.DateTimeField()
    expires = models.DateTimeField()
    accepted = models.DateTimeField(null=True)
    user = models.OneToOneField(User, null=True, on_delete=models.PROTECT, related_name="invitation")
    issuer = models.ForeignKey(
        "StaffIssuer", null=True, on_delete=models.PROTECT, help_text="taken by signing in there, and only so"
    )


class AuditEntry(models.Model):
    """Who did what to what and when, with the values before and after. Never patrons' reading."""

    at = models.DateTimeField(db_index=True)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT)
    actor = models.CharField(
        max_length=200, help_text="the name at that time; an operator's name has no user"
    )
    act = models.CharField(max_length=80, db_index=True)
    object_kind = models.CharField(max_length=80)
    object_key = models.CharField(max_length=80)
    label = models.CharField(max_length=300, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["object_kind", "object_key"])]


class ApiToken(models.Model):
    """A machine's way in, for one user. Only the hash of the token is kept."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=100)
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created = models.DateTimeField()
    expires = models.DateTimeField()
    revoked = models.DateTimeField(null=True)
    last_used = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires__gt=models.F("created")), name="accounts_token_expires_later"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StaffIssuer(models.Model):
    """A city's own sign-in (OpenID Connect) for its people on the staff: those who were invited for it.

    `municipality` is the code of the only municipality that its people may have roles for. `second_acr`,
    `second_amr`: levels and ways, any of which proves a second factor. `secret` is encrypted (core.secrets).
    """

    name = models.CharField(max_length=120)
    issuer = models.CharField(max_length=500, unique=True)
    client_id = models.CharField(max_length=200)
    secret = models.BinaryField()
    hosts = models.JSONField(default=list)
    private = models.BooleanField(default=False)
    ca = models.TextField(blank=True)
    municipality = models.CharField(max_length=3)
    second_acr = models.JSONField(default=list)
    second_amr = models.JSONField(default=list)
    on = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class StaffIdentity(models.Model):
    """Who somebody is at an issuer: bound once by an invitation, never by address. `subject` is an HMAC."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="identities")
    issuer = models.ForeignKey(StaffIssuer, on_delete=models.PROTECT)
    subject = models.CharField(max_length=64)
    created = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="accounts_one_identity"),
            models.UniqueConstraint(fields=["issuer", "user"], name="accounts_one_subject"),
        ]


class CityBinding(models.Model):
    """An offer to somebody who has an account: to be bound to a city's sign-in, once."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    issuer = models.ForeignKey(StaffIssuer, on_delete=models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    offered_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created = models.DateTimeField()
    expires = models.DateTimeField()
    accepted = models.DateTimeField(null=True)
