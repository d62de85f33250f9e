"""Encrypting anew what an older key sealed: probes' passwords, webhooks' secrets, subscribers' tokens."""

from __future__ import annotations

from django.db import transaction

from kimppa.commons.health.models import Probe, Receiver, Subscriber
from kimppa.foundation.core import secrets


def seal_anew() -> int:
    """Seal everything of health with the key in use; returns how many were changed. May be run again."""
    done = 0
    for model, field in ((Probe, "secret"), (Receiver, "secret"), (Subscriber, "token")):
        for pk in model._default_manager.exclude(**{field: None}).values_list("pk", flat=True):
            with transaction.atomic():
                row = model._default_manager.select_for_update().filter(pk=pk).first()
                sealed = bytes(getattr(row, field) or b"") if row else b""
                if row is not None and sealed and not secrets.is_current(sealed):
                    setattr(row, field, secrets.encrypt(secrets.decrypt(sealed)))
                    row.save(update_fields=[field])
                    done += 1
    return done
