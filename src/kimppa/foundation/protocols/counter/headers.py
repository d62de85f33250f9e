"""Header of JSON reports; and the checks of a header against what the rows were seen to be."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Protocol

from kimppa.foundation.protocols.counter import faults, months, terms
from kimppa.foundation.protocols.counter.checks import Checker
from kimppa.foundation.protocols.counter.findings import Findings
from kimppa.foundation.protocols.counter.json_stream import Json
from kimppa.foundation.protocols.counter.shape import WHOLE_PERIOD, Header, Said

DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
# Identifiers of institutions that are everybody's; they do not tell one vendor's customer.
PUBLIC_IDS = ("isni", "isil", "oclc", "ror")
CUSTOM = re.compile(r"\w+:\S+")


class Seen(Protocol):
    """What a report offers to the checks."""

    findings: Findings
    header: Header
    has_header: bool
    form_release: str
    subject_heading: str

    @property
    def release(self) -> str: ...


def from_json(value: Json, before: tuple[Said, ...]) -> Header:
    """The header of a JSON report; keys in any case, filters as pairs or as an object."""
    told = _keyed(value)
    filters = _keyed(told.get("report_filters"))
    whose = (_words(told.get("customer_id")), *_ids(told.get("institution_id")))
    made = Header(
        release=_words(told.get("release")),
        id=_words(told.get("report_id")),
        name=_words(told.get("report_name")),
        institution=_words(told.get("institution_name")),
        customer_ids=tuple(filter(None, whose)),
        begin=_words(filters.get("begin_date") or told.get("begin_date")),
        end=_words(filters.get("end_date") or told.get("end_date")),
        created=_words(told.get("created")),
        created_by=_words(told.get("created_by")),
        registry_record=_words(told.get("registry_record")),
        exceptions=before,
    )
    for key in ("exceptions", "exception"):
        made = with_exceptions(made, told.get(key))
    return made


def with_exceptions(header: Header, value: Json) -> Header:
    """The header with what the vendor said besides; an empty list says nothing."""
    said = list(header.exceptions)
    inner = _keyed(value).get("exception") if isinstance(value, dict) else None
    value = inner or value
    for one in value if isinstance(value, list) else [value]:
        told = _keyed(one) if isinstance(one, dict) else {}
        number = _words(told.get("code", told.get("number")))
        if number.lstrip("-").isdecimal() and len(number) < 7:
            said.append(Said(int(number), _words(told.get("message")), _words(told.get("data"))))
    return replace(header, exceptions=tuple(dict.fromkeys(said)))


def release(header: Header) -> str:
    """5 or 5.1 as the header says it, `R5`, `5.0` and `5.1.0` too; else its own word."""
    plain = header.release.strip().lstrip("Rr").strip()
    return {"5.0": terms.R50, "5.0.0": terms.R50}.get(plain, terms.R51 if plain.startswith("5.1") else plain)


def report(header: Header) -> str:
    """The report's id, upper case where it is the standard's; by its name where the id is missing."""
    plain = header.id.strip()
    return plain.upper() if plain.upper() in terms.REPORTS else plain or terms.by_name(header.name)


def check(seen: Seen, checker: Checker, *, customer: str) -> None:
    """Header against content, once all rows have passed."""
    findings, header = seen.findings, seen.header
    alone = not seen.has_header and not checker.rows
    for said in header.exceptions:
        faults.tell(findings, said, alone=alone)
    if alone:
        return
    if not seen.has_header:
        findings.add("no-header")
    _check_release(seen, findings)
    _check_report(seen, checker, findings)
    _check_period(header, checker, findings)
    if not header.created and not header.created_by:
        findings.add("no-created", "Created")
    if customer:
        _check_customer(header, customer, findings)
    _check_usage(header, checker, findings)


def _check_release(seen: Seen, findings: Findings) -> None:
    said = release(seen.header)
    if not said:
        findings.add("no-release", "Release")
    elif seen.release != said and seen.release:
        findings.add("release-mismatch", "Release", said=seen.header.release, found=seen.release)
    if seen.release and seen.release not in (terms.R50, terms.R51):
        findings.add("release-unknown", "Release", release=seen.release)


def _check_report(seen: Seen, checker: Checker, findings: Findings) -> None:
    header, found = seen.header, report(seen.header)
    if found not in terms.REPORTS:
        custom = CUSTOM.fullmatch(found)
        findings.add("report-custom" if custom else "report-unknown", "Report_ID", report=found)
        return
    if not header.id:
        findings.add("no-report-id", "Report_ID", report=found)
    names = terms.REPORTS[found]
    right = names[seen.release == terms.R51]
    if header.name.casefold() != right.casefold():
        findings.add(
            "report-name", "Report_Name", name=header.name, report=found, release=seen.release, right=right
        )
    family = terms.family(found)
    subject = terms.SUBJECT[family]
    if family != "PR" and checker.items and checker.untitled == checker.items:
        findings.add("report-content", subject, report=found, needed=subject)
    elif family != "PR" and checker.untitled:
        findings.add("no-title", checker.first_untitled)
    elif seen.subject_heading and seen.subject_heading != subject:
        findings.add("report-content", subject, report=found, needed=subject)
    for metric in sorted(terms.FOREIGN[family] & checker.totals.keys()):
        if checker.totals[metric]:
            findings.add("metric-foreign", metric, metric=metric, report=found)


def _check_period(header: Header, checker: Checker, findings: Findings) -> None:
    begin, end, where = header.begin, header.end, "Reporting_Period"
    if not begin and not end:
        findings.add("no-period", where)
        return
    first, last = months.month(begin[:7]), months.month(end[:7])
    if not DAY.fullmatch(begin) or not DAY.fullmatch(end) or not first or not last:
        findings.add("period-unclear", where, begin=begin, end=end)
        return
    if end < begin:
        findings.add("period-reversed", where, begin=begin, end=end)
        return
    if not begin.endswith("-01") or end[8:] != f"{months.last_day(last):02}":
        findings.add("period-not-months", where, begin=begin, end=end)
    for month in checker.months:
        if month != WHOLE_PERIOD and not first <= month <= last:
            findings.add("month-outside", where, month=month)


def _check_customer(header: Header, customer: str, findings: Findings) -> None:
    wanted = customer.strip().casefold()
    ids = [one.casefold() for one in header.customer_ids]
    if wanted in ids or wanted in (one.partition(":")[2] for one in ids):
        return
    theirs = [one for one in header.customer_ids if one.partition(":")[0].casefold() not in PUBLIC_IDS]
    if theirs:
        findings.add("other-customer", "Customer_ID", found=", ".join(theirs), expected=customer)
    else:
        findings.add("customer-untold", "Customer_ID", expected=customer)


def _check_usage(header: Header, checker: Checker, findings: Findings) -> None:
    codes = {said.code for said in header.exceptions}
    used = any(checker.totals.values())
    if used and faults.NO_USAGE in codes:
        findings.add("zero-with-usage", "Exceptions")
    if not checker.rows and not codes & faults.WHY_EMPTY and findings.usable:
        findings.add("empty-unexplained", "Report_Items")


def _keyed(value: Json) -> dict[str, Json]:
    """An object by its keys in lower case; a list of {Name, Value} as one object."""
    if isinstance(value, dict):
        return {key.casefold(): inner for key, inner in value.items()}
    keyed: dict[str, Json] = {}
    for one in value if isinstance(value, list) else []:
        if isinstance(one, dict):
            pair = {key.casefold(): inner for key, inner in one.items()}
            keyed[_words(pair.get("name")).casefold()] = pair.get("value")
    return keyed


def _ids(value: Json) -> list[str]:
    if isinstance(value, dict) and not {"Type", "Value"} <= value.keys():
        pairs = [
            (kind, one)
            for kind, inner in value.items()
            for one in (inner if isinstance(inner, list) else [inner])
        ]
    else:
        many = [_keyed(one) for one in (value if isinstance(value, list) else [value])]
        pairs = [(_words(one.get("type")), one.get("value")) for one in many]
    return [
        _words(one) if kind.casefold() == "proprietary" else f"{kind}:{_words(one)}"
        for kind, one in pairs
        if _words(one)
    ]


def _words(value: Json) -> str:
    if value is None or isinstance(value, dict):
        return ""
    if isinstance(value, list):
        return "|".join(_words(one) for one in value)
    return str(value).strip()
