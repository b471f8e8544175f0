"""Weigh evidence into verdicts, and show them. `open` a store and ask it.

import culpa.analysis as ca

with ca.open("culpa.duckdb") as s:
    for verdict in s.verdicts(since="1h"):
        print(verdict["component"], verdict["cause"])
"""

from typing import TYPE_CHECKING

from culpa.instrumentation.late import late

if TYPE_CHECKING:
    from culpa.analysis.advice import UnknownRunbook, runbook
    from culpa.analysis.causes import CAUSES, Cause
    from culpa.analysis.explanation import AmbiguousTrace, Explanation, Failure, NoSuchTrace, NotATraceId
    from culpa.analysis.rows import MissingLibrary, Rows
    from culpa.analysis.session import Session, open
    from culpa.analysis.since import NotATime
else:
    # They import DuckDB, Arrow and Rich, for which no command's help should wait.
    __getattr__, __dir__ = late(
        __name__,
        advice=["UnknownRunbook", "runbook"],
        causes=["CAUSES", "Cause"],
        explanation=["AmbiguousTrace", "Explanation", "Failure", "NoSuchTrace", "NotATraceId"],
        rows=["MissingLibrary", "Rows"],
        session=["Session", "open"],
        since=["NotATime"],
    )

__all__ = [
    "CAUSES",
    "AmbiguousTrace",
    "Cause",
    "Explanation",
    "Failure",
    "MissingLibrary",
    "NoSuchTrace",
    "NotATime",
    "NotATraceId",
    "Rows",
    "Session",
    "UnknownRunbook",
    "open",
    "runbook",
]
