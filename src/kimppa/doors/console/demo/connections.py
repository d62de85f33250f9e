"""Two invented connections of e-services. Their vendors have no such servers: no one-tap address is set."""

from __future__ import annotations

from datetime import datetime

from kimppa.elibrary.access import queries, services
from kimppa.elibrary.access.rules import Told, Way
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.core import clock

NAME = "ESIMERKKI Oy"
TOLD = (Told.ENTITLED, Told.AGE_GROUP)


def there() -> bool:
    """Whether any connection has been made."""
    return bool(queries.connections())


def load(*, by: Operator, now: datetime) -> None:
    """One by OpenID Connect and one by JSON; `now` is real time, as all of sign-on is."""
    today = clock.today()
    ellibs = services.add_connection(by=by, platform="ellibs", way=Way.OIDC, name=NAME, now=now)
    services.set_up(
        by=by,
        client_id=ellibs.client_id,
        setup=services.Setup(
            name=NAME,
            redirect_uris=("https://ellibs.example/oidc/callback",),
            post_logout_redirect_uris=("https://ellibs.example/",),
            told=TOLD,
        ),
        today=today,
        now=now,
    )
    emagz = services.add_connection(by=by, platform="emagz", way=Way.JSON, name=NAME, now=now)
    setup = services.Setup(name=NAME, networks=("192.0.2.0/24",), told=TOLD)
    services.set_up(by=by, client_id=emagz.client_id, setup=setup, today=today, now=now)
