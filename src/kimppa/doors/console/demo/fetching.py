"""An account at an invented vendor's SUSHI server (ESIMERKKI). It is stopped: nothing real is ever asked."""

from __future__ import annotations

from datetime import datetime

from kimppa.commons.platforms.queries import is_known
from kimppa.commons.usage import sushi, sushi_queries
from kimppa.foundation.accounts.actors import Operator

SERVICE = "esimerkkikirjat"
SETUP = sushi.Setup(
    platform=SERVICE,
    base="https://sushi.esimerkkikustantamo.example/counter",
    release="5.1",
    unit_kind="consortium",
    unit_code="",
    reports=("PR", "TR_B1"),
    owner_email="koordinaattori@kimppa.example",
)
CREDENTIALS = sushi.Credentials("ESIMERKKI-001", "esimerkki", "esimerkki")


def load(*, by: Operator, now: datetime) -> None:
    """The account, stopped at once, and a year that waits. Loading again brings nothing twice."""
    if not is_known(SERVICE) or sushi_queries.accounts(platforms=(SERVICE,)):
        return
    account = sushi.define(by=by, setup=SETUP, credentials=CREDENTIALS, now=now)
    sushi.stop(by=by, account_id=account, now=now)
    sushi.backfill(by=by, account_id=account, months=12, now=now)
