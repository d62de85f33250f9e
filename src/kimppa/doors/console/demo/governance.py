"""The binding of the demo region: mandates and agreements. All invented, and marked ESIMERKKI.

An assumption: each member gave the coordinating city of its area the authority to sign, to coordinate and
to bill in the cooperation agreement.
"""

from __future__ import annotations

from datetime import datetime

from kimppa.commons.members import queries as members
from kimppa.commons.members.models import LegalParty
from kimppa.consortium.agreements import mandates
from kimppa.consortium.agreements.models import Agreement, Mandate
from kimppa.consortium.agreements.rules import Purpose
from kimppa.doors.console.demo.money import AGREEMENT, OPENED
from kimppa.foundation.accounts.actors import Actor


def load(*, by: Actor, now: datetime) -> None:
    """Build everything through the verbs, after the demo's money; idempotent."""
    agreement = Agreement.objects.filter(diary_number=AGREEMENT).first()
    if agreement is None:
        return
    _mandates(by, agreement, now)


def _mandates(by: Actor, agreement: Agreement, now: datetime) -> None:
    if Mandate.objects.exists():
        return
    parties = dict(
        LegalParty.objects.filter(municipality__isnull=False).values_list("municipality__code", "pk")
    )
    for area in members.areas_on(OPENED):
        holder = parties[area.coordinator_code]
        mandates.grant(
            by=by,
            grantors=[parties[code] for code in area.codes if code in parties and parties[code] != holder],
            holder=holder,
            purposes=list(Purpose),
            valid_from=OPENED,
            agreement=agreement.pk,
            clause="2 §",
            now=now,
        )
