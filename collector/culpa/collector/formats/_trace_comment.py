"""The trace that an application writes into its SQL, as sqlcommenter does."""

from culpa.collector.formats._ids import usable_span_id, usable_trace_id
from culpa.instrumentation.patterns import late_pattern

#: `/*traceparent='00-…-…-01'*/`, alone or among other keys; `%27` and `"` where a log quotes again.
_COMMENT = late_pattern(r"traceparent=(?:'|\\'|\"|\\\"|%27)?00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


def trace_in(*statements: str) -> tuple[str, str]:
    """Return trace id and the database client's span id of the first statement that tells them, or two ''."""
    for statement in statements:
        if "traceparent" not in statement:
            continue
        found = _COMMENT.search(statement)
        if found:
            trace, span = usable_trace_id(found[1]), usable_span_id(found[2])
            if trace and span:
                return trace, span
    return "", ""
