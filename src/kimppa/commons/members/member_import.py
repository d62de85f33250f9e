"""Loading municipalities and populations through the staged import: all of a file, or nothing."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from kimppa.commons.members.csv_members import (
    PROBLEMS,
    MemberRecord,
    MembersFile,
    RowProblem,
    parse,
)
from kimppa.commons.members.models import Membership, Municipality, Population, Region
from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core.errors import Invalid, fill
from kimppa.foundation.core.text import noop
from kimppa.foundation.imports import services as imports
from kimppa.foundation.imports.models import ImportBatch
from kimppa.foundation.imports.rules import Applied, Draft, Outcome, Value

KIND = "members"
MUNICIPALITY = "members.Municipality"
POPULATION = "members.Population"
PLAIN = ("name_fi", "name_sv", "name_en", "name_se", "name_smn", "name_sms", "language_status")


class RowsRefused(Invalid):
    """`problems` is the list, row by row."""

    code = "rows-refused"
    sentence = noop(
        "%(count)s rows of the file cannot be used, first line %(line)s: %(why)s Nothing was loaded."
    )

    def __init__(self, problems: tuple[RowProblem, ...]) -> None:
        self.problems = problems
        first = problems[0]
        why = fill(PROBLEMS[first.code], dict(first.params))
        super().__init__(count=len(problems), line=first.line, why=why)


@dataclass(frozen=True, slots=True)
class MembersReport:
    """What loading did or, in a preview, would do. `batch_id` is None in a preview."""

    batch_id: int | None
    read: int
    created: int
    updated: int
    unchanged: int
    populations: int


@dataclass(slots=True)
class _Plan:
    """The drafts of a file in order, with what each of them is about."""

    drafts: list[Draft] = field(default_factory=list)
    records: list[tuple[MemberRecord, date | None]] = field(default_factory=list)


@transaction.atomic
def load_members(
    *,
    by: Actor,
    raw: bytes,
    source_name: str,
    source: str,
    new_codes: bool = False,
    dry_run: bool = False,
    now: datetime,
) -> MembersReport:
    """Load the wide CSV; `source` is kept with every population. With `dry_run` nothing is written.

    Joining the e-library is another verb. Raises BadMembersFile, RowsRefused; then nothing is loaded.
    """
    require(by, Act.IMPORT_MEMBERS, now=now)
    file = parse(raw)
    problems = (*file.problems, *_unknown(file, new_codes))
    if problems:
        raise RowsRefused(problems)
    plan = _plan(file)
    if dry_run:
        return _report(plan, None)
    batch = imports.open_import(kind=KIND, source_name=source_name, raw=raw, by=by, now=now)
    imports.stage(batch, plan.drafts)
    imports.mark_applied(batch, _apply(plan, source), now)
    report = _report(plan, batch.pk)
    audit.record(
        by=by,
        act="members.load_members",
        obj=batch,
        before=None,
        after={"read": report.read, "created": report.created, "updated": report.updated},
        now=now,
    )
    return report


@transaction.atomic
def undo_members(*, by: Actor, batch_id: int, now: datetime) -> int:
    """Take a loading back; returns how many rows. UndoRefused where they were changed or used since."""
    require(by, Act.IMPORT_MEMBERS, now=now)
    batch = ImportBatch.objects.get(pk=batch_id, kind=KIND)
    records = imports.begin_undo(batch, current=_current(batch), used=_used(batch), now=now)
    _take_back(records)
    audit.record(
        by=by, act="members.undo_members", obj=batch, before=None, after={"rows": len(records)}, now=now
    )
    return len(records)


def _unknown(file: MembersFile, new_codes: bool) -> Iterator[RowProblem]:
    loaded = set(Municipality.objects.values_list("code", flat=True))
    known = loaded | _codes_of_the_country()
    for record in file.records:
        if record.code not in known and not new_codes:
            yield RowProblem(record.line, "unknown-code", {"value": record.code})
        elif record.code not in loaded and not (record.facts.get("name_fi") and _region(record)):
            yield RowProblem(record.line, "no-name", {"value": record.code})


def _region(record: MemberRecord) -> bool:
    code = record.facts.get("region_code", "")
    named = bool(record.facts.get("region_fi")) or Region.objects.filter(code=code).exists()
    return bool(code) and named


def _codes_of_the_country() -> set[str]:
    """The codes of Statistics Finland that the project ships (data/national.csv)."""
    path = Path(settings.PROJECT) / "data" / "national.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return {row["code"] for row in csv.DictReader(handle)}


def _plan(file: MembersFile) -> _Plan:
    plan = _Plan()
    rows = {m.code: m for m in Municipality.objects.select_related("region")}
    residents = {
        (code, day): n
        for code, day, n in Population.objects.values_list(
            "municipality__code", "reference_date", "residents"
        )
    }
    for record in file.records:
        row = rows.get(record.code)
        before: Mapping[str, Value] | None = None
        after: dict[str, Value] = _wanted(record)
        if row is not None:
            now_values = _values(row)
            after = {k: v for k, v in after.items() if now_values[k] != v}
            before = {k: now_values[k] for k in after}
        _add(plan, record, None, record.code, before if row else None, after)
        for day, n in sorted(record.populations.items()):
            was = residents.get((record.code, day))
            old: Mapping[str, Value] | None = None if was is None else {"residents": was}
            new: dict[str, Value] = {} if was == n else {"residents": n}
            _add(plan, record, day, f"{record.code} {day.isoformat()}", old, new)
    return plan


def _add(
    plan: _Plan,
    record: MemberRecord,
    day: date | None,
    key: str,
    before: Mapping[str, Value] | None,
    after: Mapping[str, Value],
) -> None:
    action = "create" if before is None else ("update" if after else "unchanged")
    plan.drafts.append(
        Draft(len(plan.drafts) + 1, key, action, before=before, after=after, params={"line": record.line})
    )
    plan.records.append((record, day))


def _wanted(record: MemberRecord) -> dict[str, Value]:
    """The facts that the file states; an empty cell says nothing and changes nothing."""
    said: dict[str, Value] = {k: record.facts[k] for k in PLAIN if record.facts.get(k)}
    if record.facts.get("region_code"):
        said["region"] = record.facts["region_code"]
    if record.facts.get("sami_homeland"):
        said["sami_homeland"] = record.facts["sami_homeland"].lower() in {"1", "true", "kyllä", "yes"}
    return said


def _values(row: Municipality) -> dict[str, Value]:
    found: dict[str, Value] = {name: str(getattr(row, name)) for name in PLAIN}
    return found | {"region": row.region.code, "sami_homeland": row.sami_homeland}


def _apply(plan: _Plan, source: str) -> list[Outcome]:
    """Write what the drafts say, in a handful of statements, and tell which row each became."""
    _regions(plan)
    rows = _apply_places(plan)
    populations = _apply_populations(plan, rows, source)
    return [
        Outcome(draft.number, MUNICIPALITY, str(rows[record.code].pk))
        if day is None
        else Outcome(draft.number, POPULATION, str(populations[record.code, day].pk))
        for draft, (record, day) in zip(plan.drafts, plan.records, strict=True)
    ]


def _apply_places(plan: _Plan) -> dict[str, Municipality]:
    regions = {r.code: r for r in Region.objects.all()}
    rows = {m.code: m for m in Municipality.objects.all()}
    fresh: list[Municipality] = []
    changed: list[Municipality] = []
    for draft, (record, day) in zip(plan.drafts, plan.records, strict=True):
        if day is not None or draft.action == "unchanged":
            continue
        known = rows.get(record.code)
        row = known or Municipality(code=record.code)
        _set(row, draft.after or {}, regions)
        (changed if known else fresh).append(row)
    Municipality.objects.bulk_create(fresh)
    Municipality.objects.bulk_update(changed, [*PLAIN, "region", "sami_homeland"])
    return rows | {m.code: m for m in fresh}


def _apply_populations(
    plan: _Plan, rows: Mapping[str, Municipality], source: str
) -> dict[tuple[str, date], Population]:
    known = {(p.municipality.code, p.reference_date): p for p in _populations()}
    fresh: list[Population] = []
    changed: list[Population] = []
    for record, day in plan.records:
        if day is None:
            continue
        row = known.get((record.code, day))
        residents = record.populations[day]
        if row is None:
            place = rows[record.code]
            made = Population(municipality=place, reference_date=day, residents=residents, source=source)
            known[record.code, day] = made
            fresh.append(made)
        elif row.residents != residents:
            row.residents = residents
            changed.append(row)
    Population.objects.bulk_create(fresh)
    Population.objects.bulk_update(changed, ["residents"])
    return known


def _populations() -> QuerySet[Population]:
    return Population.objects.select_related("municipality")


def _regions(plan: _Plan) -> None:
    for record, _ in plan.records:
        code, name = record.facts.get("region_code"), record.facts.get("region_fi")
        if code and name:
            Region.objects.get_or_create(
                code=code, defaults={"name_fi": name, "name_sv": record.facts.get("region_sv", "")}
            )


def _set(row: Municipality, values: Mapping[str, Value], regions: Mapping[str, Region]) -> None:
    for name, value in values.items():
        setattr(row, name, regions[str(value)] if name == "region" else value)


def _current(batch: ImportBatch) -> dict[str, Mapping[str, Value]]:
    """Values now by object key; the two kinds of rows are told apart by a prefix of the kind's name."""
    records = batch.records.filter(action__in=["create", "update"])
    found: dict[str, Mapping[str, Value]] = {}
    keys: dict[str, set[int]] = {MUNICIPALITY: set(), POPULATION: set()}
    for kind, key in records.values_list("object_kind", "object_key"):
        keys[kind].add(int(key))
    for row in Municipality.objects.filter(pk__in=keys[MUNICIPALITY]).select_related("region"):
        found[str(row.pk)] = _values(row)
    for population in Population.objects.filter(pk__in=keys[POPULATION]):
        found[str(population.pk)] = {**found.get(str(population.pk), {}), "residents": population.residents}
    return found


