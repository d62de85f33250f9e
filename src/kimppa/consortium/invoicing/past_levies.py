"""Past years' levies from a sheet: staged with a report per row, applied, undone. Never vouchers of ours.

A merged cell among the rows is a mistake, told with its row and column: what it holds for the rows that it
covers would be a guess where money is meant. A row of totals is checked and left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kimppa.commons.members.models import Municipality
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act, Visible
from kimppa.consortium.agreements.rules import CostClass
from kimppa.consortium.budgets.models import CostShare
from kimppa.consortium.budgets.queries import EVERYTHING
from kimppa.consortium.invoicing.ledger_models import PastLevy
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core import clock, sheets
from kimppa.foundation.core.money import BadAmount, Cents, parse_cents
from kimppa.foundation.core.sheets import Header, Line, Merged, Sheet
from kimppa.foundation.core.text import noop, shorten
from kimppa.foundation.imports import queries as imports
from kimppa.foundation.imports import services
from kimppa.foundation.imports.models import BatchState, ImportBatch
from kimppa.foundation.imports.rules import Draft, Outcome, Param, Value

KIND = "past-levies"
OBJECT = "invoicing.PastLevy"
OLDEST = 2000
COLUMNS: dict[str, tuple[str, ...]] = {
    "year": ("year", "vuosi", "år"),
    "municipality": ("municipality", "kunta", "kuntakoodi", "kommun", "kommunkod", "kuntanumero"),
    "amount": ("amount", "maksuosuus", "summa", "osuus", "laskutettu", "belopp", "andel"),
    "paid": ("paid", "maksettu", "betalat"),
    "class": ("cost class", "kustannuslaji", "kostnadsslag"),
    "residents": ("residents", "asukkaita", "asukasluku", "väkiluku", "invånare"),
}
NEEDED = ("year", "municipality", "amount")
PAID_WORDS = frozenset({"maksettu", "kyllä", "x", "paid", "yes", "betald", "betalat", "ja"})
UNPAID_WORDS = frozenset({"", "ei", "avoin", "maksamatta", "no", "open", "nej", "obetald"})
CLASS_WORDS: dict[str, CostClass] = {
    "": CostClass.CONTENT,
    "sisällöt ja alustat": CostClass.CONTENT,
    "sisällöt": CostClass.CONTENT,
    "ylläpito": CostClass.MAINTENANCE,
    "muu": CostClass.OTHER,
    "muut": CostClass.OTHER,
    **{cost_class.value: cost_class for cost_class in CostClass},
}
PROBLEMS: dict[str, str] = {
    "past-merged": noop(
        "Row %(row)s, column %(column)s: the cells %(cells)s are merged. Part them and write the value in "
        "each row."
    ),
    "past-total": noop("Row %(row)s is a row of totals; it was checked and left out."),
    "past-wrong-total": noop(
        "Row %(row)s, column %(column)s: the row of totals says %(said)s, but the rows add up to %(sum)s."
    ),
    "past-bad-year": noop("Row %(row)s, column %(column)s: “%(value)s” is not a year that has begun."),
    "past-no-place": noop("Row %(row)s, column %(column)s: no municipality is called “%(value)s”."),
    "past-bad-amount": noop("Row %(row)s, column %(column)s: “%(value)s” is not a sum of money."),
    "past-bad-class": noop("Row %(row)s, column %(column)s: “%(value)s” is not a cost class."),
    "past-bad-residents": noop("Row %(row)s, column %(column)s: “%(value)s” is not a number of residents."),
    "past-twice": noop("Row %(row)s: %(place)s stands for %(year)s twice."),
    "past-levied": noop("Row %(row)s: %(year)s was levied here for %(place)s; its own figures stand."),
    "past-unknown-column": noop("The column “%(value)s” is not known and was left out."),
}


@dataclass(frozen=True, slots=True)
class PastRow:
    """What a municipality was charged in a past year, as it was imported."""

    year: int
    code: str
    municipality_fi: str
    cost_class: str
    amount: Cents
    paid: Cents
    residents: int | None
    source: str

    @property
    def open(self) -> Cents:
        return self.amount - self.paid


class _Problem(Exception):
    def __init__(self, code: str, **params: Param) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@transaction.atomic
def stage_past(*, by: Actor, raw: bytes, source_name: str, now: datetime) -> int:
    """Read a sheet of past levies and keep what each row would do; returns the batch's id.

    Raises SheetUnreadable, HeaderMissing.
    """
    require(by, Act.LEVY, now=now)
    sheet = sheets.load(raw)
    header = sheets.header(sheet, COLUMNS, NEEDED)
    batch = services.open_import(
        kind=KIND, source_name=source_name, raw=raw, by=by, now=now, media_type=sheets.media_type(raw)
    )
    services.stage(batch, _records(sheet, header, now))
    return batch.pk


@transaction.atomic
def apply_past(*, by: Actor, batch_id: int, now: datetime) -> int:
    """Record the staged figures; returns how many. Raises WrongImportState."""
    require(by, Act.LEVY, now=now)
    batch = _batch(batch_id)
    if batch.state != BatchState.STAGED:
        raise services.WrongImportState(state=batch.state)
    places = dict(Municipality.objects.values_list("code", "pk"))
    outcomes = []
    for record in reversed(imports.applied_records(batch)):
        said = record.after or {}
        residents = said["residents"]
        row, _ = PastLevy.objects.update_or_create(
            year=int(str(said["year"])),
            municipality_id=places[str(said["code"])],
            cost_class=str(said["class"]),
            defaults={
                "amount_cents": int(str(said["amount"])),
                "paid_cents": int(str(said["paid"])),
                "residents": residents if isinstance(residents, int) else None,
                "batch": batch,
            },
        )
        outcomes.append(Outcome(record.number, OBJECT, str(row.pk)))
    services.mark_applied(batch, outcomes, now)
    told: dict[str, audit.Value] = {"rows": len(outcomes), "source": batch.source_name}
    audit.record(by=by, act="invoicing.apply_past_levies", obj=batch, before=None, after=told, now=now)
    return len(outcomes)


@transaction.atomic
def undo_past(*, by: Actor, batch_id: int, now: datetime) -> int:
    """Take the figures of a sheet away again; what it had replaced comes back. Raises UndoRefused."""
    require(by, Act.LEVY, now=now)
    batch = _batch(batch_id)
    keys = [int(one.object_key) for one in imports.applied_records(batch) if one.object_key]
    rows = {str(row.pk): row for row in PastLevy.objects.select_related("municipality").filter(pk__in=keys)}
    current = {key: _values(row) for key, row in rows.items()}
    taken = services.begin_undo(batch, current=current, used={}, now=now)
    for record in taken:
        row = rows[record.object_key]
        if record.before is None:
            row.delete()
            continue
        row.amount_cents = int(str(record.before["amount"]))
        row.paid_cents = int(str(record.before["paid"]))
        residents = record.before["residents"]
        row.residents = residents if isinstance(residents, int) else None
        row.save(update_fields=["amount_cents", "paid_cents", "residents"])
    told: dict[str, audit.Value] = {"rows": len(taken)}
    audit.record(by=by, act="invoicing.undo_past_levies", obj=batch, before=None, after=told, now=now)
    return len(taken)


def past_levies(*, visible: Visible = EVERYTHING) -> tuple[PastRow, ...]:
    """Every imported figure, the newest year first, then by municipality."""
    rows = PastLevy.objects.select_related("municipality", "batch")
    if not visible.everything:
        rows = rows.filter(municipality__code__in=visible.municipalities)
    return tuple(
        PastRow(
            year=row.year,
            code=row.municipality.code,
            municipality_fi=row.municipality.name_fi,
            cost_class=row.cost_class,
            amount=Cents(row.amount_cents),
            paid=Cents(row.paid_cents),
            residents=row.residents,
            source=row.batch.source_name,
        )
        for row in rows.order_by("-year", "municipality__code", "cost_class")
    )


def _values(row: PastLevy) -> dict[str, Value]:
    return {
        "year": row.year,
        "code": row.municipality.code,
        "class": row.cost_class,
        "amount": row.amount_cents,
        "paid": row.paid_cents,
        "residents": row.residents,
    }


def _batch(batch_id: int) -> ImportBatch:
    batch = imports.get(batch_id)
    if batch.kind != KIND:
        raise imports.NoSuchImport(number=batch_id)
    return batch


@dataclass(slots=True)
class _Reading:
    """What is known while a sheet is read."""

    sheet: Sheet
    header: Header
    places: Mapping[str, str]
    known: Mapping[tuple[int, str, str], PastLevy]
    levied: frozenset[tuple[int, str, str]]
    this_year: int
    seen: set[tuple[int, str, str]]

    def column(self, field: str) -> str:
        return sheets.cell_name(0, self.header.fields.get(field, 0))[:-1]


def _reading(sheet: Sheet, header: Header, now: datetime) -> _Reading:
    places: dict[str, str] = {}
    for code, fi, sv in Municipality.objects.values_list("code", "name_fi", "name_sv"):
        for name in (code, code.lstrip("0"), fi.casefold(), sv.casefold()):
            if name:
                places.setdefault(name, code)
    levied = CostShare.objects.values_list(
        "revision__levy__year__year", "municipality__code", "revision__levy__cost_class"
    )
    rows = PastLevy.objects.select_related("municipality")
    return _Reading(
        sheet=sheet,
        header=header,
        places=places,
        known={(row.year, row.municipality.code, row.cost_class): row for row in rows},
        levied=frozenset(levied.distinct()),
        this_year=clock.day_of(now).year,
        seen=set(),
    )


def _records(sheet: Sheet, header: Header, now: datetime) -> Iterator[Draft]:
    reading = _reading(sheet, header, now)
    for heading in header.unknown:
        told: dict[str, Param] = {"value": shorten(heading, 60)}
        yield Draft(header.at + 1, heading[:60], "skip", "warning", "past-unknown-column", told)
    total = 0
    for line in sheets.lines(sheet, header):
        name = line.cells.get("municipality", "")[:60]
        if line.total:
            yield _total(line, Cents(total), reading)
            continue
        try:
            after = _checked(line, reading)
        except _Problem as problem:
            yield Draft(line.number, name, "skip", "error", problem.code, problem.params)
            continue
        total += int(str(after["amount"]))
        yield _draft(line, after, reading)


def _draft(line: Line, after: dict[str, Value], reading: _Reading) -> Draft:
    key = (int(str(after["year"])), str(after["code"]), str(after["class"]))
    known = reading.known.get(key)
    before = _values(known) if known else None
    action = "create" if known is None else "unchanged" if before == after else "update"
    return Draft(
        line.number,
        f"{key[0]} {line.cells['municipality'][:60]}",
        action,
        before=before,
        after=after,
        object_kind=OBJECT,
        object_key=str(known.pk) if known else "",
    )


def _total(line: Line, total: Cents, reading: _Reading) -> Draft:
    said = line.cells.get("amount", "")
    try:
        right = not said or parse_cents(said) == total
    except BadAmount:
        right = False
    if right:
        return Draft(line.number, "", "skip", "warning", "past-total", {"row": line.number})
    params: dict[str, Param] = {
        "row": line.number,
        "column": reading.column("amount"),
        "said": said[:40],
        "sum": total.plain(),
    }
    return Draft(line.number, "", "skip", "error", "past-wrong-total", params)


def _checked(line: Line, reading: _Reading) -> dict[str, Value]:
    """The row's figures. Raises _Problem naming row and column."""
    merged = _merged(line, reading)
    if merged is not None:
        first = sheets.cell_name(merged.top, merged.left)
        cells = f"{first}:{sheets.cell_name(merged.bottom, merged.right)}"
        column = sheets.cell_name(0, merged.left)[:-1]
        raise _Problem("past-merged", cells=cells, row=line.number, column=column)
    year = _year(line, reading)
    place = line.cells.get("municipality", "")
    code = reading.places.get(place.casefold()) or reading.places.get(place.zfill(3))
    if code is None:
        raise _bad("past-no-place", line, "municipality", reading)
    cost_class = CLASS_WORDS.get(line.cells.get("class", "").casefold())
    if cost_class is None:
        raise _bad("past-bad-class", line, "class", reading)
    amount = _cents(line, "amount", reading)
    key = (year, code, cost_class.value)
    if key in reading.seen:
        raise _Problem("past-twice", row=line.number, place=place[:60], year=year)
    if key in reading.levied:
        raise _Problem("past-levied", row=line.number, place=place[:60], year=year)
    reading.seen.add(key)
    return {
        "year": year,
        "code": code,
        "class": cost_class.value,
        "amount": amount.value,
        "paid": _paid(line, amount, reading).value,
        "residents": _residents(line, reading),
    }


