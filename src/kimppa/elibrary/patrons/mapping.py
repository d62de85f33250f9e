"""Which field of a library system's answer tells what of the person. Pure.

Nothing is guessed: without a field, or with a value that its table does not know, the attribute is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeVar

from kimppa.elibrary.patrons.asking import Said
from kimppa.elibrary.patrons.rules import AgeGroup, age_group_of
from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.text import noop
from kimppa.foundation.protocols.sip2_messages import LANGUAGES, Flag

FIELD = re.compile(r"[A-Za-z0-9_.-]{1,60}")
MOST_ROWS = 400
LONGEST_VALUE = 120
YES = frozenset({"true", "1", "y", "yes", "on"})
# ISO 639-2, and the words of systems, for languages that our pages or services have.
ALSO = {
    "fin": "fi",
    "swe": "sv",
    "eng": "en",
    "sme": "se",
    "smn": "smn",
    "sms": "sms",
    "rus": "ru",
    "ara": "ar",
}
OLDEST = 125


class HomeBy(StrEnum):
    """How the field tells the home municipality."""

    CODE = "code"
    NAME = "name"
    TABLE = "table"


class AgeBy(StrEnum):
    """How the field tells the age."""

    BIRTH_DATE = "birth-date"
    AGE = "age"
    TABLE = "table"


HOME_NAMES: dict[HomeBy, str] = {
    HomeBy.CODE: noop("Municipality code (564)"),
    HomeBy.NAME: noop("Municipality's name (Oulu)"),
    HomeBy.TABLE: noop("By the table below"),
}
AGE_NAMES: dict[AgeBy, str] = {
    AgeBy.BIRTH_DATE: noop("Date of birth"),
    AgeBy.AGE: noop("Age in years"),
    AgeBy.TABLE: noop("Patron category, by the table below"),
}
FLAG_NAMES: dict[str, str] = {
    "charge-denied": noop("Borrowing denied"),
    "renewal-denied": noop("Renewing denied"),
    "recall-denied": noop("Recalls denied"),
    "hold-denied": noop("Holds denied"),
    "card-lost": noop("Card reported lost"),
    "too-many-charged": noop("Too many loans"),
    "too-many-overdue": noop("Too many overdue"),
    "too-many-renewals": noop("Too many renewals"),
    "too-many-claims": noop("Too many claims of return"),
    "too-many-lost": noop("Too many lost items"),
    "excessive-fines": noop("Too many fines"),
    "excessive-fees": noop("Too many fees"),
    "recall-overdue": noop("A recalled loan is overdue"),
    "too-many-billed": noop("Too many billed items"),
}
BLOCKING = ("charge-denied", "card-lost")


class BadMapping(Invalid):
    code = "mapping-wrong"
    sentence = noop("This is not the name of a field: letters, digits, and . _ - only.")


class BadTable(Invalid):
    code = "mapping-table"
    sentence = noop("Line %(row)s is not understood. Write one pair a line: value = %(what)s.")


@dataclass(frozen=True, slots=True)
class Reading:
    """Names of fields, each empty where the system does not tell. Tables go by the value in lower case."""

    stable_id: str = ""
    home: str = ""
    home_by: HomeBy = HomeBy.CODE
    home_table: Mapping[str, str] = field(default_factory=dict)
    age: str = ""
    age_by: AgeBy = AgeBy.BIRTH_DATE
    age_table: Mapping[str, str] = field(default_factory=dict)
    expires: str = ""
    language: str = ""
    blocked: str = ""
    blocking_flags: tuple[str, ...] = BLOCKING

    def names(self) -> frozenset[str]:
        """The fields that it reads."""
        named = (self.stable_id, self.home, self.age, self.expires, self.language, self.blocked)
        return frozenset(named) - {""}


@dataclass(frozen=True, slots=True)
class Attributes:
    """What was told. `home_code` or `home_name` is filled in, or neither; `stable_id` None: not told."""

    stable_id: str | None
    home_code: str = ""
    home_name: str = ""
    age_group: str = ""
    blocked: bool = False
    expires: date | None = None
    language: str = ""


def flag_name(flag: Flag) -> str:
    return flag.name.lower().replace("_", "-")


def reading_of(raw: Mapping[str, object]) -> Reading:
    """A mapping from a form or the database. Raises BadMapping, BadTable (`field` names the place)."""
    flags = raw.get("blocking_flags")
    return Reading(
        stable_id=_field(raw, "stable_id"),
        home=_field(raw, "home"),
        home_by=_way(raw, "home_by", HomeBy.CODE),
        home_table=_table(raw, "home_table", re.compile(r"[0-9]{3}"), "564"),
        age=_field(raw, "age"),
        age_by=_way(raw, "age_by", AgeBy.BIRTH_DATE),
        age_table=_table(raw, "age_table", re.compile("|".join(AgeGroup)), "child, young, adult"),
        expires=_field(raw, "expires"),
        language=_field(raw, "language"),
        blocked=_field(raw, "blocked"),
        blocking_flags=tuple(one for one in FLAG_NAMES if one in flags)
        if isinstance(flags, list | tuple)
        else BLOCKING,
    )


def as_json(reading: Reading) -> dict[str, object]:
    plain = asdict(reading)
    return {**plain, "home_by": str(reading.home_by), "age_by": str(reading.age_by)} | {
        "blocking_flags": list(reading.blocking_flags)
    }


def table_text(table: Mapping[str, str]) -> str:
    """A table as it is edited: one `value = meaning` a line."""
    return "\n".join(f"{value} = {meaning}" for value, meaning in table.items())


def attributes(said: Said, reading: Reading, *, today: date) -> Attributes:
    """What a yes tells of the person."""
    code, name = _home(said, reading)
    flags = said.flags & frozenset(reading.blocking_flags)
    return Attributes(
        stable_id=_value(said, reading.stable_id) or None,
        home_code=code,
        home_name=name,
        age_group=_age_group(said, reading, today),
        blocked=bool(flags) or _value(said, reading.blocked).lower() in YES,
        expires=day_of(_value(said, reading.expires)),
        language=_language(_value(said, reading.language)),
    )


def day_of(text: str) -> date | None:
    """A day as systems write it: YYYYMMDD…, YYYY-MM-DD… or D.M.YYYY."""
    found = re.match(
        r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?![0-9])|([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})$", text
    )
    if found is None:
        return None
    parts = [int(one) for one in found.groups() if one is not None]
    year, month, day = parts if found.group(1) else reversed(parts)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _value(said: Said, name: str) -> str:
    value = said.fields.get(name, "").strip() if name else ""
    # A letter that could not be decoded makes the whole value unknown.
    return "" if "\ufffd" in value else value[:LONGEST_VALUE]


def _home(said: Said, reading: Reading) -> tuple[str, str]:
    value = _value(said, reading.home)
    if not value:
        return "", ""
    if reading.home_by is HomeBy.TABLE:
        return reading.home_table.get(value.lower(), ""), ""
    if reading.home_by is HomeBy.NAME:
        return "", value
    return (value.zfill(3), "") if re.fullmatch(r"[0-9]{1,3}", value) else ("", "")


def _age_group(said: Said, reading: Reading, today: date) -> str:
    value = _value(said, reading.age)
    if not value:
        return ""
    if reading.age_by is AgeBy.TABLE:
        return reading.age_table.get(value.lower(), "")
    if reading.age_by is AgeBy.AGE:
        years = int(value) if re.fullmatch(r"[0-9]{1,3}", value) else -1
    else:
        born = day_of(value)
        years = -1 if born is None else years_between(born, today)
    return age_group_of(years) if 0 <= years <= OLDEST else ""


def years_between(born: date, today: date) -> int:
    """Whole years; somebody born on 29 February has the birthday on 1 March in other years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _language(value: str) -> str:
    text = value.lower()
    found = LANGUAGES.get(text) or ALSO.get(text)
    if found is not None:
        return found
    head = re.fullmatch(r"([a-z]{2,3})([_-][a-z0-9]+)*", text)
    return "" if head is None else ALSO.get(head.group(1), head.group(1))


