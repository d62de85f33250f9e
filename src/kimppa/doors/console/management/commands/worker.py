"""./kimppa worker: run jobs, recurrences and the reaper until stopped. `run` and `serve` start it."""

from __future__ import annotations

import gc
import signal
from types import FrameType

from django.core.management.base import BaseCommand

from kimppa.doors.console.recurrences import ALL
from kimppa.foundation.core import recurrences
from kimppa.foundation.core.worker import Worker


class Command(BaseCommand):
    help = "Run jobs until stopped."
    requires_system_checks = []

    def handle(self, *args: object, **options: object) -> None:
        worker = Worker()

        def end(_signal: int, _frame: FrameType | None) -> None:
            worker.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        recurrences.sync(ALL)
        # What is loaded now stays: the collector need not look through it while a long report is read.
        gc.collect()
        gc.freeze()
        worker.run()
