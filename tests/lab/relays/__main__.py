"""`python -m lab.relays FOLDER`: break apps whose telemetry passes a real OpenTelemetry Collector, and keep what comes of it.

Then `python -m lab.relays.again FOLDER` says what culpa makes of each passage, as often as a rule changes.
"""

import json
import shutil
import sys
import time
from pathlib import Path

from lab.again import rows_of
from lab.cell import Row
from lab.choose import cells
from lab.faults import TABLES
from lab.judge import judge
from lab.play import play
from lab.relays import again
from lab.relays.build import build, lacking
from lab.relays.passages import LIVE
from lab.relays.relay import passages_of, relay
from lab.relays.troubles import TROUBLED
from lab.stacks import MILL, SHOP
from lab.world import World, world

#: Of the faults that disturb nobody, each so many-th is played once more in every trouble of the Collector.
_EACH = 9
#: What the Collector holds back is sent by then (seconds).
_HELD_BACK_S = 15.0


def main(folder: Path) -> int:
    """Play all. Exit status: 0 if no verdict is wrong with confidence, no healthy request called a failure; else 1."""
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {line}", file=sys.stderr, flush=True)

    if lacking():
        say(f"the cells of the OpenTelemetry Collector are skipped: {lacking()}")
        return 0
    its = relay(build())
    with world([SHOP, MILL], ["nginx"], say, has_broker=False, between=its.process) as on:
        for process in its.collectors(on).values():
            on.processes[process.name] = process
            process.start()
        chosen = cells(TABLES, [SHOP, MILL], ["nginx"], on.abilities)
        results = {"": play(on, [one for one in chosen if not one.fault.is_alone or one.fault.is_quick], say)}
        _keep_files(folder, on)
        calm = [one for one in chosen if not one.fault.is_alone][::_EACH]
        for name, trouble in TROUBLED.items():
            say(f"the Collector's trouble: {name}")
            with trouble(on, its):
                results[name] = play(on, calm, say)
        say("all requests are sent; waiting for the verdicts")
        time.sleep(_HELD_BACK_S)
        for passage in LIVE:
            judge(its.url(on, passage.name), results[""])
        _keep(folder, on, {name: rows_of(one) for name, one in results.items()})
    return again.main(folder, is_judged=True)


def _keep_files(folder: Path, on: World) -> None:
    """Keep what the Collector has written; when it is started again, its file exporter begins every file anew."""
    hub = on.processes["otelcol-hub"]
    time.sleep(_HELD_BACK_S)
    hub.stop()
    shutil.copytree(passages_of(on), folder / "passages")
    shutil.copy(hub.log, folder / "passages/debug")
    shutil.copy(folder / "passages/plain/otlp.jsonl", folder / "passages/own_lines")
    hub.start()


def _keep(folder: Path, on: World, rows: dict[str, list[Row]]) -> None:
    (folder / "expected.json").write_text(json.dumps(rows, indent=1))
    for process in on.processes.values():
        if process.name.startswith(("collector", "otelcol")):
            process.stop()
    for store in on.folder.glob("store*"):
        shutil.copytree(store, folder / "stores" / (store.name.removeprefix("store").lstrip("-") or "plain"))
    for name, log in {
        "nginx-access.jsonl": "nginx/culpa-access.log", "nginx-error.log": "nginx/error.log", "redis.log": "redis.log",
    }.items():  # fmt: skip
        (folder / "logs").mkdir(exist_ok=True)
        shutil.copy(on.folder / "logs" / log, folder / "logs" / name)
    for log in on.database_logs:
        shutil.copy(log, folder / "logs")
    for config in ("refusing", "full"):
        shutil.copy(on.folder / "logs" / f"otelcol-{config}.log", folder / "passages/own_lines")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
