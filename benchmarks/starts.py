"""How long until the first page? (aims: the first start with a warm package cache 90 s, later starts 3 s)

Load: a fresh clone of this checkout's last commit in a temporary folder, with its own home. First start:
`./kimppa run` makes the environment, installs the lock, makes the database and loads the demo; packages
come from the installer's cache when this was run before on the machine (else from its package index: the
figure then measures the network). Later starts: five times the same command again. Each is timed from the
start of the command to the whole front page read over loopback, and ended by SIGTERM. Needs git.
Floor: `python -c pass` with the same interpreter; the import of the application, as each web process does it.
Run: ./kimppa bench starts
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LATER = 5


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="kimppa-starts-") as folder:
        clone = Path(folder) / "kimppa"
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone)], check=True)
        first = start(clone)
        print(f"first start in a fresh clone, one, to the front page read: {first:.1f} s (aim 90 s)")
        later = [start(clone) for _ in range(LATER)]
        print(
            f"later starts, {LATER}, to the front page read: median {statistics.median(later):.2f} s, "
            f"best {min(later):.2f} s, worst {max(later):.2f} s (aim 3 s)"
        )
        python = str(clone / ".venv" / "bin" / "python")
        print(f"floor: python -c pass, median {floor([python, '-c', 'pass'], clone):.2f} s")
        setup = [python, "-c", "import kimppa.wsgi"]
        print(f"floor: import of the application, median {floor(setup, clone):.2f} s")


def environment(clone: Path) -> dict[str, str]:
    left_out = ("KIMPPA_", "PYTHON", "DJANGO_", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if not name.startswith(left_out)}


def start(clone: Path) -> float:
    """Seconds from the command to the first whole page."""
    port = free_port()
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, str(clone / "kimppa"), "run", "--port", str(port)],
        cwd=clone,
        env=environment(clone),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while not answered(port):
            if process.poll() is not None:
                sys.exit(process.stderr.read() if process.stderr else "it ended")
            time.sleep(0.02)
        return time.perf_counter() - begun
    finally:
        process.terminate()
        process.wait(timeout=60)


def answered(port: int) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/fi/", timeout=60) as answer:
            return b"</html>" in answer.read()
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def floor(command: list[str], clone: Path) -> float:
    told = environment(clone) | {
        "PYTHONPATH": str(clone / "src"),
        "KIMPPA_HOME": str(clone / "var"),
        "KIMPPA_MODE": "task",
        "DJANGO_SETTINGS_MODULE": "kimppa.settings",
    }
    figures = []
    for _ in range(LATER):
        begun = time.perf_counter()
        subprocess.run(command, cwd=clone, env=told, check=True)
        figures.append(time.perf_counter() - begun)
    return statistics.median(figures)


if __name__ == "__main__":
    main()