def _field(raw: Mapping[str, object], name: str) -> str:
    text = str(raw.get(name) or "").strip()
    if text and not FIELD.fullmatch(text):
        raise BadMapping(field=name)
    return text


Way = TypeVar("Way", HomeBy, AgeBy)


def _way(raw: Mapping[str, object], name: str, default: Way) -> Way:
    text = str(raw.get(name) or default.value)
    try:
        return type(default)(text)
    except ValueError:
        raise BadMapping(field=name) from None


def _table(raw: Mapping[str, object], name: str, meaning: re.Pattern[str], what: str) -> dict[str, str]:
    """From a form's text or the database's object."""
    given = raw.get(name)
    if isinstance(given, Mapping):
        pairs = [(str(value), str(means)) for value, means in given.items()]
    else:
        lines = [line for line in str(given or "").splitlines() if line.strip()]
        pairs = [(value, means) for value, _, means in (line.rpartition("=") for line in lines)]
    table: dict[str, str] = {}
    for number, (value, means) in enumerate(pairs, start=1):
        key = value.strip().lower()
        if not key or len(key) > LONGEST_VALUE or number > MOST_ROWS or not meaning.fullmatch(means.strip()):
            raise BadTable(field=name, row=number, what=what)
        table[key] = means.strip()
    return table
