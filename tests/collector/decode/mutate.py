"""Valid bodies of all signals in both encodings, and ways to spoil them: what the fuzz run feeds the decoder."""

import json
import random
import re
from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from culpa.collector.decode import Signal
from culpa.collector.decode.envelope import Item, body_of, items_of

from .conftest import START_NS, log_request, otlp_json, pairs, span_request

Kind = tuple[Signal, bool]

_STACK = "Traceback (most recent call last):\n  File \"/app/shop.py\", line 7, in pay\n    charge()\nKeyError: 'id'"
_ATTRIBUTES: dict[str, Any] = {
    "http.request.method": "GET", "http.route": "/orders/{id}", "http.response.status_code": 500, "url.full": "http://a:80/b?c=d",
    "net.peer.port": 5432, "db.statement": "select 1", "tags": ["a", {"b": 1, "c": [None, 2.5]}], "raw": b"\0\1", "ok": True,
    "ratio": 0.25, "session.id": "4f1c", "code.lineno": 12,
}  # fmt: skip
_ERROR = {"exception.type": "KeyError", "exception.message": "'id'", "exception.stacktrace": _STACK}


def _metrics() -> Message:
    request = ExportMetricsServiceRequest()
    group = request.resource_metrics.add(schema_url="https://x")
    group.resource.attributes.extend(pairs({"service.name": "shop", "process.pid": 7}))
    scope = group.scope_metrics.add()
    when = {"start_time_unix_nano": START_NS, "time_unix_nano": START_NS + 5}
    gauge = scope.metrics.add(name="queue", unit="1").gauge
    gauge.data_points.add(as_int=4, **when).attributes.extend(pairs({"a": "b"}))
    gauge.data_points.add(as_double=0.5, **when).exemplars.add(trace_id=bytes(15) + b"\1", as_int=1)
    total = scope.metrics.add(name="sum").sum
    total.aggregation_temporality, total.is_monotonic = 2, True
    total.data_points.add(as_int=9, **when)
    histogram = scope.metrics.add(name="latency", unit="s").histogram
    histogram.aggregation_temporality = 1
    histogram.data_points.add(count=3, sum=1.5, bucket_counts=[1, 2, 0], explicit_bounds=[0.1, 1.0], **when)
    point = scope.metrics.add(name="exp").exponential_histogram.data_points.add(count=2, sum=3, scale=2, **when)
    point.positive.offset, point.zero_count = 1, 1
    point.positive.bucket_counts.extend([1, 1])
    quantiles = scope.metrics.add(name="quantiles").summary.data_points.add(count=2, sum=3, **when)
    quantiles.quantile_values.add(quantile=0.5, value=2)
    return request


def corpus() -> dict[Kind, list[bytes]]:
    """Return valid bodies by signal and by whether they are JSON."""
    resource = {"service.name": "shop", "service.version": "1.2", "process.pid": 9, "host.name": "h"}
    spans = [
        span_request(_ATTRIBUTES, events=(("exception", _ERROR), ("retry", {"n": 1})), resource=resource, flags=1),
        span_request({"messaging.system": "kafka"}, kind=4, parent_span_id=b"12345678", trace_state="a=b"),
    ]
    spans[1].resource_spans[0].scope_spans[0].spans[0].links.add(trace_id=b"1" * 16, span_id=b"2" * 8)
    logs = [log_request(_ERROR | {"process.pid": 4}, "it broke", severity_number=17), log_request({}, {"a": [1, None]})]
    made: dict[Signal, list[Message]] = {"traces": list(spans), "logs": list(logs), "metrics": [_metrics()]}
    found: dict[Kind, list[bytes]] = {}
    for signal, messages in made.items():
        found[signal, False] = [message.SerializeToString() for message in messages]
        found[signal, True] = [otlp_json(message) for message in messages]
    return found


