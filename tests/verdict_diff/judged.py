"""Judge every recording of a corpus with the version that is first on the path; print the verdicts, a JSON line each."""

import json
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import duckdb

from culpa.instrumentation.cli import main as culpa

_LABEL = "label.json"


def main() -> None:
    """Take the folder of the corpus; a recording is a folder that holds a label."""
    folders = sorted({path.parent for path in Path(sys.argv[1]).rglob(_LABEL)})
    with ProcessPoolExecutor(2) as pool:
        for lines in pool.map(_verdicts, folders, chunksize=4):
            sys.stdout.write(lines)


def _verdicts(folder: Path) -> str:
    with tempfile.TemporaryDirectory() as place:
        segment, telemetry = Path(place) / "one.duckdb", Path(place) / folder.name
        shutil.copytree(folder, telemetry, ignore=shutil.ignore_patterns(_LABEL))
        # Not a command of its own: importing it again for each recording would take ten times as long as judging.
        culpa(["ingest", str(telemetry), "--db", str(segment), "--quiet"])
        with duckdb.connect(str(segment), read_only=True) as connection:
            cursor = connection.execute("select * from verdicts order by trace_id, request_span_id")
            names = [column[0] for column in cursor.description or ()]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    where = f"{folder.parent.name}/{folder.name}"
    return "".join(json.dumps({"where": where, **row}, default=str) + "\n" for row in rows)


if __name__ == "__main__":
    main()
