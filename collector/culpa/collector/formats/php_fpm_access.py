"""PHP-FPM's access log, of its default format or any that begins like it and goes on with `key=value`.

The web server in front of it is the witness of the request; this line adds the worker, its time and the ids.
"""

from collections.abc import Sequence

from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._levels import ERROR
from culpa.collector.formats._php_fpm import FpmRequest, fpm_request, is_fpm_request, is_unimportant
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._values import attributes

_FIRST_FAILURE = 500
_INFO = 9


def _recognises(_file_name: str, lines: Sequence[str]) -> bool:
    # In the output of a container the lines of the other log stand between these.
    return any(map(is_fpm_request, lines)) and not any("NOTICE: " in line[:40] for line in lines)


def _read(record: Record, source: Source) -> LogRow | None:
    if is_unimportant(text_of(record)):
        return None
    request = fpm_request(text_of(record), source.zone)
    if request is None:
        raise Unreadable("not a line of PHP-FPM's access log")
    return request_row(request, FORMAT, record, source)


def request_row(request: FpmRequest, known: Format, record: Record, source: Source) -> LogRow | None:
    """Return the row of a request, None for one that succeeded and tells no trace."""
    has_failed = request.status >= _FIRST_FAILURE
    if not has_failed and not request.trace_id:
        return None
    took = request.duration_ns
    at = request.time_ns + max(took, 0)
    keys, values = attributes(
        [
            ("client.address", request.remote),
            ("http.response.status_code", request.status),
            ("duration_ms", took / 1_000_000 if took >= 0 else ""),
            ("php.script_name", request.script),
            ("url.query", request.query),
            *request.others.items(),
        ]
    )
    return LogRow(
        log_id=record_id(known.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        trace_id=request.trace_id,
        span_id=request.span_id,
        severity_number=ERROR if has_failed else _INFO,
        service_name=known.service_name,
        body=f"{request.method} {request.script} {request.status}",
        event_name="request.failed" if has_failed else "request.completed",
        format=known.name,
        process_pid=request.pid,
        request_id=request.request_id,
        http_request_method=request.method,
        url_path=request.path,
        attr_keys=keys,
        attr_vals=values,
    )


FORMAT = Format(name="php_fpm_access", service_name="php-fpm", recognises=_recognises, read=_read)
