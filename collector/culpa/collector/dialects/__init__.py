"""Traces as other tools write them, said again as OTLP in JSON: one decoder, one redaction, one limit hold for all.

Each dialect is a file of this folder. Those of JSON are told by `json_dialect_of` from a file's first bytes; those that
are printed among other lines by `printed_in`; rows of tables are read by `clickhouse`. Pure: no I/O, no clock.
"""

from culpa.collector.dialects import clickhouse
from culpa.collector.dialects.dialect import Block, Dialect, Piece, Printed, Unreadable, Value, body_of, count_of
from culpa.collector.dialects.known import json_dialect_of, printed_in
from culpa.collector.dialects.sentry_envelope import Envelope, read_envelope, read_event
from culpa.collector.dialects.values import values_of

__all__ = [
    "Block",
    "Dialect",
    "Envelope",
    "Piece",
    "Printed",
    "Unreadable",
    "Value",
    "body_of",
    "clickhouse",
    "count_of",
    "json_dialect_of",
    "printed_in",
    "read_envelope",
    "read_event",
    "values_of",
]
