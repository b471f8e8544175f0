"""Ask culpa, as anybody would, and lay its verdicts beside what was injected."""

import json
import re
import subprocess
import time
from collections.abc import Sequence
from typing import Any

from culpa.demo.tiers import clean_environment
from lab.cell import Result, Row
from lab.stacks import CULPA
from lab.watch import SETTLE_S

#: How long verdicts may take after they could be settled, on a busy machine (seconds).
_PATIENCE_S = 120.0
_PAUSE_S = 1.0
_STOPPED = "the query was stopped after"
_ID = re.compile("[0-9a-f]{32}")


def judge(where: str, results: Sequence[Result]) -> None:
    """Wait until every failed request has a settled verdict and a false alarm would show; then note all verdicts."""
    began = time.monotonic()
    expected = {one.trace_id for result in results for one in result.looked_at if one.status >= 500}
    while True:
        is_late = time.monotonic() - began > SETTLE_S + _PATIENCE_S
        try:
            found = by_trace(verdicts(where))
        except RuntimeError as trouble:
            if is_late or _STOPPED not in str(trouble):
                raise
            continue  # the machine is so busy that the collector gave the question up
        settled = {trace for trace, row in found.items() if row["settled"]}
        if (expected <= settled and time.monotonic() - began > SETTLE_S + 3.0) or is_late:
            break
        time.sleep(_PAUSE_S)
    for result in results:
        result.verdicts = {one.trace_id: found[one.trace_id] for one in result.looked_at if one.trace_id in found}


def verdicts(where: str) -> list[Row]:
    """Return all verdicts of a store. Errors: RuntimeError with what the command says when it fails."""
    told = [*CULPA, "verdicts", "--store", where, "--json"]
    done = subprocess.run(told, capture_output=True, text=True, env=clean_environment())
    if done.returncode != 0:
        raise RuntimeError(f"`culpa verdicts` failed (exit status {done.returncode}): {done.stderr.strip()[-600:]}")
    rows: list[Row] = json.loads(done.stdout)
    return rows


def explain(where: str, trace_id: str) -> str:
    """Return what `culpa explain` says of a trace, for whoever looks into a wrong verdict."""
    told = [*CULPA, "explain", trace_id, "--store", where]
    return subprocess.run(told, capture_output=True, text=True, env=clean_environment()).stdout


def by_trace(rows: Sequence[Row]) -> dict[str, Any]:
    """Keep one verdict for each trace: that of what the client saw.

    A request that the web server gave an id of its own is found by the id that its path bears.
    """
    chosen: dict[str, Any] = {}
    for row in sorted(rows, key=lambda row: bool(row["surfaced"])):
        chosen[row["trace_id"]] = row
        named = _ID.search(str(row["path"]))
        if named:
            chosen.setdefault(named[0], row)
    return chosen
