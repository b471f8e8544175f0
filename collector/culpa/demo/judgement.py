"""Ask culpa, as anybody would: `culpa verdicts --json`, and judge its answers."""

import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from culpa.demo.tiers import CULPA, SETTLE_S, clean_environment
from culpa.demo.trouble import Trouble
from culpa.demo.truth import Sent

#: How long verdicts may take after they could be settled, on a busy machine (seconds).
PATIENCE_S = 30.0
_PAUSE_S = 0.5

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Judged:
    """A request beside its verdict, which is None where culpa saw no failure."""

    sent: Sent
    verdict: Row | None

    @property
    def is_right(self) -> bool:
        """Say whether the fault showed and culpa named its cause and its component, or rightly nothing."""
        if not self.sent.is_as_planned:
            return False
        truth = self.sent.truth
        if self.verdict is None:
            return not truth.cause
        return (truth.cause, truth.component) == (self.verdict["cause"], self.verdict["component"])


def ask_verdicts(where: str) -> list[Row]:
    """Return all verdicts of a store. Errors: Trouble when the command fails."""
    return _ask("verdicts", "--store", where, "--json")


def await_spans(where: str, service: str, traces: Set[str], check: Callable[[], None]) -> None:
    """Wait until the service's spans of these traces are stored, or for PATIENCE_S; `check` as below."""
    question = f"select distinct s.trace_id from spans as s where s.service_name = '{service}'"
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        check()
        if traces <= {row["trace_id"] for row in _ask("sql", question, "--store", where, "--json")}:
            return
        time.sleep(_PAUSE_S)


def await_verdicts(where: str, sent: Sequence[Sent], check: Callable[[], None]) -> list[Judged]:
    """Wait until every failed request has a settled verdict and a false alarm would show; then judge all.

    `check` is called while waiting; what it raises ends the wait.
    """
    last = time.monotonic()
    expected = {one.trace_id for one in sent if one.status >= 500}
    while True:
        check()
        verdicts = _by_trace(ask_verdicts(where))
        settled = {trace for trace, row in verdicts.items() if row["settled"]}
        waited = time.monotonic() - last
        # A false alarm needs the settle time and one round of the settler to show.
        if (expected <= settled and waited > SETTLE_S + 2.0) or waited > SETTLE_S + PATIENCE_S:
            return [Judged(one, verdicts.get(one.trace_id)) for one in sent]
        time.sleep(_PAUSE_S)


def _ask(*arguments: str) -> list[Row]:
    done = subprocess.run([*CULPA, *arguments], capture_output=True, text=True, env=clean_environment())
    if done.returncode != 0:
        said = done.stderr.strip()[-600:]
        raise Trouble(f"`culpa {arguments[0]}` failed (exit status {done.returncode}): {said}")
    rows: list[Row] = json.loads(done.stdout)
    return rows


def _by_trace(rows: Sequence[Row]) -> dict[str, Row]:
    """Keep one verdict for each trace: that of what the client saw."""
    chosen: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: bool(row["surfaced"])):
        chosen[row["trace_id"]] = row
    return chosen
