"""The text of values that are not plain: arrays and maps as JSON, bytes, redacted, as base64.

What is nested is redacted here, leaf by leaf: behind the escapes of JSON a secret may look like none.
"""

import base64
import json
import math
from collections.abc import Sequence

from opentelemetry.proto.common.v1 import common_pb2

from culpa.collector.redact import redact_attribute, redact_text, redact_url
from culpa.instrumentation.redact.limit import MAX_TEXT_BYTES, cut

#: Arrays and maps within each other are read so far; Google's parser goes no deeper than 50.
MAX_DEPTH = 48
#: What stands in the place of a value that is not read.
TOO_DEEP = "[nested too deep]"
UNREADABLE = "[unreadable]"

#: What a nested value may hold.
Plain = str | bool | int | float | bytes | None | Sequence["Plain"] | dict[str, "Plain"]


# Their base64 is not longer than the longest text.
_MOST_BYTES = MAX_TEXT_BYTES * 3 // 4


def text_of(value: Plain) -> str:
    """Return the text of any value; nothing is ''.

    Leaves of arrays and maps are redacted, a plain text is not.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bytes):
        return _text_of_bytes(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return json.dumps(_jsonable(value), ensure_ascii=False, separators=(",", ":"))


def plain_of(message: common_pb2.AnyValue) -> Plain:
    """Return the value of a protobuf AnyValue; of a map's repeated key the last."""
    kind = message.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [plain_of(value) for value in message.array_value.values]
    if kind == "kvlist_value":
        return {pair.key: plain_of(pair.value) for pair in message.kvlist_value.values}
    value: Plain = getattr(message, kind)
    return value


def _text_of_bytes(value: bytes) -> str:
    """Redact bytes as the text that they may be, whole or in part; parameters of a URL as well."""
    text = cut(value[:_MOST_BYTES].decode("utf-8", "surrogateescape"), _MOST_BYTES)
    return base64.b64encode(redact_url(text).encode("utf-8", "surrogateescape")).decode()


def _jsonable(value: Plain) -> object:
    if isinstance(value, str):
        return redact_text(cut(value))
    if isinstance(value, bytes):
        return _text_of_bytes(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {redact_text(cut(key)): _of_key(key, item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(item) for item in value]
    return value


def _of_key(key: str, value: Plain) -> object:
    if isinstance(value, str):
        return redact_attribute(key, cut(value))
    return redact_attribute(key, "") or _jsonable(value)
