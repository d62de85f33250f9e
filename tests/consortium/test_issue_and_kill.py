"""Real processes: a worker or an issuer killed at once, and two who issue at the same moment."""

from __future__ import annotations

import contextlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests import needs
from tests.home import Home

pytestmark = pytest.mark.slow

BUILD = """
from tests.consortium.conftest import BY, NOW, load_region
from tests.consortium.test_invoicing import levy_2023
from kimppa.doors.console.demo import money
load_region()
money.load(by=BY, now=NOW)
answer = levy_2023("0.78", "1/2022")
"""
SETUP = """
from kimppa.consortium.budgets.models import LevyRevision
answer = LevyRevision.objects.get(levy__year__year=2023).pk
"""
ISSUE = """
from datetime import date
from tests.consortium.conftest import BY, NOW
from kimppa.consortium.invoicing import services
made = services.issue(by=BY, revision={revision}, issued_on=date(2022, 11, 15), now=NOW)
answer = [made.invoices, made.internal, made.total.value]
"""
NUMBERS = """
from kimppa.consortium.invoicing.models import Invoice
rows = Invoice.objects.filter(year=2023).order_by("seller_id", "serial")
answer = list(rows.values_list("number", "reference"))
"""
DOCUMENTS = """
from kimppa.consortium.invoicing.models import Document, InternalCharge, Invoice
rows = Invoice.objects.filter(year=2023)
answer = [
    rows.filter(rendered_at__isnull=False).count(),
    Document.objects.filter(invoice__in=rows).count(),
    InternalCharge.objects.filter(share__revision__levy__year__year=2023).count(),
]
"""
EVERY_NUMBER = [f"ESIMOUL{n}" for n in range(38, 75)] + [f"ESIMROI{n}" for n in range(21, 41)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Home]]:
    """The levy of 2023 made and not issued, built once on each database; each test gets a copy."""
    with contextlib.ExitStack() as databases:
        made: dict[str, Home] = {}

        def build(kind: str) -> Home:
            if kind not in made:
                url = databases.enter_context(_database(needs.postgres())) if kind == "postgresql" else ""
                one = Home(tmp_path_factory.mktemp("built") / "home", url).migrated()
                one.ask(BUILD)
                made[kind] = one
            return made[kind]

        yield build


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path, built: Callable[[str], Home]) -> Iterator[Home]:
    """A home with the levy of 2023 made and not issued, on each database that is here."""
    model = built(request.param)
    shutil.copytree(model.path, tmp_path / "home")
    if not model.url:
        yield Home(tmp_path / "home")
        return
    with _database(needs.postgres(), template=urlsplit(model.url).path.lstrip("/")) as url:
        yield Home(tmp_path / "home", url)


@contextlib.contextmanager
def _database(server: str, template: str = "template1") -> Iterator[str]:
    import psycopg

    name = f"kimppa_kill_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def count(home: Home, sql: str) -> int:
    """One number asked straight from the database, quickly."""
    if home.url:
        import psycopg

        with psycopg.connect(home.url) as connection:
            found = connection.execute(sql).fetchone()
    else:
        with contextlib.closing(sqlite3.connect(home.path / "kimppa.sqlite3", timeout=10)) as lite:
            found = lite.execute(sql).fetchone()
    assert found is not None
    return int(found[0])


RENDERED = "SELECT count(*) FROM invoicing_invoice WHERE year = 2023 AND rendered_at IS NOT NULL"
BATCHES = "SELECT count(*) FROM invoicing_billingbatch"


