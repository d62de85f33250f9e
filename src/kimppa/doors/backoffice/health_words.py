"""How health's values read in tables and badges."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kimppa.commons.health.asking import ANSWERS, Outcome
from kimppa.commons.health.office_queries import ProbeRow
from kimppa.commons.health.rules import Standing
from kimppa.foundation.core.errors import Param

TONES: dict[Standing, str] = {
    Standing.WORKS: "ok",
    Standing.TROUBLE: "warn",
    Standing.DOWN: "bad",
    Standing.MAINTENANCE: "info",
    Standing.UNKNOWN: "",
}
OUTCOME_TONES: dict[Outcome, str] = {Outcome.OK: "ok", Outcome.WARN: "warn", Outcome.FAIL: "bad"}


def marked(name: str, *, example: bool) -> str:
    """A name with the mark of invented figures, once."""
    return f"{name} (ESIMERKKI)" if example and "ESIMERKKI" not in name else name


def answer(code: str, params: dict[str, Param]) -> str:
    """An answer's code as a sentence; a code that is not known here is shown as it is."""
    sentence = ANSWERS.get(code)
    if sentence is None:
        return code
    said = _(sentence)
    try:
        return said % params if code else said
    except (KeyError, TypeError, ValueError):
        return code


def last_answer(row: ProbeRow) -> str:
    return _("Not asked yet") if row.outcome is None else answer(row.code, row.params)


def tone(row: ProbeRow) -> str:
    return OUTCOME_TONES[row.outcome] if row.outcome else ""
