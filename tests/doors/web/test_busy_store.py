"""Another writer holds the database for longer than one waits: said, and nothing is half done."""

from __future__ import annotations

import sqlite3

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from kimppa.consortium.communications.models import Feedback
from kimppa.foundation.core import secrets, storage

MESSAGE = {"subject": "praise", "text": "Kiitos hyvästä palvelusta!", "email": ""}


@pytest.mark.django_db(transaction=True)
def test_who_waits_in_vain_for_another_writer_is_told_so_and_may_try_again():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL locks rows, not the database; its words for it have a test of their own")
    secrets.create_missing()
    client = Client(raise_request_exception=False)
    subject = client.get("/en/feedback/").context["form"].fields["subject"].choices[0][0]
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout=50")
    name = str(connection.settings_dict["NAME"])
    other = sqlite3.connect(name, timeout=0.1, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        answer = client.post("/en/feedback/", {**MESSAGE, "subject": subject})
    finally:
        other.rollback()
        other.close()
    assert answer.status_code == 503
    assert "Try again in a moment" in answer.content.decode()
    assert not Feedback.objects.exists()
    assert client.post("/en/feedback/", {**MESSAGE, "subject": subject}).status_code in {200, 302}
    assert Feedback.objects.count() == 1


@pytest.mark.parametrize("state", ["55P03", "40P01"])
def test_postgresqls_own_words_for_it_are_known(state: str):
    error = DatabaseError("lock")
    error.__cause__ = SimpleError(state)
    assert isinstance(storage.trouble(error), storage.StorageBusy)
    error.__cause__ = SimpleError("42601")
    assert storage.trouble(error) is None


class SimpleError(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__()
        self.sqlstate = sqlstate


def test_what_is_no_error_of_the_store_is_none():
    assert storage.trouble(ValueError("x")) is None
    assert storage.busy(OSError(5, "x")) is None


def flush() -> int:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        return int(cursor.fetchone()[0])


@storage.unflushed()
def breaks(seen: list[int]) -> None:
    seen.append(flush())
    seen.append(1 // 0)


@pytest.mark.django_db(transaction=True)
def test_only_what_is_inside_does_not_wait_for_the_disk_and_never_inside_a_transaction():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL flushes for several at once by itself")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=FULL")
    try:
        seen = []
        with pytest.raises(ZeroDivisionError):
            breaks(seen)
        assert (seen, flush()) == ([storage.NORMAL], 2)
        with transaction.atomic(), storage.unflushed():
            assert flush() == 2
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=OFF")
    with storage.unflushed():
        assert flush() == 0
