"""What an e-service is told of a resident, by which way, and what both sides agreed to.

No name, no card number, no PIN; a resident is a row of patrons, and outside a subject of that connection
only. All times are real ones.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from kimppa.commons.platforms.models import Platform
from kimppa.elibrary.patrons.models import Patron


class Connection(models.Model):
    """One way (rules.Way) in which an e-service asks. Its secret is kept as a digest and was shown once.

    `networks` may call us (none: anybody who has the secret). `told` is what it may ask for. The test card is
    invented for this connection, is no resident's and reaches no library system.
    """

    platform = models.ForeignKey(Platform, on_delete=models.PROTECT, related_name="connections")
    way = models.CharField(max_length=10, help_text="code of access.rules.Way")
    name = models.CharField(max_length=120)
    client_id = models.CharField(max_length=40, unique=True)
    on = models.BooleanField(default=True)
    off_reason = models.CharField(max_length=300, blank=True)
    secret_hash = models.CharField(max_length=64)
    old_secret_hash = models.CharField(max_length=64, blank=True)
    old_secret_until = models.DateTimeField(null=True)
    networks = models.JSONField(default=list, help_text="CIDR")
    rate_per_minute = models.PositiveIntegerField(default=120)
    redirect_uris = models.JSONField(default=list)
    post_logout_redirect_uris = models.JSONField(default=list)
    launch_address = models.CharField(max_length=500, blank=True, help_text="where one tap leads")
    told = models.JSONField(default=list, help_text="codes of access.rules.Told")
    guide_hash = models.CharField(max_length=64, blank=True, db_index=True)
    test_card = models.CharField(max_length=20)
    test_pin = models.CharField(max_length=8)
    created = models.DateTimeField()
    last_used = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["platform", "way"], name="access_one_way"),
            models.CheckConstraint(
                condition=Q(way__in=["oidc", "ticket", "json", "sip2"]), name="access_way_known"
            ),
            models.CheckConstraint(condition=Q(rate_per_minute__gte=1), name="access_rate_positive"),
            models.CheckConstraint(condition=Q(on=True) | ~Q(off_reason=""), name="access_off_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.way}"


class AuthorizationCode(models.Model):
    """A resident's yes on its way to an e-service's server: one use, a minute."""

    code_hash = models.CharField(max_length=64, unique=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    patron = models.ForeignKey(Patron, on_delete=models.CASCADE)
    redirect_uri = models.CharField(max_length=500)
    scopes = models.JSONField(default=list)
    nonce = models.CharField(max_length=500, blank=True)
    challenge = models.CharField(max_length=128)
    auth_time = models.DateTimeField()
    expires = models.DateTimeField(db_index=True)
    used = models.DateTimeField(null=True)


class AccessToken(models.Model):
    """What opens /userinfo for some minutes."""

    token_hash = models.CharField(max_length=64, unique=True)
    code = models.ForeignKey(AuthorizationCode, on_delete=models.CASCADE, related_name="tokens")
    expires = models.DateTimeField(db_index=True)
    revoked = models.DateTimeField(null=True)


class Consent(models.Model):
    """A resident's yes to what an e-service is told; asked once for each set of it."""

    patron = models.ForeignKey(Patron, on_delete=models.CASCADE, related_name="consents")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="consents")
    scopes = models.JSONField(default=list)
    given = models.DateTimeField()
    withdrawn = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["patron", "connection"], name="access_one_consent"),
        ]


class SigningKey(models.Model):
    """A key that signs ID tokens and tickets. It is published from `created` until `published_until`.

    `private` is PKCS #8, encrypted by core.secrets; `public` is its JWK. It signs from `signs_from` until
    the next one's; the rest of the time it only verifies what it has signed.
    """

    kid = models.CharField(max_length=40, unique=True)
    alg = models.CharField(max_length=10)
    private = models.BinaryField()
    public = models.JSONField()
    created = models.DateTimeField()
    signs_from = models.DateTimeField()
    published_until = models.DateTimeField(null=True, help_text="empty: no newer key yet")


class UsedTicket(models.Model):
    """A ticket that an e-service has asked about: a second time it is no good."""

    jti = models.CharField(max_length=64, unique=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE)
    expires = models.DateTimeField(db_index=True)


class RateWindow(models.Model):
    """How much of this minute's rate a connection has used."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="window")
    minute = models.DateTimeField()
    used = models.PositiveIntegerField(default=0)


class AccessLog(models.Model):
    """What happened on a connection, by the minute: no person, no card. Kept 90 days."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="log")
    minute = models.DateTimeField(db_index=True)
    outcome = models.CharField(max_length=40)
    network = models.CharField(max_length=50, blank=True)
    count = models.PositiveIntegerField(default=0)
    milliseconds = models.PositiveBigIntegerField(default=0, help_text="of all together")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "minute", "outcome", "network"], name="access_one_log_row"
            ),
        ]
