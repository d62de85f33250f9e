"""Who may do what, where: one readable table, role × act × reach. Pure.

A role is given to a person for a scope and for dates (models.RoleAssignment). The table says for each
act how far the role carries: everywhere, or only within the scope it was given for. A cell that is not
written is a no. The back office shows this table as it stands here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from kimppa.foundation.core.text import noop


class Role(StrEnum):
    COORDINATOR = "coordinator"
    RESPONSIBLE_PERSON = "responsible-person"
    DIRECTOR = "director"
    FINANCE = "finance"
    LIBRARY_STAFF = "library-staff"


ROLE_NAMES: dict[Role, str] = {
    Role.COORDINATOR: noop("Coordinator"),
    Role.RESPONSIBLE_PERSON: noop("Responsible person"),
    Role.DIRECTOR: noop("Library director"),
    Role.FINANCE: noop("Finance"),
    Role.LIBRARY_STAFF: noop("Library staff"),
}


class Act(StrEnum):
    SEE_BACKOFFICE = "see-backoffice"
    SEE_MEMBERS = "see-members"
    EDIT_MEMBERS = "edit-members"
    IMPORT_MEMBERS = "import-members"
    SEE_STAFF = "see-staff"
    MANAGE_STAFF = "manage-staff"
    SEE_AUDIT = "see-audit"
    SEE_PLATFORMS = "see-platforms"
    EDIT_PLATFORMS = "edit-platforms"
    IMPORT_TITLES = "import-titles"
    SEE_TITLES = "see-titles"
    ANSWER_FEEDBACK = "answer-feedback"
    UNLOCK_CARDS = "unlock-cards"
    SEE_AGREEMENTS = "see-agreements"
    EDIT_AGREEMENTS = "edit-agreements"
    SIGN_AGREEMENTS = "sign-agreements"
    EDIT_MANDATES = "edit-mandates"
    SEE_MONEY = "see-money"
    DECIDE = "decide"
    LEVY = "levy"
    ISSUE_INVOICES = "issue-invoices"
    RECORD_PAYMENTS = "record-payments"
    CREDIT_INVOICES = "credit-invoices"
    EDIT_PAYERS = "edit-payers"
    PLAN_SCENARIOS = "plan-scenarios"
    SEE_BUDGET = "see-budget"
    EDIT_BUDGET = "edit-budget"
    BOOK_PURCHASES = "book-purchases"
    SEE_MEETINGS = "see-meetings"
    TAKE_PART = "take-part"
    RUN_MEETINGS = "run-meetings"
    EDIT_GROUPS = "edit-groups"
    SEE_HEALTH = "see-health"
    RUN_HEALTH = "run-health"
    SEE_CONNECTIONS = "see-connections"
    EDIT_CONNECTIONS = "edit-connections"
    EDIT_PAGES = "edit-pages"
    SEE_USAGE = "see-usage"
    EDIT_USAGE = "edit-usage"
    SEE_WORKPLAN = "see-workplan"
    EDIT_WORKPLAN = "edit-workplan"
    DO_DUTIES = "do-duties"


ACT_NAMES: dict[Act, str] = {
    Act.SEE_BACKOFFICE: noop("Open the back office"),
    Act.SEE_MEMBERS: noop("See members, populations and their history"),
    Act.EDIT_MEMBERS: noop("Change memberships and libraries"),
    Act.IMPORT_MEMBERS: noop("Import municipalities and populations"),
    Act.SEE_STAFF: noop("See people and their roles"),
    Act.MANAGE_STAFF: noop("Invite people and give roles"),
    Act.SEE_AUDIT: noop("Read the audit trail"),
    Act.SEE_PLATFORMS: noop("See e-services"),
    Act.EDIT_PLATFORMS: noop("Edit e-services, their guides and who may use them"),
    Act.IMPORT_TITLES: noop("Import titles"),
    Act.SEE_TITLES: noop("See the collection"),
    Act.ANSWER_FEEDBACK: noop("Answer residents' feedback"),
    Act.UNLOCK_CARDS: noop("Clear the wrong PINs of a card"),
    Act.SEE_AGREEMENTS: noop("See agreements and decisions"),
    Act.EDIT_AGREEMENTS: noop("Record agreements"),
    Act.SIGN_AGREEMENTS: noop("Record signatures of agreements"),
    Act.EDIT_MANDATES: noop("Record mandates"),
    Act.SEE_MONEY: noop("See levies, shares and invoices"),
    Act.DECIDE: noop("Record the directors' decisions"),
    Act.LEVY: noop("Make levies"),
    Act.ISSUE_INVOICES: noop("Issue and send invoices"),
    Act.RECORD_PAYMENTS: noop("Record payments"),
    Act.CREDIT_INVOICES: noop("Credit invoices"),
    Act.EDIT_PAYERS: noop("Edit sellers and payers"),
    Act.PLAN_SCENARIOS: noop("Try out rates and members in the scenario planner"),
    Act.SEE_BUDGET: noop("See budgets, purchases and grants"),
    Act.EDIT_BUDGET: noop("Prepare budgets, commitments and grants"),
    Act.BOOK_PURCHASES: noop("Receive and book vendors' invoices"),
    Act.SEE_MEETINGS: noop("See the meetings of every group"),
    Act.TAKE_PART: noop("Take part in the meetings one is called to"),
    Act.RUN_MEETINGS: noop("Call and run meetings, and keep their minutes"),
    Act.EDIT_GROUPS: noop("Change who belongs to groups"),
    Act.SEE_HEALTH: noop("See what works and what has failed"),
    Act.RUN_HEALTH: noop("Set up probes, announce maintenance and write about incidents"),
    Act.SEE_CONNECTIONS: noop("See how library systems and e-services are connected"),
    Act.SEE_USAGE: noop("See how much the e-services are used"),
    Act.EDIT_USAGE: noop("Bring in figures of use, and choose what counts as use"),
    Act.SEE_WORKPLAN: noop("See the yearly clock"),
    Act.EDIT_WORKPLAN: noop("Write down duties and lay the yearly clock out"),
    Act.DO_DUTIES: noop("Mark duties done, moved or skipped"),
    Act.EDIT_PAGES: noop("Write pages of information for residents"),
    Act.EDIT_CONNECTIONS: noop("Connect library systems and e-services, and test them"),
}


class Reach(StrEnum):
    EVERYWHERE = "everywhere"
    WITHIN = "within"


class ScopeKind(StrEnum):
    CONSORTIUM = "consortium"
    AREA = "area"
    KIMPPA = "kimppa"
    MUNICIPALITY = "municipality"


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the consortium; `code` is an area's or kimppa's slug or a municipality's code."""

    kind: ScopeKind
    code: str = ""

    @classmethod
    def consortium(cls) -> Scope:
        return cls(ScopeKind.CONSORTIUM)

    @classmethod
    def municipality(cls, code: str) -> Scope:
        return cls(ScopeKind.MUNICIPALITY, code)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that holds on the day asked about.

    `municipalities` is what its scope means on that day; None means the whole consortium.
    """

    role: Role
    municipalities: frozenset[str] | None


_ALL = Reach.EVERYWHERE
_OWN = Reach.WITHIN

TABLE: dict[Role, dict[Act, Reach]] = {
    Role.COORDINATOR: dict.fromkeys(Act, _ALL),
    Role.RESPONSIBLE_PERSON: {
        Act.SEE_WORKPLAN: _ALL,
        Act.EDIT_WORKPLAN: _ALL,
        Act.DO_DUTIES: _ALL,
        Act.SEE_USAGE: _ALL,
        Act.EDIT_USAGE: _ALL,
        Act.SEE_HEALTH: _ALL,
        Act.RUN_HEALTH: _ALL,
        Act.SEE_CONNECTIONS: _ALL,
        Act.EDIT_CONNECTIONS: _ALL,
        Act.EDIT_PAGES: _ALL,
        Act.SEE_BUDGET: _ALL,
        Act.EDIT_BUDGET: _ALL,
        Act.BOOK_PURCHASES: _ALL,
        Act.SEE_MEETINGS: _ALL,
        Act.TAKE_PART: _ALL,
        Act.RUN_MEETINGS: _ALL,
        Act.EDIT_GROUPS: _ALL,
        Act.PLAN_SCENARIOS: _ALL,
        Act.SEE_BACKOFFICE: _ALL,
        Act.SEE_MEMBERS: _ALL,
        Act.EDIT_MEMBERS: _OWN,
        Act.SEE_STAFF: _ALL,
        Act.SEE_PLATFORMS: _ALL,
        Act.EDIT_PLATFORMS: _ALL,
        Act.IMPORT_TITLES: _ALL,
        Act.SEE_TITLES: _ALL,
        Act.ANSWER_FEEDBACK: _ALL,
        Act.UNLOCK_CARDS: _ALL,
        Act.SEE_AGREEMENTS: _ALL,
        Act.EDIT_AGREEMENTS: _ALL,
        Act.SIGN_AGREEMENTS: _ALL,
        Act.EDIT_MANDATES: _ALL,
        Act.SEE_MONEY: _ALL,
        Act.DECIDE: _ALL,
        Act.LEVY: _ALL,
    },
    Role.DIRECTOR: {
        Act.SEE_WORKPLAN: _ALL,
        Act.SEE_USAGE: _ALL,
        Act.SEE_HEALTH: _ALL,
        Act.SEE_BUDGET: _ALL,
        Act.SEE_MEETINGS: _ALL,
        Act.TAKE_PART: _ALL,
        Act.PLAN_SCENARIOS: _ALL,
        Act.SEE_BACKOFFICE: _ALL,
        Act.SEE_MEMBERS: _ALL,
        Act.SEE_PLATFORMS: _ALL,
        Act.SEE_TITLES: _ALL,
        Act.SEE_AGREEMENTS: _ALL,
        Act.SEE_MONEY: _OWN,
    },
    Role.FINANCE: {
        Act.SEE_USAGE: _ALL,
        Act.SEE_BUDGET: _ALL,
        Act.EDIT_BUDGET: _ALL,
        Act.BOOK_PURCHASES: _ALL,
        Act.SEE_MEETINGS: _ALL,
        Act.TAKE_PART: _ALL,
        Act.PLAN_SCENARIOS: _ALL,
        Act.SEE_BACKOFFICE: _ALL,
        Act.SEE_MEMBERS: _ALL,
        Act.SEE_AGREEMENTS: _ALL,
        Act.SEE_MONEY: _ALL,
        Act.LEVY: _ALL,
        Act.ISSUE_INVOICES: _ALL,
        Act.RECORD_PAYMENTS: _ALL,
        Act.CREDIT_INVOICES: _ALL,
        Act.EDIT_PAYERS: _ALL,
    },
    Role.LIBRARY_STAFF: {
        Act.SEE_HEALTH: _ALL,
        Act.TAKE_PART: _ALL,
        Act.SEE_BACKOFFICE: _ALL,
        Act.SEE_MEMBERS: _ALL,
        Act.SEE_PLATFORMS: _ALL,
        Act.SEE_TITLES: _ALL,
        Act.UNLOCK_CARDS: _ALL,
    },
}


@dataclass(frozen=True, slots=True)
class Visible:
    """What an actor may see of one act: everything, or the municipalities named (perhaps none)."""

    everything: bool
    municipalities: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return self.everything or bool(self.municipalities)

    def covers(self, code: str) -> bool:
        return self.everything or code in self.municipalities


def visible(grants: Iterable[Grant], act: Act) -> Visible:
    """The union of what each grant opens for the act."""
    seen: set[str] = set()
    for grant in grants:
        reach = TABLE[grant.role].get(act)
        if reach is None:
            continue
        if reach is Reach.EVERYWHERE or grant.municipalities is None:
            return Visible(True)
        seen |= grant.municipalities
    return Visible(False, frozenset(seen))


def allowed(grants: Iterable[Grant], act: Act, wanted: frozenset[str] | None) -> bool:
    """May the act be done on all of `wanted` municipalities (None: on the whole consortium)?"""
    seen = visible(grants, act)
    if seen.everything:
        return True
    return wanted is not None and bool(wanted) and wanted <= seen.municipalities
