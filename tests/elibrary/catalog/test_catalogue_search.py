"""Search over the real titles: every word, then forgiven spelling, then some words; always current."""

from __future__ import annotations

import json
import multiprocessing
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from tests.elibrary.conftest import BY, NOW

from kimppa.elibrary.catalog import index, queries, services
from kimppa.elibrary.catalog.jobs import write_index
from kimppa.elibrary.catalog.models import IndexQueue, Publication
from kimppa.elibrary.catalog.rules import TitleRecord
from kimppa.elibrary.holdings import services as holdings
from kimppa.foundation.core import jobs

DATA = Path(__file__).parents[3] / "data"


def titles(*rows: tuple[str, str, str]) -> None:
    records = [
        TitleRecord(f"urn:{n}", t, (p,) if p else (), None, lang, "ebook")
        for n, (t, p, lang) in enumerate(rows)
    ]
    services.upsert_titles(by=BY, records=records, example=True, now=NOW)
    queries.make_current()


def found(text: str, **more) -> list[str]:
    return [p.title for p in queries.search(text, **more).publications]


@pytest.mark.django_db
def test_all_words_must_match_and_the_very_title_comes_first():
    titles(
        ("Kalevalan avain", "Kaarle Krohn", "fi"),
        ("Kalevala", "Lönnrot, Elias", "fi"),
        ("Kanteletar", "Lönnrot, Elias", "fi"),
    )
    assert found("kalevala") == ["Kalevala", "Kalevalan avain"]
    assert found("kalevala lönnrot") == ["Kalevala"]
    assert found("Elias Lönnrot kanteletar") == ["Kanteletar"]
    assert queries.search("kalevala").how == "all"


@pytest.mark.django_db
def test_a_misspelt_word_is_forgiven_only_when_nothing_is_spelt_so():
    titles(("Kalevala", "", "fi"), ("Aarniometsän sydän", "", "fi"))
    assert found("kalvala") == ["Kalevala"]
    assert found("aarniometsan sydan") == ["Aarniometsän sydän"]
    assert queries.search("kalvala").how == "forgiving"
    assert found("zzzzqqqq") == []


@pytest.mark.django_db
def test_when_no_title_has_all_words_those_with_most_of_them_are_shown_and_it_is_said():
    titles(("Sota ja rauha", "", "fi"), ("Rauha", "", "fi"))
    result = queries.search("rauha maailmassa")
    assert result.how == "some"
    assert {p.title for p in result.publications} == {"Sota ja rauha", "Rauha"}


@pytest.mark.django_db
def test_languages_and_kinds_are_counted_and_narrow_the_hits():
    titles(("Satu", "", "fi"), ("Satu ja totuus", "", "fi"), ("Satu", "", "sv"))
    result = queries.search("satu", language="fi")
    assert (result.count, dict(result.languages)) == (2, {"fi": 2, "sv": 1})
    assert dict(result.kinds) == {"ebook": 2}


@pytest.mark.django_db
def test_a_changed_title_is_found_by_its_new_words_only_and_a_removed_one_not_at_all():
    titles(("Vanha nimi", "", "fi"))
    titles(("Uusi otsikko", "", "fi"))
    assert found("uusi") == ["Uusi otsikko"]
    assert queries.search("vanha").count == 0
    services.remove_titles(by=BY, ids=[Publication.objects.get().pk], now=NOW)
    queries.make_current()
    assert index.reader().searcher.num_docs == 0


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "   ", '"*:()[]{}~^', "title:kalevala AND", "\0", "💥", "ä" * 9_999])
def test_no_query_breaks_the_search(text):
    titles(("Kalevala", "", "fi"))
    assert queries.search(text).count in {0, 1}


@pytest.mark.django_db
def test_the_index_of_another_analyser_is_rebuilt(home):
    titles(("Kalevala", "", "fi"))
    (index.current() / "analyser").write_text("something else/0")
    assert index.current() is None
    queries.make_current()
    assert found("kalevala") == ["Kalevala"]
    assert len([f for f in (home / "index").iterdir() if f.is_dir()]) == 1


@pytest.mark.django_db
def test_a_change_is_indexed_by_the_worker_in_time_without_anybody_waiting(
    django_capture_on_commit_callbacks,
):
    titles(("Kalevala", "", "fi"))
    record = TitleRecord("urn:9", "Kanteletar", (), None, "fi", "ebook")
    services.upsert_titles(by=BY, records=[record], example=True, now=NOW)
    assert IndexQueue.objects.count() == 1
    jobs.run_pending()
    assert IndexQueue.objects.count() == 0
    assert queries.find("kanteletar").count == 1


