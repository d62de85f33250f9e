"""Programs of the npm registry that stand in for other people's systems: installed once a lock file."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests import needs


def installed(name: str) -> Path:
    """The folder of a counterpart with what its lock file names, exactly that and without its scripts."""
    needs.node()
    source = needs.ROOT / "tests/counterparts" / name
    lock = (source / "package-lock.json").read_bytes()
    stamp = hashlib.sha256(lock + (source / "package.json").read_bytes()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"kimppa-{os.getuid()}-{name}-{stamp}"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "lock").open("w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            for file in ("package.json", "package-lock.json"):
                shutil.copy(source / file, folder)
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=300, check=False
            )
            if done.returncode:
                needs.require_or_skip("node", f"npm ci did not succeed: {done.stderr[-400:]}")
            (folder / "done").touch()
    for script in source.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


class Program:
    """A running counterpart: one JSON command a line in, one answer a line out."""

    def __init__(self, name: str, script: str, told: dict[str, str]) -> None:
        folder = installed(name)
        self.process = subprocess.Popen(
            ["node", script],
            cwd=folder,
            env={"PATH": os.environ["PATH"], **told},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, act: str, **given: object) -> dict[str, Any]:
        """What it answers: `ok`, or `error` and `message`."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"act": act, **given}) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def do(self, act: str, **given: object) -> dict[str, Any]:
        """As `ask`, where it must succeed."""
        answer = self.ask(act, **given)
        assert "ok" in answer, answer
        return answer["ok"]

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)
