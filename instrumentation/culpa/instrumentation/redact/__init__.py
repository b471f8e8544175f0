"""Take secrets and personal data out of telemetry: in the user's process before it leaves, in the collector again.

What diagnosis needs survives: hosts, ports, database and user names, tables, columns, constraints, error codes,
file paths, statuses, time-outs. Keys and shapes are general; names of the user's own are in redact.own. Imports
nothing but the standard library: the collector reads this table too, so that there is one.
"""

from culpa.instrumentation.redact.attribute import Kind, kind_of, redact_attribute, redact_value
from culpa.instrumentation.redact.sql import redact_query, redact_sql
from culpa.instrumentation.redact.stack import redact_stack
from culpa.instrumentation.redact.text import redact_text
from culpa.instrumentation.redact.url import redact_url

__all__ = [
    "Kind",
    "kind_of",
    "redact_attribute",
    "redact_query",
    "redact_sql",
    "redact_stack",
    "redact_text",
    "redact_url",
    "redact_value",
]
