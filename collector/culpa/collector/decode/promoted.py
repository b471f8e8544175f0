"""Which attributes become columns: old and new semantic conventions, and the exceptions between them.

A column takes the first source that a span has; a source that did not win, or has an unexpected type,
stays among the attributes, so that nothing is lost.
"""

from dataclasses import dataclass

SERVER = frozenset({2, 5})  # OTLP kinds that are called: server, consumer
CALLER = frozenset({0, 1, 3, 4})  # all others


@dataclass(frozen=True, slots=True)
class Source:
    """One attribute name that fills a column; on some kinds of spans only, where its meaning differs."""

    key: str
    kinds: frozenset[int] | None = None
    # The column holds only a part of the value, so the attribute stays.
    stays: bool = False
    # A common word that means this only where the span has that attribute, too.
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Promotion:
    """One column, its sources (best first) and, for numbers, the largest value that it holds."""

    column: str
    sources: tuple[Source, ...]
    maximum: int = 0

    @property
    def is_number(self) -> bool:
        """Tell whether the column holds numbers."""
        return self.maximum > 0


def _texts(column: str, *keys: str | Source) -> Promotion:
    return Promotion(column, tuple(key if isinstance(key, Source) else Source(key) for key in keys))


def _number(column: str, maximum: int, *keys: str | Source) -> Promotion:
    return Promotion(column, _texts(column, *keys).sources, maximum)


_PORT_MAX = 65535
_U32_MAX = 2**32 - 1

#: Of spans that Spring makes of Micrometer's observations.
_OBSERVED = "outcome"

SPAN_PROMOTIONS = (
    _texts("http_request_method", "http.request.method", "http.method", Source("method", beside=_OBSERVED)),
    _texts("http_route", "http.route", Source("uri", SERVER, beside=_OBSERVED)),
    _number(
        "http_response_status_code",
        _PORT_MAX,
        "http.response.status_code",
        "http.status_code",
        Source("status", beside=_OBSERVED),
    ),
    _texts("url_path", "url.path", Source("http.target", stays=True), "http.path"),  # the last is Zipkin's
    _texts("url_full", "url.full", "http.url"),
    _texts("url_scheme", "url.scheme", "http.scheme"),
    # On a span that was called, net.peer.* is the client's address, never the dependency's.
    _texts(
        "server_address",
        "server.address",
        Source("net.peer.name", CALLER),
        Source("net.host.name", SERVER),
        Source("http.host", SERVER, stays=True),
    ),
    _number(
        "server_port",
        _PORT_MAX,
        "server.port",
        Source("net.peer.port", CALLER),
        Source("net.host.port", SERVER),
    ),
    _texts("network_peer_address", "network.peer.address", "net.sock.peer.addr", "net.peer.ip"),
    _number(
        "network_peer_port",
        _PORT_MAX,
        "network.peer.port",
        "net.sock.peer.port",
        Source("net.peer.port", SERVER),
    ),
    _texts("error_type", "error.type"),
    _texts("db_system_name", "db.system.name", "db.system"),
    _texts("db_namespace", "db.namespace", "db.name", "db.redis.database_index"),
    _texts("db_operation_name", "db.operation.name", "db.operation"),
    _texts(
        "db_collection_name",
        "db.collection.name",
        "db.sql.table",
        "db.mongodb.collection",
        "db.cassandra.table",
    ),
    _texts("db_query_text", "db.query.text", "db.statement"),
    _texts("db_query_summary", "db.query.summary"),
    _texts("db_response_status_code", "db.response.status_code"),
    _texts("rpc_system", "rpc.system", "rpc.system.name"),
    _texts("rpc_service", "rpc.service"),
    _texts("rpc_method", "rpc.method"),
    # The last is what ASP.NET Core names itself.
    _texts("rpc_response_status_code", "rpc.response.status_code", "rpc.grpc.status_code", "grpc.status_code"),
    _texts("messaging_system", "messaging.system"),
    _texts("messaging_destination_name", "messaging.destination.name", "messaging.destination"),
    _texts("code_function_name", "code.function.name", "code.function"),
    _texts("code_namespace", Source("code.namespace", stays=True)),
    _texts("code_file_path", "code.file.path", "code.filepath"),
    _number("code_line_number", _U32_MAX, "code.line.number", "code.lineno"),
    _texts("peer_service", "peer.service", "service.peer.name"),
)

LOG_PROMOTIONS = (
    _number("process_pid", 2**62, "process.pid"),
    _texts("thread_id", "thread.id"),
    _texts("request_id", "http.request.id", "request.id", "request_id"),
    _texts("error_code", "db.response.status_code", "error.code"),
    _texts("http_request_method", "http.request.method", "http.method"),
    _texts("url_path", "url.path", Source("http.target", stays=True)),
    _texts("event_name_attribute", "event.name"),
    # Held by the relation of exceptions; a copy here would double what an error costs.
    _texts("exception_stacktrace", "exception.stacktrace"),
    _texts("exception_type", Source("exception.type", stays=True)),
    _texts("exception_message", Source("exception.message", stays=True)),
)
