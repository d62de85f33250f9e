"""Messages on their way out."""

from __future__ import annotations

from django.db import models


class Message(models.Model):
    """One message to one recipient, until it is sent.

    To staff and offices: an e-mail address. To patrons: an opaque key and a template's name; the text
    is made when it is sent, and the row is deleted after.
    """

    address = models.EmailField(blank=True)
    opaque_key = models.CharField(max_length=200, blank=True)
    template = models.CharField(max_length=100)
    params = models.JSONField(default=dict)
    language = models.CharField(max_length=2)
    created = models.DateTimeField()
    sent = models.DateTimeField(null=True)
    given_up = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(models.Q(address="") & ~models.Q(opaque_key=""))
                | (~models.Q(address="") & models.Q(opaque_key="")),
                name="outbox_one_way_of_naming_the_recipient",
            ),
            models.CheckConstraint(
                condition=models.Q(opaque_key="") | models.Q(sent__isnull=True),
                name="outbox_nothing_is_kept_of_a_patron",
            ),
        ]
        indexes = [models.Index(fields=["sent", "created"])]
