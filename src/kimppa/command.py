"""What `./kimppa WORD` does. Standard library only: it runs before anything is installed."""

from __future__ import annotations

import hashlib
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from kimppa import bootstrap, supervisor
from kimppa.bootstrap import ROOT, Unready, say

# Tasks that need no tables, or make them themselves.
WITHOUT_DATABASE = {
    *("migrate", "makemigrations", "restore", "keys", "help", "dbshell", "showmigrations"),
    "counter",
}
# What Django offers that is of use here; all others are ours.
OF_DJANGO = {
    *("migrate", "makemigrations", "showmigrations", "shell", "dbshell", "makemessages", "compilemessages"),
    *("sqlmigrate", "diffsettings", "clearsessions", "createcachetable"),
}


def main(words: Sequence[str], usage: str) -> int:
    """Do what the words say; returns the exit status."""
    word, rest = (words[0], list(words[1:])) if words else ("help", [])
    known: dict[str, Callable[[list[str]], int]] = {
        "run": run,
        "serve": serve,
        "test": test,
        "check": check,
        "bench": bench,
    }
    try:
        if word in {"help", "-h", "--help"}:
            return _help(rest, usage)
        if word in known:
            return known[word](rest)
        return task(word, rest)
    except (Unready, supervisor.NotStarted) as error:
        say(f"kimppa: {error}")
        return 1


def _help(rest: Sequence[str], usage: str) -> int:
    sys.stdout.write(usage)
    if "--all" in rest:
        sys.stdout.write("\nTasks:\n" + "".join(f"    ./kimppa {name}\n" for name in _tasks()))
    return 0


def _tasks() -> list[str]:
    """Every management task of the project, by the files that hold them."""
    folders = (ROOT / "src" / "kimppa").glob("*/*/management/commands/*.py")
    return sorted({path.stem for path in folders if not path.stem.startswith("_")})


def home() -> Path:
    return Path(os.environ.get("KIMPPA_HOME") or ROOT / "var").resolve()


def _environment(mode: str, **more: str) -> dict[str, str]:
    path = [str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "KIMPPA_MODE": mode,
        "KIMPPA_HOME": str(home()),
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(path)),
        "DJANGO_SETTINGS_MODULE": "kimppa.settings",
        "PYTHONUNBUFFERED": "1",
        **more,
    }


def _django(
    environment: dict[str, str], *words: str, aside: bool = False
) -> subprocess.CompletedProcess[bytes]:
    output = sys.stderr if aside else None  # a step's own words are no result
    command = [str(bootstrap.python()), "-m", "django", *words]
    return subprocess.run(command, env=environment, cwd=ROOT, stdout=output, check=False)


def _make_home() -> None:
    try:
        home().mkdir(parents=True, exist_ok=True, mode=0o700)
        (home() / "static").mkdir(exist_ok=True)
    except OSError as error:
        raise Unready(f"The home {home()} cannot be used: {error.strerror}.") from error


def _schema() -> str:
    """Tells one set of migrations on one database from another, without asking the database."""
    told = hashlib.sha256(os.environ.get("KIMPPA_DATABASE_URL", "").encode())
    database = home() / "kimppa.sqlite3"
    if database.exists() and not os.environ.get("KIMPPA_DATABASE_URL"):
        told.update(str(database.stat().st_ino).encode())
    for path in sorted((ROOT / "src" / "kimppa").glob("*/*/migrations/0*.py")):
        told.update(path.name.encode() + path.read_bytes())
    told.update((ROOT / "requirements" / "base.txt").read_bytes())
    return told.hexdigest()


def _migrate(environment: dict[str, str]) -> None:
    stamp = home() / "migrated"
    if stamp.exists() and stamp.read_text() == _schema():
        return
    say("Preparing the database …")
    if _django(environment, "migrate", "--verbosity", "0", "--skip-checks").returncode:
        raise Unready("The database could not be prepared; see the lines above.")
    stamp.write_text(_schema())


def _session_key() -> str:
    """What signs cookies in `run`: made once, readable by its owner only."""
    path = home() / "keys" / "django.txt"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as handle:
        handle.write(secrets.token_urlsafe(48))
    return path.read_text().strip()


def _port(rest: list[str]) -> int:
    text = rest[1] if len(rest) == 2 and rest[0] == "--port" else "8000" if not rest else ""
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Unready("The words after run or serve can only be --port and a number.")
    return int(text)


def run(rest: list[str]) -> int:
    """The demo region on this machine: set up, load once, start, print where and who."""
    port = _port(rest)
    bootstrap.ensure("base")
    _make_home()
    with supervisor.alone_in(home()):
        supervisor.see_that_free(port)
        address = f"http://127.0.0.1:{port}"
        environment = _environment("run", KIMPPA_SECRET_KEY=_session_key())
        environment.setdefault("KIMPPA_PUBLIC_URL", address)
        _migrate(environment)
        if not (home() / "demo_signins.json").exists():
            say("Loading the demo region …")
            if _django({**environment, "KIMPPA_LOG_LEVEL": "WARNING"}, "demo").returncode:
                raise Unready("The demo region could not be loaded; see the lines above.")
        return supervisor.run(environment, port, home() / "demo_signins.json")


