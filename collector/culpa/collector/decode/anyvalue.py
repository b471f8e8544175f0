"""The text of values that are not plain: arrays and maps as JSON, bytes as base64.

What is nested is redacted here, leaf by leaf: behind the escapes of JSON a secret may look like none.
"""

import base64
import json
import math
from collections.abc import Sequence

from opentelemetry.proto.common.v1 import common_pb2

from culpa.collector.redact import redact_attribute, redact_text
from culpa.instrumentation.redact.limit import cut

#: Arrays and maps within each other are read so far; Google's parser goes no deeper than 50.
MAX_DEPTH = 48
#: What stands in the place of a value that is not read.
TOO_DEEP = "[nested too deep]"
UNREADABLE = "[unreadable]"

#: What a nested value may hold.
Plain = str | bool | int | float | bytes | None | Sequence["Plain"] | dict[str, "Plain"]


def text_of(value: Plain) -> str:
    """Return the text of any value; nothing is ''.

    Leaves of arrays and maps are redacted, a plain text is not.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
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


def _jsonable(value: Plain) -> object:
    if isinstance(value, str):
        return redact_text(cut(value))
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
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
