"""One item that cannot be read costs no other item of its body, and the sender is told."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.message import Message
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from culpa.collector.decode import Decoded, Malformed, Signal, decode
from culpa.collector.decode.unreadable import MOST_KEPT, SIGNAL_KEY
from culpa.collector.tables import MAX_NS

from .conftest import START_NS, log_request, otlp_json, pairs, span_request

_NEIGHBOURS = 100
_RELATIONS: dict[Signal, str] = {"traces": "spans", "logs": "logs", "metrics": "metric_points"}


def _spans(count: int = _NEIGHBOURS) -> Message:
    request = span_request()
    spans = request.resource_spans[0].scope_spans[0].spans
    for number in range(2, count + 1):
        spans.add().CopyFrom(spans[0])
        spans[-1].span_id = number.to_bytes(8)
    return request


def _logs(count: int = _NEIGHBOURS) -> Message:
    request = log_request(body="fine")
    records = request.resource_logs[0].scope_logs[0].log_records
    for number in range(2, count + 1):
        records.add().CopyFrom(records[0])
        records[-1].time_unix_nano += number
    return request


def _points(count: int = _NEIGHBOURS) -> Message:
    request = ExportMetricsServiceRequest()
    group = request.resource_metrics.add()
    group.resource.attributes.extend(pairs({"service.name": "shop"}))
    scope = group.scope_metrics.add()
    for number in range(count):
        point = scope.metrics.add(name=f"queue.{number}").gauge.data_points.add(time_unix_nano=START_NS, as_int=number)
        point.attributes.extend(pairs({"a": 1}))
    return request


_MAKE: dict[Signal, Callable[[], Message]] = {"traces": _spans, "logs": _logs, "metrics": _points}


def _rows(signal: Signal, found: Decoded) -> int:
    """Return how many rows there are of items that could be read."""
    rows = found.tables[_RELATIONS[signal]].num_rows
    assert found.rows_per_body == [rows]
    return rows - len(_kept(found)) if signal == "logs" else rows


def _kept(found: Decoded) -> list[dict[str, Any]]:
    """Return the records of items that could not be read."""
    return (
        [row for row in found.tables["logs"].to_pylist() if SIGNAL_KEY in row["attr_keys"]]
        if "logs" in found.tables
        else []
    )


def _items(tree: dict[str, Any]) -> list[dict[str, Any]]:
    [groups] = tree.values()
    [scopes] = [value for key, value in groups[0].items() if key.startswith("scope")]
    return next(value for key, value in scopes[0].items() if key in ("spans", "logRecords", "metrics"))


def _deep(levels: int) -> bytes:
    """Return an AnyValue of arrays within each other, which no library would serialize."""
    value = b"\x10\x01"
    for _ in range(levels):
        array = b"\x0a" + _varint(len(value)) + value
        value = b"\x2a" + _varint(len(array)) + array
    return value


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


_POISON_JSON: dict[str, dict[str, Any]] = {
    "a number that is none": {"startTimeUnixNano": "soon", "timeUnixNano": "soon", "gauge": {"dataPoints": [{"count": "x", "asInt": "x"}]}},
    "a number of 5000 digits": {"kind": "9" * 5000, "severityNumber": "9" * 5000, "gauge": {"dataPoints": [{"asInt": "9" * 5000}]}},
    "a text in the place of a list": {"attributes": "x", "gauge": {"dataPoints": "x"}},
    "an object in the place of a text": {"name": {}, "severityText": {}},
}  # fmt: skip


@pytest.mark.parametrize("poison", _POISON_JSON)
@pytest.mark.parametrize("signal", _MAKE)
def test_one_unreadable_item_in_json_costs_only_itself(signal: Signal, poison: str) -> None:
    """It is rejected, counted and told, wherever it stands."""
    for place in (0, 57, _NEIGHBOURS - 1):
        tree = json.loads(otlp_json(_MAKE[signal]()))
        _items(tree)[place].update(_POISON_JSON[poison])
        found = decode(signal, [json.dumps(tree).encode()], is_json=True)
        assert (_NEIGHBOURS - 1, [1]) == (_rows(signal, found), found.rejected_per_body)
        assert "1 of the 100 items" in found.messages[0]
        [kept] = _kept(found)
        assert (signal, "shop", "", 0) == (
            kept["attr_vals"][0],
            kept["service_name"],
            kept["trace_id"],
            kept["severity_number"],
        )
        assert f'"{next(iter(_items(tree)[place]))}"' in kept["body"]


_HOSTILE_VALUES = [
    '{"intValue":9223372036854775808}',
    '{"intValue":"-9223372036854775809"}',
    f'{{"intValue":"{"9" * 5000}"}}',
    f'{{"intValue":{"9" * 5000}}}',
    f'{{"intValue":{"9" * 4000}}}',
    '{"doubleValue":1e999}',
    '{"doubleValue":"NaN"}',
    '{"doubleValue":NaN}',
    '{"doubleValue":-Infinity}',
    '{"doubleValue":"much"}',
    '{"bytesValue":"no base64!"}',
    '{"stringValue":"\\ud800 alone"}',
    '{"stringValue":"\\udfff\\ud83d\\ude00"}',
    '{"stringValue":"nul \\u0000"}',
    '{"arrayValue":{"values":[' * 300 + '{"intValue":1}' + "]}}" * 300,
    '{"arrayValue":{"values":[' * 30_000 + '{"intValue":1}' + "]}}" * 30_000,
    '{"arrayValue":{"values":[{"intValue":' + "9" * 4000 + '},{"intValue":"' + "9" * 390 + '"}]}}',
    '{"unknown":' + "[" * 5000 + "]" * 5000 + "}",
]


@pytest.mark.parametrize("value", _HOSTILE_VALUES, ids=lambda value: value[:40])
@pytest.mark.parametrize("signal", _MAKE)
def test_a_hostile_value_in_json_costs_nobody_anything(signal: Signal, value: str) -> None:
    """The item is kept with what can be told of the value."""
    body = otlp_json(_MAKE[signal]())
    attributes = b'"attributes":[{"key":"x","value":' + value.encode() + b"}]"
    if signal == "metrics":
        body = body.replace(b'"attributes": [{"key": "a", "value": {"intValue": "1"}}]', attributes, 1)
    else:
        body = body.replace(b'"spanId"', attributes + b', "spanId"', 1)
    found = decode(signal, [body], is_json=True)
    assert (_NEIGHBOURS, [0]) == (_rows(signal, found), found.rejected_per_body)
    first = found.tables[_RELATIONS[signal]].to_pylist()[0]
    assert ["x"] == first["attr_keys"]


@pytest.mark.parametrize(
    "fields",
    [
        {"startTimeUnixNano": -1, "endTimeUnixNano": "-5", "timeUnixNano": -1, "observedTimeUnixNano": -(2**70)},
        {"startTimeUnixNano": 2**70, "endTimeUnixNano": str(2**90), "timeUnixNano": 2**64},
        {"flags": 2**40, "kind": 2**40, "severityNumber": 2**40, "traceState": "\0"},
        {"flags": -1, "kind": -1, "severityNumber": -(2**40), "status": {"code": 2**40}},
        {"gauge": {"dataPoints": [{"timeUnixNano": -1, "asInt": 2**70}]}},
        {"gauge": {"dataPoints": [{"startTimeUnixNano": 2**70, "asDouble": 10**400}]}},
        {"gauge": None, "histogram": {"dataPoints": [{"count": -1, "bucketCounts": [-1, 2**70]}]}},
        {"gauge": None, "exponentialHistogram": {"dataPoints": [{"scale": 2**70, "zeroCount": -(2**70)}]}},
    ],
)
@pytest.mark.parametrize("signal", _MAKE)
def test_a_number_out_of_range_is_the_nearest_that_fits(signal: Signal, fields: dict[str, Any]) -> None:
    """Times end in 2100, so that sums of them fit 64 bits."""
    tree = json.loads(otlp_json(_MAKE[signal]()))
    _items(tree)[3].update(fields)
    found = decode(signal, [json.dumps(tree).encode()], is_json=True)
    assert (_NEIGHBOURS, [0]) == (_rows(signal, found), found.rejected_per_body)
    time = "start_time" if signal != "logs" else "time"
    times = found.tables[_RELATIONS[signal]].column(time).cast("int64").to_pylist()
    assert all(0 <= each <= MAX_NS for each in times)


def _poisoned(signal: Signal, old: bytes, new: bytes) -> bytes:
    body = _MAKE[signal]().SerializeToString()
    assert len(old) == len(new)
    assert old in body
    return body.replace(old, new, 1)


@pytest.mark.parametrize(
    ("signal", "old", "new"),
    [
        ("traces", b"GET /orders", b"GET /\xff\xfe\xfd\xfc\xfb\xfa"),
        ("logs", b"fine", b"\xff\xfe\x80\x81"),
        ("metrics", b"queue.5", b"queue.\xff"),
    ],
)
def test_text_that_is_not_utf8_is_kept_with_marks(signal: Signal, old: bytes, new: bytes) -> None:
    """Senders in C++, PHP and Ruby write it; the sender is warned, and nothing is rejected."""
    found = decode(signal, [_poisoned(signal, old, new)])
    assert (_NEIGHBOURS, [0]) == (_rows(signal, found), found.rejected_per_body)
    assert "check the sender's encoding" in found.messages[0]
    column = {"traces": "span_name", "logs": "body", "metrics": "name"}[signal]
    assert sum("�" in text for text in found.tables[_RELATIONS[signal]].column(column).to_pylist()) == 1


@pytest.mark.parametrize(("signal", "field"), [("traces", 9), ("logs", 6), ("metrics", 7)])
@pytest.mark.parametrize("levels", [60, 120, 2000])
def test_a_value_that_lies_too_deep_is_marked(signal: Signal, field: int, levels: int) -> None:
    """Google's parser refuses it, and its whole body with it."""
    pair = b"\x0a\x01x" + b"\x12" + _varint(len(_deep(levels))) + _deep(levels)
    attribute = _varint(field << 3 | 2) + _varint(len(pair)) + pair
    item: Any = _MAKE[signal]()
    group = getattr(item, item.DESCRIPTOR.fields[0].name)[0]
    scope = getattr(group, {"traces": "scope_spans", "logs": "scope_logs", "metrics": "scope_metrics"}[signal])[0]
    items = getattr(scope, {"traces": "spans", "logs": "log_records", "metrics": "metrics"}[signal])
    first = items[0].SerializeToString()
    if signal == "metrics":
        point = items[0].gauge.data_points[0].SerializeToString() + attribute
        gauge = b"\x0a" + _varint(len(point)) + point
        first = b"\x0a\x01m\x2a" + _varint(len(gauge)) + gauge
    else:
        first += attribute
    del items[0]
    rest = item.SerializeToString()
    scoped = b"\x12" + _varint(len(first)) + first
    body = (
        rest + b"\x0a" + _varint(len(scoped) + 1 + len(_varint(len(scoped)))) + b"\x12" + _varint(len(scoped)) + scoped
    )
    found = decode(signal, [body])
    assert (_NEIGHBOURS, [0]) == (_rows(signal, found), found.rejected_per_body)
    kept = [text for row in found.tables[_RELATIONS[signal]].to_pylist() for text in row["attr_vals"]]
    assert any("[unreadable]" in text or "[nested too deep]" in text for text in kept)


