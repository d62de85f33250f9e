"""SUSHI 5.1 of our own: status, members, reports, and the reports of our own lending; errors by its codes.

The key is an access token of somebody who may see usage (`api_key`, or a bearer token). The consortium is
customer `kimppa`, a member its municipality's three digits.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from kimppa.commons.members import queries as members
from kimppa.commons.members.permissions import require_any
from kimppa.commons.members.roles import Act
from kimppa.doors.api.access import A_MINUTE, READS_A_MINUTE, TRIES, TRIES_IN_SECONDS
from kimppa.doors.web.limits import too_often
from kimppa.foundation.accounts import tokens
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import Forbidden
from kimppa.foundation.core.periods import add_months
from kimppa.foundation.protocols import sushi_reports as protocol
from kimppa.foundation.protocols.sushi_reports import Heading, Kind, Said
from kimppa.insight.reporting import sushi_out

CONSORTIUM = "kimppa"
PLATFORM = "Kimppa"
MONTH = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
KNOWN = frozenset(
    {"customer_id", "requestor_id", "api_key", "platform", "begin_date", "end_date", "attributes_to_show"}
)
MOST_MONTHS = 120


class Stopped(Exception):
    """Nothing but an exception is answered."""

    def __init__(self, status: int, code: int, message: str, data: str = "") -> None:
        self.status, self.said = status, Said(code, message, data)
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Customer:
    """`code` None: the consortium."""

    id: str
    name: str
    code: str | None


def _door(view: Callable[..., object]) -> Callable[..., HttpResponse]:
    """Who asks is known first; whatever stops it is answered in the standard's form, and nothing is kept."""

    def opened(request: HttpRequest, **more: str) -> HttpResponse:
        try:
            _let_in(request)
            response = JsonResponse(view(request, **more), safe=False)
        except Stopped as stop:
            response = JsonResponse(stop.said.json(), status=stop.status)
            if stop.status == 429:
                response["Retry-After"] = str(A_MINUTE)
        response["Cache-Control"] = "no-store"
        return response

    return require_GET(opened)


def _let_in(request: HttpRequest) -> None:
    if too_often(request, "sushi", most=READS_A_MINUTE, seconds=A_MINUTE):
        raise Stopped(429, 1020, "Client has made too many requests")
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    told = bearer.strip() if scheme.casefold() == "bearer" else request.GET.get("api_key", "")
    if not told:
        raise Stopped(400, 1030, "Insufficient information to process request", "api_key")
    try:
        holder = tokens.holder(told, scope=tokens.READ, now=clock.real_now())
    except Forbidden:
        if too_often(request, "api-token", most=TRIES, seconds=TRIES_IN_SECONDS):
            raise Stopped(429, 1020, "Client has made too many requests") from None
        raise Stopped(401, 2020, "API key invalid") from None
    try:
        require_any(holder, Act.SEE_USAGE, now=clock.now())
    except Forbidden:
        raise Stopped(403, 2010, "Requestor is not authorized to access usage for institution") from None


@_door
def status(request: HttpRequest) -> object:
    return [
        {"Description": "Kimppa: usage of our own lending", "Service_Active": True, "Registry_Record": ""}
    ]


@_door
def customers(request: HttpRequest) -> object:
    """The consortium and its members today."""
    _customer(request)
    rows = [(CONSORTIUM, PLATFORM), *((row.code, row.name_fi) for row in members.members_on(clock.today()))]
    return [
        {"Customer_ID": code, "Name": name, "Institution_ID": {"Proprietary": [f"{PLATFORM}:{code}"]}}
        for code, name in rows
    ]


@_door
def offered(request: HttpRequest) -> object:
    """The reports that a customer can have."""
    customer = _customer(request)
    return [
        {
            "Report_Name": kind.name,
            "Report_ID": kind.id,
            "Release": "5.1",
            "Report_Description": kind.description,
            "Path": f"/r51/reports/{kind.id.lower()}",
        }
        for kind in _kinds(customer)
    ]


@_door
def report(request: HttpRequest, name: str) -> object:
    """One report of whole months that are over."""
    customer = _customer(request)
    kind = next((one for one in _kinds(customer) if one.id == name.upper()), None)
    if kind is None:
        raise Stopped(404, 3000, "Report not supported", name[:40])
    first, last = _months(request)
    ready = min(last, add_months(clock.today().replace(day=1), -1))
    said = [Said(3050, "Parameter not recognized in this context", one) for one in _unknown(request)]
    if ready < last:
        said.append(Said(3031, "Usage not ready for requested dates", f"{add_months(ready, 1):%Y-%m}"))
    if kind.id.startswith("PR"):
        loans = sushi_out.by_kind(customer.code, first=first, last=ready)
    else:
        loans = sushi_out.by_title(first=first, last=ready)
    heading = Heading(
        customer.id,
        customer.name,
        first,
        last.replace(day=calendar.monthrange(last.year, last.month)[1]),
        clock.real_now().astimezone(UTC),
        PLATFORM,
    )
    made = protocol.report(kind, heading, loans)
    if not made["Report_Items"] and ready == last:
        said.append(Said(3030, "No usage available for requested dates"))
    header = made["Report_Header"]
    if said and isinstance(header, dict):
        header["Exceptions"] = [one.json() for one in said]
    return made


def _kinds(customer: Customer) -> tuple[Kind, ...]:
    return tuple(one for one in protocol.KINDS.values() if one.member or customer.code is None)


def _customer(request: HttpRequest) -> Customer:
    told = request.GET.get("customer_id", "").strip()
    if not told:
        raise Stopped(400, 1030, "Insufficient information to process request", "customer_id")
    if told == CONSORTIUM:
        return Customer(CONSORTIUM, PLATFORM, None)
    row = members.municipality(told) if re.fullmatch(r"[0-9]{3}", told) else None
    if row is None:
        raise Stopped(403, 2010, "Requestor is not authorized to access usage for institution", told[:40])
    return Customer(row.code, row.name_fi, row.code)


def _months(request: HttpRequest) -> tuple[date, date]:
    """The first days of the first and last month. Raises Stopped 1030, 3020."""
    found = []
    for name in ("begin_date", "end_date"):
        told = request.GET.get(name, "").strip()
        if not told:
            raise Stopped(400, 1030, "Insufficient information to process request", name)
        found.append(_month(told))
    first, last = found
    if last < first or last > add_months(first, MOST_MONTHS):
        raise Stopped(400, 3020, "Invalid date arguments", f"{first:%Y-%m} – {last:%Y-%m}")
    return first, last


def _month(told: str) -> date:
    match = MONTH.fullmatch(told)
    try:
        if match is None:
            raise ValueError
        year, month, day = int(match[1]), int(match[2]), int(match[3] or 1)
        if not 1990 <= year <= 2200:
            raise ValueError
        return date(year, month, day).replace(day=1)
    except ValueError:
        raise Stopped(400, 3020, "Invalid date arguments", told[:40]) from None


def _unknown(request: HttpRequest) -> list[str]:
    """Parameters that change nothing here: said, so that nobody takes the report for a filtered one."""
    return sorted(name[:40] for name in request.GET if name not in KNOWN)[:20]
