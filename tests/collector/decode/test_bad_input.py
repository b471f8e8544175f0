"""Whatever arrives is decoded or refused with Malformed; nothing else comes out of `decode`."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from culpa.collector.decode import Decoded, Malformed, Signal, decode, wire

from .conftest import START_NS, log_request, otlp_json, span_request

_QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
_SPAN = span_request(
    {
        "http.request.method": "GET",
        "tags": ["a", {"b": 1}],
        "size": 3,
        "ratio": 0.5,
        "ok": True,
        "raw": b"\0",
    },
    events=(("exception", {"exception.type": "KeyError", "exception.message": "'id'"}), ("retry", {"n": 1})),
)
_LOG = log_request({"exception.type": "KeyError"}, {"a": [1, 2.5, None]})
_BODIES: dict[Signal, bytes] = {"traces": _SPAN.SerializeToString(), "logs": _LOG.SerializeToString()}
_JSON: dict[Signal, bytes] = {"traces": otlp_json(_SPAN), "logs": otlp_json(_LOG)}


def _decoded_or_malformed(signal: Signal, body: bytes, is_json: bool) -> None:
    try:
        found = decode(signal, [body], is_json=is_json)
    except Malformed as error:
        assert "check the sender's encoding" in str(error)
    else:
        assert isinstance(found, Decoded)


@st.composite
def _mutated(draw: st.DrawFn, body: bytes) -> bytes:
    """Change, drop, insert or cut bytes of a valid body."""
    data = bytearray(body)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        action = draw(st.sampled_from(["set", "drop", "insert", "cut", "huge"]))
        if action == "set" and data:
            data[at] = draw(st.integers(0, 255))
        elif action == "drop":
            del data[at : at + draw(st.integers(1, 5))]
        elif action == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=5))
        elif action == "cut":
            del data[at:]
        else:
            data[at:at] = b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
    return bytes(data)


@_QUICK
@pytest.mark.parametrize("signal", ["traces", "logs"])
@given(data=st.data())
def test_mutated_protobuf_is_decoded_or_malformed(signal: Signal, data: st.DataObject) -> None:
    """Lengths near 2**64 make the Rust decoder panic; that too is Malformed."""
    _decoded_or_malformed(signal, data.draw(_mutated(_BODIES[signal])), is_json=False)


@_QUICK
@pytest.mark.parametrize("signal", ["traces", "logs"])
@given(data=st.data())
def test_mutated_protobuf_without_ptars_is_decoded_or_malformed(signal: Signal, data: st.DataObject) -> None:
    """The fallback keeps the same promise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wire, "is_available", lambda: False)
        _decoded_or_malformed(signal, data.draw(_mutated(_BODIES[signal])), is_json=False)


@_QUICK
@pytest.mark.parametrize("signal", ["traces", "logs"])
@given(data=st.data())
def test_mutated_json_is_decoded_or_malformed(signal: Signal, data: st.DataObject) -> None:
    """Broken JSON, wrong types and wrong numbers are Malformed."""
    _decoded_or_malformed(signal, data.draw(_mutated(_JSON[signal])), is_json=True)


@_QUICK
@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
@given(
    tree=st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(
                    [
                        *(
                            "resourceSpans",
                            "scopeSpans",
                            "spans",
                            "attributes",
                            "key",
                            "value",
                            "intValue",
                            "traceId",
                        ),
                        *(
                            "resourceLogs",
                            "scopeLogs",
                            "logRecords",
                            "body",
                            "arrayValue",
                            "values",
                            "bytesValue",
                        ),
                        *(
                            "resourceMetrics",
                            "scopeMetrics",
                            "metrics",
                            "gauge",
                            "dataPoints",
                            "asInt",
                            "resource",
                        ),
                        *("startTimeUnixNano", "kind", "status", "code", "doubleValue"),
                    ]
                ),
                inner,
                max_size=4,
            ),
        ),
        max_leaves=12,
    )
)
def test_any_json_is_decoded_or_malformed(signal: Signal, tree: object) -> None:
    """JSON of the right names but any shape."""
    _decoded_or_malformed(signal, json.dumps(tree).encode(), is_json=True)


