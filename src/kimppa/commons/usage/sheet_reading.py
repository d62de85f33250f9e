"""The rows of a vendor's sheet, by a reading of it → rows to land, and what is to be said of them. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from kimppa.commons.usage import sheet_words as words
from kimppa.commons.usage.landing import RowIn, Told
from kimppa.commons.usage.sheet_rules import Cell, Cells, Column, Reading, Role, letters, month_of_heading
from kimppa.foundation.core.errors import Param
from kimppa.foundation.core.text import noop, shorten

Units: TypeAlias = "Mapping[str, tuple[str, str]]"  # folded name → unit kind and code

EACH = 20  # of one code; the others are counted
MOST_NAMES = 400
MOST = 10**15
WARNING, CRITICAL, NOTICE = "warning", "critical", "notice"

PROBLEMS: dict[str, tuple[str, str]] = {
    "sheet-no-number": (CRITICAL, noop("“%(value)s” is no number that can be counted.")),
    "sheet-negative": (CRITICAL, noop("The count %(value)s is negative.")),
    "sheet-not-whole": (
        CRITICAL,
        noop("%(value)s is no whole number. Is the sign before the fraction right, or is it in thousands?"),
    ),
    "sheet-month-unknown": (CRITICAL, noop("“%(value)s” is no month that is understood.")),
    "sheet-no-metric": (CRITICAL, noop("The row does not say what was counted.")),
    "sheet-nothing": (CRITICAL, noop("No row with a count was found under the headings.")),
    "sheet-no-place": (WARNING, noop("The row has no name of a place: its use is kept as “not known”.")),
    "sheet-twice": (
        WARNING,
        noop("The row tells of the same as row %(before)s. Both were counted: is that right?"),
    ),
    "sheet-total-differs": (
        WARNING,
        noop("The sheet's own total is %(said)s, but the rows make %(sum)s. The rows were counted."),
    ),
    "sheet-total-left-out": (NOTICE, noop("A row of totals was left out; it agrees with the rows.")),
    "and-more": (NOTICE, noop("%(count)s more of the same: %(code)s.")),
}


@dataclass(frozen=True, slots=True)
class Sum:
    """What the rows make of one unit, metric and month; the unit's code is empty where it is not known."""

    unit_kind: str
    unit_code: str
    metric: str
    month: str
    value: int


