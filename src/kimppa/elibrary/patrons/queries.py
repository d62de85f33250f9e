"""Reading patrons and library systems."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kimppa.elibrary.patrons.models import LibrarySystem, LocalCard, PatronSession
from kimppa.elibrary.patrons.services import token_hash
from kimppa.foundation.core.text import in_language


@dataclass(frozen=True, slots=True)
class CurrentPatron:
    """Who is signed in on this device. `home` is a municipality code, empty where not known."""

    id: int
    system_slug: str
    home: str
    keep_history: bool


@dataclass(frozen=True, slots=True)
class SystemRow:
    slug: str
    name_fi: str
    name_sv: str
    name_en: str
    is_demo: bool

    def name(self, language: str) -> str:
        return in_language(language, fi=self.name_fi, sv=self.name_sv, en=self.name_en)


def patron_of_session(token: str, *, now: datetime) -> CurrentPatron | None:
    """The patron of a session that is still good at that (real) moment."""
    if not token or len(token) > 100:
        return None
    found = (
        PatronSession.objects.filter(
            token_hash=token_hash(token), expires__gt=now, patron__deleted__isnull=True
        )
        .select_related("patron__system")
        .first()
    )
    if found is None:
        return None
    patron = found.patron
    return CurrentPatron(patron.pk, patron.system.slug, patron.home, patron.keep_history)


def systems() -> tuple[SystemRow, ...]:
    """The library systems that one can sign in with, by name."""
    return tuple(
        SystemRow(s.slug, s.name_fi, s.name_sv, s.name_en, s.is_demo)
        for s in LibrarySystem.objects.order_by("name_fi")
    )


def demo_cards() -> int:
    """How many demo cards can still sign in; `serve` does not start while there is one."""
    return LocalCard.objects.filter(is_demo=True).count()


def local_systems() -> int:
    """How many library systems are local directories; `serve` wants that said explicitly."""
    return LibrarySystem.objects.filter(kind="local").count()
