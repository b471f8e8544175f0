"""Exceptions from span events and from log records, each once."""

from collections.abc import Callable
from typing import Any

import pytest

from culpa.collector.decode import Decoded, decode

from .conftest import log_request, span_request

Decode = Callable[..., Decoded]
STACK = (
    'Traceback (most recent call last):\n  File "/srv/shop/orders.py", line 12, in load\n    raise\n'
    "faultlib.OrderError: order 17 is broken\nmore about it\n"
)
EVENT = {
    "exception.type": "faultlib.OrderError",
    "exception.message": "order 17 is broken\nmore about it",
    "exception.stacktrace": STACK,
    "exception.escaped": "False",
}
#: As Python's logging bridge sends it: the bare type, and the first argument as the message.
RECORD = {
    "exception.type": "OrderError",
    "exception.message": "order 17 is broken",
    "exception.stacktrace": STACK,
    "code.file.path": "/srv/venv/site-packages/uvicorn/protocols/http.py",
    "code.line.number": 400,
    "code.function.name": "run_asgi",
}


def _rows(found: Decoded) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = found.tables["exceptions"].to_pylist()
    return rows


def test_an_exception_event_becomes_a_row_and_leaves_the_span(decode_span: Decode) -> None:
    """Other events stay nested."""
    found = decode_span(events=(("exception", EVENT), ("retry", {"n": 1})))
    (row,) = _rows(found)
    span = found.tables["spans"].to_pylist()[0]
    assert ["retry"] == [event["name"] for event in span["events"]]
    assert ("span", "faultlib.OrderError", STACK) == (row["source"], row["type"], row["stacktrace"])
    assert ("/srv/shop/orders.py", 12, "load", True) == (
        row["code_file_path"], row["code_line_number"], row["code_function_name"], row["in_app"]
    )  # fmt: skip
    assert (span["trace_id"], span["span_id"], "shop") == (
        row["trace_id"],
        row["span_id"],
        row["service_name"],
    )
    assert (["exception.escaped"], False) == (row["attr_keys"], row["handled"])


def test_the_same_exception_of_event_and_log_record_has_one_id(decode_span: Decode, decode_log: Decode) -> None:
    """So the store can drop the second; the type's module and the message's further lines do not matter."""
    (event,), (record,) = (
        _rows(decode_span(events=(("exception", EVENT),))),
        _rows(decode_log(RECORD, body="failed")),
    )
    assert event["exception_id"] == record["exception_id"]
    assert event["fingerprint"] == record["fingerprint"]
    assert ("log", "/srv/shop/orders.py") == (record["source"], record["code_file_path"])


def test_a_key_error_is_the_same_with_and_without_its_quotes(decode_span: Decode, decode_log: Decode) -> None:
    """`str(KeyError('id'))` has quotes, its first argument has none."""
    (event,) = _rows(decode_span(events=(("exception", {"exception.type": "KeyError", "exception.message": "'id'"}),)))
    (record,) = _rows(decode_log({"exception.type": "KeyError", "exception.message": "id"}))
    assert event["exception_id"] == record["exception_id"]


def test_an_exception_is_told_once_per_span_in_a_call() -> None:
    """Instrumentations of three layers record it one after the other."""
    again = ("exception", EVENT)
    request = span_request(events=(again, again))
    request.MergeFrom(span_request(events=(again,), span_id=bytes(7) + b"\2"))
    found = decode("traces", [request.SerializeToString()])
    assert ["0000000000000001", "0000000000000002"] == [row["span_id"] for row in _rows(found)]


def test_log_records_without_a_span_are_kept_apart_by_time() -> None:
    """Two failures of a background job are two."""
    bodies = [
        log_request(RECORD, trace_id=b"", span_id=b"", time_unix_nano=time).SerializeToString() for time in (1, 2, 2)
    ]
    assert 2 == len(_rows(decode("logs", bodies)))


@pytest.mark.parametrize("name", ["exception", "http.server.request.exception", ""])
def test_a_log_record_tells_an_exception_whatever_its_event_is_called(decode_log: Decode, name: str) -> None:
    """The attributes count. The stack is kept once, in the relation of exceptions."""
    found = decode_log(RECORD, body="failed", event_name=name)
    log = found.tables["logs"].to_pylist()[0]
    assert (1, name, "failed") == (len(_rows(found)), log["event_name"], log["body"])
    assert "exception.type" in log["attr_keys"]
    assert "exception.stacktrace" not in log["attr_keys"]
    assert frozenset({"0" * 31 + "1"}) == found.suspects


def test_a_plain_log_record_tells_no_exception(decode_log: Decode) -> None:
    """An error in words is only a log record."""
    found = decode_log({"a": 1}, body="ERROR: KeyError", severity_number=17)
    assert ([], frozenset()) == (_rows(found), found.suspects)


def test_what_the_instrumentation_knows_wins_over_the_text(decode_span: Decode) -> None:
    """It saw the objects."""
    told = {
        "exception.root.type": "psycopg.errors.UndefinedTable",
        "exception.root.message": "relation does not exist",
        "exception.chain": ["faultlib.OrderError", "psycopg.errors.UndefinedTable"],
        "exception.handled": True,
        "exception.in_app": True,
        "code.file.path": "/srv/shop/db.py",
        "code.line.number": 3,
        "code.function.name": "query",
        "db.response.status_code": "42P01",
    }
    (row,) = _rows(decode_span(events=(("exception", {**EVENT, **told}),)))
    assert told["exception.chain"] == row["chain"]
    assert (told["exception.root.type"], told["exception.root.message"]) == (
        row["origin_type"],
        row["origin_message"],
    )
    assert ("/srv/shop/db.py", 3, "query", True, "42P01", True) == (
        row["code_file_path"], row["code_line_number"], row["code_function_name"], row["in_app"], row["error_code"],
        row["handled"],
    )  # fmt: skip


def test_nodes_database_errors_have_a_code_and_no_type(decode_span: Decode) -> None:
    """The driver puts the SQLSTATE into the type, or into the message where there is no type."""
    (row,) = _rows(decode_span(events=(("exception", {"exception.type": "42P01", "exception.message": "no table"}),)))
    (other,) = _rows(decode_span(events=(("exception", {"exception.message": "an error occurred (code: 42P01)"}),)))
    assert ("42P01", "42P01") == (row["error_code"], other["error_code"])


def test_log_records_keep_their_fields(decode_log: Decode) -> None:
    """Time falls back to the observed one; structured bodies are JSON; a wrong id is none; ids are stable."""
    fields = {"time_unix_nano": 0, "observed_time_unix_nano": 7, "severity_number": 17, "trace_id": b"short"}
    found = decode_log({"process.pid": 9, "thread.id": 3}, {"a": [1, None], "b": 1.5}, **fields)
    row = found.tables["logs"].drop(["time", "observed_time"]).to_pylist()[0]
    assert 7 == found.tables["logs"]["time"].cast("int64").to_pylist()[0]
    assert ('{"a":[1,null],"b":1.5}', 17, "", 9, "3") == (
        row["body"], row["severity_number"], row["trace_id"], row["process_pid"], row["thread_id"]
    )  # fmt: skip
    again = decode_log({"process.pid": 9, "thread.id": 3}, {"a": [1, None], "b": 1.5}, **fields)
    other = decode_log({"process.pid": 9, "thread.id": 4}, {"a": [1, None], "b": 1.5}, **fields)
    assert found.tables["logs"]["log_id"].to_pylist() == again.tables["logs"]["log_id"].to_pylist()
    assert found.tables["logs"]["log_id"].to_pylist() != other.tables["logs"]["log_id"].to_pylist()
