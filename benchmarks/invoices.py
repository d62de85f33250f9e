"""How long do invoices take, from the levy to stored documents?

57 invoices as PDF and Finvoice from frozen content (aim: under 3 s), the first round cold (fonts and the
template are read), the second warm; then the whole way for all 309 municipalities: levy, issue, and PDF,
Finvoice and Peppol of each with progress (aim: under 15 s). One process, a database in memory, a home in a
temporary folder; every document is flushed to disk and registered.
Run: PYTHONPATH=src python benchmarks/invoices.py
"""

from __future__ import annotations

import csv
import os
import tempfile
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kimppa.consortium.invoicing.content import Content
    from kimppa.foundation.accounts.actors import Operator

INVOICES = 57


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(KIMPPA_MODE="test", KIMPPA_HOME=home, DJANGO_SETTINGS_MODULE="kimppa.settings")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        for label in ("cold", "warm"):
            print(f"{INVOICES} invoices, PDF + Finvoice, {label}: {_round(Path(home), label):.2f} s")
        _nation()


def _round(home: Path, label: str) -> float:
    from kimppa.consortium.invoicing import finvoice, pdf
    from kimppa.foundation.core.clock import real_now
    from kimppa.foundation.files.models import Retention
    from kimppa.foundation.files.services import store

    contents = [_content(label, number) for number in range(1, INVOICES + 1)]
    start = time.perf_counter()
    for content in contents:
        for body, media, end in (
            (pdf.pdf(content), "application/pdf", "pdf"),
            (finvoice.xml(content), "application/xml", "xml"),
        ):
            store(
                name=f"{content.number}.{end}",
                content=body,
                media_type=media,
                retention=Retention.ACCOUNTING,
                now=real_now(),
            )
    assert len(list((home / "files").glob("*/*"))) >= 2 * INVOICES
    return time.perf_counter() - start


def _nation() -> None:
    """309 municipalities, one seller outside them: levy, issue, documents."""
    from kimppa.consortium.agreements.rules import CostClass
    from kimppa.consortium.budgets.services import Resolution, decide_and_levy
    from kimppa.consortium.governance.services import Words
    from kimppa.consortium.invoicing import queries, services
    from kimppa.foundation.accounts.actors import Operator
    from kimppa.foundation.core import jobs

    by, now, day = Operator("bench"), datetime(2022, 2, 1, 10, tzinfo=UTC), date(2022, 2, 1)
    _members(by, now)
    start, busy = time.perf_counter(), time.process_time()
    revision = decide_and_levy(
        by=by,
        resolution=Resolution("directors-days", "BENCH/1", date(2022, 1, 10), Words("Maksu 2022"), None),
        year=2022,
        cost_class=CostClass.CONTENT,
        rate=Decimal("0.75"),
        reference_date=date(2020, 12, 31),
        now=now,
    )
    levied = time.perf_counter()
    made = services.issue(by=by, revision=revision, issued_on=day, now=now)
    issued = time.perf_counter()
    jobs.run_pending()
    done = time.perf_counter()
    progress = queries.progress_of(2022)
    assert (made.invoices, progress.done, progress.total) == (309, 309, 309)
    print(
        f"309 municipalities: levy {levied - start:.2f} s, issue {issued - levied:.2f} s, "
        f"PDF + Finvoice + Peppol {done - issued:.2f} s, in all {done - start:.2f} s "
        f"({time.process_time() - busy:.2f} s of CPU)"
    )


def _members(by: Operator, now: datetime) -> None:
    from kimppa.commons.members.models import Group, LegalParty, Membership, Municipality, Population, Region
    from kimppa.consortium.invoicing import payers
    from kimppa.doors.console.demo.money import fictional_business_id, fictional_iban

    Group.objects.create(slug="directors-days", name_fi="Esimiespäivät")
    party = LegalParty.objects.create(
        name="Laskuttaja (ESIMERKKI)", business_id=fictional_business_id("999"), fictional=True
    )
    seller = payers.set_seller(
        by=by,
        party=party.pk,
        prefix="BENCH",
        reference_base="1999",
        iban=fictional_iban("9999990000099"),
        bic="ESIMFIHH",
        example=True,
        now=now,
    )
    with (Path(__file__).parents[1] / "data" / "national.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            region, _ = Region.objects.get_or_create(
                code=row["region_code"], defaults={"name_fi": row["region_fi"]}
            )
            place = Municipality.objects.create(code=row["code"], name_fi=row["name_fi"], region=region)
            Membership.objects.create(municipality=place, valid_from=date(2020, 1, 1))
            Population.objects.create(
                municipality=place,
                reference_date=date(2020, 12, 31),
                residents=int(row["pop_2020"]),
                source="Tilastokeskus",
            )
            name = f"{row['name_fi']} (ESIMERKKI)"
            buyer = LegalParty.objects.create(
                name=name,
                business_id=fictional_business_id(row["code"]),
                municipality=place,
                street="Esimerkkikatu 1",
                postal_code="99999",
                town=row["name_fi"],
                fictional=True,
            )
            payer = payers.set_payer(by=by, party=buyer.pk, now=now)
            start = date(2021, 1, 1)
            payers.pays_for(by=by, payer=payer, municipality=row["code"], valid_from=start, now=now)
            payers.sells_to(by=by, seller=seller, payer=payer, valid_from=start, now=now)


def _content(label: str, number: int) -> Content:
    from kimppa.consortium.invoicing.content import Content, Line, Party
    from kimppa.consortium.invoicing.rules import Kind
    from kimppa.foundation.core.money import Cents

    party = Party("Kunta (ESIMERKKI)", "9000900-0", "Esimerkkikatu 1", "99999", "Kunta", "", "")
    line = Line(
        source=f"levy/1/rev/1/share/{number}",
        municipality_code="009",
        municipality="Alavieska",
        title="Sisällöt ja alustat 2022",
        residents=2517,
        reference_date=date(2020, 12, 31),
        population_source="Tilastokeskus",
        rate=Decimal("0.75"),
        decided_sum=None,
        months=12,
        amount=Cents(188_775),
        decision_number="ESIMERKKI/12/2021",
        decision_title="Asukaskohtainen maksu 2022",
        decision_body="Esimiespäivät",
        decided_on=date(2021, 11, 18),
        agreement_number="ESIMERKKI/1/2021",
        clause="Kustannusliite",
    )
    return Content(
        kind=Kind.INVOICE,
        number=f"{label}-{number}",
        reference="2348236",
        barcode="4" * 54,
        language="fi",
        issued=date(2022, 2, 1),
        due=date(2022, 3, 3),
        terms_days=30,
        year=2022,
        seller=party,
        payer=party,
        iban="FI3715903000000776",
        bic="ESIMFIHH",
        buyer_reference="",
        vat_category="O",
        vat_reason="Kuntien yhteistoiminnan kustannusosuus, ei arvonlisäveroa",
        lines=(line,),
        total=Cents(188_775),
        example=True,
    )


if __name__ == "__main__":
    main()
