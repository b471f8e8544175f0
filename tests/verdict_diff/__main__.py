"""Judge with BASE and with this tree, then print what differs; exit status 1 if anything does."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from verdict_diff.compare import Difference, Row, differences

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "verdict-diff"
ROOMS = ("analysis", "collector", "instrumentation")
#: Scenes that time or processes decide would differ between two runs of one version.
SCENES = Path("tests") / "analysis"


def main() -> int:
    """Run each side with its own scenes, as these import what has moved since; those of both are compared."""
    base, corpus = sys.argv[1], sys.argv[2]
    shutil.rmtree(CACHE, ignore_errors=True)
    CACHE.mkdir(parents=True)
    tree = CACHE / "base"
    subprocess.run(["git", "worktree", "prune"], cwd=ROOT, check=True)
    subprocess.run(["git", "worktree", "add", "--quiet", "--detach", "--force", str(tree), base], cwd=ROOT, check=True)
    try:
        sides = {"old": _judged(tree, "old", corpus), "new": _judged(ROOT, "new", corpus)}
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=ROOT, check=True)
    both = set.intersection(*({str(row["where"]) for row in rows} for rows in sides.values()))
    for name, rows in sides.items():
        alone = {str(row["where"]) for row in rows} - both
        print(f"{name}: {len(alone)} scenes that the other side does not have")
        sides[name] = [row for row in rows if str(row["where"]) in both]
    found = differences(sides["old"], sides["new"])
    _print(found, {name: len(rows) for name, rows in sides.items()})
    return 1 if found else 0


def _judged(tree: Path, side: str, corpus: str) -> list[Row]:
    own = CACHE / "own"
    shutil.copytree(ROOT / "tests" / "verdict_diff", own / "verdict_diff", dirs_exist_ok=True)
    path = os.pathsep.join([str(own), *(str(tree / room) for room in ROOMS), str(tree / "tests")])
    scenes, recordings = CACHE / f"{side}-scenes", CACHE / f"{side}-recordings.jsonl"
    environ = {**os.environ, "PYTHONPATH": path, "CULPA_VERDICTS_TO": str(scenes)}
    test = [sys.executable, "-m", "pytest", "-q", "-p", "verdict_diff.plugin", "-n", "2", str(SCENES)]
    ran = subprocess.run(test, env=environ, cwd=tree, capture_output=True, text=True, check=False)
    print(f"{side}: scenes: {ran.stdout.strip().splitlines()[-1]}")
    with recordings.open("w") as file:
        command = [sys.executable, "-m", "verdict_diff.judged", corpus]
        subprocess.run(command, env=environ, stdout=file, stderr=subprocess.DEVNULL, check=True)
    lines = [line for place in sorted(CACHE.glob(f"{side}-*")) for line in place.read_text("utf-8").splitlines()]
    return [json.loads(line) for line in lines]


def _print(found: list[Difference], judged: dict[str, int]) -> None:
    print(f"{judged['old']} verdicts before, {judged['new']} now; {len(found)} differences")
    for column, number in Counter(difference.column for difference in found).most_common():
        print(f"{number:7} {column}")
    for one in found[:200]:
        print(f"\n{one.where} {one.trace_id} {one.column}\n  - {one.old}\n  + {one.new}")
    if len(found) > 200:
        print(f"\n… and {len(found) - 200} more")


if __name__ == "__main__":
    sys.exit(main())
