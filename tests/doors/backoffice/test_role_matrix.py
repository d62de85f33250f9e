"""Every address of the back office has its act here, for reading and for doing; every role is tried at each.

A new address without a row fails. Where nothing of the number asked for exists, a stranger may be told 404
instead of 403; what is never told is the thing itself, and nothing is ever changed.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils.html import escape
from tests.consortium.conftest import NOW
from tests.north import load_everything

from kimppa.commons.members.models import Group, GroupMembership, Membership, RoleAssignment
from kimppa.commons.members.roles import ACT_NAMES, TABLE, Act, Reach, Role, ScopeKind
from kimppa.consortium.agreements.models import Agreement, Mandate
from kimppa.consortium.budgets.models import CostShare, StandingRate
from kimppa.consortium.governance.models import Decision, Meeting
from kimppa.consortium.invoicing.models import InternalCharge, Invoice, Payment, Seller
from kimppa.doors.backoffice.urls import urlpatterns
from kimppa.doors.console.demo import money, people
from kimppa.foundation.accounts.actors import Operator
from kimppa.foundation.accounts.models import ApiToken, AuditEntry, Invitation, User
from kimppa.foundation.core import clock

pytestmark = pytest.mark.django_db
BY = Operator("test")
EMAILS = {one.role: one.email for one in people.STAFF}
SCOPES = {one.role: one.scope for one in people.STAFF}


@dataclass(frozen=True, slots=True)
class Door:
    """The act that opens an address, and the one that does something there (the same: it only shows).

    `anybody`: open to everyone on the staff, or to whoever has an invitation. `whole`: it shows or changes
    what concerns all, so that a role for a part of the consortium is not enough.
    """

    see: Act | None
    do: Act | None = None
    anybody: bool = False
    whole: bool = False

    def opens(self, role: Role, act: Act | None) -> bool:
        """Whether the table lets the role in: here each is given for a part of the consortium or for all."""
        reach = TABLE[role].get(act) if act else None
        part = SCOPES[role].kind is not ScopeKind.CONSORTIUM
        return self.anybody or (reach is not None and not (self.whole and reach is Reach.WITHIN and part))

    @property
    def doing(self) -> Act | None:
        return self.do or self.see


def door(see: Act, do: Act | None = None) -> Door:
    return Door(see, do)


OPEN = Door(None, anybody=True)
DOORS: dict[str, Door] = {
    "overview": OPEN,
    "accept": OPEN,
    "bind": OPEN,
    # members and people
    "members": door(Act.SEE_MEMBERS),
    "municipality": door(Act.SEE_MEMBERS, Act.EDIT_MEMBERS),
    "join": door(Act.EDIT_MEMBERS),
    "leave": door(Act.EDIT_MEMBERS),
    "membership-cases": door(Act.SEE_MEMBERS),
    "membership-new": door(Act.EDIT_MEMBERS),
    "membership-case": door(Act.SEE_MEMBERS),
    "membership-board": door(Act.EDIT_AGREEMENTS),
    "membership-sign": door(Act.SIGN_AGREEMENTS),
    "membership-cancel": door(Act.EDIT_AGREEMENTS),
    "membership-force": door(Act.DECIDE),
    "groups": door(Act.SEE_MEMBERS),
    "group": door(Act.SEE_MEMBERS, Act.EDIT_GROUPS),
    "group-end": door(Act.EDIT_GROUPS),
    "people": door(Act.SEE_STAFF, Act.MANAGE_STAFF),
    "person": door(Act.SEE_STAFF, Act.MANAGE_STAFF),
    "person-city": door(Act.MANAGE_STAFF),
    "close_account": door(Act.MANAGE_STAFF),
    "end_role": door(Act.MANAGE_STAFF),
    "city-sign-ins": door(Act.MANAGE_STAFF),
    "city-sign-in-add": door(Act.MANAGE_STAFF),
    "city-sign-in": door(Act.MANAGE_STAFF),
    "city-sign-in-switch": door(Act.MANAGE_STAFF),
    "roles": door(Act.SEE_BACKOFFICE),
    "tokens": door(Act.SEE_BACKOFFICE),
    "token-revoke": door(Act.SEE_BACKOFFICE),
    "audit": door(Act.SEE_AUDIT),
    # the e-library
    "platforms": door(Act.SEE_PLATFORMS),
    "platform": door(Act.SEE_PLATFORMS, Act.EDIT_PLATFORMS),
    "platform-terms": door(Act.EDIT_PLATFORMS),
    "networks": door(Act.SEE_PLATFORMS, Act.EDIT_PLATFORMS),
    "network-remove": door(Act.EDIT_PLATFORMS),
    "usage": door(Act.SEE_USAGE),
    "usage-deliveries": door(Act.SEE_USAGE),
    "usage-delivery": door(Act.SEE_USAGE),
    "usage-rows": door(Act.SEE_USAGE),
    "usage-file": door(Act.SEE_USAGE),
    "usage-drop": door(Act.EDIT_USAGE),
    "usage-again": door(Act.EDIT_USAGE),
    "usage-bring": door(Act.EDIT_USAGE),
    "usage-brought": door(Act.EDIT_USAGE),
    "usage-reading": door(Act.EDIT_USAGE),
    "usage-brought-file": door(Act.EDIT_USAGE),
    "suppliers": door(Act.SEE_USAGE),
    "supplier": door(Act.SEE_USAGE),
    "sushi": door(Act.SEE_USAGE),
    "sushi-add": door(Act.EDIT_USAGE),
    "sushi-account": door(Act.SEE_USAGE),
    "sushi-edit": door(Act.EDIT_USAGE),
    "sushi-credentials": door(Act.EDIT_USAGE),
    "sushi-do": door(Act.EDIT_USAGE),
    "sushi-try": door(Act.EDIT_USAGE),
    "sushi-month": door(Act.SEE_USAGE, Act.EDIT_USAGE),
    "sushi-answer": door(Act.SEE_USAGE),
    "use-measures": door(Act.SEE_USAGE),
    "use-measure": door(Act.SEE_USAGE, Act.EDIT_USAGE),
    "use-measure-back": door(Act.EDIT_USAGE),
    "use-figure": door(Act.SEE_USAGE),
    "info-pages": door(Act.EDIT_PAGES),
    "info-page": door(Act.EDIT_PAGES),
    "add-platform": door(Act.EDIT_PLATFORMS),
    "platform-use": door(Act.EDIT_PLATFORMS),
    "platform-end": door(Act.EDIT_PLATFORMS),
    "platform-entitle": door(Act.EDIT_PLATFORMS),
    "cards": door(Act.UNLOCK_CARDS),
    "feedback": door(Act.ANSWER_FEEDBACK),
    "feedback_answer": door(Act.ANSWER_FEEDBACK),
    "imports": door(Act.SEE_TITLES),
    "import": door(Act.SEE_TITLES, Act.IMPORT_TITLES),
    # health
    "health": door(Act.SEE_HEALTH),
    "health-incident": door(Act.SEE_HEALTH, Act.RUN_HEALTH),
    "health-maintenance": door(Act.SEE_HEALTH, Act.RUN_HEALTH),
    "health-pause-end": door(Act.RUN_HEALTH),
    "health-target": door(Act.SEE_HEALTH),
    "health-target-add": door(Act.RUN_HEALTH),
    "health-target-edit": door(Act.RUN_HEALTH),
    "health-probe-add": door(Act.RUN_HEALTH),
    "health-probe": door(Act.RUN_HEALTH),
    "health-probe-try": door(Act.RUN_HEALTH),
    "health-receivers": door(Act.RUN_HEALTH),
    "health-receiver-stop": door(Act.RUN_HEALTH),
    "health-availability": door(Act.SEE_HEALTH),
    "health-promise": door(Act.EDIT_AGREEMENTS),
    "health-claim-draft": door(Act.EDIT_AGREEMENTS),
    "health-claim": door(Act.SEE_AGREEMENTS),
    # connections of e-services
    "connections": door(Act.SEE_CONNECTIONS),
    "connection": door(Act.SEE_CONNECTIONS, Act.EDIT_CONNECTIONS),
    "connection-add": door(Act.EDIT_CONNECTIONS),
    "connection-keys": door(Act.EDIT_CONNECTIONS),
    "connection-secret": door(Act.EDIT_CONNECTIONS),
    "connection-off": door(Act.EDIT_CONNECTIONS),
    "connection-on": door(Act.EDIT_CONNECTIONS),
    "connection-guide": door(Act.EDIT_CONNECTIONS),
    # library systems
    "library-systems": door(Act.SEE_CONNECTIONS),
    "library-system": door(Act.SEE_CONNECTIONS),
    "library-system-add": door(Act.EDIT_CONNECTIONS),
    "library-system-edit": door(Act.EDIT_CONNECTIONS),
    "library-system-fields": door(Act.EDIT_CONNECTIONS),
    "library-system-test": door(Act.EDIT_CONNECTIONS),
    "library-system-connect": door(Act.EDIT_CONNECTIONS),
    # money
    "money": door(Act.SEE_MONEY),
    "money-year": door(Act.SEE_MONEY),
    "money-levy": door(Act.SEE_MONEY),
    "money-share": door(Act.SEE_MONEY),
    "money-invoice": door(Act.SEE_MONEY),
    "money-document": door(Act.SEE_MONEY),
    "money-attachment": door(Act.SEE_MONEY),
    "money-open": door(Act.SEE_MONEY),
    "money-letter": door(Act.SEE_MONEY),
    "money-past": door(Act.SEE_MONEY),
    "statements": door(Act.SEE_MONEY),
    "statement": door(Act.SEE_MONEY),
    "statement-pdf": door(Act.SEE_MONEY),
    "money-scenario": door(Act.PLAN_SCENARIOS),
    "money-decide": door(Act.DECIDE),
    "money-levy-new": door(Act.DECIDE),
    "money-issue": door(Act.ISSUE_INVOICES),
    "money-send": door(Act.ISSUE_INVOICES),
    "money-send-year": door(Act.ISSUE_INVOICES),
    "money-attach": door(Act.ISSUE_INVOICES),
    "money-withdraw": door(Act.CREDIT_INVOICES),
    "money-reverse": door(Act.CREDIT_INVOICES),
    "money-credit": door(Act.CREDIT_INVOICES),
    "money-payment": door(Act.RECORD_PAYMENTS),
    "money-bank": door(Act.RECORD_PAYMENTS),
    "money-match": door(Act.RECORD_PAYMENTS),
    "money-too-much": door(Act.RECORD_PAYMENTS),
    "money-move": door(Act.RECORD_PAYMENTS),
    "money-remind": door(Act.RECORD_PAYMENTS),
    "money-dunning": door(Act.EDIT_PAYERS),
    "money-settlement": door(Act.RECORD_PAYMENTS),
    "money-settlement-pdf": door(Act.RECORD_PAYMENTS),
    "money-books": door(Act.RECORD_PAYMENTS),
    "money-past-upload": door(Act.LEVY),
    "money-past-sheet": door(Act.LEVY),
    "money-ledgers": door(Act.RECORD_PAYMENTS),
    "money-ledger-export": door(Act.ISSUE_INVOICES),
    "money-ledger-mode": door(Act.EDIT_PAYERS),
    "money-ledger-batch": door(Act.ISSUE_INVOICES),
    "money-account": door(Act.EDIT_PAYERS),
    "money-ledger-upload": door(Act.RECORD_PAYMENTS),
    "money-ledger-return": door(Act.RECORD_PAYMENTS),
    "money-payers": Door(Act.SEE_MONEY, whole=True),
    "money-payer": door(Act.EDIT_PAYERS),
    "money-host": Door(Act.EDIT_MEMBERS, whole=True),
    "money-decisions": door(Act.SEE_AGREEMENTS),
    "money-decision": door(Act.SEE_AGREEMENTS),
    # budgets
    "budget": door(Act.SEE_BUDGET),
    "budget-year": door(Act.SEE_BUDGET),
    "budget-line": door(Act.SEE_BUDGET),
    "budget-commitment": door(Act.SEE_BUDGET),
    "budget-purchases": door(Act.SEE_BUDGET),
    "budget-purchase": door(Act.SEE_BUDGET, Act.BOOK_PURCHASES),
    "budget-file": door(Act.SEE_BUDGET),
    "budget-grants": door(Act.SEE_BUDGET),
    "budget-grant": door(Act.SEE_BUDGET),
    "budget-report": door(Act.SEE_BUDGET),
    "budget-begin": door(Act.EDIT_BUDGET),
    "budget-prepare": door(Act.EDIT_BUDGET),
    "budget-edit-line": door(Act.EDIT_BUDGET),
    "budget-drop-line": door(Act.EDIT_BUDGET),
    "budget-commit": door(Act.EDIT_BUDGET),
    "budget-grant-new": door(Act.EDIT_BUDGET),
    "budget-adopt": door(Act.DECIDE),
    "budget-carry": door(Act.DECIDE),
    "budget-upload": door(Act.BOOK_PURCHASES),
    "budget-typed": door(Act.BOOK_PURCHASES),
    "budget-discard": door(Act.BOOK_PURCHASES),
    # agreements and prices
    "agreements": door(Act.SEE_AGREEMENTS),
    "agreements-deadlines": door(Act.SEE_AGREEMENTS),
    "agreements-reminders": door(Act.SEE_AGREEMENTS),
    "agreements-calendar": door(Act.SEE_AGREEMENTS),
    "agreements-bound": door(Act.SEE_AGREEMENTS),
    "agreement": door(Act.SEE_AGREEMENTS),
    "agreement-document": door(Act.SEE_AGREEMENTS),
    "agreements-import-upload": door(Act.EDIT_AGREEMENTS),
    "agreements-import": door(Act.EDIT_AGREEMENTS),
    "agreement-new": door(Act.EDIT_AGREEMENTS),
    "agreement-edit": door(Act.EDIT_AGREEMENTS),
    "agreement-do": door(Act.EDIT_AGREEMENTS),
    "agreement-remove-term": door(Act.EDIT_AGREEMENTS),
    "agreements-grant": door(Act.EDIT_MANDATES),
    "agreements-end-mandate": door(Act.EDIT_MANDATES),
    "prices": door(Act.SEE_AGREEMENTS),
    "prices-renewals": door(Act.SEE_AGREEMENTS),
    "prices-platform": door(Act.SEE_AGREEMENTS),
    "prices-vat": door(Act.SEE_AGREEMENTS, Act.EDIT_AGREEMENTS),
    "prices-vat-load": door(Act.EDIT_AGREEMENTS),
    "prices-exchange": door(Act.SEE_AGREEMENTS, Act.EDIT_AGREEMENTS),
    "prices-agreement": door(Act.SEE_AGREEMENTS, Act.EDIT_AGREEMENTS),
    "prices-withdraw": door(Act.EDIT_AGREEMENTS),
    "prices-end": door(Act.EDIT_AGREEMENTS),
    # reports
    "reports": door(Act.SEE_USAGE),
    "reports-service": door(Act.SEE_USAGE),
    "reports-place": door(Act.SEE_USAGE),
    "reports-equality": door(Act.SEE_USAGE),
    "reports-trends": door(Act.SEE_USAGE),
    "reports-paper": door(Act.SEE_USAGE),
    "reports-paper-pdf": door(Act.SEE_USAGE),
    "reports-national": door(Act.SEE_USAGE),
    "reports-views": door(Act.SEE_USAGE),
    "reports-view-drop": door(Act.SEE_USAGE),
    # meetings
    "meetings": door(Act.TAKE_PART),
    "meeting": door(Act.TAKE_PART),
    "meeting-answer": door(Act.TAKE_PART),
    "meeting-calendar": door(Act.TAKE_PART),
    "meeting-paper": door(Act.TAKE_PART),
    "meeting-minutes": door(Act.TAKE_PART),
    "meeting-second": door(Act.TAKE_PART),
    "meeting-withdraw-proposal": door(Act.TAKE_PART),
    "meeting-new": door(Act.RUN_MEETINGS),
    "meeting-edit": door(Act.RUN_MEETINGS),
    "meeting-papers": door(Act.RUN_MEETINGS),
    "meeting-draft": door(Act.RUN_MEETINGS),
    "meeting-do": door(Act.TAKE_PART),
    "meeting-item-do": door(Act.TAKE_PART),
    "meeting-item-up": door(Act.RUN_MEETINGS),
    "meeting-withdraw-paper": door(Act.RUN_MEETINGS),
}
COUNTED = (
    *(AuditEntry, ApiToken, Invitation, RoleAssignment, Membership, Group, GroupMembership, Agreement),
    *(Mandate, CostShare, StandingRate, Decision, Meeting, InternalCharge, Invoice, Payment, Seller, User),
)


@pytest.fixture
def north() -> None:
    load_everything(BY, NOW)
    money.issue_2022(by=BY)
    clock.set_offset(NOW - clock.real_now())


def kwargs_of(pattern: URLPattern) -> dict[str, object]:
    """Numbers of what exists, of the director's own municipality where it has one."""
    share = CostShare.objects.get(municipality__code="742")
    known: dict[str, object] = {
        "share": share.pk,
        "revision": share.revision_id,
        "invoice": Invoice.objects.get(lines__share=share).pk,
        "charge": InternalCharge.objects.order_by("pk")[0].pk,
        "seller": Seller.objects.order_by("pk")[0].pk,
        "decision": share.revision.decision_id,
        "agreement": Agreement.objects.order_by("pk")[0].pk,
        "user_id": User.objects.get(email=EMAILS[Role.FINANCE]).pk,
        "assignment_id": RoleAssignment.objects.get(user__email=EMAILS[Role.FINANCE]).pk,
        "code": "742",
        "year": 2022,
        "slug": "directors-days" if pattern.name in {"group", "group-end"} else "ellibs",
        "kimppa": "outi",
        "language": "fi",
        "kind": "pdf",
        "name": "sign",
        "token": "x" if pattern.name in {"accept", "bind"} else 1,
    }
    return {key: known.get(key, 1) for key in pattern.pattern.converters}


