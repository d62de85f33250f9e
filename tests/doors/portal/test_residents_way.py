"""A resident through the door: finds, signs in, borrows, reads, returns, is forgotten."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from tests.elibrary.conftest import BY, NOW, add_book, make_epub, outi  # noqa: F401

from kimppa.consortium.communications.models import Feedback
from kimppa.elibrary.catalog import queries as catalog
from kimppa.elibrary.catalog import services as catalog_services
from kimppa.elibrary.circulation.models import Loan, ReadingPosition
from kimppa.elibrary.holdings import services as holdings
from kimppa.elibrary.patrons.models import Patron, PatronSession
from kimppa.foundation.core import clock, secrets

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outi")]


@pytest.fixture(autouse=True)
def demo_day(db: None) -> None:
    """The demo's day; sign-ins stay in real time."""
    secrets.create_missing()
    clock.set_offset(NOW - clock.real_now() + timedelta(seconds=5))


@pytest.fixture
def book() -> int:
    return add_book("urn:test:1", copies=1)


def visitor() -> Client:
    return Client()


def sign_in(client: Client, card: str = "111", pin: str = "1234", back: str = "") -> object:
    return client.post("/en/sign-in/", {"system": "outi", "card": card, "pin": pin, "next": back})


@pytest.fixture
def resident() -> Client:
    client = Client()
    sign_in(client)
    return client