def serve(rest: list[str]) -> int:
    """Production. Its refusals are Django's deployment checks, each a sentence."""
    port = _port(rest)
    bootstrap.ensure("base")
    _make_home()
    environment = _environment("serve")
    with supervisor.alone_in(home()):
        supervisor.see_that_free(port)
        if _django(environment, "may_serve", "--before-database").returncode:
            return 1
        _migrate(environment)
        if _django(environment, "may_serve").returncode:
            return 1
        return supervisor.run(environment, port, None)


def task(name: str, rest: list[str]) -> int:
    """A management task by name, under the home's own database."""
    if name not in _tasks() and name not in OF_DJANGO:
        near = [one for one in _tasks() if one.startswith(name[:3])]
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise Unready(f"There is no task “{name}”; ./kimppa help --all lists them.{hint}")
    bootstrap.ensure("base")
    _make_home()
    environment = _environment(os.environ.get("KIMPPA_MODE", "task"))
    if name not in WITHOUT_DATABASE:
        _migrate(environment)
    if name == "restore":
        with supervisor.alone_in(home()):
            return _django(environment, name, *rest).returncode
    return _django(environment, name, *rest).returncode


def test(rest: list[str]) -> int:
    """pytest on SQLite; where a PostgreSQL is named, what asks the database again on that."""
    bootstrap.ensure("dev")
    quick = "--quick" in rest
    more = [word for word in rest if word != "--quick"]
    url = os.environ.get("KIMPPA_TEST_DATABASE_URL", "")
    say("Tests on SQLite")
    marked = ["-m", "not slow and not journey"] if quick else []
    status = _pytest([*marked, *more], KIMPPA_DATABASE_URL="")
    if url and not quick:
        say("Tests on PostgreSQL")
        status = _pytest(["-m", "not journey", *more], KIMPPA_DATABASE_URL=url) or status
    elif not quick:
        say("No PostgreSQL: KIMPPA_TEST_DATABASE_URL names none, so that half was not run.")
    return status


def _pytest(words: Sequence[str], **more: str) -> int:
    parallel = [] if any(word.startswith("-n") for word in words) else ["-n", "2"]
    with tempfile.TemporaryDirectory(prefix="kimppa-test-") as folder:
        environment = _environment("test", **more) | {"KIMPPA_HOME": folder}
        command = [str(bootstrap.python()), "-m", "pytest", "-p", "no:cacheprovider", *parallel, *words]
        return subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode


def check(rest: list[str]) -> int:
    """Lint, format, types, the import contract, migrations, the lock files."""
    if rest:
        raise Unready("check takes no further words.")
    bootstrap.ensure("dev")
    programs, places = bootstrap.python().parent, ["src", "tests", "benchmarks", "kimppa"]
    python = str(bootstrap.python())
    steps: list[tuple[str, list[str]]] = [
        ("lint", [str(programs / "ruff"), "check", *places]),
        ("format", [str(programs / "ruff"), "format", "--check", *places]),
        ("types", [str(programs / "mypy")]),
        ("imports", [str(programs / "lint-imports")]),
        ("migrations", [python, "-m", "django", "makemigrations", "--check", "--dry-run"]),
    ]
    with tempfile.TemporaryDirectory(prefix="kimppa-check-") as folder:
        environment = _environment("test") | {"KIMPPA_HOME": folder, "KIMPPA_DATABASE_URL": ""}
        failed = [name for name, command in steps if not _step(name, command, environment)]
    if not _no_index_addresses():
        failed.append("index addresses")
    say(f"Failed: {', '.join(failed)}" if failed else "All checks passed.")
    return 1 if failed else 0


def _step(name: str, command: list[str], environment: dict[str, str]) -> bool:
    say(f"check: {name} …")
    return subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode == 0


def _no_index_addresses() -> bool:
    """Lock files name packages and hashes, never where they were fetched."""
    words = ("--index-url", "--extra-index-url", "--find-links", "://")
    guilty = []
    for path in (ROOT / "requirements").glob("*.txt"):
        text = "\n".join(line.partition("#")[0] for line in path.read_text().splitlines())
        guilty += [path.name for word in words if word in text]
    if guilty:
        say(f"Addresses of package indexes in {', '.join(sorted(set(guilty)))}")
    return not guilty


def bench(rest: list[str]) -> int:
    """Each file of benchmarks/ (or those named), one after another; words from `--…` on are theirs."""
    bootstrap.ensure("dev")
    cut = next((place for place, word in enumerate(rest) if word.startswith("--")), len(rest))
    names, options = rest[:cut], rest[cut:]
    files = [path for path in sorted((ROOT / "benchmarks").glob("*.py")) if not names or path.stem in names]
    if not files:
        raise Unready("There is no such measurement in benchmarks/.")
    worst = 0
    for path in files:
        say(f"benchmarks/{path.name}")
        with tempfile.TemporaryDirectory(prefix="kimppa-bench-") as folder:
            environment = _environment("test") | {"KIMPPA_HOME": folder}
            command = [str(bootstrap.python()), str(path), *options]
            done = subprocess.run(command, env=environment, cwd=ROOT, check=False)
            worst = worst or done.returncode
    return worst
