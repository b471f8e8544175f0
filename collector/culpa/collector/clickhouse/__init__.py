"""Failing requests whose telemetry lies in ClickHouse, fetched from there into a local store and judged.

Reads the tables of the OpenTelemetry Collector's exporter, and changes nothing in ClickHouse but, when asked, a table
of verdicts. Refuses to judge by itself: the caller hands in who settles traces.
"""

from culpa.collector.clickhouse.asked import judge_there

__all__ = ["judge_there"]
