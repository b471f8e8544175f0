"""For each cause a request that failed by it: of the labelled recordings, judged as a user's would be."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from training.corpus import LABEL, Recording, recordings

from culpa.analysis.explanation.sentence import sentence
from culpa.analysis.settle import settle
from culpa.collector.recorded import Gathering, RecordedFiles, Report
from culpa.store import DuckDBStore

_MOST_EVIDENCE = 3


@dataclass(frozen=True)
class Example:
    """One failed request of a recording. `evidence` is strongest first."""

    recording: str
    injected: str
    component: str
    sentence: str
    evidence: tuple[str, ...]


@cache
def examples() -> dict[str, Example]:
    """Return an example by cause; none where no recording has the cause. Errors: ValueError where a verdict is not right."""
    found: dict[str, Example] = {}
    for cause, recording, request in _chosen():
        verdict = _judged(recording)[request["trace_id"]]
        if verdict["cause"] != cause:
            raise ValueError(f"{recording.name} is no example of {cause}: it is judged {verdict['cause']}")
        # What several spans say in the same words is one observation.
        said = list(dict.fromkeys(one["statement"].strip() for one in verdict["evidence"]))[:_MOST_EVIDENCE]
        injected = json.loads((recording.path / LABEL).read_text("utf-8"))["injected"]
        found[cause] = Example(recording.name, injected, verdict["component"], sentence(verdict), tuple(said))
    return found


def _chosen() -> Iterator[tuple[str, Recording, dict[str, Any]]]:
    """Yield each cause with the first recording that was made for it, those first that lack no telemetry."""
    seen: set[str] = set()
    for wanted in ("full", "partial", "none"):
        for recording in recordings():
            for request in recording.requests:
                cause = request.get("expect", {}).get("cause", "")
                if (
                    request["failure"]
                    and request["trace_id"]
                    and request["evidence_available"] == wanted
                    and cause not in seen
                ):
                    seen.add(cause)
                    yield cause, recording, request


def _judged(recording: Recording) -> dict[str, dict[str, Any]]:
    """Return the verdicts of a recording by trace; it has a store of its own, as its neighbours are other systems."""
    with tempfile.TemporaryDirectory() as folder, DuckDBStore(Path(folder) / "example.duckdb", writable=True) as store:
        report = Report(is_quiet=True)
        gathering = Gathering(store, report)
        reader = RecordedFiles(gathering, report)
        for file in recording.files():
            reader.read(file)
        gathering.finish()
        settle(store, None)
        rows = store.query("select * from verdicts order by trace_id, request_span_id desc").to_pylist()
    return {row["trace_id"]: row for row in rows}
