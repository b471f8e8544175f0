"""Write the trace context into a statement, so that the database's own log tells which request sent it.

Format: sqlcommenter (https://google.github.io/sqlcommenter/spec/), of its keys only traceparent: whatever else the
request carries (baggage, say) is not the database's business.
"""

import os

from opentelemetry import trace

SWITCH = "CULPA_SQL_COMMENTS"
_OFF = frozenset(("off", "0", "false", "no"))
_ALWAYS = frozenset(("on", "1", "true", "yes"))


def is_on() -> bool:
    """Tell whether statements get comments where that is harmless."""
    return _setting() not in _OFF


def is_always_on() -> bool:
    """Tell whether they get them also where the driver would otherwise prepare recurring statements."""
    return _setting() in _ALWAYS


def commented(statement: str) -> str:
    """Return a statement with the current span's context in a comment at its end, before a closing semicolon."""
    own = trace.get_current_span().get_span_context()
    if not own.is_valid or "traceparent=" in statement:
        return statement
    comment = f"/*traceparent='00-{own.trace_id:032x}-{own.span_id:016x}-{own.trace_flags:02x}'*/"
    text = statement.rstrip()
    # Behind the semicolon MySQL would take the comment for a second statement.
    return f"{text[:-1]} {comment};" if text.endswith(";") else f"{text} {comment}"


def _setting() -> str:
    return os.environ.get(SWITCH, "").strip().lower()
