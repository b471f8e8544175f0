"""Items of OTLP that become no row of their relation -> records of a log: what can be read of each is kept, redacted.

They bear no trace, severity or time, so that no verdict rests on them.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import msgspec
from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.logs.v1 import logs_pb2  # pyright: ignore[reportMissingTypeStubs] - generated code

from culpa.collector.decode.anyvalue import Plain, plain_of, text_of
from culpa.collector.decode.envelope import Item, body_of
from culpa.collector.decode.mend import remains
from culpa.collector.tables import KEPT_CHARS

#: As many items of one body are kept: the first show what is wrong with all.
MOST_KEPT = 64
#: The attribute that says which signal the item was sent as.
SIGNAL_KEY = "culpa.unreadable"
#: How JSON wraps a value of an attribute.
_WRAPPERS = frozenset(
    {"stringValue", "intValue", "doubleValue", "boolValue", "bytesValue", "arrayValue", "kvlistValue"}
)


def unreadable_logs(signal: str, items: Sequence[Item], *, is_json: bool) -> bytes:
    """Return a body of logs, in the encoding of the items: a record for each of the first, of the same resource."""
    record = _json_record if is_json else _wire_record
    empty = b"{}" if is_json else b""
    kept = [
        replace(item, scope_head=empty, content=record(signal, _text(signal, item.content, is_json)))
        for item in items[:MOST_KEPT]
    ]
    return body_of("logs", kept, is_json=is_json)


def _json_record(signal: str, text: str) -> bytes:
    attribute = {"key": SIGNAL_KEY, "value": {"stringValue": signal}}
    return msgspec.json.encode({"body": {"stringValue": text}, "attributes": [attribute]})


def _wire_record(signal: str, text: str) -> bytes:
    record = logs_pb2.LogRecord()
    record.body.string_value = text
    record.attributes.add(key=SIGNAL_KEY).value.string_value = signal
    return record.SerializeToString()


def _text(signal: str, content: bytes, is_json: bool) -> str:
    """Return what can be read of an item, as JSON that is redacted leaf by leaf."""
    try:
        read = _of_json(msgspec.json.decode(content)) if is_json else _of_message(remains(signal, content))
    except (msgspec.MsgspecError, DecodeError, ValueError, RecursionError):
        read = None
    return text_of(read)[:KEPT_CHARS] if read else f"nothing of its {len(content)} bytes can be read"


def _of_json(value: object) -> Plain:
    """Return a value with attributes as a map, so that each meets the redaction under its name."""
    if isinstance(value, list):
        return _of_list(cast("list[object]", value))
    return _of_object(cast("dict[str, object]", value)) if isinstance(value, dict) else cast("Plain", value)


def _of_list(members: list[object]) -> Plain:
    pairs = [cast("dict[str, object]", member) for member in members if isinstance(member, dict) and "key" in member]
    if pairs and len(pairs) == len(members):
        return {str(pair["key"]): _of_json(pair.get("value")) for pair in pairs}
    return [_of_json(member) for member in members]


def _of_object(of: dict[str, object]) -> Plain:
    if len(of) == 1 and of.keys() <= _WRAPPERS:
        return _of_json(next(iter(of.values())))
    if of.keys() == {"values"}:
        return _of_json(of["values"])
    return {key: _of_json(member) for key, member in of.items()}


def _of_message(message: Message) -> Plain:
    """As `_of_json`, of a message; ids as hex."""
    if isinstance(message, common_pb2.AnyValue):
        return plain_of(message)
    read: dict[str, Plain] = {}
    for member, value in message.ListFields():
        if not member.is_repeated:
            read[member.name] = _of_field(value)
        elif member.message_type is common_pb2.KeyValue.DESCRIPTOR:
            read[member.name] = {pair.key: plain_of(pair.value) for pair in value}
        else:
            read[member.name] = [_of_field(one) for one in value]
    return read


def _of_field(value: Any) -> Plain:
    if isinstance(value, Message):
        return _of_message(value)
    return value.hex() if isinstance(value, bytes) else value