def test_a_span_whose_inside_is_garbage_costs_only_itself() -> None:
    """Its own length is right, so the next one can be found."""
    request: Any = _spans()
    spans = request.resource_spans[0].scope_spans[0].spans
    spans[50].name = "spoilt-name"
    body = request.SerializeToString().replace(b"\x2a\x0bspoilt-name", b"\x2a\x7fspoilt-name")
    found = decode("traces", [body])
    assert (_NEIGHBOURS - 1, [1]) == (_rows("traces", found), found.rejected_per_body)
    [kept] = _kept(found)
    assert "shop" == kept["service_name"]
    assert spans[50].trace_id.hex() == json.loads(kept["body"])["trace_id"]


def _with_secrets(is_json: bool) -> bytes:
    """Return spans without a trace id, each with a password in an attribute, in one of an event, and in words."""
    request: Any = _spans()
    for span in request.resource_spans[0].scope_spans[0].spans:
        span.trace_id = b"short"
        span.attributes.extend(pairs({"password": "hunter-2-of-span", "http.url": "https://x/?token=hunter-2-of-url"}))
        span.events.add(name="e").attributes.extend(pairs({"db.password": "hunter-2-of-event"}))
        span.status.message = "password=hunter-2-of-status"
    request.resource_spans[0].scope_spans[0].spans[-1].trace_id = b"t" * 16
    return otlp_json(request) if is_json else request.SerializeToString()


