"""`./kimppa demo`: load the region of the North, once, through the verbs; loading again changes nothing."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from kimppa.commons.members import queries as members
from kimppa.commons.platforms import queries as platforms
from kimppa.doors.console.command import Command as Base
from kimppa.doors.console.command import refuse
from kimppa.doors.console.demo import (
    books,
    budget,
    connections,
    eservices,
    fetching,
    governance,
    health,
    ledgers,
    meetings,
    money,
    people,
    prices,
    region,
    usage_files,
    use,
)
from kimppa.elibrary.catalog import queries as catalog
from kimppa.foundation.accounts import queries as accounts
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.core import clock
from kimppa.foundation.core.jobs import run_pending

OPENING = datetime(2022, 11, 15, 7, 0, tzinfo=UTC)
BEFORE = datetime(2021, 1, 4, 8, 0, tzinfo=UTC)
SIGN_INS = "demo_signins.json"


class Command(Base):
    help = "Load the demo region (59 municipalities, ten e-services, the year 2022)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="say nothing but mistakes")

    def handle(self, *, quiet: bool, **_: object) -> None:
        if settings.MODE == "serve":
            refuse("The demo region is not loaded into an installation that serves.")
        say: Callable[[str], object] = (lambda _text: None) if quiet else self.stdout.write
        marker = Path(settings.HOME) / SIGN_INS
        if marker.exists():
            say("The demo region is loaded already.")
            return
        if accounts.real_accounts() and not accounts.demo_accounts():
            refuse(
                "This home holds an installation's own data, so the demo is not loaded into it: its sign-ins "
                "are public. Nothing was changed. Give the demo a home of its own with KIMPPA_HOME."
            )
        self.load(say)
        marker.write_text(json.dumps(people.sign_ins(), ensure_ascii=False, indent=1))
        say("The demo region is loaded.")

    def load(self, say: Callable[[str], object]) -> None:
        """Load what is missing; each step is whole or not there, so that one that was cut off begins anew."""
        by = Operator("demo")
        real = clock.real_now()
        if not members.municipalities():
            say("Municipalities, kimppas, areas, libraries, groups …")
            with transaction.atomic():
                clock.set_offset(OPENING - real)
                region.load(by=by, now=BEFORE)
        if not accounts.demo_accounts():
            say("People and library cards …")
            with transaction.atomic():
                people.load(by=by, now=BEFORE, real_now=real)
        if not platforms.every_platform():
            say("E-services …")
            with transaction.atomic():
                eservices.load(by=by, now=BEFORE)
        if not connections.there():
            say("Connections of e-services …")
            with transaction.atomic():
                connections.load(by=by, now=real)
        if not catalog.guides():
            say("Books …")
            with transaction.atomic():
                books.load(by=by, now=BEFORE)
        say("Agreement, decision, levy and invoices of 2022 …")
        clock.forget()
        money.load(by=by, now=clock.now())
        say("Mandates, agreements and meetings …")
        governance.load(by=by, now=clock.now())
        meetings.load(by=by, now=clock.now())
        prices.load(by=by, now=clock.now())
        budget.load(by=by, now=clock.now())
        # After the budget: what was booked there is what the cities settle.
        ledgers.load(by=by, now=clock.now())
        health.load(by=by, now=clock.real_now())
        say("Use of the e-services …")
        use.count(by=by, now=clock.now())
        usage_files.bring(by=by, now=clock.now())
        use.choose(by=by, now=clock.now())
        fetching.load(by=by, now=clock.now())
        say("Documents and the search index …")
        run_pending()
        catalog.make_current()
