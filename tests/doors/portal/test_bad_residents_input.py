"""What a resident's browser may send by accident or on purpose: each gets a sentence, none breaks a page."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from tests.elibrary.conftest import NOW, add_book, outi  # noqa: F401

from kimppa.consortium.communications.models import Feedback
from kimppa.elibrary.circulation.models import Loan, ReadingPosition
from kimppa.foundation.core import clock, secrets

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outi")]


@pytest.fixture(autouse=True)
def demo_day(db: None) -> None:
    secrets.create_missing()
    clock.set_offset(NOW - clock.real_now() + timedelta(seconds=5))


@pytest.fixture
def book() -> int:
    return add_book("urn:test:1", copies=1)


@pytest.fixture
def reader(book: int) -> Client:
    client = Client()
    client.post("/en/sign-in/", {"system": "outi", "card": "111", "pin": "1234"})
    client.post(f"/en/titles/{book}/borrow/")
    assert Loan.objects.filter(ended__isnull=True).count() == 1
    return client


def part_of(reader: Client, book: int) -> dict[str, str]:
    first: dict[str, str] = reader.get(f"/en/read/{book}/manifest.json").json()["readingOrder"][0]
    return first


def put(reader: Client, book: int, said: str) -> int:
    return reader.put(f"/en/read/{book}/position/", said, content_type="application/json").status_code


def test_borrowing_twice_is_refused_in_words_and_nothing_else(reader: Client, book: int) -> None:
    response = reader.post(f"/en/titles/{book}/borrow/")
    page = response.content.decode()
    assert response.status_code == 409
    assert "You have this already" in page or "already" in page
    assert "TitleCard(" not in page
    assert Loan.objects.count() == 1


def test_the_page_of_a_refused_loan_can_be_loaded_anew_in_another_language(reader: Client, book: int) -> None:
    response = reader.get(f"/sv/titles/{book}/borrow/")
    assert (response.status_code, response["Location"]) == (302, f"/sv/titles/{book}/")
    assert Loan.objects.count() == 1


@pytest.mark.parametrize(
    "said",
    [
        "[" * 3900,
        '{"age": 1' + "0" * 3000 + "}",
        '{"href": "../../etc/passwd", "progression": 0.5, "whole": 0.5}',
        '{"href": "javascript:alert(1)", "progression": 0.5, "whole": 0.5}',
        '{"href": "\\ud800"}',
        '{"progression": 0.5, "whole": 0.5}',
    ],
)
def test_what_is_no_place_in_the_book_is_refused_and_not_kept(reader: Client, book: int, said: str) -> None:
    assert put(reader, book, said) == 422
    assert ReadingPosition.objects.count() == 0


def test_half_characters_never_reach_the_kept_place(reader: Client, book: int) -> None:
    href = part_of(reader, book)["href"]
    document = {"href": href, "progression": 0.5, "whole": 0.5, "text": "a\ud800b\x00c"}
    assert put(reader, book, json.dumps(document)) == 204
    assert ReadingPosition.objects.get().locator["text"] == {"highlight": "abc"}
    own = reader.get("/en/me/data.json")
    assert own.status_code == 200
    assert "abc" in own.content.decode()


def test_a_part_is_asked_for_again_and_not_shown_after_the_return(reader: Client, book: int) -> None:
    url = part_of(reader, book)["url"]
    first = reader.get(url)
    assert first["Cache-Control"] == "private, no-cache"
    same = reader.get(url, headers={"if-none-match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert "sandbox" in same["Content-Security-Policy"]
    reader.post(f"/en/titles/{book}/return/")
    assert reader.get(url, headers={"if-none-match": first["ETag"]}).status_code == 404


def test_a_return_is_not_offered_of_what_one_does_not_have(reader: Client, book: int) -> None:
    other = add_book("urn:test:2", copies=1)
    assert reader.get(f"/en/titles/{other}/return/").status_code == 404
    assert reader.get(f"/en/titles/{book}/return/").status_code == 200


def test_a_page_beyond_the_last_leads_to_the_last(book: int) -> None:
    response = Client().get("/en/search/?q=koe&page=400")
    assert (response.status_code, response["Location"]) == (302, "?q=koe&page=1")


def test_the_eleventh_message_of_an_hour_from_one_address_is_not_taken() -> None:
    cache.clear()
    message = {"subject": "other", "text": "Hei", "email": ""}
    for _ in range(10):
        assert Client().post("/en/feedback/", message).status_code == 302
    refused = Client().post("/en/feedback/", message)
    assert refused.status_code == 422
    assert "Many messages have come from here" in refused.content.decode()
    assert Feedback.objects.count() == 10
    assert Client().post("/en/feedback/", message, REMOTE_ADDR="127.0.0.9").status_code == 302
    cache.clear()
