"""What clients of HTTP log of their calls: never a request of the app's own, but whom an exception without an address means."""

import duckdb
import pytest

from culpa.collector.formats import Record, Source, by_name

HTTPX = 'INFO:httpx:HTTP Request: POST https://api.example.com/v1/chat?key=1 "HTTP/1.1 %d Too Many Requests"'
URLLIB3 = (
    '2026-05-01 10:00:02,310 DEBUG [urllib3.connectionpool:437] http://models.internal:8080 "GET /v2/b HTTP/1.1" %d 61'
)
ANSWERED = 'INFO:     192.0.2.7:51377 - "POST /generate HTTP/1.1" 500 Internal Server Error'
RAISED = 'ERROR:    Exception in ASGI application\nTraceback (most recent call last):\n  File "/srv/app.py", line 8, in f\n    g()\n'


@pytest.mark.parametrize(
    ("call", "raised", "expected"),
    [
        (HTTPX % 429, "openai.RateLimitError: Error code: 429 - {'error': 'quota'}", ("https", "api.example.com", 443)),
        (HTTPX % 529, "anthropic.InternalServerError: Error code: 529 - Overloaded", ("https", "api.example.com", 443)),
        (URLLIB3 % 503, "stripe.error.APIError: HTTP code 503 from API", ("http", "models.internal", 8080)),
        (HTTPX % 404, "openai.RateLimitError: Error code: 429 - {'error': 'quota'}", ("", "", 0)),
    ],
)
def test_who_answered_just_before_is_whom_the_exception_means(ingest, tmp_path, call, raised, expected) -> None:
    """If it speaks of the same status."""
    path = tmp_path / "docker.log"
    path.write_text("\n".join(["INFO:     Application startup complete.", call, ANSWERED, RAISED + raised]) + "\n")
    with duckdb.connect(str(ingest(path).segment), read_only=True) as connection:
        found = connection.execute("select callee_scheme, callee_address, callee_port from data.exceptions").fetchall()
    assert [expected] == found


@pytest.mark.parametrize("line", [HTTPX % 503, URLLIB3 % 503])
def test_a_call_that_was_answered_5xx_is_no_request_of_the_app(line) -> None:
    row = by_name("python_server").read(Record(line, 0, len(line), 1), Source("some.log"))
    assert row is None or (row.event_name, row.url_path) == ("", "")
