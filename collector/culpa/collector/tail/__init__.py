"""Follow servers' log files: every line once, across rotation and restarts.

Refuses to watch by notification: polling works on every file system, and costs next to nothing.
"""

from culpa.collector.tail.positions import Position, purge_positions, read_positions
from culpa.collector.tail.tailer import Entry, Tailer, parse_entry

__all__ = ["Entry", "Position", "Tailer", "parse_entry", "purge_positions", "read_positions"]
