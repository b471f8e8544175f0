"""Weigh evidence into verdicts, and show them. `open` a store and ask it.

import culpa.analysis as ca

with ca.open("culpa.duckdb") as s:
    for verdict in s.verdicts(since="1h"):
        print(verdict["component"], verdict["cause"])
"""

from culpa.analysis.explanation import AmbiguousTrace, Explanation, Failure, NoSuchTrace, NotATraceId
from culpa.analysis.rows import MissingLibrary, Rows
from culpa.analysis.session import Session, open
from culpa.analysis.since import NotATime
from culpa.knowledge import Cause, UnknownRunbook, causes, runbook

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