@pytest.mark.parametrize("is_json", [False, True])
def test_of_spans_without_a_proper_id_the_first_are_kept_without_their_secrets(is_json: bool) -> None:
    """So one sees what is wrong with all; none becomes an exception, and the same body gives the same records."""
    body = _with_secrets(is_json)
    found = decode(
        "traces", [body, _spans().SerializeToString() if not is_json else otlp_json(_spans()), body], is_json=is_json
    )
    kept = _kept(found)
    assert 2 * MOST_KEPT == len(kept)
    assert MOST_KEPT == len({row["log_id"] for row in kept})
    assert [1, 100, 1] == found.rows_per_body
    assert "hunter" not in str(kept)
    assert "[redacted]" in kept[0]["body"]
    assert 0 == found.tables["exceptions"].num_rows


def test_an_item_of_nothing_but_garbage_is_kept_as_its_length() -> None:
    """There is no text in it that could be redacted."""
    request: Any = _logs(2)
    body = request.SerializeToString()
    record = request.resource_logs[0].scope_logs[0].log_records[1].SerializeToString()
    found = decode("logs", [body.replace(record, b"\xff" * len(record))])
    [kept] = _kept(found)
    assert f"nothing of its {len(record)} bytes can be read" == kept["body"]


@pytest.mark.parametrize("is_json", [False, True])
@pytest.mark.parametrize("signal", _MAKE)
def test_a_body_of_another_signal_is_not_mended_into_rows(signal: Signal, is_json: bool) -> None:
    """All three have the same outer shape; a sender that mixes up addresses is told so, or nothing is stored."""
    for other, make in _MAKE.items():
        body = otlp_json(make()) if is_json else make().SerializeToString()
        if other == signal:
            continue
        try:
            found = decode(signal, [body], is_json=is_json)
        except Malformed:
            continue
        # In JSON the groups have other names, and unknown members are skipped.
        assert (0, [0 if is_json else _NEIGHBOURS]) == (_rows(signal, found), found.rejected_per_body)


