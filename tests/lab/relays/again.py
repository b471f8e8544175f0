"""`python -m lab.relays.again FOLDER`: judge every passage that was kept, and print how right culpa is after each."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from culpa.demo.tiers import clean_environment
from lab.cell import Row
from lab.judge import by_trace, verdicts
from lab.relays.passages import ALARM, FILES, LIVE, MISSED, RIGHT, SURE, TROUBLES, UNKNOWN, WRONG, Passage, outcome
from lab.stacks import CULPA

_TRACE = re.compile('"traceId":"([0-9a-f]{32})"')
_COLUMNS = {
    RIGHT: "right", UNKNOWN: "says that it does not know", WRONG: "wrong", SURE: "wrong with 0.8 or more",
    ALARM: "false alarms", MISSED: "no verdict",
}  # fmt: skip


def main(folder: Path, *, is_judged: bool = False, only: str = "") -> int:
    """Print the table, and below it each request whose verdict is not right. Exit status: 1 if one is wrong for sure."""
    expected = json.loads((folder / "expected.json").read_text())
    counts: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory(prefix="culpa-relays-") as place:
        for passage in FILES:
            if only in f"file {passage.name}":
                found = by_trace(_ingested(folder, passage, Path(place)))
                counts[passage.title] = _told(folder, "file", passage, expected[""], found)
        for passage in LIVE:
            if only not in f"live {passage.name}" and not (passage.name == "plain" and only == "trouble"):
                continue
            found = by_trace(_stored(folder, passage, Path(place), is_judged=is_judged))
            counts[f"live: {passage.title}"] = _told(folder, "live", passage, expected[""], found)
            if passage.name == "plain":
                for trouble in TROUBLES:
                    counts[trouble.title] = _told(folder, "trouble", trouble, expected[trouble.name], found)
    print(table(counts))
    return 1 if any(count[bad] for count in counts.values() for bad in (SURE, ALARM, MISSED)) else 0


def table(counts: Mapping[str, Mapping[str, int]]) -> str:
    """Return a table in Markdown: a line for each passage."""
    head = ["through the Collector", "requests", *_COLUMNS.values()]
    rows = [
        [title, str(sum(count.values())), *(str(count[name]) for name in _COLUMNS)] for title, count in counts.items()
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in [head, ["---"] * len(head), *rows])


def _told(folder: Path, kind: str, passage: Passage, rows: Sequence[Row], found: Mapping[str, Row]) -> Counter[str]:
    count: Counter[str] = Counter(dict.fromkeys(_COLUMNS, 0))
    heard = heard_in(folder / "passages" / passage.sampled / "otlp.jsonl") if passage.sampled else None
    addresses = addresses_in(folder / "logs/nginx-access.jsonl")
    for row in rows:
        trace, got = row["trace_id"], found.get(row["trace_id"])
        said = outcome(
            passage, row, got, is_heard=heard is None or trace in heard, address=addresses.get(trace, "")
        )  # fmt: skip
        count[said] += 1
        if said not in (RIGHT, UNKNOWN):
            told = f"{got['cause']} {got['component']} {got['confidence']:.2f}" if got else "nothing"
            expected = f"{row['cause']} {row['components'][0]}"
            print(f"{kind} {passage.name}: {said}: {trace} {row['cell']}: {expected}; said {told}")
    return count


def heard_in(file: Path) -> set[str]:
    """Return the traces of which a span arrived."""
    lines = file.read_text().splitlines()
    return {trace for line in lines if line.startswith('{"resourceSpans"') for trace in _TRACE.findall(line)}


def addresses_in(log: Path) -> dict[str, str]:
    """Return by trace where the web server forwarded the request to."""
    lines = (json.loads(line) for line in log.read_text().splitlines())
    return {line["trace_id"]: f"http://{line['upstream_addr']}" for line in lines if line["upstream_addr"]}


def _ingested(folder: Path, passage: Passage, place: Path) -> list[Row]:
    store = place / f"{passage.name}.duckdb"
    told = [
        *CULPA,
        "ingest",
        str(folder / "passages" / passage.name),
        str(folder / "logs"),
        "--db",
        str(store),
        "--quiet",
    ]
    done = subprocess.run(told, capture_output=True, text=True, env=clean_environment())
    if done.returncode != 0 or done.stderr:
        print(f"file {passage.name}: exit status {done.returncode}: {done.stderr.strip()[-1000:]}")
    return verdicts(str(store))


def _stored(folder: Path, passage: Passage, place: Path, *, is_judged: bool) -> list[Row]:
    store = Path(shutil.copytree(folder / "stores" / passage.name, place / f"store-{passage.name}"))
    if not is_judged:
        command = [*CULPA, "judge", "--again", "--store", str(store)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=clean_environment())
    return verdicts(str(store))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), only=sys.argv[2] if len(sys.argv) > 2 else ""))
