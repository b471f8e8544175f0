"""An answer says which trace it belongs to, so that whoever got it can quote it."""

from typing import Any

import pytest

from culpa.instrumentation.hooks.trace_headers import _add_to_message, _Wsgi

#: How each kind of app is served, a failing path, and one that goes well.
SERVED = {
    "wsgi": ("gunicorn -b 127.0.0.1:{port} --no-control-socket bare:wsgi", "/busy", "/ok"),
    "asgi": ("uvicorn --port {port} bare:asgi", "/busy", "/ok"),
    "flask": ("gunicorn -b 127.0.0.1:{port} --no-control-socket flask_shop:app", "/raise", "/ok"),
    "fastapi": ("uvicorn --port {port} fastapi_shop:app", "/raise", "/ok"),
    "django": (
        "gunicorn -b 127.0.0.1:{port} --no-control-socket --chdir djangosite shopsite.asgi:wsgi",
        "/raise",
        "/ok",
    ),
    "django-asgi": ("uvicorn --port {port} --app-dir djangosite shopsite.asgi:application", "/raise", "/ok"),
}


@pytest.mark.parametrize("kind", SERVED)
def test_a_failed_answer_bears_the_ids_of_its_request_s_span(
    kind: str, sink: Any, serve: Any, culpa_run: Any, free_port: Any
) -> None:
    """By `culpa run` as it is: the trace of the SERVER span, once each; an answer that went well is left alone."""
    command, failing, well = SERVED[kind]
    port = free_port()
    server = serve(culpa_run(sink.url, *command.format(port=port).split()), port)
    answer = server.get(failing, trace_id="c" * 31 + "1")
    assert 500 <= answer.status_code
    (span,) = sink.wait(lambda s: [x for x in s.spans if (x.trace_id, x.kind) == ("c" * 31 + "1", 2)])
    assert [f"00-{span.trace_id}-{span.span_id}-01"] == answer.headers.get_list("traceresponse")
    assert [span.trace_id] == answer.headers.get_list("x-trace-id")
    assert not {"traceresponse", "x-trace-id"} & server.get(well).headers.keys()
    server.stop()
    sink.spans.clear()


@pytest.mark.parametrize(
    ("word", "expected"), [("all", [True, True]), ("off", [False, False]), ("many", [False, False])]
)
def test_a_word_says_on_which_answers(
    word: str, expected: list[bool], sink: Any, serve: Any, culpa_run: Any, free_port: Any
) -> None:
    port = free_port()
    server = serve(
        culpa_run(sink.url, "uvicorn", "--port", str(port), "bare:asgi"), port, {"CULPA_TRACE_HEADERS": word}
    )
    assert expected == ["traceresponse" in server.get(path).headers for path in ("/ok", "/busy")]
    assert ("CULPA_TRACE_HEADERS=many is none of errors, all and off" in server.output) == (word == "many")
    server.stop()


def test_a_header_of_the_app_s_own_stays_and_its_list_is_not_touched() -> None:
    """A list that an app hands out for each answer would else grow, and tell of another request."""
    own = [(b"x-trace-id", b"theirs")]
    message = {"type": "http.response.start", "status": 500, "headers": own}
    _add_to_message(message, {"traceresponse": "00-1", "X-Trace-Id": "ours"})
    assert [(b"x-trace-id", b"theirs")] == own
    assert [*own, (b"traceresponse", b"00-1")] == message["headers"]


def test_what_an_app_hands_over_that_is_no_answer_is_handed_on() -> None:
    """The server's own words about it are the program's, not ours."""
    given: list[Any] = []
    start = _Wsgi(500)(lambda span, start: start, None, (None, lambda *args: given.append(args)), {})
    start("rubbish", [("A", "b")])
    start(None, None)
    assert [("rubbish", [("A", "b")]), (None, None)] == given
