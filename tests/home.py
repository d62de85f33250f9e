"""A home of its own with its own processes, for what one process cannot show."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.needs import ROOT


def free_port() -> int:
    """A port on loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def model(name: str, build: Callable[[Home], object]) -> Path:
    """A home that is built once in a run of the tests, whichever of its processes comes first; for copying.

    Nothing may be started in it. `build` is given the new home.
    """
    kept = Path(os.environ["KIMPPA_HOME"]) / "models"
    kept.mkdir(parents=True, exist_ok=True)
    ready = kept / name
    with (kept / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            draft = kept / f"{name}.draft"
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            build(Home(draft))
            draft.rename(ready)
    return ready


@dataclass
class Home:
    """KIMPPA_HOME at `path`; `url` names a PostgreSQL instead of SQLite."""

    path: Path
    url: str = ""
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        told = {name: value for name, value in os.environ.items() if not name.startswith("KIMPPA_")}
        return told | {
            "KIMPPA_MODE": "task",
            "KIMPPA_HOME": str(self.path),
            "KIMPPA_DATABASE_URL": self.url,
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            "DJANGO_SETTINGS_MODULE": "kimppa.settings",
            **self.more,
        }

    def task(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a management task to its end."""
        command = [sys.executable, "-m", "django", *words]
        return subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False
        )

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a management task and leave it running."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "process.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "django", *words],
                env=self.environment,
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def migrated(self) -> Home:
        """With its tables made; on SQLite they are made once in a run of the tests, and copied."""
        self.path.mkdir(parents=True, exist_ok=True)
        database = self.path / "kimppa.sqlite3"
        if not self.url and not database.exists():
            shutil.copyfile(model("migrated", Home._migrate) / database.name, database)
            return self
        return self._migrate()

    def _migrate(self) -> Home:
        done = self.task("migrate", "--verbosity", "0", "--skip-checks")
        assert done.returncode == 0, done.stderr
        return self

    def ask(self, code: str) -> object:
        """Run a few lines that set `answer`, and give it back."""
        program = f"import json, django; django.setup()\n{code}\nprint(json.dumps(answer))"
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
