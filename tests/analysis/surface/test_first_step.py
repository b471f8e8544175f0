"""What to do first fits the verdict wherever it is shown: undoing a change only where one is named."""

from pathlib import Path

import pytest

import culpa.analysis as ca
from culpa.alarms.asking import Asker
from culpa.alarms.describe import described
from culpa.alarms.episode import Event
from culpa.analysis.report.markdown import request_markdown
from culpa.mcp.verdict import advice
from culpa.store import DuckDBStore
from culpa.web.request import draw

from .conftest import span_rows, table, trace, verdict_rows

WITHOUT, WITH = "Refuse the input", "Undo it first"


@pytest.mark.parametrize(("change", "expected"), [("", WITHOUT), ("checkout went from 1.4.2 to 1.4.3", WITH)])
def test_every_surface_begins_with_the_same_step(tmp_path: Path, change: str, expected: str) -> None:
    path = tmp_path / "culpa.duckdb"
    rows = [row | {"change": change} for row in verdict_rows() if row["cause"] == "app.unhandled_exception"]
    with DuckDBStore(path, writable=True) as store:
        store.write({"verdict_revisions": table("verdict_revisions", rows), "spans": table("spans", span_rows())})
    with ca.open(path) as session:
        found = session.explain(trace(4))
    [failure] = found.failures
    runbook = draw(found, 0).runbook
    assert runbook
    shown = {
        "terminal": found.text,
        "notebook": found.runbook,
        "ticket": request_markdown(found.sentence, failure, []),
        "page": "Fix\n" + runbook.sections["Fix"],
        "agent": advice(failure),
        "alarm": _told(path, failure.record["fingerprint"]),
    }
    other = WITH if expected == WITHOUT else "After a change"
    for where, text in shown.items():
        assert expected in text, where
        if other in text:
            assert text.index(expected) < text.index(other), where


def _told(path: Path, fingerprint: str) -> str:
    begun = Event("e", "new", "checkout", "firing", 0, 0, details={"fingerprint": fingerprint})
    with DuckDBStore(path) as store:
        [event] = described([begun], Asker(store.query), 0, 2**62)
    return str(event.details["first_action"])
