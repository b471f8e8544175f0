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
SCENES = [ROOT / "tests" / "analysis"]


def main() -> int:
    """Run both sides with the tests of this tree, so that both judge the same scenes."""
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
    found = differences(sides["old"], sides["new"])
    _print(found, {name: len(rows) for name, rows in sides.items()})
    return 1 if found else 0


def _judged(tree: Path, side: str, corpus: str) -> list[Row]:
    path = os.pathsep.join([*(str(tree / room) for room in ROOMS), str(ROOT / "tests")])
    scenes, recordings = CACHE / f"{side}-scenes", CACHE / f"{side}-recordings.jsonl"
    environ = {**os.environ, "PYTHONPATH": path, "CULPA_VERDICTS_TO": str(scenes)}
    test = [sys.executable, "-m", "pytest", "-q", "-p", "verdict_diff.plugin", "-n", "2", *map(str, SCENES)]
    ran = subprocess.run(test, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)
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
