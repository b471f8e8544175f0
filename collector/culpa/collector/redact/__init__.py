"""Take secrets and personal data out of telemetry before it is stored, whole columns at a time.

What is a secret stands in culpa.instrumentation.redact, which cleans what culpa's own instrumentation sends; here
comes what others send. Refuses to keep a list of customers' own patterns.
"""

from culpa.collector.redact.arrow import Kind, kind_of, redact_array
from culpa.instrumentation.redact import redact_attribute, redact_query, redact_sql, redact_text, redact_url

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
