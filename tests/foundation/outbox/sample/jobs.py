"""The job of somebody who knows which address an opaque key stands for."""

from __future__ import annotations

from kimppa.foundation.core.jobs import Run
from kimppa.foundation.outbox import services


def deliver(run: Run, *, message: int) -> None:
    services.deliver(
        message, now=run.now, last_attempt=run.last_attempt, resolve=lambda key: f"{key[:4]}@example.fi"
    )
