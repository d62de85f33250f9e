"""Real processes: two who give the same rows to a city's ledger at the same moment get one batch."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests import needs
from tests.consortium.test_issue_and_kill import SETUP, built, home  # noqa: F401 (the fixtures)
from tests.home import Home

pytestmark = pytest.mark.slow
READY = (
    SETUP
    + """
from datetime import date
from tests.consortium.conftest import BY, NOW
from kimppa.consortium.invoicing import ledger, services
from kimppa.consortium.invoicing.models import Seller
from kimppa.consortium.invoicing.rules import SellerMode
seller = Seller.objects.get(prefix="ESIMOUL")
ledger.set_mode(by=BY, seller=seller.pk, mode=SellerMode.LEDGER, now=NOW)
services.issue(by=BY, revision=answer, issued_on=date(2022, 11, 15), now=NOW)
answer = seller.pk
"""
)
EXPORT = """
import sys
from tests.consortium.conftest import BY, NOW
from kimppa.consortium.invoicing import ledger
from kimppa.foundation.core.errors import KimppaError
sys.stdout.write("ready\\n")
sys.stdout.flush()
sys.stdin.readline()
try:
    ledger.export(by=BY, seller={seller}, now=NOW)
    print("done")
except KimppaError as error:
    print(error.code)
"""
BATCHES = """
from kimppa.consortium.invoicing.ledger_models import LedgerExport
from kimppa.consortium.invoicing.models import Invoice
rows = Invoice.objects.filter(ledger=True)
answer = [
    list(LedgerExport.objects.values_list("rows", flat=True)),
    rows.filter(ledger_export__isnull=False).count(),
    rows.count(),
]
"""


def exporter(home: Home, seller: object) -> subprocess.Popen[str]:  # noqa: F811
    program = f"import django; django.setup()\n{EXPORT.format(seller=seller)}"
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env=home.environment,
        cwd=needs.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_exports_at_once_give_one_batch_with_every_row_once(home: Home) -> None:  # noqa: F811
    seller = home.ask(READY)
    both = [exporter(home, seller) for _ in range(2)]
    try:
        for one in both:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        # Both stand at the gate; it opens for both.
        for one in both:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        said = sorted(one.communicate(timeout=60)[0].strip() for one in both)
    finally:
        for one in both:
            one.kill()
    assert said == ["done", "nothing-to-export"]
    assert home.ask(BATCHES) == [[37], 37, 37]
