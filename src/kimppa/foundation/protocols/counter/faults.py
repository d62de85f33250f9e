"""COUNTER's exceptions: what each means and what to do next; and how a report says them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kimppa.foundation.core.text import noop
from kimppa.foundation.protocols.counter.findings import Findings
from kimppa.foundation.protocols.counter.shape import Level, Said

NO_USAGE = 3030
WHY_EMPTY = frozenset({3030, 3031, 3032, 3040})
KEEPS_OPEN = frozenset({3031, 3040})  # the month must be asked again
IN_TABLE = re.compile(r"(?<!\d)(\d{1,4})\s*[:\-–]\s*([^;|]*)")


@dataclass(frozen=True, slots=True)
class Fault:
    """`means` and `next` are English source sentences."""

    level: Level
    means: str
    next: str


_AGAIN = noop("Ask again later; nothing needs to be mended here.")
_OWNER = noop("Stop asking and tell the owner of the credentials.")
_VENDOR = noop("Ask the vendor.")
_SETTINGS = noop("Check the address, the release and the reports chosen for this service.")
_MISSING = noop("Check that the customer id and the other credentials are all filled in.")
_CHOICE = noop("The report is there; check whether it holds what was asked for.")
_DATES = noop("Correct the months asked for.")

FAULTS: dict[int, Fault] = {
    1000: Fault(Level.CRITICAL, noop("The vendor's service is not available."), _AGAIN),
    1010: Fault(Level.CRITICAL, noop("The vendor's service is too busy."), _AGAIN),
    1011: Fault(Level.CRITICAL, noop("The report is being made and can be fetched later."), _AGAIN),
    1020: Fault(Level.CRITICAL, noop("Too many questions were asked in a short time."), noop("Ask again later, less often.")),  # noqa: E501
    1030: Fault(Level.CRITICAL, noop("The question lacked something that is needed."), _MISSING),
    2000: Fault(Level.CRITICAL, noop("The credentials are not accepted."), _OWNER),
    2010: Fault(Level.CRITICAL, noop("These credentials may not see this customer's reports."), _OWNER),
    2020: Fault(Level.CRITICAL, noop("The API key is not accepted."), _OWNER),
    2030: Fault(Level.CRITICAL, noop("The network address of our server is not allowed to ask."), noop("Tell the vendor our server's address.")),  # noqa: E501
    3000: Fault(Level.CRITICAL, noop("The vendor does not have this report."), _SETTINGS),
    3010: Fault(Level.CRITICAL, noop("The vendor does not have this release of the report."), _SETTINGS),
    3020: Fault(Level.CRITICAL, noop("The dates asked for are not accepted."), _DATES),
    3030: Fault(Level.NOTICE, noop("There was no usage in the period."), noop("Nothing needs to be done: the usage is zero.")),  # noqa: E501
    3031: Fault(Level.WARNING, noop("The usage of the period is not ready yet."), noop("The month stays open; ask again later.")),  # noqa: E501
    3032: Fault(Level.WARNING, noop("The usage of the period is no longer available."), noop("The gap stays; use an earlier copy if there is one.")),  # noqa: E501
    3040: Fault(Level.WARNING, noop("Only a part of the usage was returned."), noop("What came is kept and the month stays open; ask again later.")),  # noqa: E501
    3050: Fault(Level.WARNING, noop("The vendor did not know a parameter of the question."), _CHOICE),
    3060: Fault(Level.WARNING, noop("The vendor did not accept a value of a filter."), _CHOICE),
    3061: Fault(Level.WARNING, noop("A value of a filter does not suit this report."), _CHOICE),
    3062: Fault(Level.WARNING, noop("The vendor did not know an attribute that was asked for."), _CHOICE),
    3063: Fault(Level.WARNING, noop("A needed filter was not given."), _CHOICE),
    3070: Fault(Level.WARNING, noop("A needed attribute of the report was not set."), _CHOICE),
}  # fmt: skip
_INFORMATION = Fault(Level.NOTICE, noop("The vendor tells something."), noop("Nothing needs to be done."))
_WARNING = Fault(Level.WARNING, noop("The vendor warns of something of its own."), _VENDOR)
_UNKNOWN = Fault(Level.ERROR, noop("The vendor says an exception that the standard does not know."), _VENDOR)


def explained(code: int) -> Fault:
    """What an exception means and what to do, for any number."""
    if code in FAULTS:
        return FAULTS[code]
    if code == 0:
        return _INFORMATION
    if 0 < code < 1000:
        return _WARNING
    if 3060 <= code <= 3070:
        return FAULTS[3060]
    return _UNKNOWN


def from_table(text: str) -> tuple[Said, ...]:
    """`3030: No Usage Available; 3040: …` of a table's header."""
    return tuple(Said(int(code), message.strip(), "") for code, message in IN_TABLE.findall(text))


def tell(findings: Findings, said: Said, *, alone: bool) -> None:
    """One problem for what the vendor said. `alone`: no report came with it, so there is nothing to use.

    3030 alone is still an answer: the usage is zero.
    """
    fault = explained(said.code)
    level = fault.level
    if alone and said.code != NO_USAGE:
        level = max(level, Level.CRITICAL)
    told = f"{said.message} {said.data}".strip()
    where = f"Exceptions {said.code}" + (f" “{told}”" if told else "")
    findings.put(level, f"exception-{said.code}", where, fault.means, {}, fault.next)