@pytest.mark.parametrize(
    ("body", "is_json"),
    [
        (b"\xff\xff\xff", False),
        (b'{"resourceSpans":[]}', False),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", False),
        (b"", True),
        (b"[]", True),
        (b'{"resourceSpans":[', True),
        (b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":5}]}]}]}', True),
        (b'{"resourceSpans":' + b"[" * 100_000, True),
    ],
)
def test_what_is_no_otlp_is_malformed(body: bytes, is_json: bool) -> None:
    """Garbage, the other encoding, overflowing lengths, nothing but items of another shape."""
    with pytest.raises(Malformed, match="cannot decode the body"):
        decode("traces", [body], is_json=is_json)


def test_one_bad_body_spoils_the_call_but_not_the_others_alone() -> None:
    """The caller finds the bad one by asking body by body."""
    good = _BODIES["traces"]
    with pytest.raises(Malformed):
        decode("traces", [good, b"\xff\xff"])
    assert 1 == decode("traces", [good]).tables["spans"].num_rows


@pytest.mark.parametrize("is_json", [False, True])
@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
def test_an_empty_request_brings_no_rows(signal: Signal, is_json: bool) -> None:
    """An export of nothing is valid."""
    found = decode(signal, [b"{}" if is_json else b""], is_json=is_json)
    assert [0] == found.rows_per_body
    assert {0} == {table.num_rows for table in found.tables.values()}


@pytest.mark.parametrize("trace_id", [b"", b"\1" * 15, b"\1" * 17, bytes(16)])
def test_a_span_with_a_wrong_trace_id_is_rejected_and_counted(trace_id: bytes) -> None:
    """Only that span is lost, and the sender is told how many and why."""
    good, bad = (
        span_request(),
        span_request(trace_id=trace_id, events=(("exception", {"exception.type": "E"}),)),
    )
    both = span_request()
    both.resource_spans.extend(bad.resource_spans)
    found = decode("traces", [good.SerializeToString(), both.SerializeToString()])
    assert ([1, 1], [0, 1]) == (found.rows_per_body, found.rejected_per_body)
    assert "" == found.messages[0]
    assert "16 bytes" in found.messages[1]
    assert (2, 0) == (found.tables["spans"].num_rows, found.tables["exceptions"].num_rows)


def test_json_ids_that_are_not_hex_reject_the_span() -> None:
    """Protobuf's own JSON would write base64; OTLP does not."""
    text = otlp_json(span_request()).replace(b'"00000000000000000000000000000001"', b'"AAAAAAAAAAAAAAAAAAAAAQ=="')
    assert [1] == decode("traces", [text], is_json=True).rejected_per_body


def test_json_numbers_and_enums_may_be_text_or_number_or_name() -> None:
    """Senders differ; all of these are one span."""
    plain = json.loads(otlp_json(span_request({"http.response.status_code": 503})))
    span = plain["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    expected = decode("traces", [json.dumps(plain).encode()], is_json=True).tables["spans"].to_pylist()
    span["startTimeUnixNano"], span["kind"], span["unknownField"] = START_NS, "SPAN_KIND_SERVER", {"a": [1]}
    span["attributes"][0]["value"]["intValue"] = 503
    span["parentSpanId"], span["status"] = None, None
    assert expected == decode("traces", [json.dumps(plain).encode()], is_json=True).tables["spans"].to_pylist()
    assert 503 == expected[0]["http_response_status_code"]


def test_an_unknown_enum_is_unspecified() -> None:
    """A version of OTLP newer than ours may have more kinds."""
    row = decode("traces", [span_request(kind=9).SerializeToString()]).tables["spans"].to_pylist()[0]
    assert 0 == row["kind"]


def test_a_huge_attribute_is_cut_with_a_mark() -> None:
    """Of 10 MB the first 64 KiB are kept; of a stack both ends."""
    request = span_request(
        {"big": "x " * 5_000_000},
        events=(("exception", {"exception.stacktrace": "first\n" + "y\n" * 5_000_000 + "KeyError: 'last'"}),),
    )
    found = decode("traces", [request.SerializeToString()])
    value = found.tables["spans"].to_pylist()[0]["attr_vals"][0]
    stack = found.tables["exceptions"].to_pylist()[0]["stacktrace"]
    assert value.startswith("x x ")
    assert value.endswith("…[cut]")
    assert len(value) < 66_000
    assert (stack.startswith("first"), stack.endswith("KeyError: 'last'"), "…[cut]" in stack) == (
        True,
        True,
        True,
    )
    assert len(stack) < 66_000


def test_a_nul_is_removed_wherever_it_stands() -> None:
    """A NUL would end the text for many a reader."""
    request = span_request({"a\0b": "c\0d", "list": ["e\0f"]}, name="g\0h", resource={"service.name": "i\0j"})
    row = decode("traces", [request.SerializeToString()]).tables["spans"].to_pylist()[0]
    assert ("gh", "ij", ["ab", "list"]) == (row["span_name"], row["service_name"], row["attr_keys"])
    assert "cd" == row["attr_vals"][0]


def test_very_many_distinct_keys_are_made_unique_without_a_huge_table() -> None:
    """A sender that puts ids into keys costs time in proportion to what it sent."""
    request = span_request()
    span = request.resource_spans[0].scope_spans[0].spans[0]
    for number in range(3000):
        copy = request.resource_spans[0].scope_spans[0].spans.add()
        copy.CopyFrom(span)
        copy.span_id = (number + 2).to_bytes(8, "big")
        for part in range(2):
            copy.attributes.add(key=f"k{number}.{part}").value.int_value = part
        copy.attributes.add(key=f"k{number}.0").value.int_value = 9
    row = decode("traces", [request.SerializeToString()]).tables["spans"].to_pylist()[-1]
    assert (["k2999.1", "k2999.0"], ["1", "9"]) == (row["attr_keys"], row["attr_vals"])
