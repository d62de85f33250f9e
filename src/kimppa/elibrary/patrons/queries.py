"""Reading patrons and library systems."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kimppa.elibrary.patrons import rules
from kimppa.elibrary.patrons.models import LibrarySystem, LocalCard, PatronSession
from kimppa.elibrary.patrons.services import token_hash
from kimppa.foundation.core.keeping import kept
from kimppa.foundation.core.text import in_language


@dataclass(frozen=True, slots=True)
class CurrentPatron:
    """Who is signed in on this device, by what their library system last said.

    `home` is a municipality code, empty where not known; `by_outage`: the session would have ended, but the
    library system is down; `session` is its handle, `last_used` to the hour.
    """

    id: int
    system_slug: str
    home: str
    keep_history: bool
    age_group: str = ""
    blocked: bool = False
    card_expires: date | None = None
    guardian_agreed: bool = False
    last_good: datetime | None = None
    system_down: bool = False
    by_outage: bool = False
    session: str = ""
    last_used: datetime | None = None
    # When this session began: the sign-in that e-services are told of.
    began: datetime | None = None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One device that is signed in."""

    handle: str
    device: str
    created: datetime
    last_used: datetime
    expires: datetime
    remembered: bool


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
    """The patron of a session that still holds at that (real) moment."""
    if not token or len(token) > 100:
        return None
    found = (
        PatronSession.objects.filter(
            token_hash=token_hash(token),
            expires__gt=now - rules.LONGEST_OUTAGE,
            patron__deleted__isnull=True,
        )
        .select_related("patron__system__state")
        .first()
    )
    if found is None:
        return None
    patron = found.patron
    down = _down_since(patron.system)
    if not rules.still_in(
        expires=found.expires, now=now, down_since=down, outage_hours=patron.system.outage_hours
    ):
        return None
    return CurrentPatron(
        id=patron.pk,
        system_slug=patron.system.slug,
        home=patron.home,
        keep_history=patron.keep_history,
        age_group=patron.age_group,
        blocked=patron.blocked,
        card_expires=patron.card_expires,
        guardian_agreed=patron.guardian_consent is not None,
        last_good=patron.last_good,
        system_down=down is not None,
        by_outage=now >= found.expires,
        session=found.handle,
        last_used=found.last_used,
        began=found.created,
    )


def _down_since(system: LibrarySystem) -> datetime | None:
    state = getattr(system, "state", None)  # no row: it has never been asked
    return state.down_since if state is not None else None


def used_lately(patron: CurrentPatron, *, now: datetime) -> bool:
    """Whether the session's last use is remembered closely enough not to be written again."""
    return patron.last_used is not None and now - patron.last_used < rules.USED_EVERY


def down_since(system: str) -> datetime | None:
    """Since when a library system has not answered; None: it answers, or nobody has asked."""
    found = LibrarySystem.objects.filter(slug=system).select_related("state").first()
    return _down_since(found) if found else None


def sessions_of(patron_id: int, *, now: datetime) -> tuple[SessionRow, ...]:
    """Where a patron is signed in, the last used first. Sessions older than lists of them have no handle."""
    rows = PatronSession.objects.filter(patron_id=patron_id, expires__gt=now).exclude(handle="")
    return tuple(
        sorted(
            (
                SessionRow(s.handle, s.device, s.created, s.last_used or s.created, s.expires, s.remembered)
                for s in rows
            ),
            key=lambda row: row.last_used,
            reverse=True,
        )
    )


def systems() -> tuple[SystemRow, ...]:
    """The library systems that one can sign in with, by name."""
    return kept("patrons.systems", _systems)


def _systems() -> tuple[SystemRow, ...]:
    rows = LibrarySystem.objects.order_by("name_fi")
    return tuple(
        SystemRow(*told) for told in rows.values_list("slug", "name_fi", "name_sv", "name_en", "is_demo")
    )


def demo_cards() -> int:
    """How many demo cards can still sign in; `serve` does not start while there is one."""
    return LocalCard.objects.filter(is_demo=True).count()


def local_systems() -> int:
    """How many library systems are local directories; `serve` wants that said explicitly."""
    return LibrarySystem.objects.filter(kind="local").count()