def address(pattern: URLPattern) -> str:
    return reverse(f"backoffice:{pattern.name}", kwargs=kwargs_of(pattern))


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=EMAILS[role]))
    return client


def rows() -> list[int]:
    return [model.objects.count() for model in COUNTED]


def test_every_address_has_its_act_and_no_row_is_of_an_address_that_is_gone() -> None:
    names = [pattern.name for pattern in urlpatterns]
    assert sorted(str(name) for name in names) == sorted(DOORS)


def test_each_role_opens_what_the_table_says_and_no_more(north: None) -> None:
    wrong = []
    for role in Role:
        client = signed_in(role)
        for pattern in urlpatterns:
            at = DOORS[str(pattern.name)]
            status = client.get(address(pattern)).status_code
            fine = status != 403 if at.opens(role, at.see) else status in {403, 404, 405}
            if not fine:
                wrong.append((role.value, pattern.name, status))
    assert not wrong, str(wrong)


def test_what_a_role_may_not_do_is_refused_and_nothing_is_changed(north: None) -> None:
    before, wrong = rows(), []
    for role in Role:
        client = signed_in(role)
        for pattern in urlpatterns:
            at = DOORS[str(pattern.name)]
            if at.opens(role, at.doing):
                continue
            status = client.post(address(pattern), {"yes": "1"}).status_code
            form = status == 422 and at.opens(role, at.see)
            if status not in {403, 404, 405} and not form:
                wrong.append((role.value, pattern.name, status))
    assert not wrong, str(wrong)
    assert rows() == before


