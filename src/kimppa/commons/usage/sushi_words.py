"""What came of asking a vendor, explained, with the next step. Pure; English sources, doors translate."""

from __future__ import annotations

from kimppa.foundation.core.text import noop
from kimppa.foundation.protocols.counter import faults
from kimppa.foundation.protocols.sushi import Outcome

_ITSELF = noop("It is asked again by itself.")
_SELDOM = noop("It is asked again by itself, ever more seldom.")
_NOTHING = noop("Nothing needs to be done.")
_ADDRESS = noop("Check the address; ask the vendor for the right one.")
_OWNER = noop("Change the credentials; ask the vendor for new ones if need be.")
_KEPT = noop("The answer is kept as a file. Ask the vendor.")

BY_ERROR: dict[str, tuple[str, str]] = {
    "interrupted": (noop("The work was cut off before an answer came."), _ITSELF),
    "not-reached": (noop("The server did not answer in time."), _SELDOM),
    "answer-too-large": (
        noop("The answer is larger than is taken here."),
        noop("Ask the vendor for a smaller report."),
    ),
    "answer-encoded": (
        noop("The answer came compressed although that was not asked for."),
        noop("Ask the vendor."),
    ),
    "address-refused": (
        noop("The address may not be called from here, or it leads to another server."),
        _ADDRESS,
    ),
    "redirect-refused": (
        noop("The server sends the question on to another place, which is not followed."),
        _ADDRESS,
    ),
    "other-report": (noop("Another report came than was asked for."), _KEPT),
    "other-months": (noop("The report does not tell of the month that was asked for."), _KEPT),
    "not-landed": (
        noop("The answer could not be stored, though it was tried several times."),
        noop("The answer is kept as a file. Tell those who maintain the system."),
    ),
    "not-decrypted": (noop("The credentials cannot be opened with the keys that are here."), _OWNER),
}
BY_STATUS: dict[int, str] = {
    401: noop("The vendor’s server does not accept the credentials."),
    403: noop("The vendor’s server does not let us in."),
}
BY_OUTCOME: dict[Outcome, tuple[str, str]] = {
    Outcome.STORED: (noop("The figures came and are in use."), _NOTHING),
    Outcome.ZERO: (
        noop("There was no usage in the period."),
        noop("Nothing needs to be done: the usage is zero."),
    ),
    Outcome.PARTIAL: (noop("Only a part of the usage was returned."), _ITSELF),
    Outcome.NOT_READY: (
        noop("The month is not complete yet, or the report is empty and does not say why."),
        _ITSELF,
    ),
    Outcome.GONE: (
        noop("The usage of the period is no longer available."),
        noop("The gap stays; use an earlier copy if there is one."),
    ),
    Outcome.QUEUED: (noop("The report is being made and can be fetched later."), _ITSELF),
    Outcome.BUSY: (noop("The vendor’s server could not answer now."), _SELDOM),
    Outcome.UNREACHED: (noop("The server did not answer in time."), _SELDOM),
    Outcome.REFUSED: (
        noop("The vendor’s server refused the question."),
        noop("Check the address, the release and the reports chosen for this service."),
    ),
    Outcome.BROKEN: (BY_STATUS[403], _OWNER),
    Outcome.UNREADABLE: (noop("The answer is no report that can be used."), _KEPT),
    Outcome.DOUBTFUL: (
        noop("It is not sure that this is the right report."),
        noop("Read the questions, and confirm if it is."),
    ),
}


def meaning(code: int, status: int | None) -> str:
    """What a refusal of credentials means."""
    return faults.explained(code).means if code else BY_STATUS.get(status or 0, BY_STATUS[403])


def explained(outcome: Outcome, *, code: int, error: str, status: int | None) -> tuple[str, str]:
    """What came of it, and what to do."""
    if error in BY_ERROR:
        return BY_ERROR[error]
    if code and outcome is not Outcome.STORED:
        fault = faults.explained(code)
        return fault.means, fault.next
    means, following = BY_OUTCOME[outcome]
    return (BY_STATUS.get(status or 0, means) if outcome is Outcome.BROKEN else means), following
