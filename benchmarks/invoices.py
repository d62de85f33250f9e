"""How long do 57 invoices take, PDF and Finvoice, from frozen content to stored documents? (aim: under 3 s)

Load: one process, a database in memory and a home in a temporary folder; the first round is cold (fonts and
template are read), the second is warm. Each round makes, flushes to disk and registers 114 documents.
Run: PYTHONPATH=src python benchmarks/invoices.py
"""

from __future__ import annotations

import os
import tempfile
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kimppa.consortium.invoicing.content import Content

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
