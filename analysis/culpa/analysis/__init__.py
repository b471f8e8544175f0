"""Weigh evidence into verdicts, and show them. `open` a store and ask it.

import culpa.analysis as ca

with ca.open("culpa.duckdb") as s:
    for verdict in s.verdicts(since="1h"):
        print(verdict["component"], verdict["cause"])
"""

from typing import TYPE_CHECKING

from culpa.instrumentation.late import late
from culpa.knowledge import Cause, UnknownRunbook, causes, runbook
from culpa.store import NotATime

if TYPE_CHECKING:
    from culpa.analysis.explanation.explain import AmbiguousTrace, Explanation, Failure, NoSuchTrace, NotATraceId
    from culpa.analysis.surface.rows import MissingLibrary, Rows
    from culpa.analysis.surface.session import Session, open
else:
    # They import DuckDB, Arrow and Rich, for which no command's help should wait.
    __getattr__, __dir__ = late(
        __name__,
        **{
            "explanation.explain": ["AmbiguousTrace", "Explanation", "Failure", "NoSuchTrace", "NotATraceId"],
            "surface.rows": ["MissingLibrary", "Rows"],
            "surface.session": ["Session", "open"],
        },
    )

__all__ = [
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
    "causes",
    "open",
    "runbook",
]
