"""What can be found in a report: code → level and sentence; and where the findings of a reading gather."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from kimppa.foundation.core.errors import Param
from kimppa.foundation.core.text import clean_line, noop, shorten
from kimppa.foundation.protocols.counter.shape import Level, Problem

EACH = 20  # of one code; the others are counted
N, W, E, C, F = Level.NOTICE, Level.WARNING, Level.ERROR, Level.CRITICAL, Level.FATAL

FINDINGS: dict[str, tuple[Level, str]] = {
    # The file
    "empty-file": (F, noop("The file is empty.")),
    "html": (F, noop("This is a web page, not a report: “%(title)s”. Often a sign-in page or a fault page.")),
    "not-counter": (F, noop("No COUNTER report was found in the file: it has neither a report header nor a heading row with Metric_Type.")),  # noqa: E501
    "truncated": (F, noop("The file ends in the middle. Fetch it again.")),
    "malformed-json": (F, noop("The JSON cannot be read (%(why)s).")),
    "xlsx-unreadable": (F, noop("The file cannot be read as XLSX (%(why)s).")),
    "too-large": (F, noop("The file is too large: %(size)s MB, at most %(limit)s MB. Ask for a shorter period or for TSV.")),  # noqa: E501
    "cell-too-long": (F, noop("The table cannot be read (%(why)s).")),
    "wrapped": (W, noop("The report was inside something else (%(how)s). It was read all the same.")),
    "encoding": (W, noop("The text is in %(encoding)s; the standard asks for UTF-8.")),
    "no-bom": (N, noop("The table does not begin with the UTF-8 mark; spreadsheets may show letters wrong.")),
    "delimiter": (N, noop("The columns are separated by “%(sign)s”; the standard asks for tabulators.")),
    "whitespace": (N, noop("There are spaces before or after the value “%(value)s”.")),
    # The header
    "no-header": (C, noop("The report header is missing.")),
    "no-release": (E, noop("The header does not say the release.")),
    "release-unknown": (C, noop("Release “%(release)s” is not known; 5 and 5.1 are read.")),
    "release-mismatch": (E, noop("The header says release %(said)s, but the content is of release %(found)s. It was read as %(found)s.")),  # noqa: E501
    "no-report-id": (E, noop("The header does not say which report this is; by its name it is %(report)s.")),
    "report-unknown": (C, noop("The report “%(report)s” is none of the standard's.")),
    "report-custom": (N, noop("The report %(report)s is the vendor's own, not the standard's.")),
    "report-name": (W, noop("“%(name)s” is not the name of %(report)s in release %(release)s: “%(right)s”.")),
    "report-content": (E, noop("A report %(report)s should have %(needed)s, but it is missing.")),
    "no-period": (E, noop("The header does not say the period.")),
    "period-unclear": (E, noop("The period “%(begin)s”–“%(end)s” cannot be understood.")),
    "period-not-months": (E, noop("The period %(begin)s–%(end)s is not whole months.")),
    "period-reversed": (E, noop("The period ends (%(end)s) before it begins (%(begin)s).")),
    "no-created": (N, noop("The header does not say when or by whom the report was made.")),
    "other-customer": (C, noop("The report is of customer %(found)s, not of %(expected)s.")),
    "customer-untold": (W, noop("The report does not say whose it is; it may not be of %(expected)s.")),
    # The table
    "heading-repeated": (E, noop("The heading “%(heading)s” stands twice; the first column was read.")),
    "heading-order": (N, noop("The columns are not in the standard's order.")),
    "heading-unknown": (N, noop("The column “%(heading)s” is not the standard's; it keeps rows apart.")),
    "no-months": (W, noop("There are no months: the counts are of the whole period.")),
    "month-unknown": (C, noop("The month “%(month)s” cannot be understood.")),
    "month-outside": (E, noop("Month %(month)s is outside the period of the header.")),
    "period-longer": (W, noop("The count is of %(begin)s–%(end)s, not of one whole month.")),
    "total-row": (N, noop("A row of totals was left out.")),
    "row-short": (C, noop("The row has fewer cells than there are headings.")),
    "no-metric": (C, noop("The metric is missing.")),
    "item-form": (C, noop("This part is not in the form of the standard and cannot be read.")),
    # The figures
    "count-empty": (N, noop("A cell is empty; it was read as zero.")),
    "count-missing": (C, noop("The count is missing.")),
    "count-not-number": (C, noop("The count “%(count)s” is not a whole number.")),
    "count-negative": (C, noop("The count %(count)s is negative.")),
    "count-text": (W, noop("The count “%(count)s” is written as text; it was read as %(read)s.")),
    "total-mismatch": (E, noop("The total says %(said)s, but the months make %(sum)s.")),
    "duplicate": (C, noop("“%(title)s” has %(metric)s twice for the same month and attributes: which count holds is not known.")),  # noqa: E501
    "order-of-metrics": (E, noop("“%(title)s”, %(month)s: %(less)s (%(small)s) is more than %(more)s (%(large)s).")),  # noqa: E501
    "metric-unknown": (W, noop("The metric “%(metric)s” is not the standard's.")),
    "metric-foreign": (E, noop("The metric %(metric)s does not belong to a report %(report)s.")),
    # What identifies
    "no-platform": (E, noop("The platform is missing.")),
    "no-title": (W, noop("The title is missing.")),
    "no-identifier": (N, noop("“%(title)s” has no identifier.")),
    "identifier-form": (W, noop("%(kind)s “%(value)s” is not in the form of an %(kind)s.")),
    "value-unknown": (W, noop("“%(value)s” is no value of %(field)s.")),
    # Both sides
    "empty-unexplained": (C, noop("The report has no usage and no exception that says why (3030, 3031, 3032 or 3040).")),  # noqa: E501
    "zero-with-usage": (E, noop("The report says 3030 (no usage), but it has usage.")),
    "and-more": (N, noop("%(count)s more of the same: %(code)s.")),
}  # fmt: skip


@dataclass(slots=True)
class Findings:
    """Problems in the order in which they were found; of each code at most EACH, then their number."""

    problems: list[Problem] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    worst: Level | None = None

    def add(self, code: str, where: str = "", **params: Param) -> None:
        level, sentence = FINDINGS[code]
        self.put(level, code, where, sentence, params)

    def put(
        self, level: Level, code: str, where: str, sentence: str, params: Mapping[str, Param], then: str = ""
    ) -> None:
        self.seen[code] += 1
        self.worst = level if self.worst is None else max(self.worst, level)
        if self.seen[code] <= EACH:
            shown = {
                name: shorten(clean_line(value), 120) if isinstance(value, str) else value
                for name, value in params.items()
            }
            place = shorten(clean_line(where), 120)
            self.problems.append(Problem(level, code, place, sentence, shown, then))

    def all(self) -> tuple[Problem, ...]:
        """All of them, with the number of those that were only counted."""
        level, sentence = FINDINGS["and-more"]
        rest = [
            Problem(level, "and-more", "", sentence, {"count": count - EACH, "code": code})
            for code, count in self.seen.items()
            if count > EACH
        ]
        return (*self.problems, *rest)

    @property
    def usable(self) -> bool:
        """May its figures be used? With errors yes, from critical on no."""
        return self.worst is None or self.worst < Level.CRITICAL
