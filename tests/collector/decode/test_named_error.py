"""Errors that loggers and instrumentations tell under names of their own."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from culpa.collector.decode import Decoded
from culpa.collector.exceptions.named_error import error_in, error_said
from culpa.collector.exceptions.reading import read_exception

Decode = Callable[..., Decoded]
REFUSED = "dial tcp 10.0.0.5:5432: connect: connection refused"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"error": REFUSED}, {"exception.message": REFUSED}),
        (
            {"error.message": REFUSED, "error.type": "*net.OpError", "error.stack_trace": "main.go:7"},
            {"exception.message": REFUSED, "exception.type": "*net.OpError", "exception.stacktrace": "main.go:7"},
        ),
        (
            {"err": json.dumps({"type": "TypeError", "message": "x is not a function", "stack": "TypeError: x", "n": 1})},
            {"exception.type": "TypeError", "exception.message": "x is not a function", "exception.stacktrace": "TypeError: x"},
        ),
        ({"error": "true"}, {}),
        ({"error": "1205.25"}, {}),
        ({"error": '{"code": 7}'}, {}),
        ({"error.type": "timeout"}, {}),
    ],
)  # fmt: skip
def test_an_error_is_found_under_the_names_of_loggers(attributes: dict[str, str], expected: dict[str, str]) -> None:
    """A flag, a number and a kind alone are no error."""
    assert expected == error_in(attributes)


@pytest.mark.parametrize(
    ("body", "is_told"),
    [
        (f"load order: {REFUSED}", True),
        ('load order: pq: relation "orders" does not exist', True),
        ("order 7 failed: no stock", False),
        ("request failed with status 500", False),
    ],
)
def test_a_body_that_repeats_a_client_tells_its_error(body: str, is_told: bool) -> None:
    """Only where it is known whose words they are."""
    assert ({"exception.message": body} if is_told else {}) == error_said(body)


@pytest.mark.parametrize(
    ("name", "attributes", "message"),
    [
        ("failed to load order", {"level": "ERROR", "error": REFUSED}, REFUSED),
        ("error", {"error.object": REFUSED, "event": "error"}, REFUSED),
        ("failed to load order", {"exception.message": REFUSED}, REFUSED),
    ],
)
def test_an_event_of_another_name_tells_an_exception_too(
    decode_span: Decode, name: str, attributes: dict[str, Any], message: str
) -> None:
    """Rust's tracing names the event after the log call, OpenTracing calls it `error`."""
    found = decode_span(events=((name, attributes),))
    assert [message] == [row["message"] for row in found.tables["exceptions"].to_pylist()]
    assert [] == found.tables["spans"].to_pylist()[0]["events"]


def test_an_event_that_mentions_an_error_in_passing_is_none(decode_span: Decode) -> None:
    """A warning of a retry, and a bare flag, stay events of their span."""
    found = decode_span(events=(("retry", {"level": "WARN", "error": REFUSED}), ("error", {"error": True})))
    assert 0 == found.tables["exceptions"].num_rows
    assert ["retry", "error"] == [event["name"] for event in found.tables["spans"].to_pylist()[0]["events"]]


@pytest.mark.parametrize(("severity", "rows"), [(17, 1), (13, 0)])
def test_a_record_tells_the_error_it_bears_if_it_is_grave(decode_log: Decode, severity: int, rows: int) -> None:
    """A warning is often about what was dealt with."""
    found = decode_log({"error": REFUSED}, body="load order", severity_number=severity)
    assert rows == found.tables["exceptions"].num_rows


def test_a_number_that_is_sent_as_text_is_a_number(decode_span: Decode) -> None:
    """Zipkin has texts only, and so has what is translated from it."""
    found = decode_span({"http.status_code": "503", "server.port": "80a", "net.peer.port": "8080"}, kind=3)
    (span,) = found.tables["spans"].to_pylist()
    assert (503, 8080) == (span["http_response_status_code"], span["server_port"])
    assert ["server.port"] == span["attr_keys"]


WAITED = (
    "org.hibernate.exception.GenericJDBCException: Unable to acquire JDBC Connection\n"
    "\tat org.hibernate.engine.jdbc.Helper.convert(Helper.java:108)\n\tat com.shop.Orders.get(Orders.java:21)\n"
    "Caused by: {wrapper}\n\tat io.agroal.pool.ConnectionPool.handlerFromSharedCache(ConnectionPool.java:368)\n"
    "Caused by: java.util.concurrent.TimeoutException\n\tat java.base/java.util.concurrent.FutureTask.get(FutureTask.java:204)\n"
)


@pytest.mark.parametrize(
    ("wrapper", "origin"),
    [
        ("java.sql.SQLException: Acquisition timeout while waiting for new connection", "java.sql.SQLException"),
        ("java.lang.RuntimeException: java.util.concurrent.TimeoutException", "org.hibernate.exception.GenericJDBCException"),
    ],
)  # fmt: skip
def test_a_wait_that_ended_without_a_word_is_told_by_the_librarys_wrapper(wrapper: str, origin: str) -> None:
    """`TimeoutException` alone does not say what was waited for; a wrapper that only repeats its name neither."""
    stack = WAITED.format(wrapper=wrapper)
    assert origin == read_exception("org.hibernate.exception.GenericJDBCException", "x", stack).origin_type


def test_the_apps_own_wrapper_does_not_hide_a_wait_that_ended() -> None:
    """What the app makes of it is not what happened."""
    stack = (
        "com.shop.NoOrder: no order 7\n\tat com.shop.Orders.get(Orders.java:21)\n"
        "Caused by: java.util.concurrent.TimeoutException\n\tat com.shop.Orders.load(Orders.java:9)\n"
    )
    assert (
        "java.util.concurrent.TimeoutException" == read_exception("com.shop.NoOrder", "no order 7", stack).origin_type
    )