def wait_until(home: Home, sql: str, least: int, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while count(home, sql) < least:
        assert time.monotonic() < deadline, sql
        time.sleep(0.005)


def issuer(home: Home, revision: object) -> subprocess.Popen[bytes]:
    program = f"import django; django.setup()\n{ISSUE.format(revision=revision)}"
    return subprocess.Popen([sys.executable, "-c", program], env=home.environment, cwd=needs.ROOT)


def test_a_killed_worker_leaves_the_numbers_and_the_next_one_completes(home: Home) -> None:
    revision = home.ask(SETUP)
    assert home.ask(ISSUE.format(revision=revision)) == [57, 2, 51_741_456]
    numbers = home.ask(NUMBERS)
    first = home.start("worker")
    try:
        wait_until(home, RENDERED, 5)
    finally:
        first.kill()
    assert first.wait(timeout=30) == -signal.SIGKILL
    halfway = count(home, RENDERED)
    assert 5 <= halfway < 57
    second = home.start("worker")
    try:
        wait_until(home, RENDERED, 57)
    finally:
        second.terminate()
        second.wait(timeout=30)
    assert home.ask(NUMBERS) == numbers
    assert home.ask(DOCUMENTS) == [57, 171, 2]
    assert home.ask(ISSUE.format(revision=revision)) == [0, 0, 0]


def test_an_issuer_killed_between_two_sellers_is_completed_without_gap_or_double(home: Home) -> None:
    revision = home.ask(SETUP)
    before = count(home, BATCHES)
    process = issuer(home, revision)
    try:
        wait_until(home, BATCHES, before + 1)
    finally:
        process.kill()
        process.wait(timeout=30)
    home.ask(ISSUE.format(revision=revision))
    assert sorted(number for number, _ in _pairs(home)) == sorted(EVERY_NUMBER)
    assert home.ask(DOCUMENTS) == [0, 0, 2]


def test_two_who_issue_at_the_same_moment_get_one_set(home: Home) -> None:
    revision = home.ask(SETUP)
    both = [issuer(home, revision) for _ in range(2)]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    pairs = _pairs(home)
    assert sorted(number for number, _ in pairs) == sorted(EVERY_NUMBER)
    assert len({reference for _, reference in pairs}) == 57


def _pairs(home: Home) -> list[tuple[str, str]]:
    found = home.ask(NUMBERS)
    assert isinstance(found, list)
    return [(number, reference) for number, reference in found]


SUPERSEDED = """
from kimppa.consortium.budgets.models import LevyRevision
from tests.consortium.test_invoicing import levy_2023
before = LevyRevision.objects.get(pk={revision}).decision_id
answer = levy_2023("0.80", "2/2022", supersedes=before)
"""
WITHDRAW = """
from datetime import date
from tests.consortium.conftest import BY, NOW
from kimppa.consortium.invoicing import corrections
made = corrections.withdraw_earlier(
    by=BY, revision={revision}, reason="Uusi", issued_on=date(2022, 11, 15), now=NOW
)
answer = [made.invoices, made.internal, made.total.value]
"""
TAKEN_BACK = """
from django.db.models import Sum
from kimppa.consortium.invoicing.models import InternalCharge, Invoice, NumberSeries
notes = Invoice.objects.filter(year=2023, credits__isnull=False)
charges = InternalCharge.objects.filter(share__revision__levy__year__year=2023)
answer = [
    sorted(notes.values_list("number", flat=True)),
    Invoice.objects.filter(year=2023).aggregate(s=Sum("total_cents"))["s"],
    charges.aggregate(s=Sum("amount_cents"))["s"],
    charges.filter(reverses__isnull=False).count(),
    list(NumberSeries.objects.order_by("seller__prefix").values_list("last", flat=True)),
]
"""
EVERY_NOTE = [f"ESIMOUL{n}" for n in range(75, 112)] + [f"ESIMROI{n}" for n in range(41, 61)]
ALL_TAKEN_BACK = [sorted(EVERY_NOTE), 0, 0, 2, [111, 60]]


def withdrawer(home: Home, revision: object) -> subprocess.Popen[bytes]:
    program = f"import django; django.setup()\n{WITHDRAW.format(revision=revision)}"
    return subprocess.Popen([sys.executable, "-c", program], env=home.environment, cwd=needs.ROOT)


@pytest.fixture
def superseded(home: Home) -> object:
    """The next calculation of 2023, after the first one was issued."""
    revision = home.ask(SETUP)
    home.ask(ISSUE.format(revision=revision))
    return home.ask(SUPERSEDED.format(revision=revision))


def test_two_who_credit_the_earlier_calculation_at_once_credit_it_once(
    home: Home, superseded: object
) -> None:
    both = [withdrawer(home, superseded) for _ in range(2)]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert home.ask(TAKEN_BACK) == ALL_TAKEN_BACK
    assert home.ask(ISSUE.format(revision=superseded)) == [57, 2, 53_068_160]


def test_crediting_killed_between_two_sellers_is_completed(home: Home, superseded: object) -> None:
    before = count(home, BATCHES)
    process = withdrawer(home, superseded)
    try:
        wait_until(home, BATCHES, before + 1)
    finally:
        process.kill()
        process.wait(timeout=30)
    home.ask(WITHDRAW.format(revision=superseded))
    assert home.ask(TAKEN_BACK) == ALL_TAKEN_BACK
    assert home.ask(WITHDRAW.format(revision=superseded)) == [0, 0, 0]


DIFFER = """
from datetime import date
from tests.consortium.conftest import BY, NOW
from kimppa.consortium.invoicing import services
made = services.issue(
    by=BY, revision={revision}, issued_on=date(2022, 11, 15), difference=True, now=NOW
)
answer = [made.invoices, made.internal, made.total.value]
"""
STANDS = """
from django.db.models import Sum
from kimppa.consortium.budgets.models import LevyRevision
from kimppa.consortium.invoicing.models import InternalCharge, Invoice, NumberSeries
rows = Invoice.objects.filter(year=2023)
charges = InternalCharge.objects.filter(share__revision__levy__year__year=2023)
answer = [
    rows.count(),
    rows.aggregate(s=Sum("total_cents"))["s"] + charges.aggregate(s=Sum("amount_cents"))["s"],
    list(NumberSeries.objects.order_by("seller__prefix").values_list("last", flat=True)),
]
"""
# 0.78 and then 0.80: 57 invoices, 57 more for the differences, and what stands is the new levy.
EVERY_DIFFERENCE = [114, 53_068_160, [111, 60]]


def differ(home: Home, revision: object) -> subprocess.Popen[bytes]:
    program = f"import django; django.setup()\n{DIFFER.format(revision=revision)}"
    return subprocess.Popen([sys.executable, "-c", program], env=home.environment, cwd=needs.ROOT)


def test_two_who_issue_the_differences_at_once_charge_them_once(home: Home, superseded: object) -> None:
    both = [differ(home, superseded) for _ in range(2)]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert home.ask(STANDS) == EVERY_DIFFERENCE


def test_differences_killed_between_two_sellers_are_completed(home: Home, superseded: object) -> None:
    before = count(home, BATCHES)
    process = differ(home, superseded)
    try:
        wait_until(home, BATCHES, before + 1)
    finally:
        process.kill()
        process.wait(timeout=30)
    home.ask(DIFFER.format(revision=superseded))
    assert home.ask(STANDS) == EVERY_DIFFERENCE
    assert home.ask(DIFFER.format(revision=superseded)) == [0, 0, 0]