class SheetReader:
    """One pass over a sheet. Take `rows()` once; afterwards problems, sums and unknown names are complete."""

    def __init__(
        self, reading: Reading, lines: Iterable[tuple[int, Cells]], *, units: Units, own: tuple[str, str]
    ) -> None:
        """units: whom names mean. own: the unit (kind, code) of rows that name none."""
        self._reading, self._lines, self._units, self._own = reading, lines, units, own
        self.unknown: Counter[str] = Counter()  # folded name → how much use
        self.spelled: dict[str, str] = {}  # folded name → as the sheet writes it
        self.problems: list[Told] = []
        self._seen: Counter[str] = Counter()
        self._sums: dict[tuple[str, str, str, str], int] = defaultdict(int)
        self._by_column: Counter[int] = Counter()  # since the last row of totals
        self._of_all: Counter[int] = Counter()
        self._before: dict[tuple[str, ...], int] = {}
        self._above: dict[Role, Cell] = {}
        roles: dict[Role, list[Column]] = defaultdict(list)
        for column in reading.columns:
            roles[column.role].append(column)
        self._at: dict[Role, int] = {
            role: columns[0].at for role, columns in roles.items() if role is not Role.IGNORE
        }
        self._counts = [*roles[Role.OF_MONTH], *roles[Role.COUNT]]
        self._wide = {one.at: month_of_heading(one, reading) for one in roles[Role.OF_MONTH]}
        self._totals = roles[Role.TOTAL]
        self._finnish = words.speaks_finnish([one.heading for one in reading.columns])

    def rows(self) -> Iterator[RowIn]:
        """The rows that land."""
        any_count = False
        for number, cells in self._lines:
            if number <= self._reading.header:
                continue
            total = self._looks_total(cells)
            counts = self._read_counts(number, cells, total=total)
            if not counts:
                continue  # an empty line, a footnote, a heading between
            if total:
                self._compare(number, counts)
                continue
            any_count = any_count or bool(counts)
            yield from self._made(number, cells, counts)
        if not any_count:
            self._say("sheet-nothing", "")
        self.problems += [
            Told(NOTICE, "and-more", "", PROBLEMS["and-more"][1], {"count": count - EACH, "code": code})
            for code, count in self._seen.items()
            if count > EACH
        ]

    @property
    def usable(self) -> bool:
        return not any(PROBLEMS[code][0] == CRITICAL for code in self._seen)

    @property
    def sums(self) -> tuple[Sum, ...]:
        """By unit, metric and month."""
        return tuple(Sum(*key, value) for key, value in sorted(self._sums.items()))

    @property
    def months(self) -> tuple[str, ...]:
        return tuple(sorted({month for *_, month in self._sums}))

    def _read_counts(self, number: int, cells: Cells, *, total: bool) -> dict[int, int]:
        found = {}
        for column in self._counts:
            cell = cells[column.at] if column.at < len(cells) else ""
            count = self._count(cell, f"{letters(column.at)}{number}", total=total)
            if count is not None:
                found[column.at] = count
        return found

    def _count(self, cell: Cell, where: str, *, total: bool) -> int | None:
        read: Decimal | None
        if isinstance(cell, str):
            if cell.strip() in words.NOTHING:
                return None
            read = words.number(cell, self._reading.decimal)
        else:
            read = Decimal(cell) if isinstance(cell, int | Decimal) else None
        shown = shorten(str(cell), 60)
        if read is None or abs(read) >= MOST:
            if not total:
                self._say("sheet-no-number", where, value=shown)
            return None
        read *= self._reading.factor
        if read < 0 or read != read.to_integral_value():
            if not total:
                self._say("sheet-negative" if read < 0 else "sheet-not-whole", where, value=shown)
            return None
        return int(read)

    def _looks_total(self, cells: Cells) -> bool:
        """By its place or month, else by its first cell; a title may begin with such a word and be none."""
        first = next((at for at, cell in enumerate(cells) if cell != ""), -1)
        for at in {first, *(self._at.get(role, -1) for role in (Role.PLACE, Role.MONTH, Role.TITLE))}:
            cell = cells[at] if 0 <= at < len(cells) else ""
            if isinstance(cell, str) and words.is_total(cell, whole=at == self._at.get(Role.TITLE)):
                return True
        return False

    def _compare(self, number: int, said: Mapping[int, int]) -> None:
        """A row of totals may be of the rows since the last one, or of all of them."""
        for sums in (self._by_column, self._of_all):
            if all(sums[at] == count for at, count in said.items()):
                self._say("sheet-total-left-out", f"row {number}")
                break
        else:
            for at, count in said.items():
                if self._of_all[at] != count:
                    where = f"{letters(at)}{number}"
                    self._say("sheet-total-differs", where, said=count, sum=self._of_all[at])
        self._by_column.clear()

    def _made(self, number: int, cells: Cells, counts: Mapping[int, int]) -> Iterator[RowIn]:
        told: dict[Role, Cell] = {role: self._told(role, cells) for role in self._at}
        unit = self._unit(number, told.get(Role.PLACE, ""), sum(counts.values()))
        split = (
            words.kind_of(_text(told.get(Role.KIND, ""))),
            words.language_of(_text(told.get(Role.LANGUAGE, ""))),
            words.audience_of(_text(told.get(Role.AUDIENCE, ""))),
        )
        title = _text(told.get(Role.TITLE, ""))
        for metric, by_month in self._by_metric(number, told, counts).items():
            identity = (*unit, metric, *split, title, *by_month)
            before = self._before.setdefault(identity, number)
            if before != number:
                self._say("sheet-twice", f"row {number}", before=before)
            for month, count in by_month.items():
                self._sums[(*unit, metric, month)] += count
            yield RowIn(number, metric, by_month, title, "", *unit, *split)
        for at, count in counts.items():
            self._by_column[at] += count
            self._of_all[at] += count
        self._check_total(number, cells, counts)

    def _told(self, role: Role, cells: Cells) -> Cell:
        at = self._at[role]
        cell = cells[at] if at < len(cells) else ""
        if self._reading.fill and cell == "":
            return self._above.get(role, "")
        self._above[role] = cell
        return cell

    def _by_metric(
        self, number: int, told: Mapping[Role, Cell], counts: Mapping[int, int]
    ) -> dict[str, dict[str, int]]:
        """Metric → month → count of one row."""
        named = words.metric_of(_text(told[Role.METRIC])) if Role.METRIC in told else ""
        if Role.METRIC in told and not named:
            self._say("sheet-no-metric", f"row {number}")
        if self._wide:
            found: dict[str, int] = {self._wide[at]: count for at, count in counts.items()}
            return {named or self._reading.metric: found}
        cell = told.get(Role.MONTH, "")
        month = words.month_of(cell, self._reading.year, finnish=self._finnish)
        if not month:
            where = f"{letters(self._at[Role.MONTH])}{number}"
            self._say("sheet-month-unknown", where, value=shorten(str(cell), 60))
            return {}
        made: dict[str, dict[str, int]] = {}
        for column in self._counts:
            if column.at in counts:
                of = made.setdefault(named or column.metric, {})
                of[month] = of.get(month, 0) + counts[column.at]
        return made

    def _unit(self, number: int, cell: Cell, use: int) -> tuple[str, str]:
        if Role.PLACE not in self._at:
            return self._own
        name = _text(cell)
        folded = words.folded(name)
        if not folded:
            self._say("sheet-no-place", f"row {number}")
            return self._reading.places, ""
        known = self._units.get(folded) or self._units.get(name.casefold())
        if known:
            return known
        if folded in self.unknown or len(self.unknown) < MOST_NAMES:
            self.unknown[folded] += use
            self.spelled.setdefault(folded, shorten(name, 120))
        return self._reading.places, ""

    def _check_total(self, number: int, cells: Cells, counts: Mapping[int, int]) -> None:
        for column in self._totals:
            cell = cells[column.at] if column.at < len(cells) else ""
            said = self._count(cell, "", total=True)
            made = sum(counts.values())
            if said is not None and said != made and len(self._counts) > 1:
                self._say("sheet-total-differs", f"{letters(column.at)}{number}", said=said, sum=made)

    def _say(self, code: str, where: str, **params: Param) -> None:
        level, sentence = PROBLEMS[code]
        self._seen[code] += 1
        if self._seen[code] <= EACH:
            self.problems.append(Told(level, code, where, sentence, params))


def _text(cell: Cell) -> str:
    return str(cell).strip()
