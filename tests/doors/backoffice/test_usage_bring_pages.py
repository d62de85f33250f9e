"""From a vendor's unknown sheet or report to figures, on the pages, without scripts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Sum
from django.test import Client
from tests.needs import shared
from tests.north import load_everything

from kimppa.commons.usage.models import Batch, Figure, Row
from kimppa.commons.usage.sheet_models import Brought, SheetMapping
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.accounts.models import User
from kimppa.foundation.core import clock

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 11, 15, 10, tzinfo=UTC)
AT = "/en/backoffice/use"
SHEET = (
    "Tilasto vuodelta 2022\r\nPaikka;tammi;helmi\r\n"
    "Oulu;1 200;30\r\nNapapiirin kylä;5;\r\nYhteensä;1 205;30\r\n"
)


@pytest.fixture
def office(db: None) -> Client:
    load_everything(Operator("test"), NOW)
    clock.set_offset(NOW - clock.real_now())
    client = Client()
    client.force_login(User.objects.get(email="koordinaattori@kimppa.example"))
    return client


def bring(office: Client, raw: bytes, *, name: str = "tilasto.csv", service: str = "ellibs"):
    file = SimpleUploadedFile(name, raw)
    return office.post(f"{AT}/bring/", {"file": file, "service": service, "unit": "consortium:"})


def sums() -> dict[str, int]:
    return dict(Figure.objects.filter(batch__source="sheet").values_list("unit_code").annotate(Sum("value")))


def test_an_unknown_sheet_is_read_matched_previewed_landed_and_opens_to_its_rows(office: Client) -> None:
    Figure.objects.all().delete()
    Batch.objects.exclude(source__in=["hub", "own-lending"]).update(dropped=NOW)
    response = bring(office, SHEET.encode())
    brought = the_newest()
    assert response.status_code == 302
    assert response["Location"] == f"{AT}/bring/{brought.pk}/"
    page = office.get(f"{AT}/bring/{brought.pk}/", follow=True)
    text = page.content.decode()
    assert page.redirect_chain[-1][0] == f"{AT}/bring/{brought.pk}/reading/"
    assert "How the sheet is read" in text
    assert "The headings are on row 2" in text
    form = {
        "sheet": "",
        "header": "2",
        "metric": "loans",
        "places": "municipality",
        "year": "2022",
        "decimal": ",",
        "factor": "1",
        "part": "",
        "role_0": "place",
        "metric_0": "",
        "role_1": "of-month",
        "metric_1": "",
        "role_2": "of-month",
        "metric_2": "",
    }
    wrong = office.post(f"{AT}/bring/{brought.pk}/reading/", {**form, "places": ""})
    assert wrong.status_code == 422
    assert "Say whether the names are of municipalities" in wrong.content.decode()
    assert office.post(f"{AT}/bring/{brought.pk}/reading/", form).status_code == 302
    text = office.get(f"{AT}/bring/{brought.pk}/").content.decode()
    assert "Whom do these names mean?" in text
    assert "Napapiirin kylä" in text
    assert "Take into use" not in text
    names = {"do": "names", "told": "napapiirin kylä", "code": "698"}
    office.post(f"{AT}/bring/{brought.pk}/", names)
    text = office.get(f"{AT}/bring/{brought.pk}/").content.decode()
    assert "Take into use" in text
    assert "Rovaniemi" in text
    assert sums() == {}
    done = office.post(f"{AT}/bring/{brought.pk}/", {"do": "land"})
    batch = Batch.objects.order_by("pk").last()
    assert batch is not None
    assert done["Location"] == f"{AT}/deliveries/{batch.pk}/"
    assert sums() == {"564": 1230, "698": 5}
    text = office.get(done["Location"]).content.decode()
    for seen in ("Ellibs", "1/2022–2/2022", "loans", "Oulu", batch.file.sha256):  # type: ignore[union-attr]
        assert seen in text, seen
    rows = office.get(f"{AT}/deliveries/{batch.pk}/rows/?unit=municipality:564").content.decode()
    assert "1,200" in rows
    assert "1 row" in rows
    file = office.get(f"{AT}/deliveries/{batch.pk}/file/")
    assert b"".join(file.streaming_content) == SHEET.encode()
    assert "attachment" in file["Content-Disposition"]
    twice = bring(office, SHEET.encode())
    assert twice.status_code == 422
    assert "The same file came on 15.11.2022 already" in twice.content.decode()
    assert office.post(f"{AT}/bring/{brought.pk}/", {"do": "land"}).status_code == 302
    assert Row.objects.filter(batch=batch).count() == 2
    assert SheetMapping.objects.filter(platform="ellibs", version=1, mapping__header=2).count() == 1


def the_newest() -> Brought:
    found = Brought.objects.order_by("pk").last()
    assert found is not None
    return found


def test_a_counter_report_is_recognised_previewed_landed_and_dropped_with_a_reason(office: Client) -> None:
    raw = shared("samples", "counter", "r51", "TRB1_sample_r51.tsv").read_bytes()
    response = bring(office, raw, name="TR_B1.tsv", service="overdrive")
    text = office.get(response["Location"]).content.decode()
    for seen in ("TR_B1", "19,139", "8,898", "1/2022–12/2022", "Take into use"):
        assert seen in text, seen
    landed = office.post(response["Location"], {"do": "land"})
    batch = Batch.objects.order_by("pk").last()
    assert batch is not None
    assert sum(Figure.objects.filter(batch=batch).values_list("value", flat=True)) == 19139 + 8898
    listed = office.get(f"{AT}/deliveries/").content.decode()
    assert landed["Location"] in listed
    assert office.post(f"{AT}/deliveries/{batch.pk}/drop/", {"why": ""}).status_code == 422
    office.post(f"{AT}/deliveries/{batch.pk}/drop/", {"why": "of the wrong customer"})
    text = office.get(landed["Location"]).content.decode()
    assert "of the wrong customer" in text
    assert not Figure.objects.filter(batch=batch).exists()
    again = office.post(f"{AT}/deliveries/{batch.pk}/again/")
    assert "/use/bring/" in again["Location"]


def test_swapped_files_are_a_question_that_must_be_answered(office: Client) -> None:
    raw = shared("samples", "counter", "r51", "TRB1_sample_r51.tsv").read_bytes()
    office.post(bring(office, raw, service="overdrive")["Location"], {"do": "land"})
    other = shared("samples", "counter", "r51", "TRB2_sample_r51.tsv").read_bytes()
    at = bring(office, other, service="ellibs")["Location"]
    text = office.get(at).content.decode()
    assert "Were two files swapped?" in text
    before = Batch.objects.count()
    refused = office.post(at, {"do": "land"})
    assert refused.status_code == 409
    assert Batch.objects.count() == before
    assert office.post(at, {"do": "land", "confirmed": "yes"}).status_code == 302
    assert Batch.objects.count() == before + 1


def test_a_web_page_instead_of_a_report_is_kept_and_explained(office: Client) -> None:
    raw = b"<!doctype html><html><title>Sign in</title></html>"
    at = bring(office, raw, name="report.json")["Location"]
    text = office.get(at).content.decode()
    assert "This is a web page, not a report" in text
    assert "Take into use" not in text
    assert b"".join(office.get(f"{at}file/").streaming_content) == raw
    suomeksi = office.get(at.replace("/en/", "/fi/")).content.decode()
    assert "This is a web page" not in suomeksi


def test_who_may_only_read_sees_deliveries_but_brings_nothing(office: Client) -> None:
    reader = Client()
    reader.force_login(User.objects.get(email="johtaja@kimppa.example"))
    assert reader.get(f"{AT}/deliveries/").status_code == 200
    assert "Bring a file" not in reader.get(f"{AT}/deliveries/").content.decode()
    assert reader.get(f"{AT}/bring/").status_code == 403
    before = Brought.objects.count()
    assert bring(reader, SHEET.encode()).status_code == 403
    assert Brought.objects.count() == before


def test_odd_questions_of_the_addresses_are_answered(office: Client) -> None:
    bring(office, SHEET.encode())
    at = f"{AT}/bring/{the_newest().pk}/reading/"
    for query in ("?header=0", "?header=x", "?header=999999", "?header=3", "?sheet=", "?header=1"):
        assert office.get(at + query).status_code == 200, query
    assert office.get(at + "?sheet=Nowhere").status_code == 200  # a CSV has one sheet, whatever its name
    assert office.get(f"{AT}/deliveries/?year=0000&of=nobody").status_code == 200
    assert office.get(f"{AT}/deliveries/999999/").status_code == 404


def test_what_is_no_table_is_told_apart_from_a_sheet(office: Client) -> None:
    for raw, said in (
        (b"%PDF-1.4\n%\xe2\xe3\n1 0 obj", "no table but something else (PDF)"),
        (bytes(range(256)) * 9, "no table but something else"),
        (b"Kuukausi;Kunta;Lainat\n1/2022;Ou\0lu;5\n", "no table but something else"),
    ):
        page = bring(office, raw)
        page = office.get(page.url) if page.status_code == 302 else page
        assert said in page.content.decode()
        assert the_newest().state == "refused"


def test_a_month_that_has_not_begun_is_refused_and_the_metric_is_in_words(office: Client) -> None:
    page = bring(office, b"Kuukausi;Lainat\n1/2031;5\n")
    address = office.get(page.url).url if office.get(page.url).status_code == 302 else page.url
    form = office.get(address)
    assert 'value="loans"' in form.content.decode()
    assert 'value="lainat"' in office.get(address.replace("/en/", "/fi/")).content.decode()
    told = {"role_0": "month", "role_1": "count", "metric_0": "", "metric_1": "Lainat"}
    told |= {"metric": "lån", "decimal": ",", "factor": "1", "places": "", "part": ""}
    assert office.post(address, told).status_code == 302
    kept = the_newest()
    assert isinstance(kept.draft, dict)
    assert (kept.draft["reading"]["metric"], kept.draft["reading"]["columns"][1][3]) == ("loans", "loans")
    answer = office.post(f"/en/backoffice/use/bring/{kept.pk}/", {"do": "land"})
    assert answer.status_code == 422
    assert "tells of 1/2031, which has not begun yet" in answer.content.decode()
    assert sums() == {}
