"""The guards of production, as system checks: each says in a sentence what is wrong and what to do.

They are deployment checks and speak only in `serve`. Those tagged `kimppa_environment` need no
database, so that nothing is migrated before they pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from kimppa.elibrary.patrons import queries as patrons
from kimppa.foundation.accounts import queries as accounts
from kimppa.foundation.core import clock, secrets

ENVIRONMENT = "kimppa_environment"
DATA = "kimppa_data"
SHORTEST_SECRET = 50


def _serving() -> bool:
    return bool(settings.MODE == "serve")


@register(ENVIRONMENT, deploy=True)
def environment_is_complete(
    *, app_configs: Sequence[AppConfig] | None, **_more: object
) -> list[CheckMessage]:
    """What `serve` must be told before it looks at any database."""
    if not _serving():
        return []
    env = settings.ENV
    found: list[CheckMessage] = []
    if len(env.secret_key) < SHORTEST_SECRET:
        found.append(
            Error(
                f"KIMPPA_SECRET_KEY must be set to at least {SHORTEST_SECRET} random characters.",
                id="kimppa.E001",
            )
        )
    if not env.allowed_hosts or "*" in env.allowed_hosts:
        found.append(
            Error(
                "KIMPPA_ALLOWED_HOSTS must name the hosts of this site, parted by commas.", id="kimppa.E002"
            )
        )
    if not env.backoffice_host:
        found.append(Error("KIMPPA_BACKOFFICE_HOST must name the back office's own host.", id="kimppa.E003"))
    elif env.backoffice_host.partition(":")[0] not in env.allowed_hosts:
        found.append(
            Error("KIMPPA_BACKOFFICE_HOST must be one of KIMPPA_ALLOWED_HOSTS too.", id="kimppa.E004")
        )
    elif len(env.allowed_hosts) < 2:
        found.append(
            Error(
                "KIMPPA_ALLOWED_HOSTS must name a host for residents besides the back office's.",
                id="kimppa.E005",
            )
        )
    return found


@register(ENVIRONMENT, deploy=True)
def keys_are_there(*, app_configs: Sequence[AppConfig] | None, **_more: object) -> list[CheckMessage]:
    """Keys are never made in silence: new ones would open nothing that is stored."""
    if not _serving() or not secrets.missing():
        return []
    names = ", ".join(secrets.missing())
    text = f"Keys are missing ({names}): put their files into KIMPPA_KEYS; ./kimppa keys makes the first."
    return [Error(text, id="kimppa.E006")]


@register(DATA, deploy=True)
def data_are_no_demo(*, app_configs: Sequence[AppConfig] | None, **_more: object) -> list[CheckMessage]:
    """No clock offset, no demo account, no local directory that nobody decided on."""
    if not _serving():
        return []
    found: list[CheckMessage] = []
    clock.forget()
    if clock.offset() != timedelta(0):
        text = "This home lives in another time (a demo's clock offset); serve needs a home of its own."
        found.append(Error(text, id="kimppa.E007"))
    if accounts.active_demo_accounts() or patrons.demo_cards():
        text = "Demo accounts are active; remove them with ./kimppa remove_demo_accounts."
        found.append(Error(text, id="kimppa.E008"))
    if patrons.local_systems() and not settings.ENV.local_directory:
        text = "A local directory keeps library cards here; KIMPPA_LOCAL_DIRECTORY=yes says that it is meant."
        found.append(Error(text, id="kimppa.E009"))
    return found
