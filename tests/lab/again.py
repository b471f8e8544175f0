"""`python -m lab.again FOLDER`: judge what `--keep` has kept once more, after a rule has changed; seconds, not minutes."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from culpa.demo.tiers import clean_environment
from lab.cell import Result, Row
from lab.judge import by_trace, verdicts
from lab.places import spellings
from lab.stacks import CULPA

_EXPECTED = "expected.json"


def remember(folder: Path, results: Sequence[Result]) -> None:
    """Write beside the store which verdict every request deserves."""
    (folder / _EXPECTED).write_text(json.dumps(rows_of(results), indent=1))


def rows_of(results: Sequence[Result]) -> list[Row]:
    """Return which verdict every request deserves: its cell, cause, components and trace."""
    return [
        {
            "cell": f"{result.cell.fault.story} ({result.cell.name})",
            "cause": result.cell.fault.cause,
            "components": sorted(
                spellings(result.cell.fault.at, result.component, result.cell.fault.cause, result.cell.app)
            ),
            "trace_id": one.trace_id,
        }
        for result in results
        # A fault that did not show as it should deserves nothing.
        if not result.trouble and not result.impossible
        for one in result.looked_at
    ]


def main(folder: Path) -> int:
    """Print each request whose verdict is wrong now. Exit status: 0 if none is, else 1."""
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="culpa-lab-again-") as place:
        store = Path(shutil.copytree(folder / "store", Path(place) / "store"))
        command = [*CULPA, "judge", "--again", "--store", str(store)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=clean_environment())
        now = by_trace(verdicts(str(store)))
    rows = json.loads((folder / _EXPECTED).read_text())
    for row in rows:
        got = now.get(row["trace_id"])
        cause, component = (got["cause"], got["component"]) if got else ("", "")
        is_named = cause in ("", "unknown") or component in row["components"]
        if cause != row["cause"] or not is_named:
            wrong += 1
            sure = f"{got['confidence']:.2f}" if got else ""
            print(
                f"{row['trace_id']} {row['cell']}: expected {row['cause']} {row['components'][0]}, said {cause} {component} {sure}"
            )
    print(f"{len(rows)} requests, {len(rows) - wrong} right")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
