"""The ways in which Python services are started: worker classes, preloading, several workers, reloaders."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("program", "arguments", "service"),
    [
        ("gunicorn", "-b 127.0.0.1:{port} -k uvicorn.workers.UvicornWorker fastapi_shop:app", "fastapi_shop"),
        ("gunicorn", "-b 127.0.0.1:{port} -k gthread --preload flask_shop:app", "flask_shop"),
        ("uvicorn", "fastapi_shop:app --port {port} --workers 2", "fastapi_shop"),
        ("uvicorn", "fastapi_shop:app --port {port} --reload", "fastapi_shop"),
        ("flask", "--app flask_shop run --port {port}", "flask_shop"),
        ("python", "-m flask --app flask_shop run --debug --port {port}", "flask_shop"),
    ],
)
def test_a_failure_arrives_once_however_the_service_is_started(
    sink: Any, serve: Any, culpa_run: Any, free_port: Any, program: str, arguments: str, service: str
) -> None:
    """One server span with its handled exception and the service's name; nothing to complain about."""
    port = free_port()
    server = serve(culpa_run(sink.url, program, *arguments.format(port=port).split()), port)
    before = len(sink.spans)
    assert 500 == server.get("/handled").status_code
    spans = sink.wait(lambda s: [x for x in s.spans[before:] if x.name == "GET /handled"])
    assert [(service, True)] == [
        (span.resource["service.name"], span.exceptions[0]["exception.handled"]) for span in spans
    ]
    assert "culpa:" not in server.output
    server.stop()


def test_a_service_that_cannot_start_says_why(sink: Any, culpa_run: Any, run_in: Any) -> None:
    """The server's own error log arrives before the process is gone."""
    done = run_in(culpa_run(sink.url, "uvicorn", "no_such_shop:app", "--port", "0"))
    assert 0 != done.returncode
    found = sink.wait(lambda s: [log for log in s.logs if log.logger == "uvicorn.error"])
    assert 'Could not import module "no_such_shop"' in found[0].body
