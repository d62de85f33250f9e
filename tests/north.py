"""The real region for many tests: loaded once a run by the demo's own verbs, then put back row by row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.core.management.color import no_style
from django.db import connection, models

from kimppa.commons.members import models as members
from kimppa.commons.platforms import models as platforms
from kimppa.doors.console.demo import eservices, people, region
from kimppa.elibrary.patrons import models as patrons
from kimppa.foundation.accounts import models as accounts
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.files.models import StoredFile
from kimppa.foundation.imports import models as imports

PLACES: tuple[type[models.Model], ...] = (
    *(StoredFile, imports.ImportBatch, imports.ImportRecord, accounts.AuditEntry),
    *(members.Region, members.Municipality, members.Population, members.Area, members.AreaMembership),
    *(members.AreaCoordinator, members.Kimppa, members.KimppaMembership, members.Library),
    *(members.LibraryMunicipality, members.Membership, members.Group),
)
PEOPLE: tuple[type[models.Model], ...] = (
    *(accounts.User, members.RoleAssignment, patrons.LibrarySystem, patrons.LocalCard),
)
SERVICES: tuple[type[models.Model], ...] = (platforms.Platform, platforms.PlatformUse, platforms.Entitlement)

_kept: dict[str, dict[type[models.Model], list[models.Model]]] = {}


def load_places(by: Operator, now: datetime) -> None:
    """59 municipalities with everything dated about them."""
    _load("places", PLACES, lambda: region.load(by=by, now=now))


def load_everything(by: Operator, now: datetime) -> None:
    """The places, the demo's people with their roles and cards, and the e-services."""

    def load() -> None:
        region.load(by=by, now=now)
        people.load(by=by, now=now, real_now=now)
        eservices.load(by=by, now=now)

    # Audit entries name users: they are put back after them.
    order = tuple(m for m in (*PLACES, *PEOPLE, *SERVICES) if m is not accounts.AuditEntry)
    _load("everything", (*order, accounts.AuditEntry), load)


def load_services(by: Operator, now: datetime) -> None:
    """The places and the e-services."""

    def load() -> None:
        region.load(by=by, now=now)
        eservices.load(by=by, now=now)

    _load("services", (*PLACES, *SERVICES), load)


def _load(name: str, wanted: tuple[type[models.Model], ...], load: Callable[[], None]) -> None:
    if name not in _kept:
        load()
        _kept[name] = {model: list(model._default_manager.order_by("pk")) for model in wanted}
        return
    for model, rows in _kept[name].items():
        model._default_manager.bulk_create(rows, batch_size=500)
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), list(wanted)):
            cursor.execute(sql)
