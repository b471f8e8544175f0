"""`python -m lab`: inject every fault of the table, and say what culpa made of it."""

import argparse
import sys
import time
from pathlib import Path

from lab.again import remember
from lab.cell import Result
from lab.choose import cells, quick
from lab.faults import TABLES
from lab.judge import explain, judge
from lab.play import play
from lab.report import write
from lab.stacks import ALL, FRONTS, lacking
from lab.verdict import is_good_enough, lines
from lab.world import world


def main() -> int:
    """Run the lab. Exit status: 0 as right as is required; 1 it is not; 2 usage."""
    asked = _arguments()
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {line}", file=sys.stderr, flush=True)

    apps = [app for app in ALL if not asked.apps or app.name in asked.apps]
    skipped = {app: lacking(app) for app in apps if lacking(app)}
    for app, tool in skipped.items():
        say(f"{app.name} ({app.title}) is skipped: this machine has no {tool}")
    apps = [app for app in apps if app not in skipped]
    has_broker = any("queue" in app.abilities for app in apps)
    with world(apps, asked.fronts, say, has_broker=has_broker) as on:
        chosen = [one for one in cells(TABLES, apps, asked.fronts, on.abilities) if asked.only in one.fault.story]
        results = play(on, quick(chosen) if asked.quick else chosen, say)
        say("all requests are sent; waiting for the verdicts")
        judge(on.collector_url, results)
        played = [result for result in results if not result.impossible]
        print("\n".join(lines(played)), flush=True)
        if asked.keep:
            _keep(asked.keep, on.collector_url, results)
            on.keep(asked.keep)
    if asked.report:
        asked.report.write_text(write(results, TABLES, apps, skipped, time.monotonic() - began))
    return 0 if is_good_enough(played) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    parser.add_argument("--apps", nargs="*", default=[], help="names of apps (default: all)")
    parser.add_argument("--fronts", nargs="*", default=list(FRONTS))
    parser.add_argument("--only", default="", help="faults whose story contains this")
    parser.add_argument("--quick", action="store_true", help="leave out most of what runs alone")
    parser.add_argument("--report", type=Path, help="write the result here, as Markdown")
    parser.add_argument(
        "--keep", type=Path, help="keep the store, the logs and why a verdict was wrong in a new folder"
    )
    return parser.parse_args()


def _keep(folder: Path, where: str, results: list[Result]) -> None:
    folder.mkdir(parents=True)
    remember(folder, results)
    for number, result in enumerate(result for result in results if not result.is_right):
        why = [explain(where, one.trace_id) for one in result.looked_at if one.trace_id in result.verdicts]
        (folder / f"{number:03}.txt").write_text("\n".join([*lines([result]), *why]))


if __name__ == "__main__":
    sys.exit(main())