def _hold(folder: Path, ready, done) -> None:
    import fcntl

    with (folder / "lease").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        ready.set()
        done.wait(20)


def test_only_one_writes_at_a_time_and_a_killed_writer_leaves_no_lock(home):
    (home / "index").mkdir()
    ready, done = multiprocessing.Event(), multiprocessing.Event()
    other = multiprocessing.Process(target=_hold, args=(home / "index", ready, done))
    other.start()
    assert ready.wait(20)
    with index.lease(wait=False) as mine:
        assert not mine
    other.kill()
    other.join()
    with index.lease(wait=False) as mine:
        assert mine


@pytest.mark.django_db
def test_an_import_counts_and_reports_and_the_second_time_nothing_is_new():
    raw = (DATA / "titles.csv").read_bytes()
    first = holdings.import_titles(by=BY, raw=raw, source_name="t.csv", collection="K", now=NOW)
    assert (first.read, first.created, first.updated, first.unchanged, first.skipped) == (1000, 1000, 0, 0, 0)
    again = holdings.import_titles(by=BY, raw=raw, source_name="t.csv", collection="K", now=NOW)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 1000)
    assert Publication.objects.count() == 1000


@pytest.mark.django_db
def test_an_identifier_that_comes_twice_in_a_file_is_one_title_as_last_said():
    raw = b"identifier,title\nurn:1,Eka\nurn:1,Toka\nurn:1,Toka\n"
    report = holdings.import_titles(by=BY, raw=raw, source_name="t.csv", collection="K", now=NOW)
    assert (report.read, report.created, report.updated, report.unchanged) == (3, 1, 1, 1)
    assert Publication.objects.get().title == "Toka"


@pytest.mark.django_db
def test_undo_of_an_import_brings_back_what_it_changed_and_removes_what_it_made():
    def load(text: str):
        return holdings.import_titles(by=BY, raw=text.encode(), source_name="t", collection="K", now=NOW)

    load("identifier,title\nurn:1,Eka\n")
    second = load("identifier,title\nurn:1,Muutettu\nurn:2,Toka\n")
    holdings.undo_titles(by=BY, batch_id=second.batch_id, now=NOW)
    assert list(Publication.objects.values_list("identifier", "title")) == [("urn:1", "Eka")]


@pytest.mark.django_db
def test_undo_is_refused_once_a_title_has_a_licence():
    from kimppa.foundation.imports.services import UndoRefused

    raw = b"identifier,title\nurn:1,Eka\n"
    report = holdings.import_titles(by=BY, raw=raw, source_name="t", collection="K", now=NOW)
    book = Publication.objects.get().pk
    holdings.add_license(by=BY, publication_id=book, collection="K", identifier="l", concurrency=1, now=NOW)
    with pytest.raises(UndoRefused) as caught:
        holdings.undo_titles(by=BY, batch_id=report.batch_id, now=NOW)
    assert [(b.key, b.code) for b in caught.value.blockers] == [("urn:1", "has-license")]
    assert Publication.objects.count() == 1


@pytest.mark.django_db
def test_the_commands_speak_json_and_wait_for_the_index(tmp_path):
    csv = tmp_path / "t.csv"
    csv.write_text("identifier,title,contributors,year,language,kind\nurn:1,Kalevala,,x,fi,ebook\n,Y,,,fi,\n")
    out = StringIO()
    call_command("import", str(csv), collection="K", json=True, stdout=out)
    report = json.loads(out.getvalue())
    assert {k: report[k] for k in ("read", "created", "updated", "unchanged", "skipped")} == {
        "read": 2,
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "skipped": 1,
    }
    assert [(p["record"], p["severity"], p["code"]) for p in report["problems"]] == [
        (1, "warning", "bad-year"),
        (2, "error", "no-identifier"),
    ]
    asked = tmp_path / "q.txt"
    asked.write_text("kalevalassa\nolematon\n")
    out = StringIO()
    call_command("search", file=str(asked), stdout=out)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert lines == [
        {"query": "kalevalassa", "count": 1, "hits": [{"identifier": "urn:1", "title": "Kalevala"}]},
        {"query": "olematon", "count": 0, "hits": []},
    ]


def test_the_writer_of_the_index_is_a_job_that_can_be_named():
    assert jobs.resolve(services.INDEX_JOB) is write_index
