"""The house rules that a test can hold (docs/architecture.md). Each failure names file and line."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.needs import ROOT

SRC = ROOT / "src" / "kimppa"
FLOORS = ("doors", "insight", "joint", "elibrary", "consortium", "commons", "foundation")
WRITES = {
    *("save", "create", "delete", "bulk_create", "bulk_update", "update_or_create", "get_or_create"),
    *("asave", "acreate", "adelete", "aupdate"),
}
# What doors may write, and why.
DOORS_MAY_WRITE = {
    "doors/console/demo/": "the demo region is built from outside, through verbs; its own state file",
    "doors/web/staff.py": "the sign-in library's adapters save the user and its authenticators",
}
# Verbs of commons and above whose first act is not `require`, because no staff member asks.
NO_REQUIRE: dict[str, str] = {}
PURE = ("rules.py", "tally.py")
PURE_CORE = {"money.py", "apportion.py", "errors.py", "text.py", "periods.py", "archive.py"}
MONEY_FILES = (
    "money.py",
    "apportion.py",
    "shares.py",
    "rules.py",
    "reference.py",
    "barcode.py",
    "finvoice.py",
    "peppol.py",
)
CLOCKS = {"now", "utcnow", "today"}
FORBIDDEN_FILES = {"utils.py", "helpers.py", "common.py", "misc.py", "signals.py"}


def sources(*under: str) -> Iterator[tuple[str, ast.Module, str]]:
    """Path below src/kimppa, tree and text of every module but migrations."""
    roots = [SRC / one for one in under] if under else [SRC]
    for root in roots:
        for path in sorted(root.rglob("*.py")):
            if "migrations" not in path.parts:
                text = path.read_text(encoding="utf-8")
                yield path.relative_to(SRC).as_posix(), ast.parse(text), text


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def public_functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Functions of a module that others may call."""
    return (n for n in tree.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_"))


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an expression, or what stands at its end."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def apps() -> list[str]:
    """Every package that stands on a floor."""
    return sorted(
        f"{floor}.{path.parent.name}" for floor in FLOORS for path in (SRC / floor).glob("*/__init__.py")
    )


def contracts() -> list[dict[str, object]]:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[dict[str, object]] = told["tool"]["importlinter"]["contracts"]
    return found


def test_every_floor_and_every_app_has_a_place_in_the_contract() -> None:
    placed = set()
    floors = contracts()[0]["layers"]
    assert [re.sub(r"[()]|kimppa\.", "", str(layer)) for layer in floors] == [  # type: ignore[attr-defined]
        *("doors", "insight", "joint", "elibrary | consortium", "commons", "foundation")
    ]
    for contract in contracts()[1:]:
        (container,) = contract["containers"]  # type: ignore[misc]
        assert contract["exhaustive"] is True, container
        for layer in contract["layers"]:  # type: ignore[attr-defined]
            names = re.split(r"[|:]", re.sub(r"[() ]", "", layer))
            placed |= {f"{container.removeprefix('kimppa.')}.{name}" for name in names}
    assert [app for app in apps() if app not in placed] == []
    assert {path.parent.name for path in SRC.glob("*/__init__.py")} <= {*FLOORS, "templates", "static"}


@pytest.mark.slow
def test_the_import_contract_is_kept() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    told = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([program], cwd=ROOT, env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_pure_code_imports_no_django() -> None:
    guilty = []
    for where, tree, _ in sources():
        name = where.rsplit("/", 1)[-1]
        core = where.startswith("foundation/core/") and name in PURE_CORE
        if where.startswith("foundation/protocols/") or name in PURE or core:
            guilty += [f"{where}:{line} {what}" for what, line in imported(tree) if what.startswith("django")]
    assert guilty == []


def test_protocols_know_of_ours_only_plain_values_of_core() -> None:
    plain = ("kimppa.foundation.core.", "kimppa.foundation.protocols")
    guilty = [
        f"{where}:{line} {what}"
        for where, tree, _ in sources("foundation/protocols")
        for what, line in imported(tree)
        if what.startswith("kimppa.") and not what.startswith(plain) and what != "kimppa.foundation.core"
    ]
    assert guilty == []


def test_doors_never_write() -> None:
    guilty = []
    for where, tree, _ in sources("doors"):
        if where.startswith(tuple(DOORS_MAY_WRITE)):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                target = dotted(node.func)
                on_rows = node.func.attr in WRITES or (node.func.attr == "update" and ".objects" in target)
                if on_rows and not target.startswith(("request.session", "self.request.session")):
                    guilty.append(f"{where}:{node.lineno} {target}")
    assert guilty == []


def test_every_staff_verb_begins_by_asking_whether_it_may() -> None:
    guilty = []
    for where, tree, _ in sources("commons", "elibrary", "consortium"):
        if where.rsplit("/", 1)[-1] != "services.py":
            continue
        for verb in public_functions(tree):
            names = {argument.arg for argument in (*verb.args.args, *verb.args.kwonlyargs)}
            if "by" in names and f"{where}::{verb.name}" not in NO_REQUIRE and not _requires(verb):
                guilty.append(f"{where}:{verb.lineno} {verb.name}")
    assert guilty == []


def _requires(verb: ast.FunctionDef) -> bool:
    """Is `require(…)` (or a function named require_…) the first thing done after look-ups?"""
    for node in ast.walk(ast.Module(body=verb.body[:4], type_ignores=[])):
        if isinstance(node, ast.Call) and re.search(r"(^|\.)_?require(_\w+)?$", dotted(node.func)):
            return True
    return False


def test_every_public_verb_says_what_it_promises_and_takes_the_time_from_outside() -> None:
    guilty = [
        f"{where}:{verb.lineno} {verb.name}"
        for where, tree, _ in sources()
        if where.endswith(("/services.py", "/queries.py"))
        for verb in public_functions(tree)
        if not ast.get_docstring(verb)
    ]
    assert guilty == []


def test_files_stay_short_enough_to_read() -> None:
    limits = [(SRC, 400), (ROOT / "tests", 600), (ROOT / "benchmarks", 400)]
    long = [
        f"{path.relative_to(ROOT)}: {count}"
        for root, limit in limits
        for path in sorted(root.rglob("*.py"))
        if "migrations" not in path.parts and (count := len(path.read_text("utf-8").splitlines())) > limit
    ]
    assert long == []


def test_functions_stay_short_enough_to_read() -> None:
    long = [
        f"{where}:{one.lineno} {one.name}"
        for where, tree, _ in sources()
        for one in functions(tree)
        if (one.end_lineno or 0) - one.lineno + 1 > 60
    ]
    assert long == []


def test_no_float_touches_money() -> None:
    guilty = []
    for where, tree, _ in sources("consortium", "foundation/core", "foundation/protocols"):
        if where.rsplit("/", 1)[-1] not in MONEY_FILES:
            continue
        for node in ast.walk(tree):
            is_number = isinstance(node, ast.Constant) and isinstance(node.value, float)
            if is_number or (isinstance(node, ast.Name) and node.id == "float"):
                guilty.append(f"{where}:{node.lineno}")
    assert guilty == []


def test_nothing_below_doors_and_jobs_asks_what_time_it_is() -> None:
    guilty = []
    for where, tree, _ in sources("commons", "elibrary", "consortium", "foundation"):
        name = where.rsplit("/", 1)[-1]
        if name == "jobs.py" or where.startswith("foundation/core/"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and dotted(node.func).rsplit(".", 1)[-1] in CLOCKS:
                whose = dotted(node.func).rpartition(".")[0]
                if whose in {"datetime", "date", "timezone", "clock", "datetime.datetime", "datetime.date"}:
                    guilty.append(f"{where}:{node.lineno} {dotted(node.func)}")
    assert guilty == []


def test_no_signals_and_no_drawers_for_odds_and_ends() -> None:
    guilty = [where for where, _, _ in sources() if where.rsplit("/", 1)[-1] in FORBIDDEN_FILES]
    for where, tree, _ in sources():
        for what, line in imported(tree):
            if re.search(r"(^|\.)signals(\.|$)|django\.dispatch", what):
                guilty.append(f"{where}:{line} {what}")
    assert guilty == []


def test_core_knows_no_library_noun() -> None:
    nouns = re.compile(
        r"\b(patron|loan|librar(y|ies)|book|licence|municipality|levy|card)s?\b", re.IGNORECASE
    )
    allowed = {"logs.py", "secrets.py"}  # they name what must never be logged, and the keys' files
    guilty = []
    for where, tree, _ in sources("foundation/core"):
        if where.rsplit("/", 1)[-1] in allowed:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Name | ast.arg | ast.FunctionDef | ast.ClassDef):
                name = getattr(node, "id", None) or getattr(node, "arg", None) or getattr(node, "name", "")
                if nouns.search(str(name).replace("_", " ")):
                    guilty.append(f"{where}:{node.lineno} {name}")
    assert guilty == []


def test_foreign_keys_point_into_the_own_app_or_downward() -> None:
    order = {
        floor: number for number, floor in enumerate(("foundation", "commons", "elibrary", "consortium"))
    }
    guilty = []
    for where, tree, _ in sources("foundation", "commons", "elibrary", "consortium"):
        if where.endswith("/models.py"):
            for what, line in imported(tree):
                parts = what.split(".")
                if parts[0] == "kimppa" and len(parts) > 1 and parts[1] in order:
                    mine = where.split("/")[0]
                    wings = {mine, parts[1]} == {"elibrary", "consortium"}
                    if wings or order[parts[1]] > order[mine]:
                        guilty.append(f"{where}:{line} {what}")
    assert guilty == []


def test_templates_hold_no_script_and_no_style_of_their_own() -> None:
    inline = re.compile(
        r"<style\b|<script(?![^>]*\bsrc=)[^>]*>|\son\w+\s*=\s*[\"']|\sstyle\s*=", re.IGNORECASE
    )
    data = re.compile(r"<script[^>]*type=\"application/(ld\+)?json\"")
    guilty = []
    for path in sorted(SRC.rglob("*.html")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if inline.search(line) and not data.search(line):
                guilty.append(f"{path.relative_to(SRC)}:{number} {line.strip()[:60]}")
    assert guilty == []


def test_small_components_see_nothing_but_what_they_are_given() -> None:
    """Without `only`, a notice without a title shows whatever the page calls `title`."""
    small = re.compile(
        r'{% include "components/(?:notice|empty|key_figure|badge|progress|description_list)\.html"'
    )
    guilty = []
    for path in sorted(SRC.rglob("*.html")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            ends = [line[found.start() :].partition("%}")[0] for found in small.finditer(line)]
            if any(not end.rstrip().endswith(" only") for end in ends):
                guilty.append(f"{path.relative_to(SRC)}:{number}")
    assert guilty == []
