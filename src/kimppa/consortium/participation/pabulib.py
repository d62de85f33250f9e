"""Workshops as Pabulib files (.pb): what researchers of participatory budgeting read. Pure.

Format: pabulib.org/format: three sections of semicolon-separated rows. Blocks are a `cumulative` vote: the
options and their points. Beyond the format's own columns we write `minimum` and `table`. Voters are
numbered anew in the order given, so that a file leads back to nobody's sheet; empty sheets are left out,
as the format has no vote for nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kimppa.consortium.participation.rules import Ballot, Option
from kimppa.foundation.core.errors import Invalid
from kimppa.foundation.core.text import clean_line, noop


class NotPabulib(Invalid):
    code = "not-pabulib"
    sentence = noop("The file cannot be read as a Pabulib file (line %(line)s). Nothing was counted.")


@dataclass(frozen=True, slots=True)
class Poll:
    """One workshop's or one round's votes. `names` by code of option; `blocks` is how many each had."""

    description: str
    budget: int
    blocks: int
    options: tuple[Option, ...]
    names: Mapping[str, str]
    ballots: tuple[Ballot, ...]


def write(poll: Poll, *, country: str, unit: str, instance: str, first: str, last: str) -> str:
    """The file's text. `first` and `last` are the days of voting as the format has them: DD.MM.YYYY."""
    cast = [ballot for ballot in poll.ballots if any(ballot.blocks.values())]
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\n")
    rows.writerow(["META"])
    rows.writerow(["key", "value"])
    rows.writerows([["description", clean_line(poll.description)], ["country", country], ["unit", unit]])
    rows.writerows([["instance", instance], ["num_projects", len(poll.options)]])
    rows.writerows([["num_votes", len(cast)], ["budget", poll.budget]])
    rows.writerows([["vote_type", "cumulative"], ["rule", "equalshares"]])
    rows.writerows([["date_begin", first], ["date_end", last], ["min_points", 0]])
    rows.writerows([["max_points", poll.blocks], ["max_sum_points", poll.blocks]])
    rows.writerow(["PROJECTS"])
    rows.writerow(["project_id", "cost", "name", "votes", "score", "minimum"])
    for one in poll.options:
        placed = [n for ballot in cast if (n := ballot.blocks.get(one.code, 0))]
        name = clean_line(poll.names.get(one.code, one.code))
        rows.writerow([one.code, one.cost, name, len(placed), sum(placed), one.minimum or one.cost])
    rows.writerow(["VOTES"])
    rows.writerow(["voter_id", "vote", "points", "table"])
    for number, ballot in enumerate(cast, start=1):
        chosen = [(one.code, n) for one in poll.options if (n := ballot.blocks.get(one.code, 0))]
        codes, points = ",".join(code for code, _ in chosen), ",".join(str(n) for _, n in chosen)
        rows.writerow([number, codes, points, clean_line(ballot.table)])
    return out.getvalue()


def read(text: str) -> Poll:
    """A Pabulib file of approval or cumulative votes; an approval is one block. Raises NotPabulib."""
    meta: dict[str, str] = {}
    options: list[Option] = []
    names: dict[str, str] = {}
    ballots: list[Ballot] = []
    for line, section, row in _rows(text):
        try:
            if section == "META":
                meta[row["key"]] = row["value"]
            elif section == "PROJECTS":
                code, cost = row["project_id"], int(row["cost"])
                minimum = int(row["minimum"]) if row.get("minimum") else cost
                options.append(Option(code, cost, None if minimum == cost else minimum))
                names[code] = row.get("name", code)
            else:
                ballots.append(Ballot(row["voter_id"], _blocks(row), row.get("table", "")))
        except (KeyError, ValueError) as error:
            raise NotPabulib(line=line) from error
    try:
        budget, blocks = int(meta["budget"]), int(meta.get("max_sum_points", "0"))
    except (KeyError, ValueError) as error:
        raise NotPabulib(line=1) from error
    return Poll(meta.get("description", ""), budget, blocks, tuple(options), names, tuple(ballots))


def _blocks(row: Mapping[str, str]) -> dict[str, int]:
    codes = [code for code in row["vote"].split(",") if code]
    points = [int(n) for n in row.get("points", "").split(",") if n] or [1] * len(codes)
    return dict(zip(codes, points, strict=True))


def _rows(text: str) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Each row with its line, its section and its cells by the section's own headings."""
    section, header = "", list[str]()
    reader = csv.reader(io.StringIO(text), delimiter=";")
    for cells in reader:
        if len(cells) == 1 and cells[0].strip() in {"META", "PROJECTS", "VOTES"}:
            section, header = cells[0].strip(), []
        elif not cells:
            continue
        elif not section:
            raise NotPabulib(line=reader.line_num)
        elif not header:
            header = [cell.strip() for cell in cells]
        else:
            yield reader.line_num, section, dict(zip(header, cells, strict=False))
