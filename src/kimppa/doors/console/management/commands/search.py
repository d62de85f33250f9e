"""`./kimppa search QUERY [--json]` and `./kimppa search --file FILE`: what the residents' search finds."""

from __future__ import annotations

import json
from argparse import ArgumentParser

from kimppa.doors.console.command import Command as Base
from kimppa.doors.console.command import read_file, refuse
from kimppa.elibrary.catalog import queries as catalog


class Command(Base):
    help = "Search the catalogue, after waiting until the index is current."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("query", nargs="?", default=None)
        parser.add_argument(
            "--file", help="a query a line in, a JSON object a line out; - for standard input"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *, query: str | None, file: str | None, json: bool, **_: object) -> None:
        if (query is None) == (file is None):
            refuse("Give either a query or --file, not both.")
        catalog.make_current()
        if file is not None:
            for line in read_file(file).decode("utf-8-sig", errors="replace").splitlines():
                self.stdout.write(as_json(line))
        elif query is not None:
            self.stdout.write(as_json(query) if json else as_text(query))


def as_json(query: str) -> str:
    """`{query, count, hits: [{identifier, title}]}`, at most the first 100 hits."""
    found = catalog.find(query)
    hits = [{"identifier": hit.identifier, "title": hit.title} for hit in found.hits]
    return json.dumps({"query": query, "count": found.count, "hits": hits}, ensure_ascii=False)


def as_text(query: str) -> str:
    found = catalog.find(query)
    return "\n".join([f"{found.count} hits", *(f"{hit.identifier}  {hit.title}" for hit in found.hits)])
