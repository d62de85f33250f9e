"""Legal parties that are no municipality (vendors, funders, joint libraries), and billing addresses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from stdnum.fi import ytunnus

from kimppa.commons.members.models import LegalParty
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core.errors import Invalid, Missing
from kimppa.foundation.core.text import clean_line, noop


class NoSuchParty(Missing):
    code = "no-such-party"
    sentence = noop("There is no such party. Nothing was changed.")


class BadBusinessId(Invalid):
    code = "bad-business-id"
    sentence = noop("“%(value)s” is not a Finnish business id, such as 1234567-1. Nothing was changed.")


@dataclass(frozen=True, slots=True)
class Billing:
    """Where an invoice goes. Empty texts: not known."""

    business_id: str = ""
    street: str = ""
    postal_code: str = ""
    town: str = ""
    einvoice_address: str = ""
    einvoice_operator: str = ""


@transaction.atomic
def record_billing(
    *, by: Actor, party: int | None, name: str, billing: Billing, fictional: bool = False, now: datetime
) -> int:
    """Record a party's billing address; without a party, make one of that name. Returns its id.

    Raises NoSuchParty, BadBusinessId.
    """
    require(by, Act.EDIT_PAYERS, now=now)
    if billing.business_id and not ytunnus.is_valid(billing.business_id):
        raise BadBusinessId(value=billing.business_id[:20])
    values = {
        "business_id": clean_line(billing.business_id)[:9],
        "street": clean_line(billing.street)[:200],
        "postal_code": clean_line(billing.postal_code)[:20],
        "town": clean_line(billing.town)[:120],
        "einvoice_address": clean_line(billing.einvoice_address)[:35],
        "einvoice_operator": clean_line(billing.einvoice_operator)[:35],
    }
    row = LegalParty.objects.select_for_update().filter(pk=party).first() if party else None
    called = clean_line(name)[:200]
    if row is None and (party or not called):
        raise NoSuchParty
    before = {field: str(getattr(row, field)) for field in values} if row else None
    if row is None:
        row = LegalParty.objects.create(name=called, fictional=fictional, **values)
    elif before != values:
        for field, value in values.items():
            setattr(row, field, value)
        row.save(update_fields=list(values))
    else:
        return row.pk
    after = {"name": row.name, **values}
    audit.record(by=by, act="members.record_billing", obj=row, before=before, after=after, now=now)
    return row.pk


@transaction.atomic
def record_outside_party(
    *, by: Actor, name: str, business_id: str = "", fictional: bool = False, now: datetime
) -> int:
    """Record a vendor or funder by its name, or find the one that has it; returns its id."""
    require(by, Act.EDIT_AGREEMENTS, now=now)
    called = clean_line(name)[:200]
    found = LegalParty.objects.filter(municipality__isnull=True, name__iexact=called).first()
    if found is not None:
        return found.pk
    row = LegalParty.objects.create(name=called, business_id=clean_line(business_id)[:9], fictional=fictional)
    audit.record(
        by=by,
        act="members.record_outside_party",
        obj=row,
        before=None,
        after={"name": called, "business_id": row.business_id},
        now=now,
    )
    return row.pk
