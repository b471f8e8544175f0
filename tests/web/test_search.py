"""An id that is searched for leads to its request, whoever gave it."""

import json
import time
from urllib.parse import urlencode

import pytest

from . import otlp
from .conftest import WELL, Site


@pytest.mark.parametrize("request_id", ["req-7f3a/b#2", "Zx1kAH8AAQEAAAb@xYz", "5d0cd7bb-32f5-4a8a-9c0e-ff1b9bd0f0aa"])
def test_search_finds_a_request_by_the_id_that_a_server_gave_it(site: Site, request_id: str) -> None:
    """X-Request-Id, UNIQUE_ID: whatever stands in the log of the server, or in the answer's head."""
    trace_id = f"{WELL[3]:032x}"
    record = {"body": {"stringValue": "took it"}, "traceId": trace_id, "timeUnixNano": str(time.time_ns())}
    record["attributes"] = otlp.attributes({"http.request.id": request_id})
    sent = {"resourceLogs": [{"resource": {}, "scopeLogs": [{"scope": {}, "logRecords": [record]}]}]}
    assert 200 == site.ask("/v1/logs", json.dumps(sent).encode(), {"Content-Type": "application/json"})[0].status
    answer, _ = site.ask("/search?" + urlencode({"text": f" {request_id} ", "service": ""}))
    assert (303, f"/requests/{trace_id}") == (answer.status, answer.headers["Location"])


def test_search_finds_a_failed_request_by_its_span(site: Site) -> None:
    """A span's id is shorter than a trace's, and no beginning of one."""
    answer, _ = site.ask(f"/search?text={3 * 16 + 1:016x}")
    assert (303, f"/requests/{3:032x}") == (answer.status, answer.headers["Location"])


def test_search_lists_what_no_id_leads_to(site: Site) -> None:
    """An id that nobody knows is a text as any other."""
    for text in ("no-such-request-1", "x" * 300, "two words of it", "\u202eabcdefgh"):
        assert 200 == site.ask("/search?" + urlencode({"text": text}))[0].status
