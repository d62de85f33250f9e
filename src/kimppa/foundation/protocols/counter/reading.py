"""A report: opened, read once as a stream, checked on the way."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from kimppa.foundation.protocols.counter import headers, json_rows, json_stream, table_rows, terms
from kimppa.foundation.protocols.counter.checks import Checker
from kimppa.foundation.protocols.counter.findings import Findings
from kimppa.foundation.protocols.counter.opening import Form, ends_with_line, opened, sheet_lines, text_lines
from kimppa.foundation.protocols.counter.shape import Header, Level, Problem, Record, Row


class Report:
    """One file. `header` stands at once; take `rows()` or `records()` once, or `finish()` without them.

    Until then problems, months and totals are of what has been read so far; `usable` is false.
    """

    def __init__(self, stream: BinaryIO, *, customer: str = "") -> None:
        self.findings = Findings()
        self.header = Header()
        self.has_header = False
        self.form_release = ""  # what the form of the content speaks for
        self.subject_heading = ""
        self._customer = customer
        self._checker = Checker(self.findings)
        self._columns_months: tuple[str, ...] = ()
        self._finished = False
        self._whole = ends_with_line(stream)
        self.form, text, delimiter = opened(stream, self.findings)
        self._rows: Iterator[Row] = iter(())
        if self.form is Form.JSON and text is not None:
            self._rows = _begun(self._json_rows(json_stream.events(text)))
        elif text is not None:
            self._rows = self._table_rows(text_lines(text, delimiter))
        elif self.form is Form.XLSX:
            self._rows = self._table_rows(sheet_lines(stream, self.findings))

    def rows(self) -> Iterator[Row]:
        """Each row once, checked as it passes; after the last one everything else is complete."""
        see = self._checker.see
        for row in self._rows:
            see(row)
            yield row
        if not self._finished:
            self._finished = True
            self._checker.finish()
            headers.check(self, self._checker, customer=self._customer)

    def records(self) -> Iterator[Record]:
        """The rows' counts one by one."""
        return (record for row in self.rows() for record in row.records())

    def finish(self) -> Report:
        """Read on to the end without keeping the rows."""
        for _ in self.rows():
            pass
        return self

    @property
    def release(self) -> str:
        """By the form of the content where that tells, else by the header."""
        values = self._checker.releases
        sure = next(iter(values)) if len(values) == 1 else ""
        return self.form_release or sure or headers.release(self.header)

    @property
    def id(self) -> str:
        return headers.report(self.header)

    @property
    def name(self) -> str:
        return self.header.name

    @property
    def months(self) -> tuple[str, ...]:
        """The months of the columns, or those in which something was counted."""
        return self._columns_months or tuple(filter(None, self._checker.months))

    @property
    def totals(self) -> Mapping[str, int]:
        return dict(sorted(self._checker.totals.items()))

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platforms named, at most fifty."""
        return tuple(sorted(self._checker.platforms))

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.findings.all()

    @property
    def usable(self) -> bool:
        return self._finished and self.findings.usable

    def _json_rows(self, events: Iterator[json_stream.Event]) -> Iterator[Row | None]:
        """The rows; first one None as soon as the header is known, so that opening reads no further."""
        number, apart = 0, False
        try:
            for kind, value in events:
                if kind == "header" and not self.has_header:
                    said = self.header.exceptions
                    self.header = headers.from_json(value, said)
                    self.has_header = isinstance(value, dict)
                elif kind == "exceptions":
                    self.header = headers.with_exceptions(self.header, value)
                elif kind == "wrapped":
                    self.findings.add("wrapped", how=str(value))
                elif kind == "items" and self.has_header:
                    apart = True
                    yield None
                elif kind == "item":
                    self.form_release = self.form_release or json_rows.release_of(value)
                    yield from json_rows.rows(value, number, self.findings)
                    number += 1
        except json_stream.Truncated:
            self.findings.add("truncated", f"Report_Items[{number}]" if number or apart else "")
        except json_stream.Malformed as error:
            self.findings.add("malformed-json", why=str(error))
        if not self.has_header and not number and not self.header.exceptions and not self._fatal():
            self.findings.add("not-counter")

    def _table_rows(self, lines: Iterator[table_rows.Line]) -> Iterator[Row]:
        table = None
        with self._table_errors():
            table = table_rows.open_table(lines, self.findings)
        if table is None:
            if not self._fatal():
                self.findings.add("not-counter")
            return iter(())
        self.header, self.has_header = table.header, bool(table.header.id or table.header.name)
        self._columns_months = tuple(sorted(month for month, _ in table.columns.months if month))
        names = table.columns.places
        self.form_release = terms.R50 if "Section_Type" in names else ""
        if table.header.registry_record:
            self.form_release = terms.R51
        self.subject_heading = next((name for name in table_rows.SUBJECTS if name in names), "Platform")
        return self._guarded(table, lines)

    def _guarded(self, table: table_rows.Table, lines: Iterator[table_rows.Line]) -> Iterator[Row]:
        last = None
        with self._table_errors():
            for last in table_rows.rows(table, lines, self.findings):
                yield last
        # Cut off within its last number: the row has all its cells, but they make no sum.
        if last and not self._whole and last.total not in (None, sum(last.counts.values())):
            self.findings.add("truncated", last.where)

    def _table_errors(self) -> _Told:
        return _Told(self.findings)

    def _fatal(self) -> bool:
        return self.findings.worst is Level.FATAL


class _Told:
    """What breaks in a table becomes a problem."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> bool:
        if isinstance(error, csv.Error):
            self._findings.add("cell-too-long", why=str(error))
            return True
        return False


def _begun(rows: Iterator[Row | None]) -> Iterator[Row]:
    """Read until the header is known (or a first row, or the end); nothing is lost."""
    first: Row | None = None
    with suppress(StopIteration):
        first = next(rows)
    return (row for row in chain((first,), rows) if row is not None)


def read(source: BinaryIO | bytes, *, customer: str = "") -> Report:
    """The report of a seekable binary stream, which must stay open until it is finished, or of bytes.

    customer: the id by which the vendor should know us; empty if that is not known.
    """
    return Report(io.BytesIO(source) if isinstance(source, bytes) else source, customer=customer)


def read_file(path: Path, *, customer: str = "") -> Report:
    """The finished report of a file: problems, months and totals, no rows. Raises OSError."""
    with path.open("rb") as stream:
        return read(stream, customer=customer).finish()
