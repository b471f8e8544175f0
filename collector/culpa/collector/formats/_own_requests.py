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


def failed_request_row(known: Format, request: OwnRequest, record: Record, source: Source) -> LogRow | None:
    """Return the row of a request that failed, None for any other: of an app's output only what matters is kept."""
    if request.status < _FIRST_FAILURE:
        return None
    keys, values = attributes(
        [
            ("client.address", request.client),
            ("http.response.status_code", request.status),
            ("duration_ms", request.took_ms or ""),
            ("url.query", query_of(request.target)),
        ]
    )
    return LogRow(
        log_id=record_id(known.name, source, record),
        time=request.ended_ns,
        observed_time=source.read_at_ns or request.ended_ns,
        severity_number=ERROR,
        service_name=known.service_name,
        # The query stands where it is redacted as one.
        body=f"{request.method} {path_of(request.target)} {request.status}",
        event_name="request.failed",
        format=known.name,
        http_request_method=request.method,
        url_path=path_of(request.target),
        attr_keys=keys,
        attr_vals=values,
    )
