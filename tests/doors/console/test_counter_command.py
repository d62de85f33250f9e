"""`./kimppa counter`: one JSON object, and an exit code that a script can go by."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.needs import ROOT, shared


def run(*words: str) -> subprocess.CompletedProcess[str]:
    told = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "DJANGO_SETTINGS_MODULE": "kimppa.settings"}
    command = [sys.executable, "-m", "django", "counter", *words]
    return subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=False)


def test_a_usable_report_leaves_with_0_and_its_totals() -> None:
    done = run(str(shared("samples", "counter", "r50", "Sample-TR_B1.json")), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {
        "release": "5",
        "report": "TR_B1",
        "months": ["2016-03"],
        "totals": {"Total_Item_Requests": 5, "Unique_Title_Requests": 5},
        "usable": True,
        "problems": [],
    }


def test_an_unusable_one_leaves_with_1_and_says_why(tmp_path: Path) -> None:
    path = tmp_path / "page.json"
    path.write_text("<html><title>Kirjaudu sisään</title></html>", encoding="utf-8")
    done = run(str(path), "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["usable"], told["release"], told["totals"]) == (1, False, "", {})
    assert [(one["level"], one["code"]) for one in told["problems"]] == [("fatal", "html")]
    assert "Kirjaudu sisään" in told["problems"][0]["text"]
    plain = run(str(path))
    assert (plain.returncode, plain.stdout.splitlines()[-1]) == (1, "Not usable.")


def test_another_customers_report_is_refused_and_a_missing_file_is_said() -> None:
    path = str(shared("samples", "counter", "r50", "Sample-TR.json"))
    assert run(path, "--customer", "cid-123456").returncode == 0
    other = run(path, "--customer", "cid-9")
    assert (other.returncode, "of customer cid-123456" in other.stdout) == (1, True)
    missing = run("no-such.json", "--json")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "cannot be read" in missing.stderr
