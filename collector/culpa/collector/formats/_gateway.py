"""What an access line of a gateway or balancer tells: whom it passed the request on to, and why it answered itself."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from culpa.collector.formats._format import Format, Record, Source
from culpa.collector.formats._ids import record_id, request_ids
from culpa.collector.formats._rows import AccessRow
from culpa.collector.formats._values import attributes, host_and_port, path_of, query_of
from culpa.instrumentation.patterns import late_pattern

#: Whom a gateway written in Go could not reach.
_DIALLED = late_pattern(r"\bdial tcp[46]? (?P<place>\[[0-9a-fA-F:.]+\]:\d{1,5}|[^\s:]{1,253}:\d{1,5}): ")
#: nginx's code for a client that left before the answer; others write one of their own, or one that nobody was sent.
CLIENT_LEFT = 499
_FIRST_FAILURE = 500


class Exchange(NamedTuple):
    """One line, taken apart. Absent is '' or 0, -1 for durations of an attempt; times are nanoseconds."""

    status: int
    ended_ns: int
    duration_ns: int = 0
    method: str = ""
    target: str = ""  # as the client asked; with or without an origin
    client: str = ""
    host: str = ""
    scheme: str = ""
    upstream: str = ""  # the address, several attempts apart by ', '
    upstream_status: str = ""
    upstream_name: str = ""
    connect_ns: int = -1
    header_ns: int = -1
    request_id: str = ""
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    bytes_sent: int = 0
    reason: str = ""  # the gateway's own words for it, a name in front; see `web_line` of the catalogue
    has_client_left: bool = False
    is_cut: bool = False  # the upstream broke off behind the status line
    extras: Sequence[tuple[str, object]] = ()


def gateway_row(known: Format, exchange: Exchange, record: Record, source: Source) -> AccessRow:
    """Return the row of a line. Of a client that left no status of 5xx is kept: nobody got it."""
    ids = request_ids(exchange.trace_id, exchange.span_id, exchange.parent_span_id, source=source, record=record)
    server, port = host_and_port(exchange.host)
    status = CLIENT_LEFT if exchange.has_client_left and exchange.status >= _FIRST_FAILURE else exchange.status
    keys, values = attributes(
        [
            ("client.address", exchange.client),
            ("url.query", query_of(exchange.target)),
            ("gateway.reason", exchange.reason),
            ("gateway.status", exchange.status if status != exchange.status else ""),
            *exchange.extras,
        ]
    )
    return AccessRow(
        access_id=record_id(known.name, source, record),
        trace_id=ids.trace_id,
        span_id=ids.span_id,
        parent_span_id=ids.parent_span_id,
        format=known.name,
        service_name=known.service_name,
        start_time=max(exchange.ended_ns - exchange.duration_ns, 0),
        duration_ns=exchange.duration_ns,
        http_request_method=exchange.method,
        url_path=path_of(exchange.target),
        http_response_status_code=status,
        url_scheme=exchange.scheme,
        server_address=server,
        server_port=port,
        request_id=exchange.request_id,
        upstream_address=exchange.upstream,
        upstream_status=exchange.upstream_status,
        upstream_name=exchange.upstream_name,
        upstream_connect_ns=exchange.connect_ns,
        upstream_header_ns=exchange.header_ns,
        bytes_sent=exchange.bytes_sent,
        completed=not exchange.has_client_left and not exchange.is_cut and status != CLIENT_LEFT,
        attr_keys=keys,
        attr_vals=values,
    )


def dialled(words: str) -> str:
    """Return the address that a gateway written in Go could not reach, '' where its words tell none."""
    place = _DIALLED.search(words)
    return place["place"] if place else ""


def milliseconds_ns(written: str) -> int:
    """Return milliseconds in whole numbers as nanoseconds, -1 where there are none."""
    return int(written) * 1_000_000 if written.isdecimal() and len(written) < 13 else -1


def had_connection(status: str, took_ns: int) -> bool:
    """Say whether nginx had a connection before it answered so, where its line tells only how long the attempt took."""
    # Who refuses one within a network does so at once; few wait longer than this for one.
    return took_ns >= {"502": 20_000_000, "504": 6_000_000_000}.get(status, took_ns + 1)


def with_upstream(
    row: AccessRow,
    *,
    address: str,
    status: str,
    name: str,
    took_ns: int,
    has_answered: bool,
    has_connected: bool,
    duration_ns: int,
    request_id: str,
    reason: str = "",
) -> AccessRow:
    """Return a row of the combined format, written at the end of its request, with what stands behind that."""
    if reason:
        keys, values = [*row.attr_keys, "gateway.reason"], [*row.attr_vals, reason]
        row = msgspec.structs.replace(row, attr_keys=keys, attr_vals=values)
    return msgspec.structs.replace(
        row,
        start_time=max(row.start_time - duration_ns, 0),
        duration_ns=duration_ns,
        request_id=request_id,
        upstream_address=address,
        upstream_status=status,
        upstream_name=name,
        upstream_connect_ns=0 if has_connected else -1,
        upstream_header_ns=max(took_ns, 0) if has_answered else -1,
        upstream_response_ns=took_ns,
    )
