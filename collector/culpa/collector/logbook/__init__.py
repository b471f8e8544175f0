"""What the collector says on standard error: its log, and on a terminal how it is going."""

from culpa.collector.logbook.begin import FORMATS, Logbook, begin
from culpa.collector.logbook.status import Status

__all__ = ["FORMATS", "Logbook", "Status", "begin"]