def _used(batch: ImportBatch) -> dict[str, str]:
    created = batch.records.filter(action="create", object_kind=MUNICIPALITY)
    ids = [int(key) for key in created.values_list("object_key", flat=True)]
    used = Membership.objects.filter(municipality__in=ids).values_list("municipality_id", flat=True)
    return {str(each): "is-member" for each in used}


def _take_back(records: Iterable[Applied]) -> None:
    """Populations first, then places: what was created goes, what was changed is as before."""
    made: dict[str, list[int]] = {MUNICIPALITY: [], POPULATION: []}
    before: dict[str, dict[int, Mapping[str, Value]]] = {MUNICIPALITY: {}, POPULATION: {}}
    for record in records:
        if record.action == "create":
            made[record.object_kind].append(int(record.object_key))
        else:
            before[record.object_kind][int(record.object_key)] = record.before or {}
    populations = list(Population.objects.filter(pk__in=before[POPULATION]))
    for population in populations:
        population.residents = int(str(before[POPULATION][population.pk]["residents"]))
    Population.objects.bulk_update(populations, ["residents"])
    Population.objects.filter(pk__in=made[POPULATION]).delete()
    regions = {r.code: r for r in Region.objects.all()}
    places = list(Municipality.objects.filter(pk__in=before[MUNICIPALITY]))
    for place in places:
        _set(place, before[MUNICIPALITY][place.pk], regions)
    Municipality.objects.bulk_update(places, [*PLAIN, "region", "sami_homeland"])
    Municipality.objects.filter(pk__in=made[MUNICIPALITY]).delete()


def _report(plan: _Plan, batch_id: int | None) -> MembersReport:
    places = [d for d, (_, day) in zip(plan.drafts, plan.records, strict=True) if day is None]
    counts = {name: sum(d.action == name for d in places) for name in ("create", "update", "unchanged")}
    changed = sum(d.action != "unchanged" for d in plan.drafts) - counts["create"] - counts["update"]
    return MembersReport(
        batch_id, len(places), counts["create"], counts["update"], counts["unchanged"], changed
    )
