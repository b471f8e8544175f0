"""The rows that server logs turn into, in the columns of `data.access` and `data.logs`.

Absent is '' for text, 0 for numbers, -1 where the column says so. Times are nanoseconds since 1970 in UTC.
"""

from typing import ClassVar

import msgspec


class AccessRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of a web server's access log."""

    relation: ClassVar[str] = "access"

    access_id: str
    trace_id: str
    span_id: str
    format: str
    service_name: str
    start_time: int
    duration_ns: int
    parent_span_id: str = ""
    http_request_method: str = ""
    url_path: str = ""
    http_response_status_code: int = 0
    url_scheme: str = ""
    server_address: str = ""
    server_port: int = 0
    process_pid: int = 0
    thread_id: str = ""
    connection_id: str = ""
    connection_requests: int = 0
    request_id: str = ""
    log_id: str = ""
    handler: str = ""
    upstream_address: str = ""
    upstream_status: str = ""
    upstream_name: str = ""
    upstream_connect_ns: int = -1
    upstream_header_ns: int = -1
    upstream_response_ns: int = -1
    upstream_bytes_received: int = -1
    bytes_sent: int = 0
    completed: bool = True
    attr_keys: list[str] = []
    attr_vals: list[str] = []


class LogRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One record of a server's other logs. What it may mean is one of `events.EVENTS`, as `event_name`.

    The `exception_*` fields and `stacktrace` are no columns of `logs`: a record with any of them also becomes
    a row of `exceptions` that names this one as its `log_id`. `stacktrace` is the text as it was printed,
    header and causes included, without the prefixes of the log's lines.
    """

    relation: ClassVar[str] = "logs"

    log_id: str
    time: int
    observed_time: int
    service_name: str
    body: str
    format: str
    trace_id: str = ""
    span_id: str = ""
    severity_number: int = 0
    severity_text: str = ""
    event_name: str = ""
    resource_id: int = 0
    scope_name: str = ""
    process_pid: int = 0
    thread_id: str = ""
    connection_id: str = ""
    request_id: str = ""
    error_code: str = ""
    http_request_method: str = ""
    url_path: str = ""
    upstream_address: str = ""
    attr_keys: list[str] = []
    attr_vals: list[str] = []
    exception_type: str = ""
    exception_message: str = ""
    exception_code: str = ""
    stacktrace: str = ""
