"""Make what a decoder refuses into what it takes, keeping all that can be kept; slow, and only for what was refused.

Protobuf: text that is no UTF-8 and values that lie too deep within each other. JSON: the same, halves of surrogate
pairs, `NaN` and `Infinity` as Python writes them, and numbers that no machine has.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

import msgspec
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.logs.v1 import logs_pb2  # pyright: ignore[reportMissingTypeStubs] - generated code
from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from culpa.collector.decode import json_metric_shapes, json_shapes
from culpa.collector.decode.anyvalue import MAX_DEPTH, TOO_DEEP
from culpa.collector.decode.envelope import field, fields_of
from culpa.collector.decode.errors import Malformed

#: Protobuf messages of a group, a scope and an item, by signal.
_MESSAGES: dict[str, tuple[type[Message], type[Message], type[Message]]] = {
    "traces": (trace_pb2.ResourceSpans, trace_pb2.ScopeSpans, trace_pb2.Span),
    "logs": (logs_pb2.ResourceLogs, logs_pb2.ScopeLogs, logs_pb2.LogRecord),
    "metrics": (metrics_pb2.ResourceMetrics, metrics_pb2.ScopeMetrics, metrics_pb2.Metric),
}
#: The same in JSON.
_SHAPES: dict[str, tuple[type, type, type]] = {
    "traces": (json_shapes.ResourceSpans, json_shapes.ScopeSpans, json_shapes.Span),
    "logs": (json_shapes.ResourceLogs, json_shapes.ScopeLogs, json_shapes.LogRecord),
    "metrics": (json_metric_shapes.ResourceMetrics, json_metric_shapes.ScopeMetrics, json_metric_shapes.Metric),
}
_LEN = 2
#: Messages within an item; the parser stops at 100 from the body on. A list within a list takes two.
_DEEPEST = 80


def readable(signal: str, level: int, content: bytes, *, is_json: bool, may_mend: bool = True) -> bytes | None:
    """Return a group's head (level 0), a scope's (1) or an item (2) so that it can be decoded, None if it cannot."""
    check = _is_json if is_json else _is_wire
    if check(signal, level, content):
        return content
    if not may_mend or (is_json and not _is_mendable(content)):
        return None
    for is_thorough in (False,) if is_json else (False, True):
        try:
            mended = mend_json(content) if is_json else _mended_wire(signal, level, content, is_thorough)
        except (Malformed, RecursionError):
            return None
        if check(signal, level, mended):
            return mended
    return None


def _is_wire(signal: str, level: int, content: bytes) -> bool:
    try:
        _MESSAGES[signal][level].FromString(content)
    except (DecodeError, RecursionError):
        return False
    return True


def _is_json(signal: str, level: int, content: bytes) -> bool:
    try:
        msgspec.json.decode(content, type=_SHAPES[signal][level])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    return True


# --- protobuf


def _mended_wire(signal: str, level: int, content: bytes, is_thorough: bool) -> bytes:
    """Mend a message; if not thorough, parts that can be read by themselves are left as they are, however deep."""
    return _mend(memoryview(content), _MESSAGES[signal][level].DESCRIPTOR, 0, is_thorough, False)


def remains(signal: str, content: bytes) -> Message:
    """Return what can be read of an item in protobuf that cannot be mended: what fits, as far as it can be followed.

    Errors: google.protobuf.message.DecodeError if that is no message either.
    """
    kind = _MESSAGES[signal][2]
    return kind.FromString(_mend(memoryview(content), kind.DESCRIPTOR, 0, True, True))


@cache
def _members(descriptor: Any) -> dict[int, Any]:
    return {member.number: member for member in descriptor.fields}


def _mend(data: memoryview, descriptor: Any, depth: int, is_thorough: bool, is_lenient: bool) -> bytes:
    if depth > _DEEPEST and descriptor is common_pb2.AnyValue.DESCRIPTOR:
        return common_pb2.AnyValue(string_value=TOO_DEEP).SerializeToString()
    members = _members(descriptor)
    out = bytearray()
    for number, kind, value, whole in _until_damaged(data) if is_lenient else fields_of(data):
        member = members.get(number)
        if member is None:
            continue
        if not _fits(member, kind):
            if is_lenient:
                continue
            # Not damaged but something else, such as a body that was sent to the address of another signal.
            raise Malformed(f"cannot decode field {number} as OTLP protobuf; check the sender's encoding")
        is_message = member.type == member.TYPE_MESSAGE and kind == _LEN
        if is_message and (is_thorough or not _is_sound(member.message_type, value)):
            out += field(number, _mend(value, member.message_type, depth + 1, is_thorough, is_lenient))
        elif member.type == member.TYPE_STRING:
            out += field(number, bytes(value).decode("utf-8", "replace").encode())
        else:
            out += whole
    return bytes(out)


def _until_damaged(data: memoryview) -> Iterator[tuple[int, int, memoryview, memoryview]]:
    try:
        yield from fields_of(data)
    except Malformed:
        return


def _is_sound(descriptor: Any, value: memoryview) -> bool:
    """Say whether a part can be read by itself, which the parser finds out a hundred times faster than we do."""
    try:
        GetMessageClass(descriptor).FromString(value.tobytes())
    except (DecodeError, RecursionError):
        return False
    return True


def _fits(member: Any, kind: int) -> bool:
    fixed = {member.TYPE_FIXED64: 1, member.TYPE_SFIXED64: 1, member.TYPE_DOUBLE: 1, member.TYPE_FIXED32: 5}
    fixed |= {member.TYPE_SFIXED32: 5, member.TYPE_FLOAT: 5}
    if member.type in (member.TYPE_MESSAGE, member.TYPE_STRING, member.TYPE_BYTES):
        return kind == _LEN
    # Repeated numbers are packed, or were by older senders.
    return kind == fixed.get(member.type, 0) or (kind == _LEN and member.is_repeated)


# --- JSON

#: Texts, brackets, and what is no JSON or too large a number for it. Linear: each begins with another sign, nothing is
#: tried twice (`++`), and a text without an end reaches to the end of all.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?+|-?Infinity|NaN|-?[0-9][0-9.eE+-]*+|[\[{]|[\]}]', re.DOTALL)
#: Halves of surrogate pairs, behind whole ones and other escapes so that those are passed over.
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)
#: A number of more signs, or with an exponent of three digits, is written as a text.
_PLAIN_SIGNS = 18
_HUGE = re.compile(rb"[eE]\+?[0-9]{3}")
#: Brackets within each other: an item lies six deep, each of its values takes four.
_BRACKETS = 6 + 4 * MAX_DEPTH
#: A text takes room while it is looked at, so no more than this many tokens are.
_MAX_TOKENS = 20_000_000


#: What there may be to mend, by a search of a few nanoseconds a byte.
_MENDABLE = re.compile(rb"[^\x00-\x7f]|\\u[dD][89a-fA-F]|NaN|Infinity|[0-9]{19}|[eE]\+?[0-9]{3}")


def _is_mendable(content: bytes) -> bool:
    return _MENDABLE.search(content) is not None or content.count(b"{") + content.count(b"[") > _BRACKETS


def mend_json(body: bytes) -> bytes:
    """Return JSON that can be read; what lies too deep is `null`."""
    text = body.decode("utf-8", "replace").encode()
    out: list[bytes] = []
    depth = done = 0
    for token in islice(_TOKEN.finditer(text), _MAX_TOKENS):
        sign = token[0]
        before = text[done : token.start()]
        done = token.end()
        is_kept = depth <= _BRACKETS
        if sign in b"[{":
            depth += 1
            sign = sign if is_kept and depth <= _BRACKETS else (b"null" if is_kept else b"")
        elif sign in b"]}":
            is_kept = depth <= _BRACKETS
            depth -= 1
            sign = sign if is_kept else b""
        elif is_kept:
            sign = _mended(sign)
        else:
            sign = b""
        out += (before, sign) if is_kept or sign else ()
    out.append(text[done:])
    return b"".join(out)


def _mended(sign: bytes) -> bytes:
    if sign[:1] == b'"':
        return _ESCAPE.sub(lambda found: b"\\ufffd" if found["half"] else found[0], sign) if b"\\u" in sign else sign
    if sign[-1:].isdigit() and len(sign) <= _PLAIN_SIGNS and not _HUGE.search(sign):
        return sign
    return b'"' + sign + b'"'
