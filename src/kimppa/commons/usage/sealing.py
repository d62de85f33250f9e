"""Encrypting anew what an older key sealed: the credentials of SUSHI accounts."""

from __future__ import annotations

from django.db import transaction

from kimppa.commons.usage.sushi_models import SushiAccount
from kimppa.foundation.core import secrets


def seal_anew() -> int:
    """Seal every account's credentials with the key in use; returns how many changed. May be run again."""
    done = 0
    for pk in SushiAccount.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = SushiAccount.objects.select_for_update().filter(pk=pk).first()
            if row is not None and not secrets.is_current(bytes(row.sealed)):
                row.sealed = secrets.encrypt(secrets.decrypt(bytes(row.sealed)))
                row.save(update_fields=["sealed"])
                done += 1
    return done
