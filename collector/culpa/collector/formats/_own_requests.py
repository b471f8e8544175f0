"""A request as an app's own server prints it, with how it was answered."""

from typing import NamedTuple

from culpa.collector.formats._format import Format, Record, Source
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._levels import ERROR
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._values import attributes, path_of, query_of

_FIRST_FAILURE = 500


class OwnRequest(NamedTuple):
    """One line, taken apart; absent is '' or 0. `ended_ns` is in nanoseconds since 1970, `took_ms` in milliseconds."""

    method: str
    target: str
    status: int
    client: str = ""
    ended_ns: int = 0
    took_ms: float = 0.0


def failed_request_row(known: Format, told: OwnRequest, record: Record, source: Source) -> LogRow | None:
    """Return the row of a request that failed, None for any other: of an app's output only what matters is kept."""
    if told.status < _FIRST_FAILURE:
        return None
    keys, values = attributes(
        [
            ("client.address", told.client),
            ("http.response.status_code", told.status),
            ("duration_ms", told.took_ms or ""),
            ("url.query", query_of(told.target)),
        ]
    )
    return LogRow(
        log_id=record_id(known.name, source, record),
        time=told.ended_ns,
        observed_time=source.read_at_ns or told.ended_ns,
        severity_number=ERROR,
        service_name=known.service_name,
        # The query stands where it is redacted as one.
        body=f"{told.method} {path_of(told.target)} {told.status}",
        event_name="request.failed",
        format=known.name,
        http_request_method=told.method,
        url_path=path_of(told.target),
        attr_keys=keys,
        attr_vals=values,
    )