_HOSTILE_BYTES = [
    b"\xff" * 9 + b"\x01", b"\xff" * 5, b"\x80" * 11, b"\x00", b"\xff\xfe\xfd", b"\xed\xa0\x80", b"\x0b", b"\x7f\xff", b"\x2a\x00",
    b"\x12\x02\x2a\x00", b"\x3a\x03\xc3\x28\xff", b"A" * 300,
]  # fmt: skip
_DEEP = b"[" * 1200 + b"]" * 1200
_HOSTILE_JSON = [
    b"-1", b"1e999", b"-0.0", b"NaN", b"Infinity", b"9" * 25, b"9" * 4400, b'"' + b"9" * 4400 + b'"', b"null", b"true", b"[]", b"{}",
    b'"\\ud800"', b'"\\u0000"', b'"\xff"', b'"x"', b"[[[[[[]]]]]]", _DEEP, b"18446744073709551616", b'"-9223372036854775809"',
    b'{"arrayValue":{"values":[null,{}]}}', b'""', b"1.5", b'"1e5"', b"9223372036854775806", b'"' + b"a" * 3000 + b'"',
]  # fmt: skip
#: A whole value of JSON that holds no other.
_LEAF = re.compile(rb'(?<=:)(?:"[^"\\]*"|-?[0-9.]+|true|false)')


def mutated(chance: random.Random, kind: Kind, bodies: list[bytes]) -> bytes:
    """Spoil one of the bodies in one to three ways."""
    data = chance.choice(bodies)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        ways = _WAYS + (_JSON_WAYS if kind[1] else _WIRE_WAYS)
        data = chance.choice(ways)(chance, data, bodies)
    return data


Way = Callable[[random.Random, bytes, list[bytes]], bytes]


def _flip(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        if out:
            out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def _splice(chance: random.Random, data: bytes, bodies: list[bytes]) -> bytes:
    other = chance.choice(bodies)
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def _drop(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at + chance.randrange(1, 20) :]


def _repeat(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    at = chance.randrange(len(data) + 1)
    end = at + chance.randrange(1, 60)
    return data[:at] + data[at:end] * chance.randrange(2, 6) + data[end:]


def _insert(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(_HOSTILE_BYTES) + data[at:]


def _overwrite(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    new = chance.choice(_HOSTILE_BYTES)
    at = chance.randrange(len(data) + 1)
    return data[:at] + new + data[at + len(new) :]


def _twice(_: random.Random, data: bytes, __: list[bytes]) -> bytes:
    return data + data


def _leaf(chance: random.Random, data: bytes, _: list[bytes]) -> bytes:
    leaves = list(_LEAF.finditer(data))
    if not leaves:
        return data
    found = chance.choice(leaves)
    return data[: found.start()] + chance.choice(_HOSTILE_JSON) + data[found.end() :]


_WAYS: list[Way] = [_flip, _splice, _drop, _repeat]
_WIRE_WAYS: list[Way] = [_insert, _overwrite, _twice, _flip]
_JSON_WAYS: list[Way] = [_leaf, _leaf, _leaf]


def spoilt_item(chance: random.Random, kind: Kind, bodies: list[bytes]) -> bytes:
    """Return an item of one of the bodies, spoilt; one of JSON is still a value, or it would damage the envelope."""
    signal, is_json = kind
    whole = [item.content for body in bodies for item in items_of(signal, body, is_json=is_json)]
    if not is_json:
        return mutated(chance, kind, whole)
    for _ in range(4):
        spoilt = mutated(chance, kind, whole) if chance.random() < 0.2 else _leaf(chance, chance.choice(whole), whole)
        if _is_value(spoilt):
            return spoilt
    return b'{"name":[1],"severityText":[1]}'


def among_neighbours(kind: Kind, bodies: list[bytes], spoilt: list[bytes]) -> bytes:
    """Return a body of spoilt items between two whole ones, whose envelope is in order."""
    signal, is_json = kind
    first = items_of(signal, bodies[0], is_json=is_json)[0]
    contents = (first.content, *spoilt, first.content)
    made = [Item(0, 0, first.group_head, first.scope_head, content) for content in contents]
    return body_of(signal, made, is_json=is_json)


def _is_value(spoilt: bytes) -> bool:
    try:
        # Python reads no number of 4400 digits, which is one all the same.
        json.loads(spoilt.replace(_DEEP, b"[]").decode("utf-8", "replace"), parse_int=len)
    except (ValueError, RecursionError):
        return False
    return True
