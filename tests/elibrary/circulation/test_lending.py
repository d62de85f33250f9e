"""Borrowing and returning: limits, copies, races, forgetting, and the resident's own data."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.elibrary.conftest import NOW, add_book
from tests.races import at_once

from kimppa.commons.usage.models import Figure
from kimppa.elibrary.circulation import queries, rules, services
from kimppa.elibrary.circulation.models import Loan, ReadingPosition
from kimppa.elibrary.patrons import services as patrons
from kimppa.elibrary.patrons.models import Patron, PatronSession
from kimppa.elibrary.patrons.rules import NotSignedIn

pytestmark = pytest.mark.django_db


def borrow(patron: Patron, book: int, now=NOW):
    return services.borrow(patron_id=patron.pk, publication_id=book, now=now)


def test_a_loan_is_given_for_the_licences_days_and_stands_on_the_shelf(resident):
    patron, book = resident(), add_book("urn:1", days=14)
    borrow(patron, book)
    row = queries.shelf(patron_id=patron.pk, now=NOW)[0]
    assert (row.due, row.days_left, row.can_read, row.progress) == (NOW + timedelta(days=14), 14, True, None)


def test_days_left_go_by_the_calendar_whatever_the_hour(resident):
    patron, book = resident(), add_book("urn:1", days=14)
    borrow(patron, book)

    def left(now):
        return queries.shelf(patron_id=patron.pk, now=now)[0].days_left

    assert left(NOW + timedelta(minutes=5)) == 14
    assert left(NOW + timedelta(hours=23)) == 13
    assert left(NOW + timedelta(days=14) - timedelta(seconds=1)) == 0


def test_sixth_loan_is_refused_and_takes_no_copy(resident):
    patron = resident()
    for n in range(5):
        borrow(patron, add_book(f"urn:{n}"))
    last = add_book("urn:6", copies=1)
    with pytest.raises(rules.LoanLimitReached) as caught:
        borrow(patron, last)
    assert caught.value.params == {"limit": 5}
    assert queries.availability([last], now=NOW)[last].free == 1
    assert Loan.objects.count() == 5


def test_the_same_title_is_not_borrowed_twice(resident):
    patron, book = resident(), add_book("urn:1")
    borrow(patron, book)
    with pytest.raises(rules.AlreadyBorrowed):
        borrow(patron, book)
    assert Loan.objects.count() == 1


def test_the_last_copy_goes_to_one_and_is_free_again_when_returned(resident):
    first, second, book = resident("111"), resident("222"), add_book("urn:1", copies=1)
    borrow(first, book)
    with pytest.raises(rules.NoCopyFree):
        borrow(second, book)
    services.give_back(patron_id=first.pk, publication_id=book, now=NOW)
    borrow(second, book)
    assert queries.availability([book], now=NOW)[book].free == 0


def test_a_loan_past_its_due_moment_is_free_for_others_before_anything_was_purged(resident):
    first, second, book = resident("111"), resident("222"), add_book("urn:1", copies=1, days=7)
    borrow(first, book)
    later = NOW + timedelta(days=7)
    assert queries.shelf(patron_id=first.pk, now=later) == ()
    borrow(second, book, now=later)
    borrow(first, add_book("urn:2"), now=later)


def test_the_same_person_may_borrow_again_what_ran_out(resident):
    patron, book = resident(), add_book("urn:1", copies=1, days=7)
    borrow(patron, book)
    borrow(patron, book, now=NOW + timedelta(days=8))
    assert Loan.objects.filter(ended__isnull=True).count() == 1


def test_a_title_without_a_licence_is_not_lent(resident):
    from kimppa.elibrary.holdings.models import License

    patron, book = resident(), add_book("urn:1")
    License.objects.all().delete()
    with pytest.raises(rules.NoCopyHere):
        borrow(patron, book)
    with pytest.raises(rules.NoCopyHere):
        borrow(patron, 999_999)
    assert not queries.availability([book], now=NOW)[book].can_borrow


def test_a_licence_without_concurrency_is_any_number_of_copies_not_none(resident):
    book = add_book("urn:1", copies=None)
    borrow(resident("111"), book)
    borrow(resident("222"), book)
    found = queries.availability([book], now=NOW)[book]
    assert (found.copies, found.free, found.can_borrow) == (None, None, True)


def test_returning_twice_says_that_there_is_no_loan(resident):
    patron, book = resident(), add_book("urn:1")
    borrow(patron, book)
    services.give_back(patron_id=patron.pk, publication_id=book, now=NOW)
    with pytest.raises(rules.NoSuchLoan):
        services.give_back(patron_id=patron.pk, publication_id=book, now=NOW)


def test_a_returned_loan_forgets_who_had_it_unless_a_history_was_asked_for(resident):
    patron, book, other = resident(), add_book("urn:1"), add_book("urn:2")
    borrow(patron, book)
    services.give_back(patron_id=patron.pk, publication_id=book, now=NOW)
    assert Loan.objects.get().patron is None
    patrons.keep_history(patron_id=patron.pk, keep=True)
    borrow(patron, other)
    services.give_back(patron_id=patron.pk, publication_id=other, now=NOW)
    assert [r.publication.id for r in queries.history(patron_id=patron.pk, now=NOW)] == [other]
    patrons.keep_history(patron_id=patron.pk, keep=False)
    services.purge_loans(now=NOW)
    assert queries.history(patron_id=patron.pk, now=NOW) == ()
    assert Loan.objects.filter(patron__isnull=False).count() == 0


def test_the_daily_purge_ends_what_ran_out_and_takes_its_reader_off(resident):
    patron, book = resident(), add_book("urn:1", days=7)
    borrow(patron, book)
    save(patron, book, 0.5, NOW)
    assert services.purge_loans(now=NOW + timedelta(days=6)) == 0
    services.purge_loans(now=NOW + timedelta(days=7))
    loan = Loan.objects.get()
    assert (loan.patron, loan.ended) == (None, NOW + timedelta(days=7))
    assert ReadingPosition.objects.count() == 0


def save(patron: Patron, book: int, whole: float, read, now=NOW + timedelta(hours=2)) -> None:
    services.save_position(
        patron_id=patron.pk,
        publication_id=book,
        href="b/a.xhtml",
        progression=whole,
        whole=whole,
        text="Teksti",
        now=now,
        read=read,
    )


def test_the_latest_place_is_kept_and_an_older_device_is_told_so(resident):
    patron, book = resident(), add_book("urn:1")
    borrow(patron, book)
    save(patron, book, 0.6, NOW + timedelta(hours=1))
    with pytest.raises(services.PositionIsNewer):
        save(patron, book, 0.2, NOW)
    kept = queries.reading(patron_id=patron.pk, publication_id=book, now=NOW)
    assert kept.locator["locations"] == {"progression": 0.6, "totalProgression": 0.6}


def test_a_clock_that_runs_ahead_does_not_lock_a_place_for_ever(resident):
    patron, book = resident(), add_book("urn:1")
    borrow(patron, book)
    save(patron, book, 0.6, NOW + timedelta(days=900), now=NOW)
    save(patron, book, 0.7, NOW + timedelta(minutes=1), now=NOW + timedelta(minutes=1))
    assert ReadingPosition.objects.get().locator["locations"]["totalProgression"] == 0.7


@pytest.mark.parametrize("whole", [-0.1, 1.1, float("nan")])
def test_a_place_outside_the_book_is_refused(resident, whole):
    patron, book = resident(), add_book("urn:1")
    borrow(patron, book)
    with pytest.raises(services.BadPosition):
        save(patron, book, whole, NOW)


def test_only_who_has_the_loan_may_read_or_keep_a_place(resident):
    patron, other, book = resident("111"), resident("222"), add_book("urn:1")
    borrow(patron, book)
    with pytest.raises(rules.NoSuchLoan):
        queries.reading(patron_id=other.pk, publication_id=book, now=NOW)
    with pytest.raises(rules.NoSuchLoan):
        save(other, book, 0.1, NOW)
    with pytest.raises(rules.NoSuchLoan):
        queries.reading(patron_id=patron.pk, publication_id=book, now=NOW + timedelta(days=22))


def test_a_loan_is_counted_for_the_home_municipality_without_the_person(resident):
    borrow(resident(), add_book("urn:1"))
    assert list(Figure.objects.values_list("unit_code", "metric", "value")) == [("564", "loans", 1)]


def test_own_data_holds_everything_and_erasing_leaves_nothing_of_the_person(resident):
    patron, book = resident(), add_book("urn:1", copies=1)
    borrow(patron, book)
    save(patron, book, 0.5, NOW)
    data = queries.own_data(patron_id=patron.pk)
    assert [x["identifier"] for x in data["loans"]] == ["urn:1"]
    assert data["home_municipality"] == "564"
    assert len(data["reading_positions"]) == len(data["sessions"]) == 1
    assert (data["blocked"], data["agreed"], data["age_group"]) == (False, [], None)
    Patron.objects.filter(pk=patron.pk).update(
        age_group="adult", language="fi", card_expires=NOW.date(), guardian_consent=NOW
    )
    services.erase(patron_id=patron.pk, now=NOW, real_now=NOW)
    patron.refresh_from_db()
    assert (patron.home, patron.age_group, patron.language, patron.deleted) == ("", "", "", NOW)
    assert patron.card_expires is patron.guardian_consent is patron.last_good is None
    assert not Loan.objects.filter(patron=patron).exists()
    assert ReadingPosition.objects.count() == PatronSession.objects.count() == 0
    assert queries.availability([book], now=NOW)[book].free == 1
    with pytest.raises(NotSignedIn):
        borrow(patron, book)
    assert patrons.purge_deleted(now=NOW + timedelta(days=29)) == 0
    assert patrons.purge_deleted(now=NOW + timedelta(days=30)) == 1
    assert Patron.objects.count() == 0
    assert Loan.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_press_at_once_one_gets_the_last_copy(resident):
    people, book = [resident("111"), resident("222")], add_book("urn:1", copies=1)
    outcome = at_once([lambda p=p: borrow(p, book) for p in people])
    assert sorted(outcome) == ["done", "no-copy-free"]
    assert Loan.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_who_presses_eight_times_at_once_has_one_loan(resident):
    patron, book = resident(), add_book("urn:1")
    outcome = at_once([lambda: borrow(patron, book)] * 8)
    assert outcome.count("done") == 1
    assert outcome.count("already-borrowed") == 7
    assert Loan.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_limit_of_five_holds_when_eight_titles_are_borrowed_at_once(resident):
    patron, books = resident(), [add_book(f"urn:{n}") for n in range(8)]
    outcome = at_once([lambda b=b: borrow(patron, b) for b in books])
    assert outcome.count("done") == 5
    assert outcome.count("loan-limit-reached") == 3
