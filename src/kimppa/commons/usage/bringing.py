"""Verbs of files that people bring: kept first, then read, shown, and landed once it is clear what they say.

Whatever a file turns out to be, it is kept with its checksum; what cannot be used is explained on its page.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

from django.db import transaction

from kimppa.commons.members.permissions import require
from kimppa.commons.members.roles import Act
from kimppa.commons.platforms.queries import platform as known_platform
from kimppa.commons.usage import counter_doubts, counter_files, sheet_rules, sheets, sheets_brought, units
from kimppa.commons.usage.landing import Told, as_json
from kimppa.commons.usage.models import Batch
from kimppa.commons.usage.rules import COUNTER_FAMILY, Source, UnitKind
from kimppa.commons.usage.sheet_models import Brought, SheetMapping, UnitName
from kimppa.commons.usage.sheet_rules import Reading, State
from kimppa.foundation.accounts import audit
from kimppa.foundation.accounts.actors import Actor
from kimppa.foundation.core import clock
from kimppa.foundation.core.errors import Invalid, KimppaError, Missing, Refused
from kimppa.foundation.core.text import noop, shorten
from kimppa.foundation.files import queries as stored
from kimppa.foundation.files import services as files
from kimppa.foundation.files.models import Retention, StoredFile
from kimppa.foundation.protocols.counter import reading as counter
from kimppa.foundation.protocols.counter.opening import Form

COUNTER, SHEET = "counter", "sheet"
MEDIA = "application/octet-stream"


class NoSuchFile(Missing):
    code = "usage-no-such-file"
    sentence = noop("No such file was brought.")


class AlreadyDone(Refused):
    code = "usage-already-done"
    sentence = noop("This file does not wait any more. Nothing was changed.")


class Doubtful(Refused):
    """`questions` are what a person must answer first."""

    code = "usage-doubtful"
    sentence = noop("It is not sure that this is the right report. Read the questions, and confirm if it is.")

    def __init__(self, questions: tuple[Told, ...]) -> None:
        self.questions = questions
        super().__init__()


class CannotBeUsed(Invalid):
    code = "usage-cannot-be-used"
    sentence = noop("The file cannot be used. It was kept, and nothing was stored of it; see its problems.")


class BadReading(Invalid):
    """`mistakes` say why a sheet cannot be read so."""

    code = "usage-bad-reading"
    sentence = noop("The sheet cannot be read so. See what is to be chosen.")

    def __init__(self, mistakes: tuple[sheet_rules.Mistake, ...]) -> None:
        self.mistakes = mistakes
        super().__init__()


def bring(*, by: Actor, stream: BinaryIO, name: str, platform: str, unit: units.Unit, now: datetime) -> int:
    """Keep a file and see what it is; returns the id by which it waits, or is explained.

    unit: kind and code of whom the file is about where it does not say it. Raises NoSuchPlatform, NoSuchUnit,
    CameBefore, FileTooLarge, StoreFull.
    """
    require(by, Act.EDIT_USAGE, now=now)
    known_platform(platform)
    units.check(unit)
    file = files.keep(name=name, stream=stream, media_type=MEDIA, retention=Retention.USAGE, now=now)
    _refuse_twice(file, platform, unit)
    return _examined(by, file, platform, unit, now)


def bring_again(*, by: Actor, batch_id: int, now: datetime) -> int:
    """Read the kept file of a dropped delivery anew; returns the id by which it waits."""
    require(by, Act.EDIT_USAGE, now=now)
    batch = Batch.objects.filter(pk=batch_id, file__isnull=False, dropped__isnull=False).first()
    if batch is None or batch.file is None:
        raise NoSuchFile
    first = Brought.objects.filter(batch=batch).order_by("pk").first()
    unit = (first.unit_kind, first.unit_code) if first else (batch.unit_kind, batch.unit_code)
    _refuse_twice(batch.file, batch.platform, unit)
    return _examined(by, batch.file, batch.platform, unit, now)


@transaction.atomic
def choose_reading(*, by: Actor, brought_id: int, reading: Reading, now: datetime) -> None:
    """How a waiting sheet is to be read. Raises NoSuchFile, AlreadyDone, BadReading."""
    require(by, Act.EDIT_USAGE, now=now)
    brought = _waiting(brought_id)
    mistakes = sheet_rules.mistakes(reading)
    if mistakes:
        raise BadReading(mistakes)
    brought.draft = {"reading": sheet_rules.as_data(reading), "chosen": True}
    brought.save(update_fields=["draft"])


@transaction.atomic
def name_units(*, by: Actor, brought_id: int, places: str, names: Mapping[str, str], now: datetime) -> None:
    """Whom a vendor means: folded name → code of the unit of that kind, empty: nobody of ours. Remembered."""
    require(by, Act.EDIT_USAGE, now=now)
    brought = _waiting(brought_id)
    for told, code in names.items():
        if code:
            units.check((places, code))
        row, _ = UnitName.objects.update_or_create(
            platform=brought.platform,
            told=told[:120],
            defaults={"unit_kind": places, "unit_code": code},
        )
        after = {"told": row.told, "unit": f"{places} {code}"}
        audit.record(by=by, act="usage.name_units", obj=row, before=None, after=after, now=now)


def land(*, by: Actor, brought_id: int, confirmed: bool, now: datetime) -> int:
    """Take a waiting file into use; returns the batch. All of it or nothing.

    confirmed: a person has answered the questions. Raises NoSuchFile, AlreadyDone, CameBefore, Doubtful,
    CannotBeUsed, NotChosen, SheetUnusable, NamesOpen.
    """
    require(by, Act.EDIT_USAGE, now=now)
    with transaction.atomic():
        brought = _waiting(brought_id)
        if brought.form == SHEET:
            unit = (brought.unit_kind, brought.unit_code)
            sheet = sheets_brought.reading_of(brought)[0].sheet
            _refuse_twice(brought.file, brought.platform, unit, sheet)
            return _landed(by, brought, *sheets_brought.land(brought, by=by.name, now=now), now=now)
        found = counter_files.land(
            stored.path_of(brought.file),
            platform=brought.platform,
            unit_kind=UnitKind(brought.unit_kind),
            unit_code=brought.unit_code,
            source=Source.COUNTER,
            brought_by=by.name,
            now=now,
            file=brought.file,
            confirmed=confirmed,
        )
        if found.questions:
            raise Doubtful(found.questions)
        if found.batch is None:
            raise CannotBeUsed
        return _landed(by, brought, found.batch, None, now=now)


@transaction.atomic
def discard(*, by: Actor, brought_id: int, now: datetime) -> None:
    """Give a waiting file up; it is kept, and can be brought again. Raises NoSuchFile, AlreadyDone."""
    require(by, Act.EDIT_USAGE, now=now)
    brought = _waiting(brought_id)
    brought.state = State.DISCARDED
    brought.save(update_fields=["state"])
    audit.record(by=by, act="usage.discard", obj=brought, before=None, after=None, now=now)


def _landed(by: Actor, brought: Brought, batch: int, mapping: SheetMapping | None, *, now: datetime) -> int:
    brought.state, brought.batch_id, brought.mapping = State.LANDED, batch, mapping
    brought.save(update_fields=["state", "batch", "mapping"])
    after = {"platform": brought.platform, "file": brought.file.name, "sha256": brought.file.sha256}
    row = Batch.objects.get(pk=batch)
    audit.record(by=by, act="usage.land", obj=row, before=None, after=after, now=now)
    return batch


def _waiting(brought_id: int) -> Brought:
    found = Brought.objects.select_for_update(of=("self",)).select_related("file").filter(pk=brought_id)
    brought = found.first()
    if brought is None:
        raise NoSuchFile
    if brought.state != State.WAITING:
        raise AlreadyDone
    return brought


def _refuse_twice(file: StoredFile, platform: str, unit: units.Unit, sheet: str | None = None) -> None:
    """Raises CameBefore if the same bytes are in force already for the service and unit.

    sheet: the one that is to land; None: only a file of a single sheet can be told to be the same yet.
    """
    kind, code = unit
    same = Batch.objects.filter(file__sha256=file.sha256, platform=platform, dropped__isnull=True)
    before = same.filter(source__in=COUNTER_FAMILY, unit_kind=kind, unit_code=code).first()
    landed = Brought.objects.filter(
        state=State.LANDED, form=SHEET, unit_kind=kind, unit_code=code, batch__in=same
    ).select_related("batch")
    single = sheet is not None or not landed.exists() or len(sheets.names(stored.path_of(file))) == 1
    for one in landed if before is None and single else ():
        if sheet is None or sheets_brought.reading_of(one)[0].sheet == sheet:
            before = one.batch
    if before is not None:
        raise counter_files.CameBefore(before.pk, clock.day_of(before.opened))


def _examined(by: Actor, file: StoredFile, platform: str, unit: units.Unit, now: datetime) -> int:
    """What the file is: read outside of any transaction, since that may take seconds."""
    path = stored.path_of(file)
    report = counter_files.look(path)
    codes = {problem.code for problem in report.problems}
    if "not-counter" in codes and report.form in (Form.TSV, Form.CSV, Form.XLSX):
        return _sheet(by, file, path, platform, unit, now)
    if "xlsx-unreadable" in codes and sheets.is_workbook(path):
        return _sheet(by, file, path, platform, unit, now)
    if not report.usable:
        return _create(by, file, platform, unit, now, COUNTER, counter_files.said(report), refused=True)
    first, last = counter_files.span_of(report)
    span = (date.fromisoformat(f"{first}-01"), date.fromisoformat(f"{last}-01")) if first else None
    questions = counter_doubts.questions(report, platform, unit, span)
    draft = _summary(report) | {"questions": [as_json(one) for one in questions]}
    return _create(by, file, platform, unit, now, COUNTER, counter_files.said(report), draft=draft)


def _sheet(by: Actor, file: StoredFile, path: Path, platform: str, unit: units.Unit, now: datetime) -> int:
    try:
        draft = sheets_brought.first_draft(path, platform, file.name)
    except KimppaError as error:
        told = Told("fatal", error.code, "", error.sentence, error.params)
        return _create(by, file, platform, unit, now, SHEET, (told,), refused=True)
    return _create(by, file, platform, unit, now, SHEET, (), draft=draft)


def _create(
    by: Actor,
    file: StoredFile,
    platform: str,
    unit: units.Unit,
    now: datetime,
    form: str,
    problems: tuple[Told, ...],
    *,
    draft: Mapping[str, object] | None = None,
    refused: bool = False,
) -> int:
    with transaction.atomic():
        row = Brought.objects.create(
            file=file,
            platform=platform,
            unit_kind=unit[0],
            unit_code=unit[1],
            brought=now,
            brought_by=shorten(by.name, 80),
            state=State.REFUSED if refused else State.WAITING,
            form=form,
            draft=dict(draft or {}),
            problems=[as_json(one) for one in problems],
        )
        after = {"file": file.name, "sha256": file.sha256, "platform": platform}
        audit.record(by=by, act="usage.bring", obj=row, before=None, after=after, now=now)
    return row.pk


def _summary(report: counter.Report) -> dict[str, object]:
    """What a preview tells of a report, so that the page need not read it again."""
    first, last = counter_files.span_of(report)
    return {
        "release": report.release,
        "report": report.id,
        "name": report.name,
        "months": list(report.months),
        "first": first,
        "last": last,
        "totals": dict(report.totals),
        "platforms": list(report.platforms[:10]),
        "institution": shorten(report.header.institution, 200),
        "created": shorten(report.header.created, 60),
    }
