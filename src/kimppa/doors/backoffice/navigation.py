"""What the back office's side list offers: groups of pages, each for those who may open it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.urls import reverse
from django.utils.translation import gettext

from kimppa.commons.members.roles import Act
from kimppa.foundation.core.text import noop

# With so few pages every group stands open; with more only the one that the reader is in.
FEW = 14


@dataclass(frozen=True, slots=True)
class Item:
    """A page: its address' name, icon, label, and the act that opens it."""

    name: str
    icon: str
    label: str
    act: Act


@dataclass(frozen=True, slots=True)
class Group:
    label: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class ShownItem:
    url: str
    icon: str
    label: str
    current: bool


@dataclass(frozen=True, slots=True)
class ShownGroup:
    label: str
    items: tuple[ShownItem, ...]
    open: bool


OVERVIEW = "backoffice:overview"
GROUPS = (
    Group(
        noop("Money"),
        (
            Item("backoffice:money", "euro", noop("Years and invoices"), Act.SEE_MONEY),
            Item("backoffice:statements", "receipt", noop("Our share"), Act.SEE_MONEY),
            Item("backoffice:money-open", "clock", noop("Open items"), Act.SEE_MONEY),
            Item("backoffice:money-bank", "hand-coins", noop("Bank statements"), Act.RECORD_PAYMENTS),
            Item("backoffice:money-scenario", "scale", noop("Scenario planner"), Act.PLAN_SCENARIOS),
        ),
    ),
    Group(
        noop("Books"),
        (
            Item("backoffice:money-payers", "landmark", noop("Sellers and payers"), Act.EDIT_PAYERS),
            Item("backoffice:money-books", "book", noop("Accounts and export"), Act.RECORD_PAYMENTS),
            Item("backoffice:money-ledgers", "landmark", noop("Cities' ledgers"), Act.RECORD_PAYMENTS),
            Item("backoffice:money-settlement", "scale", noop("Between the cities"), Act.RECORD_PAYMENTS),
            Item("backoffice:money-past", "history", noop("Levies of past years"), Act.SEE_MONEY),
        ),
    ),
    Group(
        noop("Budget"),
        (
            Item("backoffice:budget", "clipboard-list", noop("Budgets"), Act.SEE_BUDGET),
            Item("backoffice:budget-purchases", "inbox", noop("Vendors' invoices"), Act.SEE_BUDGET),
            Item("backoffice:budget-grants", "hand-coins", noop("Grants"), Act.SEE_BUDGET),
        ),
    ),
    Group(
        noop("Reports"),
        (
            Item("backoffice:reports", "gauge", noop("Use and its cost"), Act.SEE_USAGE),
            Item("backoffice:reports-equality", "scale", noop("Equality of use"), Act.SEE_USAGE),
            Item("backoffice:reports-trends", "history", noop("Trends of use"), Act.SEE_USAGE),
            Item("backoffice:reports-paper", "file-text", noop("Directors’ paper"), Act.SEE_USAGE),
            Item("backoffice:reports-national", "library", noop("National statistics"), Act.SEE_USAGE),
            Item("backoffice:reports-views", "bookmark", noop("Saved views"), Act.SEE_USAGE),
        ),
    ),
    Group(
        noop("Governance"),
        (
            Item("backoffice:meetings", "landmark", noop("Meetings"), Act.TAKE_PART),
            Item("backoffice:money-decisions", "scroll-text", noop("Decisions"), Act.SEE_AGREEMENTS),
            Item("backoffice:agreements", "file-text", noop("Agreements"), Act.SEE_AGREEMENTS),
            Item("backoffice:agreements-deadlines", "clock", noop("Deadlines"), Act.SEE_AGREEMENTS),
            Item("backoffice:agreements-bound", "link", noop("Who is bound"), Act.SEE_AGREEMENTS),
            Item("backoffice:prices", "receipt", noop("Prices"), Act.SEE_AGREEMENTS),
        ),
    ),
    Group(
        noop("E-library"),
        (
            Item("backoffice:platforms", "library", noop("E-services"), Act.SEE_PLATFORMS),
            Item("backoffice:health", "gauge", noop("Status of services"), Act.SEE_HEALTH),
            Item("backoffice:connections", "link", noop("Connections of e-services"), Act.SEE_CONNECTIONS),
            Item("backoffice:library-systems", "landmark", noop("Library systems"), Act.SEE_CONNECTIONS),
            Item("backoffice:imports", "download", noop("Imports"), Act.SEE_TITLES),
            Item("backoffice:usage", "scale", noop("Use of e-services"), Act.SEE_USAGE),
            Item("backoffice:usage-deliveries", "inbox", noop("Deliveries of usage"), Act.SEE_USAGE),
            Item("backoffice:sushi", "download", noop("Fetching from vendors"), Act.SEE_USAGE),
            Item("backoffice:suppliers", "landmark", noop("Vendors"), Act.SEE_USAGE),
            Item("backoffice:info-pages", "file-text", noop("Information pages"), Act.EDIT_PAGES),
            Item("backoffice:feedback", "message-square", noop("Feedback"), Act.ANSWER_FEEDBACK),
            Item("backoffice:cards", "credit-card", noop("Library cards"), Act.UNLOCK_CARDS),
        ),
    ),
    Group(
        noop("Consortium"),
        (
            Item("backoffice:members", "map-pin", noop("Members"), Act.SEE_MEMBERS),
            Item("backoffice:membership-cases", "users", noop("Joining and leaving"), Act.SEE_MEMBERS),
            Item("backoffice:groups", "layout-grid", noop("Groups"), Act.SEE_MEMBERS),
            Item("backoffice:people", "users", noop("People"), Act.SEE_STAFF),
            Item("backoffice:roles", "shield-check", noop("Roles"), Act.SEE_BACKOFFICE),
            Item("backoffice:audit", "history", noop("Audit trail"), Act.SEE_AUDIT),
        ),
    ),
)


@lru_cache(maxsize=8)
def addresses(language: str) -> dict[str, str]:
    """Every page's address in a language; they do not change while the process runs."""
    names = [OVERVIEW, *(item.name for group in GROUPS for item in group.items)]
    return {name: reverse(name) for name in names}


def shown(path: str, language: str, acts: frozenset[Act]) -> tuple[str, bool, tuple[ShownGroup, ...]]:
    """The overview's address, whether one is on it, and the groups that somebody with these acts sees."""
    urls = addresses(language)
    # The longest address that the page's own begins with: `money/bank/` is not under `money/` here.
    here = max((url for url in urls.values() if path.startswith(url)), key=len, default="")
    groups = []
    for group in GROUPS:
        items = tuple(
            ShownItem(urls[item.name], item.icon, gettext(item.label), urls[item.name] == here)
            for item in group.items
            if item.act in acts
        )
        if items:
            groups.append((group, items))
    few = sum(len(items) for _, items in groups) <= FEW
    on_overview = here == urls[OVERVIEW]
    return (
        urls[OVERVIEW],
        on_overview,
        tuple(
            ShownGroup(
                gettext(group.label),
                items,
                few or any(item.current for item in items) or (on_overview and number == 0),
            )
            for number, (group, items) in enumerate(groups)
        ),
    )
