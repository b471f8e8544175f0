"""Recorded telemetry: files of OTLP exports and of servers' logs, read into a store.

Refuses to follow files that grow (that is `culpa.collector.tail`) and to judge what it read.
"""

from culpa.collector.recorded.beside import beside
from culpa.collector.recorded.files import Damaged, Unopenable, files_under
from culpa.collector.recorded.gathering import Gathering
from culpa.collector.recorded.reader import RecordedFiles
from culpa.collector.recorded.report import Report
from culpa.collector.recorded.trial import Tried, tried

__all__ = [
    "Damaged",
    "Gathering",
    "RecordedFiles",
    "Report",
    "Tried",
    "Unopenable",
    "beside",
    "files_under",
    "tried",
]
