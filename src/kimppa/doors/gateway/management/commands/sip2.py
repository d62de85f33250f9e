"""./kimppa sip2: the door for e-services that ask by SIP2. `run` and `serve` start it where it has a port."""

from __future__ import annotations

import signal
from types import FrameType

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kimppa.doors.gateway.sip2_server import NotListening, Place, Server
from kimppa.foundation.core import gathering, keeping


class Command(BaseCommand):
    help = "Answer SIP2 until stopped."
    requires_system_checks = []

    def handle(self, *args: object, **options: object) -> None:
        env = settings.ENV
        if not env.sip2_port:
            raise CommandError("KIMPPA_SIP2_PORT says on which port; it is not set.")
        keeping.keep_for(2.0)
        gathering.begin()
        try:
            server = Server(Place(env.sip2_host, env.sip2_port, env.sip2_certificate, env.sip2_key))
        except (NotListening, OSError) as error:
            raise CommandError(str(error)) from None

        def end(_signal: int, _frame: FrameType | None) -> None:
            server.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        self.stdout.write(f"SIP2 is answered on port {server.port}")
        server.run()
        gathering.flush()
