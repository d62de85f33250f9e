"""Making the environment: .venv beside the checkout, with exactly what the hashed lock names.

Standard library only. A lock that was installed is remembered by its checksum, so that a later start
installs nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
STAMP = VENV / "kimppa-locks.json"


class Unready(Exception):
    """What is missing and how to get it, in one sentence."""


def say(text: str, *, end: str = "\n") -> None:
    """A word to the person at the terminal; never among a task's own output."""
    sys.stderr.write(text + end)
    sys.stderr.flush()


def python() -> Path:
    return VENV / "bin" / "python"


def ensure(lock: str) -> None:
    """Make .venv hold `requirements/<lock>.txt` (dev holds base too). Raises Unready."""
    with _alone():
        wanted = _checksum(lock)
        if _python_works() and _stamp().get(lock) == wanted:
            return
        if not _python_works():
            _make_venv()
        _install(lock)
        locks = ("base", "dev") if lock == "dev" else ("base",)
        STAMP.write_text(json.dumps({**_stamp(), **{name: _checksum(name) for name in locks}}))


@contextmanager
def _alone() -> Iterator[None]:
    """Two first starts at once: the second waits for the first."""
    descriptor = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _checksum(lock: str) -> str:
    content = (ROOT / "requirements" / f"{lock}.txt").read_bytes()
    return hashlib.sha256(content).hexdigest()


def _stamp() -> dict[str, str]:
    try:
        kept: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return kept


def _python_works() -> bool:
    """Is there an environment, and is the Python it was made with still the one it points to?"""
    try:
        configuration = (VENV / "pyvenv.cfg").read_text()
    except OSError:
        return False
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    made_with = [line for line in configuration.splitlines() if line.startswith("version")]
    same = any(line.partition("=")[2].strip().startswith(version + ".") for line in made_with)
    return python().exists() and (same or _runs())


def _runs() -> bool:
    """Made with another Python than this one: good as long as that one is new enough and runs."""
    question = "import sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([python(), "-c", question], capture_output=True, check=False).returncode == 0


def _make_venv() -> None:
    say("Making the environment in .venv …")
    if importlib.util.find_spec("venv") is None:
        raise Unready("Python's venv module is missing; on Debian: sudo apt-get install python3-venv.")
    complete = importlib.util.find_spec("ensurepip") is not None
    options = [] if complete else ["--without-pip"]
    done = _quietly([sys.executable, "-m", "venv", "--clear", *options, str(VENV)])
    if done.returncode and complete:  # an ensurepip without its wheels, as some Debians have
        done = _quietly([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)])
    if done.returncode:
        raise Unready(f"The environment could not be made in {VENV}: {_last(done.stdout)}")


def _installer() -> list[str]:
    """The environment's own pip, else the system's pip, else uv. Raises Unready."""
    if (VENV / "bin" / "pip").exists():
        return [str(python()), "-m", "pip", "install", "--disable-pip-version-check"]
    if importlib.util.find_spec("pip") is not None:
        return [
            sys.executable,
            *("-m", "pip", "--python", str(python()), "install", "--disable-pip-version-check"),
        ]
    uv = shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--python", str(python())]
    raise Unready(
        "pip is missing, so that nothing can be installed; on Debian: sudo apt-get install python3-pip."
    )


def _install(lock: str) -> None:
    path = ROOT / "requirements" / f"{lock}.txt"
    total = sum(1 for line in path.read_text().splitlines() if "==" in line and not line.startswith(" "))
    command = [*_installer(), "--require-hashes", "--only-binary", ":all:", "-r", str(path)]
    seen, lines = 0, []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
    ) as running:
        for line in running.stdout or ():
            lines.append(line)
            if line.lstrip().startswith("Collecting"):
                seen += 1
                _show(seen, total)
            elif line.startswith("Installing"):
                _show(total, total, " and installing")
    if sys.stderr.isatty():
        say("")
    if running.returncode:
        say("".join(lines[-8:]).rstrip())
        raise Unready(
            "The packages could not be installed; see above whether this machine reaches a package index."
        )


def _show(seen: int, total: int, more: str = "") -> None:
    """One line that counts up on a terminal; a line at the first and last package elsewhere."""
    if sys.stderr.isatty():
        say(f"\rFetching packages {min(seen, total)}/{total}{more} … ", end="")
    elif seen == 1 or more:
        say(f"Fetching packages {min(seen, total)}/{total}{more} …")


def _quietly(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


def _last(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason was given"
