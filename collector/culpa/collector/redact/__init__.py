"""Take secrets and personal data out of telemetry before it is stored.

What diagnosis needs survives: hosts, ports, database and user names, tables, columns, constraints, error
codes,
file paths, statuses, time-outs. Refuses to keep a list of customers' own patterns; keys and shapes are
general.
"""

from culpa.collector.redact.arrow import Kind, kind_of, redact_array
from culpa.collector.redact.attribute import redact_attribute
from culpa.collector.redact.sql import redact_query, redact_sql
from culpa.collector.redact.text import redact_text
from culpa.collector.redact.url import redact_url

__all__ = [
    "Kind",
    "kind_of",
    "redact_array",
    "redact_attribute",
    "redact_query",
    "redact_sql",
    "redact_text",
    "redact_url",
]