def _merged(line: Line, reading: _Reading) -> Merged | None:
    known = set(reading.header.fields.values())
    for one in reading.sheet.merged:
        if one.top <= line.number - 1 <= one.bottom and known & set(range(one.left, one.right + 1)):
            return one
    return None


def _bad(code: str, line: Line, field: str, reading: _Reading) -> _Problem:
    value = shorten(line.cells.get(field, ""), 40)
    return _Problem(code, row=line.number, column=reading.column(field), value=value)


def _year(line: Line, reading: _Reading) -> int:
    said = line.cells.get("year", "")
    if not said.isdecimal() or not OLDEST <= int(said[:6]) <= reading.this_year:
        raise _bad("past-bad-year", line, "year", reading)
    return int(said)


def _cents(line: Line, field: str, reading: _Reading) -> Cents:
    try:
        amount = parse_cents(line.cells.get(field, ""))
    except BadAmount as error:
        raise _bad("past-bad-amount", line, field, reading) from error
    if amount.value < 0:
        raise _bad("past-bad-amount", line, field, reading)
    return amount


def _paid(line: Line, amount: Cents, reading: _Reading) -> Cents:
    """A sum, or a word for all or nothing of it."""
    said = line.cells.get("paid", "").casefold()
    if said in PAID_WORDS:
        return amount
    return Cents(0) if said in UNPAID_WORDS else _cents(line, "paid", reading)


def _residents(line: Line, reading: _Reading) -> int | None:
    said = line.cells.get("residents", "").replace(" ", "").replace("\u00a0", "")
    if not said:
        return None
    if not said.isdecimal() or len(said) > 8:
        raise _bad("past-bad-residents", line, "residents", reading)
    return int(said)
