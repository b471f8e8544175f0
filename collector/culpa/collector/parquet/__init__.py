"""Parquet folders, on a disk or in an object store: telemetry is kept there cheaply, and what failed is read there.

Reads the folders that `culpa collect --parquet` writes and those of other tools, by their columns. Refuses to write
verdicts there.
"""

from culpa.collector.parquet.asked import judge_there

__all__ = ["judge_there"]
