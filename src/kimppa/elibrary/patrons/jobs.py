"""The daily forgetting of sessions, wrong PINs and people who asked to be forgotten; probing of systems."""

from __future__ import annotations

from kimppa.elibrary.patrons import services
from kimppa.elibrary.patrons.library_systems import reach
from kimppa.elibrary.patrons.models import LibrarySystem
from kimppa.foundation.core import clock
from kimppa.foundation.core.jobs import Run


def purge(run: Run) -> None:
    """Sign-ins live in real time, not in the demo's calendar."""
    services.purge_sessions(now=clock.real_now())
    services.purge_deleted(now=clock.real_now())


def probe(run: Run) -> None:
    """Ask every connected library system whether it is there, without any card, and tell health.

    A system that is down is asked too, so that it is found again when nobody signs in.
    """
    for system in LibrarySystem.objects.order_by("slug"):
        if run.stop_requested():
            return
        reach(system, today=clock.today(), now=clock.real_now())
