"""Today's register of agreements comes in from a sheet: staged, previewed, applied, undone.

Each new row becomes an agreement that is not signed yet: a signature is recorded by itself, because it
needs the mandates of its day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime

from django.db import transaction

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.consortium.agreements import drafts
from kimppa.consortium.agreements.models import Agreement
from kimppa.consortium.agreements.register_sheet import Line, Register, read
from kimppa.consortium.agreements.rules import KIND_NAMES, AgreementKind, BadTerm
from kimppa.consortium.agreements.terms import TermKind, parse
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core.money import Cents
from kimppa.foundation.core.text import noop, shorten
from kimppa.foundation.imports import queries as imports
from kimppa.foundation.imports import services
from kimppa.foundation.imports.models import BatchState, ImportBatch
from kimppa.foundation.imports.rules import Draft, Outcome, Param, Value

KIND = "agreements-register"
OBJECT = "agreements.Agreement"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORDS: dict[str, AgreementKind] = {
    "yhteistyösopimus": AgreementKind.COOPERATION,
    "samarbetsavtal": AgreementKind.COOPERATION,
    "organisaatiosopimus": AgreementKind.ORGANISATION,
    "tietojenkäsittelysopimus": AgreementKind.DATA_PROCESSING,
    "henkilötietojen käsittelysopimus": AgreementKind.DATA_PROCESSING,
    "avustus": AgreementKind.GRANT,
    "avustuspäätös": AgreementKind.GRANT,
    **{kind.value: kind for kind in KIND_NAMES},
}
PROBLEMS: dict[str, str] = {
    "register-no-number": noop("The row has no diary number or no title."),
    "register-no-vendor": noop("The row names no vendor or funder."),
    "register-bad-day": noop("“%(value)s” in the column %(field)s is not a day."),
    "register-no-start": noop("The row has no first day."),
    "register-dates": noop("The last day %(end)s is before the first day %(start)s."),
    "register-bad-value": noop("“%(value)s” in the column %(field)s is not a number of that kind."),
    "register-twice": noop("The diary number %(value)s stands in the sheet twice."),
    "register-known": noop(
        "An agreement with the diary number %(value)s is here already; it was left as it is."
    ),
    "register-unknown-column": noop("The column “%(value)s” is not known and was left out."),
    "register-total": noop("A row of totals; it was checked and left out."),
    "register-wrong-total": noop("The row of totals says %(said)s, but the rows add up to %(sum)s."),
}


class _Problem(Exception):
    """What is wrong with a row: a code of PROBLEMS and what it speaks of."""

    def __init__(self, code: str, params: dict[str, Param]) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@transaction.atomic
def stage_register(*, by: Actor, raw: bytes, source_name: str, now: datetime) -> int:
    """Read a sheet and keep what each row would do; returns the batch's id. Raises RegisterUnreadable."""
    require(by, Act.EDIT_AGREEMENTS, now=now)
    register = read(raw, source_name)
    media_type = XLSX if raw.startswith(b"PK") else "text/csv"
    batch = services.open_import(
        kind=KIND, source_name=source_name, raw=raw, by=by, now=now, media_type=media_type
    )
    services.stage(batch, _records(register))
    return batch.pk


@transaction.atomic
def apply_register(*, by: Actor, batch_id: int, now: datetime) -> int:
    """Make the staged agreements; returns how many. Raises WrongImportState, AgreementTaken (then none)."""
    require(by, Act.EDIT_AGREEMENTS, now=now)
    batch = _batch(batch_id)
    if batch.state != BatchState.STAGED:
        raise services.WrongImportState(state=batch.state)
    outcomes = []
    for record in reversed(imports.applied_records(batch)):
        said = {name: str(value or "") for name, value in (record.after or {}).items()}
        agreement = drafts.write(by=by, draft=_draft(said), now=now)
        for kind in (TermKind.YEARLY_VALUE, TermKind.NOTICE_MONTHS):
            value = said.get(kind.value.replace("-", "_"), "")
            if value:
                drafts.put_term(by=by, agreement=agreement, kind=kind, value=value, now=now)
        outcomes.append(Outcome(record.number, OBJECT, str(agreement)))
    services.mark_applied(batch, outcomes, now)
    told: dict[str, audit.Value] = {"created": len(outcomes), "source": batch.source_name}
    audit.record(by=by, act="agreements.apply_register", obj=batch, before=None, after=told, now=now)
    return len(outcomes)


@transaction.atomic
def undo_register(*, by: Actor, batch_id: int, now: datetime) -> int:
    """Take the agreements away again; returns how many. Raises UndoRefused, WrongImportState."""
    require(by, Act.EDIT_AGREEMENTS, now=now)
    batch = _batch(batch_id)
    keys = [record.object_key for record in imports.applied_records(batch)]
    rows = {str(row.pk): row for row in Agreement.objects.filter(pk__in=[int(k) for k in keys if k])}
    current: dict[str, dict[str, Value]] = {
        key: {
            "number": row.diary_number,
            "title": row.title_fi,
            "valid_from": row.valid_from.isoformat() if row.valid_from else "",
            "valid_to": row.valid_to.isoformat() if row.valid_to else "",
        }
        for key, row in rows.items()
    }
    used = {key: "agreement-in-use" for key, row in rows.items() if _in_use(row)}
    for record in services.begin_undo(batch, current=_whole(batch, current), used=used, now=now):
        row = rows[record.object_key]
        row.parties.all().delete()
        row.terms.all().delete()
        row.delete()
    told: dict[str, audit.Value] = {"removed": len(keys)}
    audit.record(by=by, act="agreements.undo_register", obj=batch, before=None, after=told, now=now)
    return len(keys)