def test_nobody_without_a_sign_in_opens_anything(north: None) -> None:
    client, before = Client(), rows()
    for pattern in urlpatterns:
        if pattern.name == "accept":
            continue
        for response in (client.get(address(pattern)), client.post(address(pattern), {"yes": "1"})):
            assert (pattern.name, response.status_code) in {(pattern.name, 302), (pattern.name, 405)}
            assert response.status_code == 405 or "/sign-in/" in response["Location"]
    assert rows() == before


def test_somebody_without_a_role_opens_the_empty_front_page_alone(north: None) -> None:
    client = signed_in(Role.COORDINATOR)
    RoleAssignment.objects.all().delete()
    known = {pattern.name: address_without_roles(pattern) for pattern in urlpatterns}
    before = rows()
    for name, path in known.items():
        if DOORS[str(name)].anybody:
            continue
        assert (name, client.get(path).status_code) in {(name, code) for code in (403, 404, 405)}
        status = client.post(path, {"yes": "1"}).status_code
        assert (name, status) in {(name, code) for code in (403, 404, 405)}
    assert rows() == before


def address_without_roles(pattern: URLPattern) -> str:
    wanted = {key: value for key, value in kwargs_known().items() if key in pattern.pattern.converters}
    rest = {key: wanted.get(key, 1) for key in pattern.pattern.converters}
    return reverse(f"backoffice:{pattern.name}", kwargs=rest)


def kwargs_known() -> dict[str, object]:
    return {"code": "742", "year": 2022, "slug": "ellibs", "kimppa": "outi", "language": "fi", "kind": "pdf"}


def test_the_page_of_roles_names_every_act(north: None) -> None:
    page = signed_in(Role.LIBRARY_STAFF).get("/en/backoffice/roles/").content.decode()
    assert set(ACT_NAMES) == set(Act)
    assert [name for name in ACT_NAMES.values() if escape(name) not in page] == []
