"""The residents' guide as EPUBs that the project writes itself, and records of real titles (ESIMERKKI)."""

from __future__ import annotations

from datetime import UTC, datetime

from kimppa.elibrary.catalog import services as catalogue
from kimppa.elibrary.holdings import services as holdings
from kimppa.environment import PROJECT
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.protocols import epub

OPEN = "Avoin kokoelma"
LOCAL = "Oma kokoelma"
EXAMPLES = "ESIMERKKI"
CREATOR = {
    "fi": "Pohjoisen eKirjasto (esimerkki)",
    "sv": "Nordens e-bibliotek (exempel)",
    "en": "The e-library of the North (example)",
}
WORDS = {
    "fi": epub.Words("Sisällys", "Teksti otsikoineen; ei kuvia. Sopii ruudunlukijalle."),
    "sv": epub.Words("Innehåll", "Text med rubriker; inga bilder. Lämpar sig för skärmläsare."),
    "en": epub.Words("Contents", "Text with headings; no pictures. Suits screen readers."),
}
DESCRIPTIONS = {
    "fi": "Opas e-kirjaston käyttöön: kirjautuminen, haku, lainaaminen, lukeminen ja omat tiedot.",
    "sv": "En handbok till e-biblioteket: logga in, söka, låna, läsa och dina uppgifter.",
    "en": "A guide to the e-library: signing in, searching, borrowing, reading and your data.",
}
WRITTEN = datetime(2022, 1, 3, tzinfo=UTC)


def guide(language: str) -> bytes:
    """The guide in a language as an EPUB; the same bytes each time."""
    source = (PROJECT / "data" / "guide" / f"{language}.txt").read_text(encoding="utf-8")
    title, chapters = epub.chapters_of(source)
    return epub.write(
        epub.Text(
            identifier=f"urn:kimppa:guide:{language}",
            title=title,
            creator=CREATOR[language],
            language=language,
            modified=WRITTEN,
            chapters=chapters,
            words=WORDS[language],
        )
    )


def load(*, by: Operator, now: datetime) -> None:
    """Guides in the open collection; the English one has three copies of our own, to show copies taken."""
    holdings.define_collection(by=by, name=OPEN, is_open=True, now=now)
    holdings.define_collection(by=by, name=LOCAL, is_open=False, now=now)
    titles = (PROJECT / "data" / "titles.csv").read_bytes()
    holdings.import_titles(
        by=by, raw=titles, source_name="titles.csv", collection=EXAMPLES, example=True, now=now
    )
    for language in ("fi", "sv", "en"):
        publication = catalogue.add_epub(
            by=by,
            identifier=f"urn:kimppa:guide:{language}",
            raw=guide(language),
            file_name=f"opas-{language}.epub",
            description=DESCRIPTIONS[language],
            is_guide=True,
            now=now,
        )
        ours = language == "en"
        holdings.add_license(
            by=by,
            publication_id=publication,
            collection=LOCAL if ours else OPEN,
            identifier=f"urn:kimppa:license:guide:{language}",
            concurrency=3 if ours else None,
            now=now,
        )
