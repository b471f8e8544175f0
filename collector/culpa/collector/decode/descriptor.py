"""Our own trimmed view of OTLP on the wire: field numbers and types of what is stored, nothing else.

Resources, scopes and nested values stay serialized: few of them are distinct, so each is parsed once and
looked up.
Source: opentelemetry-proto 1.x; a test compares every field with the official descriptors.
"""

from functools import cache

from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.descriptor import Descriptor, FileDescriptor

_PACKAGE = "culpa.otlp"
_TYPE = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "string": _TYPE.TYPE_STRING,
    "bytes": _TYPE.TYPE_BYTES,
    "bool": _TYPE.TYPE_BOOL,
    "int32": _TYPE.TYPE_INT32,
    "int64": _TYPE.TYPE_INT64,
    "uint32": _TYPE.TYPE_UINT32,
    "double": _TYPE.TYPE_DOUBLE,
    "fixed32": _TYPE.TYPE_FIXED32,
    "fixed64": _TYPE.TYPE_FIXED64,
}

#: Message -> (type, name, number); `*` repeated, `?` member of the oneof `value`.
MESSAGES: dict[str, tuple[tuple[str, str, int], ...]] = {
    "AnyValue": (
        ("?string", "string_value", 1),
        ("?bool", "bool_value", 2),
        ("?int64", "int_value", 3),
        ("?double", "double_value", 4),
        ("?bytes", "array_value", 5),
        ("?bytes", "kvlist_value", 6),
        ("?bytes", "bytes_value", 7),
    ),
    "KeyValue": (("string", "key", 1), ("AnyValue", "value", 2)),
    "Event": (("fixed64", "time_unix_nano", 1), ("string", "name", 2), ("*KeyValue", "attributes", 3)),
    "Link": (("bytes", "trace_id", 1), ("bytes", "span_id", 2), ("*KeyValue", "attributes", 4)),
    "Status": (("string", "message", 2), ("int32", "code", 3)),
    "Span": (
        ("bytes", "trace_id", 1),
        ("bytes", "span_id", 2),
        ("string", "trace_state", 3),
        ("bytes", "parent_span_id", 4),
        ("string", "name", 5),
        ("int32", "kind", 6),
        ("fixed64", "start_time_unix_nano", 7),
        ("fixed64", "end_time_unix_nano", 8),
        ("*KeyValue", "attributes", 9),
        ("*Event", "events", 11),
        ("*Link", "links", 13),
        ("Status", "status", 15),
        ("fixed32", "flags", 16),
    ),
    "ScopeSpans": (("bytes", "scope", 1), ("*Span", "spans", 2)),
    "ResourceSpans": (
        ("bytes", "resource", 1),
        ("*ScopeSpans", "scope_spans", 2),
        ("string", "schema_url", 3),
    ),
    "TracesData": (("*ResourceSpans", "resource_spans", 1),),
    "LogRecord": (
        ("fixed64", "time_unix_nano", 1),
        ("int32", "severity_number", 2),
        ("string", "severity_text", 3),
        ("AnyValue", "body", 5),
        ("*KeyValue", "attributes", 6),
        ("bytes", "trace_id", 9),
        ("bytes", "span_id", 10),
        ("fixed64", "observed_time_unix_nano", 11),
        ("string", "event_name", 12),
    ),
    "ScopeLogs": (("bytes", "scope", 1), ("*LogRecord", "log_records", 2)),
    "ResourceLogs": (("bytes", "resource", 1), ("*ScopeLogs", "scope_logs", 2), ("string", "schema_url", 3)),
    "LogsData": (("*ResourceLogs", "resource_logs", 1),),
}


@cache
def slim_file() -> FileDescriptor:
    """Return the file descriptor of the trimmed messages."""
    proto = descriptor_pb2.FileDescriptorProto(name="culpa/otlp.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in MESSAGES.items():
        message = proto.message_type.add(name=name)
        for kind, field, number in fields:
            _add_field(message, kind, field, number)
        if any(kind.startswith("?") for kind, _, _ in fields):
            message.oneof_decl.add(name="value")
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(proto.SerializeToString())
    return pool.FindFileByName(proto.name)


def slim_message(name: str) -> Descriptor:
    """Return the descriptor of one trimmed message. Errors: KeyError for a name that is not in MESSAGES."""
    return slim_file().message_types_by_name[name]


def _add_field(message: descriptor_pb2.DescriptorProto, kind: str, name: str, number: int) -> None:
    bare = kind.lstrip("*?")
    field = message.field.add(name=name, number=number)
    field.label = _TYPE.LABEL_REPEATED if kind.startswith("*") else _TYPE.LABEL_OPTIONAL
    if bare in _SCALARS:
        field.type = _SCALARS[bare]
    else:
        field.type = _TYPE.TYPE_MESSAGE
        field.type_name = f".{_PACKAGE}.{bare}"
    if kind.startswith("?"):
        field.oneof_index = 0