def test_a_body_that_is_cut_off_is_malformed() -> None:
    """Nobody knows what is missing, so the sender is told that nothing was stored."""
    with pytest.raises(Malformed, match="check the sender's encoding"):
        decode("traces", [_spans().SerializeToString()[:-3]])


_LONG = "9" * 4301
_STACKS = [
    f'Traceback (most recent call last):\n  File "/app/x.py", line {_LONG}, in f\n    raise E\nE: x',
    f"E: x\n    at f (/app/x.js:{_LONG}:{_LONG})",
    f"E: x\n\tat com.shop.A.f(A.java:{_LONG})",
    f"E: x\n#0 /app/x.php({_LONG}): f()\n#1 {{main}}",
    f"/app/x.rb:{_LONG}:in `f': x (E)\n\tfrom /app/y.rb:{_LONG}:in `g'",
    f"panic: x\n\ngoroutine 1 [running]:\nmain.f()\n\t/app/x.go:{_LONG} +0x1d",
    f"** (E) x\n    (shop 0.1.0) lib/x.ex:{_LONG}: Shop.f/1",
    f"   at Shop.F() in /app/X.cs:line {_LONG}",
]


@pytest.mark.parametrize("stack", _STACKS, ids=lambda stack: stack[:20])
@pytest.mark.parametrize("line", ["7", _LONG, "٣", "-1", "1e9"])
def test_line_numbers_of_any_length_are_read(stack: str, line: str) -> None:
    """Python refuses to read more than 4300 digits; a batch of 101 spans was refused for one."""
    told = {"exception.type": "E", "exception.stacktrace": stack, "code.line.number": line, "code.file.path": "/a.py"}
    request: Any = _spans()
    request.resource_spans[0].scope_spans[0].spans[3].events.add(name="exception").attributes.extend(pairs(told))
    logs: Any = _logs()
    logs.resource_logs[0].scope_logs[0].log_records[3].attributes.extend(pairs(told))
    for signal, made in (("traces", request), ("logs", logs)):
        found = decode(signal, [made.SerializeToString()])  # type: ignore[arg-type]
        assert (_NEIGHBOURS, 1) == (_rows(signal, found), found.tables["exceptions"].num_rows)  # type: ignore[arg-type]


def test_an_exception_that_our_code_cannot_read_is_kept_as_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Type, message and stack are there; what is read out of them is not."""

    def fail(*_: str) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("culpa.collector.exceptions.reading.read_stack", fail)
    told = {"exception.type": "a.E", "exception.message": "no", "exception.stacktrace": "unheard of"}
    found = decode("traces", [span_request(events=(("exception", told),)).SerializeToString()])
    [row] = found.tables["exceptions"].to_pylist()
    assert ("a.E", "no", "unheard of", "") == (row["type"], row["message"], row["stacktrace"], row["code_file_path"])


def test_a_hundred_thousand_attributes_and_names_that_repeat_are_read() -> None:
    """The last of equal names counts."""
    request: Any = _spans(3)
    span = request.resource_spans[0].scope_spans[0].spans[1]
    span.attributes.extend(pairs({f"a{number}": number for number in range(100_000)}))
    span.attributes.extend(pairs({f"a{number}": "last" for number in range(50_000)}))
    row = decode("traces", [request.SerializeToString()]).tables["spans"].to_pylist()[1]
    assert (100_000, 50_000) == (len(row["attr_keys"]), row["attr_vals"].count("last"))
