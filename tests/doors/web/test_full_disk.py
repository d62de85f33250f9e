"""A database that cannot grow: what was acknowledged is there, what was not is said, nothing is half done."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from tests.elibrary.conftest import NOW, add_book
from tests.home import Home

from kimppa.consortium.communications.models import Feedback
from kimppa.elibrary.catalog.models import Publication
from kimppa.elibrary.circulation import services as circulation
from kimppa.elibrary.circulation.models import Loan
from kimppa.elibrary.patrons.models import LibrarySystem, Patron
from kimppa.foundation.core import storage
from kimppa.foundation.imports.models import ImportBatch

DATA = Path(__file__).parents[3] / "data"
SENTENCE = "There is no room left for saving. Nothing of this was saved"


@pytest.fixture
def no_room(transactional_db: None) -> Iterator[None]:
    """A mark for tests that stop the database from growing with `fill_up`; it may grow again afterwards."""
    if connection.vendor != "sqlite":
        pytest.skip("PRAGMA max_page_count is SQLite's; PostgreSQL's own answer has a test of its own")
    yield
    pragma("max_page_count", 1_000_000_000)


def pragma(name: str, value: int | None = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {name}" + (f"={value}" if value else ""))
        return int(cursor.fetchone()[0])


def fill_up() -> None:
    """No page more than there are now, and none of them free."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
    pragma("max_page_count", pragma("page_count"))


@pytest.mark.usefixtures("no_room")
def test_loans_that_were_acknowledged_are_there_and_the_one_without_room_is_not():
    book = add_book("urn:1", copies=None)
    system = LibrarySystem.objects.create(slug="s", name_fi="S")
    patrons = [
        Patron.objects.create(pseudonym=f"{n:064x}", system=system, home="564", created=NOW, last_seen=NOW)
        for n in range(150)
    ]
    fill_up()
    lent = 0
    refused: BaseException | None = None
    for patron in patrons:
        try:
            circulation.borrow(patron_id=patron.pk, publication_id=book, now=NOW)
        except DatabaseError as error:
            refused = error
            break
        lent += 1
    assert refused is not None
    assert isinstance(storage.full(refused), storage.StorageFull)
    assert Loan.objects.count() == lent > 0
    assert Loan.objects.filter(patron=patrons[lent]).count() == 0
    pragma("max_page_count", 1_000_000_000)
    circulation.borrow(patron_id=patrons[lent].pk, publication_id=book, now=NOW)
    assert Loan.objects.count() == lent + 1


@pytest.mark.usefixtures("no_room")
def test_the_page_says_it_in_its_language_and_keeps_what_it_thanked_for():
    client = Client()
    fill_up()
    thanked, answer = 0, None
    for _ in range(20):
        answer = client.post("/sv/feedback/", {"subject": "other", "text": "Hej! " * 700, "email": ""})
        if answer.status_code != 302:
            break
        thanked += 1
    assert answer is not None
    assert answer.status_code == 503
    assert "storage-full" in answer.text
    assert '<html lang="sv"' in answer.text
    assert "There is no room" not in answer.text
    assert Feedback.objects.count() == thanked


@pytest.mark.usefixtures("no_room")
def test_an_import_without_room_loads_nothing_says_so_and_succeeds_later(tmp_path):
    fill_up()
    with pytest.raises(CommandError, match=SENTENCE):
        call_command("import", str(DATA / "titles.csv"), collection="K", verbosity=0)
    assert (Publication.objects.count(), ImportBatch.objects.count()) == (0, 0)
    pragma("max_page_count", 1_000_000_000)
    call_command("import", str(DATA / "titles.csv"), collection="K", verbosity=0, stdout=StringIO())
    assert Publication.objects.count() == 1000


@pytest.mark.django_db
def test_postgresqls_own_word_for_a_full_disk_is_understood():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has tests of its own")
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = 'disk_full'; END $$")
    assert isinstance(storage.full(caught.value), storage.StorageFull)


@pytest.mark.django_db
def test_other_errors_of_the_database_are_not_taken_for_a_full_disk():
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM nothing_of_this_name")
    assert storage.full(caught.value) is None


LIMITED = """
import resource, signal
from io import StringIO
from django.core.management import CommandError, call_command
from kimppa.consortium.communications.models import Feedback
from kimppa.elibrary.catalog.models import Publication
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
try:
    call_command("import", {path!r}, collection="K", stdout=StringIO())
    said = "imported"
except CommandError as error:
    said = str(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
answer = [said, Publication.objects.count()]
"""


@pytest.mark.slow
def test_a_limit_of_the_system_on_files_is_said_in_the_same_way(tmp_path):
    home = Home(tmp_path / "home").migrated()
    said, count = home.ask(LIMITED.format(path=str(DATA / "titles.csv")))
    assert said.startswith(SENTENCE)
    assert count == 0
