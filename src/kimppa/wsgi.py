"""The application that granian serves."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kimppa.settings")
# What is loaded now stays: the collector need not look through it at each of its rounds (70 ms each, in the
# middle of somebody's page), nor while it is loaded.
gc.disable()
application = get_wsgi_application()
from kimppa import urls  # noqa: E402, F401 (else the first page waits for it)
from kimppa.elibrary.patrons import breaker  # noqa: E402
from kimppa.foundation.core import gathering, keeping  # noqa: E402

# Questions of the database less for each sign-on; a change of who may what reaches here so much later.
keeping.keep_for(2.0)
# Of the 16 threads that the supervisor gives: four are left for pages, whatever library systems do.
breaker.at_most(12)
# Signals and logs of many sign-ins are written together.
gathering.flush_each_second()

gc.freeze()
gc.enable()