def text(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, path
    return response.content.decode()


def test_every_open_page_answers_in_three_languages(book: int) -> None:
    pages = (
        "",
        "search/",
        "search/?q=koe",
        "services/",
        "sign-in/",
        "help/",
        "accessibility/",
        "privacy/",
        "feedback/",
    )
    for code in ("fi", "sv", "en"):
        for path in (*pages, f"titles/{book}/", "components/"):
            page = text(visitor(), f"/{code}/{path}")
            assert f'<html lang="{code}"' in page
            assert page.count("<h1") == 1, path


def test_a_visitor_who_wants_to_borrow_signs_in_and_is_back_at_the_book(book: int) -> None:
    client = visitor()
    page = text(client, f"/en/titles/{book}/")
    assert "Sign in and borrow" in page
    answer = client.post(f"/en/titles/{book}/borrow/")
    assert answer["Location"] == f"/en/sign-in/?next=%2Fen%2Ftitles%2F{book}%2F"
    assert not Loan.objects.exists()
    back = sign_in(client, back=f"/en/titles/{book}/")
    assert back["Location"] == f"/en/titles/{book}/"  # type: ignore[index]


def test_sign_in_leads_nowhere_outside(book: int) -> None:
    client = visitor()
    answer = sign_in(client, back="https://evil.example/")
    assert answer["Location"] == "/en/"  # type: ignore[index]


def test_the_patrons_cookie_is_for_the_server_only_and_the_token_is_not_stored() -> None:
    client = visitor()
    answer = sign_in(client)
    cookie = answer.cookies["kimppa_patron"]  # type: ignore[attr-defined]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert PatronSession.objects.get().token_hash != cookie.value
    assert Client().get("/en/me/").status_code == 302


@pytest.mark.parametrize(
    ("card", "pin", "status", "words"),
    [
        ("111", "0000", 409, "tries left: 2."),
        ("999", "1234", 409, "do not go together"),
        ("9" * 10_000, "1234", 422, "not a library card number"),
        ("", "1234", 422, "Write the number of your library card."),
        ("111", "", 422, "Write your PIN."),
        ("<script>", "1234", 422, "not a library card number"),
    ],
)
def test_a_wrong_card_or_pin_says_what_is_wrong_and_never_repeats_the_pin(
    card: str, pin: str, status: int, words: str
) -> None:
    response = visitor().post("/en/sign-in/", {"system": "outi", "card": card, "pin": pin})
    page = response.content.decode()
    assert response.status_code == status
    assert words in page
    assert "<script>" not in page.replace('<script src="', "")
    assert not re.search(r'name="pin"[^>]*value=', page)
    assert not Patron.objects.exists()


def test_after_three_wrong_pins_the_right_one_is_not_tried_either() -> None:
    client = visitor()
    statuses = [sign_in(client, pin="0000").status_code for _ in range(4)]  # type: ignore[attr-defined]
    assert statuses == [409, 409, 429, 429]
    last = sign_in(client, pin="1234")
    assert last.status_code == 429  # type: ignore[attr-defined]
    assert b"ask your library" in last.content  # type: ignore[attr-defined]
    assert not PatronSession.objects.exists()


def test_borrowing_reading_and_returning(resident: Client, book: int) -> None:
    assert "1 copy free" in text(resident, f"/en/titles/{book}/")
    resident.post(f"/en/titles/{book}/borrow/")
    page = text(resident, f"/en/titles/{book}/")
    assert "Yours until 6.12.2022" in page
    assert f'href="/en/read/{book}/"' in page
    assert "Koe" in text(resident, "/en/me/shelf/")
    assert "Reading now" in text(resident, "/en/")
    manifest = json.loads(text(resident, f"/en/read/{book}/manifest.json"))
    assert manifest["readingOrder"][0]["url"] == f"/en/read/{book}/part/b/a.xhtml"
    assert "Teksti" in text(resident, manifest["readingOrder"][0]["url"])
    assert "Return “Koe”?" in text(resident, f"/en/titles/{book}/return/")
    assert Loan.objects.filter(ended__isnull=True).count() == 1, "asking returns nothing"
    resident.post(f"/en/titles/{book}/return/")
    assert Loan.objects.get().patron is None
    assert resident.get(f"/en/read/{book}/").status_code == 404
    assert resident.get(f"/en/read/{book}/part/b/a.xhtml").status_code == 404


def test_the_last_copy_goes_to_one_and_the_other_is_told(resident: Client, book: int) -> None:
    resident.post(f"/en/titles/{book}/borrow/")
    other = Client()
    sign_in(other, card="222")
    answer = other.post(f"/en/titles/{book}/borrow/")
    assert answer.status_code == 409
    assert "Every copy is on loan just now" in answer.content.decode()
    assert Loan.objects.count() == 1
    catalog.make_current()
    assert "All copies on loan" in text(other, "/en/search/?q=koe")
    assert resident.get(f"/en/read/{book}/").status_code == 200
    assert other.get(f"/en/read/{book}/part/b/a.xhtml").status_code == 404


def test_a_title_without_a_copy_has_no_button_and_leads_on(resident: Client) -> None:
    made = catalog_services.add_epub(
        by=BY, identifier="urn:test:none", raw=make_epub(), file_name="x.epub", description="", now=NOW
    )
    page = text(resident, f"/en/titles/{made}/")
    assert "There is no copy of this here" in page
    assert "/borrow/" not in page
    assert resident.post(f"/en/titles/{made}/borrow/").status_code == 409
    assert text(resident, "/en/titles/999999/", 404)


def test_search_finds_counts_and_has_no_dead_end(book: int) -> None:
    catalog.make_current()
    page = text(visitor(), "/en/search/?q=koe")
    assert "1 title" in page
    assert f'href="/en/titles/{book}/"' in page
    empty = text(visitor(), "/en/search/?q=qwertyzzz&language=sv")
    assert "Search again without the filters" in empty
    assert 'href="/en/services/"' in empty
    hostile = text(visitor(), '/en/search/?q="><script>alert(1)</script>&page=99999999&language=' + "x" * 500)
    assert "<script>alert" not in hostile


def test_nothing_of_a_book_runs(resident: Client) -> None:
    raw = make_epub(
        body='<p onclick="x()">Teksti</p><script>parent.x=1</script><a href="javascript:x()">a</a>',
        more='<item id="j" href="x.js" media-type="text/javascript"/>',
        extra={"b/x.js": b"parent.x = 1", "b/secret.txt": b"not in the manifest"},
    )
    made = catalog_services.add_epub(
        by=BY, identifier="urn:test:js", raw=raw, file_name="x.epub", description="", now=NOW
    )
    holdings.add_license(
        by=BY, publication_id=made, collection="c", identifier="urn:l:js", concurrency=None, now=NOW
    )
    resident.post(f"/en/titles/{made}/borrow/")
    page = resident.get(f"/en/read/{made}/part/b/a.xhtml")
    assert b"script" not in page.content
    assert b"onclick" not in page.content
    assert b"Teksti" in page.content
    policy = page["Content-Security-Policy"]
    assert "script-src 'none'" in policy
    assert "sandbox" in policy
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    for path in (
        "b/x.js",
        "b/secret.txt",
        "b/p.opf",
        "META-INF/container.xml",
        "../../etc/passwd",
        "b/../b/a.xhtml",
    ):
        assert resident.get(f"/en/read/{made}/part/{path}").status_code == 404, path
    reader = resident.get(f"/en/read/{made}/")["Content-Security-Policy"]
    assert "script-src http://testserver/static/;" in reader
    assert f"frame-src http://testserver/en/read/{made}/part/;" in reader
    assert "eval" not in reader


def put(client: Client, book: int, **said: object) -> int:
    body = {"href": "b/a.xhtml", "progression": 0.5, "whole": 0.5, "text": "Teksti", "age": 0} | said
    return client.put(
        f"/en/read/{book}/position/", json.dumps(body), content_type="application/json"
    ).status_code


def test_the_place_is_kept_and_an_older_word_does_not_move_it(resident: Client, book: int) -> None:
    assert put(resident, book) == 404, "not on loan"
    resident.post(f"/en/titles/{book}/borrow/")
    assert put(resident, book, progression=0.25, whole=0.3) == 204
    assert put(resident, book, progression=0.9, whole=0.9, age=3600) == 409
    kept = json.loads(text(resident, f"/en/read/{book}/position/"))["position"]
    assert kept["locations"] == {"progression": 0.25, "totalProgression": 0.3}
    assert kept["text"]["highlight"] == "Teksti"
    assert "read 30 %" in text(resident, "/en/me/shelf/")
    again = Client()
    sign_in(again)
    manifest = json.loads(text(again, f"/en/read/{book}/manifest.json"))
    assert manifest["position"]["href"] == "b/a.xhtml"


@pytest.mark.parametrize(
    "said",
    [
        {"progression": 2},
        {"progression": "x"},
        {"whole": float("nan")},
        {"href": ""},
        {"href": 5},
        {"text": ["x"]},
        {"whole": True},
        {"age": "x"},
        {"href": "x" * 600},
    ],
)
def test_a_place_that_is_none_is_refused(resident: Client, book: int, said: dict[str, object]) -> None:
    resident.post(f"/en/titles/{book}/borrow/")
    assert put(resident, book, **said) == 422
    assert not ReadingPosition.objects.exists()


def test_a_place_is_not_saved_for_a_stranger(book: int) -> None:
    assert put(Client(), book) == 401
    assert Client(enforce_csrf_checks=True).put(f"/en/read/{book}/position/", "{}").status_code == 403


def test_ones_own_data_can_be_taken_and_erased(resident: Client, book: int) -> None:
    resident.post(f"/en/titles/{book}/borrow/")
    put(resident, book)
    data = json.loads(text(resident, "/en/me/data.json"))
    assert [loan["title"] for loan in data["loans"]] == ["Koe"]
    assert data["reading_positions"][0]["locator"]["href"] == "b/a.xhtml"
    preview = text(resident, "/en/me/erase/")
    assert "1 loan is returned." in preview
    assert Loan.objects.get().patron is not None, "looking erases nothing"
    answer = resident.post("/en/me/erase/")
    assert answer["Location"] == "/en/"
    assert Loan.objects.get().patron is None
    assert not ReadingPosition.objects.exists()
    assert not PatronSession.objects.exists()
    assert resident.get("/en/me/").status_code == 302


def test_a_list_of_past_loans_is_kept_only_when_asked_for(resident: Client, book: int) -> None:
    def borrow_and_return() -> None:
        resident.post(f"/en/titles/{book}/borrow/")
        resident.post(f"/en/titles/{book}/return/")

    borrow_and_return()
    assert "We do not keep what you have read" in text(resident, "/en/me/shelf/")
    resident.post("/en/me/history/", {"keep": "yes"})
    borrow_and_return()
    page = text(resident, "/en/me/shelf/")
    assert page.count(f'<th scope="row"><a href="/en/titles/{book}/">Koe</a>') == 1
    resident.post("/en/me/history/", {"keep": "no"})
    assert f'<th scope="row"><a href="/en/titles/{book}/"' not in text(resident, "/en/me/shelf/")


def test_signing_out_ends_the_session_and_private_pages_are_kept_by_no_cache(resident: Client) -> None:
    assert "no-store" in resident.get("/en/me/shelf/")["Cache-Control"]
    resident.post("/en/sign-out/")
    assert not PatronSession.objects.exists()
    assert resident.get("/en/me/shelf/").status_code == 302
    assert resident.get("/en/sign-out/").status_code == 405


def test_feedback_goes_into_the_queue_with_the_page_one_was_on() -> None:
    client = visitor()
    bad = client.post("/fi/feedback/", {"subject": "accessibility", "text": "", "email": "no address"})
    assert bad.status_code == 422
    good = client.post(
        "/fi/feedback/",
        {"subject": "accessibility", "text": "Otsikko puuttuu", "email": "", "page": "/fi/services/"},
    )
    assert good.status_code == 302
    row = Feedback.objects.get()
    assert (row.subject, row.page, row.language, row.wants_answer) == (
        "accessibility",
        "/fi/services/",
        "fi",
        False,
    )
    assert isinstance(row.received, datetime)


def test_covers_are_pictures_that_browsers_keep(book: int) -> None:
    response = visitor().get(f"/fi/titles/{book}/cover.svg")
    assert response["Content-Type"].startswith("image/svg+xml")
    assert "max-age=86400" in response["Cache-Control"]