def _whole(batch: ImportBatch, current: dict[str, dict[str, Value]]) -> dict[str, dict[str, Value]]:
    """Columns that live in terms and parties count as unchanged: only the row's own are compared."""
    for record in imports.applied_records(batch):
        if record.object_key in current:
            current[record.object_key] = {**(record.after or {}), **current[record.object_key]}
    return current


def _in_use(row: Agreement) -> bool:
    return (
        row.signed_on is not None
        or row.documents.exists()
        or row.relations.exists()
        or row.related_from.exists()
        or row.mandates.exists()
        or row.annexes.exists()
    )


def _batch(batch_id: int) -> ImportBatch:
    batch = imports.get(batch_id)
    if batch.kind != KIND:
        raise imports.NoSuchImport(number=batch_id)
    return batch


def _records(register: Register) -> Iterator[Draft]:
    known = set(Agreement.objects.values_list("diary_number", flat=True))
    seen: set[str] = set()
    total = 0
    for heading in register.unknown:
        told: dict[str, Param] = {"value": shorten(heading, 60)}
        yield Draft(
            register.header_row,
            heading,
            "skip",
            severity="warning",
            code="register-unknown-column",
            params=told,
        )
    for line in register.lines:
        number = line.cells.get("number", "")
        try:
            after = _checked(line, seen)
        except _Problem as problem:
            yield Draft(
                line.number, number, "skip", severity="error", code=problem.code, params=problem.params
            )
            continue
        seen.add(number)
        total += (
            parse(TermKind.YEARLY_VALUE, str(after["yearly_value"])).cents or 0
            if after["yearly_value"]
            else 0
        )
        if number in known:
            params: dict[str, Param] = {"value": number}
            yield Draft(line.number, number, "skip", severity="warning", code="register-known", params=params)
        else:
            yield Draft(line.number, number, "create", after=after, object_kind=OBJECT)
    yield from (_total(line, Cents(total)) for line in register.totals)


def _total(line: Line, total: Cents) -> Draft:
    said = line.cells.get("yearly_value", "")
    try:
        right = not said or parse(TermKind.YEARLY_VALUE, said).cents == total.value
    except BadTerm:
        right = False
    if right:
        return Draft(line.number, "", "skip", severity="warning", code="register-total")
    params: dict[str, Param] = {"said": said[:40], "sum": total.plain()}
    return Draft(line.number, "", "skip", severity="error", code="register-wrong-total", params=params)


def _checked(line: Line, seen: set[str]) -> dict[str, Value]:
    """The row's values, ready to be kept. Raises _Problem."""
    cells = line.cells
    number, title = cells.get("number", "")[:60], cells.get("title", "")[:300]
    if not number or not title:
        raise _Problem("register-no-number", {})
    if number in seen:
        raise _Problem("register-twice", {"value": number})
    if not cells.get("vendor"):
        raise _Problem("register-no-vendor", {})
    start, end = _day(cells, "valid_from"), _day(cells, "valid_to")
    if start is None:
        raise _Problem("register-no-start", {})
    if end is not None and end < start:
        raise _Problem("register-dates", {"start": start.isoformat(), "end": end.isoformat()})
    for field, kind in (("yearly_value", TermKind.YEARLY_VALUE), ("notice_months", TermKind.NOTICE_MONTHS)):
        try:
            if cells.get(field):
                parse(kind, cells[field])
        except BadTerm as error:
            raise _Problem("register-bad-value", {"value": cells[field][:60], "field": field}) from error
    return {
        "number": number,
        "title": title,
        "vendor": cells["vendor"][:200],
        "kind": WORDS.get(cells.get("kind", "").casefold(), AgreementKind.VENDOR).value,
        "valid_from": start.isoformat(),
        "valid_to": end.isoformat() if end else "",
        "yearly_value": cells.get("yearly_value", ""),
        "notice_months": cells.get("notice_months", ""),
    }


def _day(cells: dict[str, str], field: str) -> date | None:
    text = cells.get(field, "")
    if not text:
        return None
    found = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text)
    try:
        if found:
            return date(int(found[3]), int(found[2]), int(found[1]))
        return date.fromisoformat(text)
    except ValueError as error:
        raise _Problem("register-bad-day", {"value": text[:60], "field": field}) from error


def _draft(said: dict[str, str]) -> drafts.Draft:
    kind = AgreementKind(said["kind"])
    grant = kind is AgreementKind.GRANT
    return drafts.Draft(
        kind=kind,
        diary_number=said["number"],
        title_fi=said["title"],
        valid_from=date.fromisoformat(said["valid_from"]),
        valid_to=date.fromisoformat(said["valid_to"]) if said["valid_to"] else None,
        vendor="" if grant else said["vendor"],
        funder=said["vendor"] if grant else "",
    )
