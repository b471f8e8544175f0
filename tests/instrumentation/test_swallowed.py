"""Exceptions that the app's own `except` swallows before it answers 500; the interpreter tells of them."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

if sys.version_info < (3, 12):
    pytest.skip("sys.monitoring begins with Python 3.12", allow_module_level=True)


@pytest.fixture(scope="module", params=["flask", "fastapi", "django"])
def server(request: Any, sink: Any, serve: Any, culpa_run: Any, free_port: Any) -> Any:
    """Run each shop under a server of its kind."""
    port = free_port()
    program, arguments = {
        "flask": ("gunicorn", f"-b 127.0.0.1:{port} -k gthread flask_shop:app"),
        "fastapi": ("uvicorn", f"--port {port} fastapi_shop:app"),
        "django": ("uvicorn", f"--port {port} --app-dir djangosite shopsite.asgi:application"),
    }[request.param]
    server = serve(culpa_run(sink.url, program, *arguments.split()), port)
    server.swallowing = "/quiet" if request.param == "fastapi" else "/swallowed"
    return server


def test_a_swallowed_exception_is_told_where_the_answer_is_a_500(ask: Callable[[str], Any], server: Any) -> None:
    """With its type, text, line and stack; marked as handled, because the app's code did handle it."""
    seen = ask(server.swallowing)
    event = seen.entry.exceptions[-1]
    assert (500, "KeyError", "'tea'") == (seen.status, event["exception.type"], event["exception.message"])
    assert (True, True, True) == (
        event["exception.handled"],
        event["exception.swallowed"],
        event["exception.in_app"],
    )
    assert server.swallowing.strip("/") == event["code.function.name"]
    assert f", in {event['code.function.name']}\n" in event["exception.stacktrace"]
    assert event["exception.stacktrace"].endswith("KeyError: 'tea'\n")


def test_an_exception_that_is_recorded_already_stays_alone(ask: Callable[[str], Any]) -> None:
    """What the framework saw is not told again by the interpreter."""
    assert 1 == len(ask("/handled").entry.exceptions)
    assert 1 == len(ask("/raise").entry.exceptions)


def test_a_request_that_succeeds_tells_nothing(ask: Callable[[str], Any]) -> None:
    """What the app recovered from is not evidence, and nothing is left over for the next request."""
    assert [] == ask("/ok").entry.exceptions


def test_only_the_last_few_are_kept_and_nothing_of_them_lives_on(script: Callable[..., Any], sink: Any) -> None:
    """A loop over a thousand exceptions costs little, and no frame, connection or file is held by what is kept."""
    code = """
        import gc, sys, weakref
        from opentelemetry import trace
        class Connection:
            pass
        alive = []
        def work(number):
            connection = Connection()
            alive.append(weakref.ref(connection))
            raise LookupError(f"number {number}")
        with trace.get_tracer("shop").start_as_current_span("GET /loop", kind=trace.SpanKind.SERVER) as span:
            for number in range(5):
                try:
                    {}[number]
                except KeyError:
                    pass
            gc.disable()
            for number in range(1000):
                try:
                    work(number)
                except LookupError:
                    pass
            try:
                raise RuntimeError("last")
            except RuntimeError:
                pass
            print(sum(one() is not None for one in alive))
            span.set_attribute("http.response.status_code", 500)
        """
    assert "0\n" == script(code).stdout
    (span,) = sink.wait(lambda s: [x for x in s.spans if x.name == "GET /loop"])
    assert ["4", "number 999", "last"] == [x["exception.message"].strip("'") for x in span.exceptions]


def test_a_python_whose_monitoring_is_taken_runs_on_with_one_line(script: Callable[..., Any]) -> None:
    """Debuggers and coverage come first."""
    code = """
        import sys
        for tool in (3, 4):
            if sys.monitoring.get_tool(tool) == "culpa":
                sys.monitoring.free_tool_id(tool)
            sys.monitoring.use_tool_id(tool, "theirs")
        from culpa.instrumentation.hooks import swallowed
        swallowed.install()
        print("alive")
        """
    done = script(code)
    assert "alive\n" == done.stdout
    assert 1 == done.stderr.count("other tools use sys.monitoring")
