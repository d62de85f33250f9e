"""How fast is a COUNTER report read, checked and stored? (aim: 50,000 rows × 12 months in 3 s and 200 MB)

Load: a made-up TR of 6,250 books × 8 metrics × 12 months = 50,000 rows, as TSV, JSON 5.1 and JSON 5.0; then
500,000 rows as JSON 5.0 (aim 400 MB; only with --large). Each is read in a fresh process of its own: wall
time after the imports, and the most memory that the kernel saw in it. Stored: every row, its roll-up and the
raw file's record land in one transaction of a SQLite file that flushes as in production. Floors in the same
run: the standard library's csv and json, and orjson if it is installed, only taking the file apart.
Run: ./kimppa bench counter [--large]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

METRICS = {
    "Total_Item_Investigations": 9,
    "Total_Item_Requests": 7,
    "Unique_Item_Investigations": 6,
    "Unique_Item_Requests": 5,
    "Unique_Title_Investigations": 4,
    "Unique_Title_Requests": 3,
    "Limit_Exceeded": 1,
    "No_License": 2,
}
MONTHS = [f"2025-{number:02}" for number in range(1, 13)]
SPELLED = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
LAST = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
BOOKS, LARGE = 6_250, 62_500
ALONE = """
import re, sys, time
{imports}
path = sys.argv[1]
begun = time.perf_counter()
rows = {work}
spent = time.perf_counter() - begun
peak = re.search('VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1]
print(spent, int(peak) / 1024, rows)
"""
OURS = (
    "from pathlib import Path\nfrom kimppa.foundation.protocols.counter import reading\n"
    "def checked(path):\n"
    "    with open(path, 'rb') as stream:\n"
    "        report = reading.read(stream)\n"
    "        rows = sum(1 for row in report.rows())\n"
    "    assert report.usable and not report.problems, report.problems[:3]\n"
    "    return rows\n",
    "checked(path)",
)
STORED = (
    """
import os
os.environ.update(KIMPPA_MODE="run", DJANGO_SETTINGS_MODULE="kimppa.settings", KIMPPA_SECRET_KEY="benchmark")
__import__("kimppa.wsgi")  # loaded as the server loads it
from datetime import UTC, datetime
from pathlib import Path
from kimppa.commons.usage import counter_files
from kimppa.commons.usage.models import Figure, Row
from kimppa.commons.usage.rules import Source, UnitKind
from kimppa.foundation.files import services
from kimppa.foundation.files.models import Retention
now = datetime(2026, 1, 20, tzinfo=UTC)
kept = services.keep(
    name="report", stream=open(sys.argv[1], "rb"), media_type="application/octet-stream",
    retention=Retention.USAGE, now=now,
)
def stored(path):
    landed = counter_files.land(
        Path(path), platform=Path(path).stem, unit_kind=UnitKind.CONSORTIUM, unit_code="",
        source=Source.COUNTER, brought_by="benchmark", now=now, file=kept, confirmed=True,
    )
    assert landed.batch, landed.problems[:3]
    return Row.objects.filter(batch=landed.batch).count()
""",
    "stored(path)",
)
CSV = ("import csv", "sum(1 for row in csv.reader(open(path, newline=''), delimiter='\\t'))")
JSON = ("import json", "len(json.loads(open(path).read())['Report_Items'])")
ORJSON = ("import orjson", "len(orjson.loads(open(path, 'rb').read())['Report_Items'])")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="kimppa-counter-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        os.environ["KIMPPA_HOME"] = str(home)
        migrated = [sys.executable, "-m", "django", "migrate", "--verbosity=0"]
        task = {**os.environ, "KIMPPA_MODE": "task", "DJANGO_SETTINGS_MODULE": "kimppa.settings"}
        subprocess.run(migrated, env=task, check=True)
        files = written(Path(folder))
        for name, path in files.items():
            print(f"{name}: {path.stat().st_size / 2**20:.1f} MB")
            large = "500,000" in name
            floors = [("csv", CSV)] if path.suffix == ".tsv" else [("json", JSON), ("orjson", ORJSON)]
            for floor, (imports, work) in [] if large else floors:
                tell(f"  floor {floor}", alone(imports, work, path))
            tell("  read and checked", alone(*OURS, path))
            seconds, memory, rows = found = alone(*STORED, path) or (0.0, 0.0, 0)
            tell("  read, checked and stored", found)
            assert rows == (LARGE if large else BOOKS) * len(METRICS), rows
            over = memory > 400 if large else seconds > 3 or memory > 200
            aim = "400 MB" if large else "3 s, 200 MB"
            print(f"  aim {aim}" + ("  ← over the aim" if over else ""))


def tell(name: str, found: tuple[float, float, int] | None) -> None:
    print(f"{name}: " + (f"{found[0]:.2f} s, {found[1]:.0f} MB" if found else "not installed"))


def alone(imports: str, work: str, path: Path) -> tuple[float, float, int] | None:
    """Seconds, MB and rows of the work in a process of its own; None if what it needs is not installed."""
    command = [sys.executable, "-c", ALONE.format(imports=imports, work=work), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "ModuleNotFoundError: No module named 'orjson'" in done.stderr:
        return None
    assert done.returncode == 0, done.stderr[-2000:]
    seconds, memory, rows = done.stdout.split()
    return float(seconds), float(memory), int(rows)


def written(folder: Path) -> dict[str, Path]:
    files = {"TSV": folder / "tr.tsv", "JSON 5.1": folder / "tr51.json", "JSON 5.0": folder / "tr50.json"}
    files["TSV"].write_text("".join(as_tsv(BOOKS)), encoding="utf-8-sig")
    files["JSON 5.1"].write_text("".join(as_json("5.1", BOOKS)), encoding="utf-8")
    files["JSON 5.0"].write_text("".join(as_json("5", BOOKS)), encoding="utf-8")
    if "--large" in sys.argv:
        path = files["JSON 5.0, 500,000 rows"] = folder / "large.json"
        with path.open("w", encoding="utf-8") as stream:
            stream.writelines(as_json("5", LARGE))
    return files


def counts(book: int, times: int) -> list[int]:
    return [(book + month) % 40 * times + times for month in range(12)]


def as_tsv(books: int) -> Iterator[str]:
    yield "Report_Name\tTitle Report\nReport_ID\tTR\nRelease\t5.1\nInstitution_Name\tBenchmark\n"
    yield "Reporting_Period\tBegin_Date=2025-01-01; End_Date=2025-12-31\nCreated\t2026-01-15T00:00:00Z\n\n"
    headings = "Title Publisher Publisher_ID Platform DOI Proprietary_ID ISBN Data_Type YOP Access_Type"
    yield "\t".join([*headings.split(), "Access_Method", "Metric_Type", "Reporting_Period_Total"])
    yield "".join(f"\t{name}-2025" for name in SPELLED) + "\n"
    for book in range(books):
        start = f"Book {book}\tPublisher\town:9\tPlatform\t10.9999/b{book}\tP:{book}\t979-8-88888-888-8\tBook"
        for metric, times in METRICS.items():
            of = counts(book, times)
            yield f"{start}\t{1950 + book % 70}\tControlled\tRegular\t{metric}\t{sum(of)}\t"
            yield "\t".join(map(str, of)) + "\n"


def as_json(release: str, books: int) -> Iterator[str]:
    names = {"5": "Title Master Report", "5.1": "Title Report"}
    period = {"Begin_Date": "2025-01-01", "End_Date": "2025-12-31"}
    filters = period if release == "5.1" else [{"Name": key, "Value": day} for key, day in period.items()]
    header = {"Release": release, "Report_ID": "TR", "Report_Name": names[release], "Created": "2026-01-15"}
    yield f'{{"Report_Header": {json.dumps(header | {"Report_Filters": filters})}, "Report_Items": ['
    for book in range(books):
        yield ("," if book else "") + json.dumps(element(release, book))
    yield "]}"


def element(release: str, book: int) -> dict[str, object]:
    ids = {"DOI": f"10.9999/b{book}", "Proprietary": f"P:{book}", "ISBN": "979-8-88888-888-8"}
    told = {"YOP": str(1950 + book % 70), "Access_Type": "Controlled", "Access_Method": "Regular"}
    told["Data_Type"] = "Book"
    named = {"Title": f"Book {book}", "Publisher": "Publisher", "Platform": "Platform"}
    of = {metric: counts(book, times) for metric, times in METRICS.items()}
    if release == "5.1":
        performance = {metric: dict(zip(MONTHS, many, strict=True)) for metric, many in of.items()}
        return {**named, "Item_ID": ids, "Attribute_Performance": [{**told, "Performance": performance}]}
    periods = [
        {
            "Period": {"Begin_Date": f"{month}-01", "End_Date": f"{month}-{LAST[place]}"},
            "Instance": [{"Metric_Type": metric, "Count": many[place]} for metric, many in of.items()],
        }
        for place, month in enumerate(MONTHS)
    ]
    typed = [{"Type": kind, "Value": value} for kind, value in ids.items()]
    return {**named, **told, "Item_ID": typed, "Performance": periods}


if __name__ == "__main__":
    main()
