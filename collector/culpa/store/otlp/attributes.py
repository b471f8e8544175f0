"""Columns and kept texts as attributes of OTLP. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

Json = dict[str, Any]
Row = Mapping[str, Any]

#: Column -> attribute, of what became a column when it came in. Numbers are written as such.
SPAN_ATTRIBUTES: Final = {
    "http_request_method": "http.request.method",
    "http_route": "http.route",
    "http_response_status_code": "http.response.status_code",
    "url_path": "url.path",
    "url_full": "url.full",
    "url_scheme": "url.scheme",
    "server_address": "server.address",
    "server_port": "server.port",
    "network_peer_address": "network.peer.address",
    "network_peer_port": "network.peer.port",
    "error_type": "error.type",
    "db_system_name": "db.system.name",
    "db_namespace": "db.namespace",
    "db_operation_name": "db.operation.name",
    "db_collection_name": "db.collection.name",
    "db_query_text": "db.query.text",
    "db_query_summary": "db.query.summary",
    "db_response_status_code": "db.response.status_code",
    "rpc_system": "rpc.system",
    "rpc_service": "rpc.service",
    "rpc_method": "rpc.method",
    "rpc_response_status_code": "rpc.response.status_code",
    "messaging_system": "messaging.system",
    "messaging_destination_name": "messaging.destination.name",
    "code_function_name": "code.function.name",
    "code_file_path": "code.file.path",
    "code_line_number": "code.line.number",
    "peer_service": "peer.service",
}
LOG_ATTRIBUTES: Final = {
    "process_pid": "process.pid",
    "thread_id": "thread.id",
    "request_id": "http.request.id",
    "error_code": "error.code",
    "http_request_method": "http.request.method",
    "url_path": "url.path",
}
RESOURCE_ATTRIBUTES: Final = {
    "service_name": "service.name",
    "service_namespace": "service.namespace",
    "service_version": "service.version",
    "service_instance_id": "service.instance.id",
    "deployment_environment_name": "deployment.environment.name",
    "vcs_ref_head_revision": "vcs.ref.head.revision",
    "host_name": "host.name",
    "host_id": "host.id",
    "process_pid": "process.pid",
    "telemetry_sdk_language": "telemetry.sdk.language",
}
#: What no convention has a name for: a line of a server's log is one of OTLP nowhere else.
SERVER_LINE_ATTRIBUTES: Final = {
    "format": "culpa.log.format",
    "connection_id": "culpa.log.connection_id",
    "upstream_address": "culpa.log.upstream_address",
}


def named(row: Row, names: Mapping[str, str]) -> list[Json]:
    """Return the attributes that became columns, those that are there."""
    return [_pair(name, row[column]) for column, name in names.items() if row.get(column)]


def pairs(keys: Iterable[str], values: Iterable[str]) -> list[Json]:
    """Return attributes of which the text was kept."""
    return [_pair(key, value) for key, value in zip(keys, values, strict=True)]


def own(row: Row) -> list[Json]:
    """Return the attributes of a row that became no column."""
    return pairs(row["attr_keys"], row["attr_vals"])


def _pair(key: str, value: str | int) -> Json:
    return {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
