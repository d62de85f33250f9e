"""Daily cleaning of sign-ins. The audit trail stays: figures must be explained ten years on."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session

from kimppa.foundation.accounts.models import ApiToken, Invitation
from kimppa.foundation.core import clock
from kimppa.foundation.core.jobs import Run

KEPT = timedelta(days=365)


def purge(run: Run) -> None:
    """Remove ended sessions, invitations nobody took within a year, and tokens ended a year ago."""
    now = clock.real_now()
    Session.objects.filter(expire_date__lt=now).delete()
    Invitation.objects.filter(accepted=None, expires__lt=now - KEPT).delete()
    ApiToken.objects.filter(expires__lt=now - KEPT).delete()
