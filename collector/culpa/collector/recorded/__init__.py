"""Recorded telemetry: files of OTLP exports and of servers' logs, read into a store.

Refuses to follow files that grow (that is `culpa.collector.tail`) and to judge what it read.
"""

from culpa.collector.recorded.files import files_under
from culpa.collector.recorded.intake import Intake
from culpa.collector.recorded.reader import RecordedFiles
from culpa.collector.recorded.report import Report

__all__ = ["Intake", "RecordedFiles", "Report", "files_under"]
