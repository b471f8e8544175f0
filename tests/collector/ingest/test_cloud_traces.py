"""Traces and error events of clouds and vendors as people copy them out: X-Ray, Datadog, Elastic APM, Google Cloud."""

import json
from pathlib import Path

import pytest

_POSTED = Path(__file__).parents[2] / "posted"
_DATADOG = {
    **{"trace_id": 16627655963363543631, "span_id": 18380368452861044549, "parent_id": 0, "error": 1, "type": "web"},
    **{"name": "web.request", "resource": "GET /orders", "service": "shop", "start": 1707815288227434000},
    "duration": 13876148,
    "meta": {"http.method": "GET", "http.status_code": "500", "http.url": "https://shop.example/orders?a=1"},
    "metrics": {"_dd.measured": 1},
}


def test_segments_of_x_ray_become_spans(ingest, tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    path.write_text((_POSTED / "xray-dynamodb-table.log").read_text())
    done = ingest(path)
    assert (1, 1) == (
        done.count("spans where kind = 2 and http_response_status_code = 500"),
        done.count("spans where kind = 3"),
    )
    assert 1 == done.count("exceptions where type like '%ResourceNotFoundException'")


def test_a_segment_that_is_no_json_is_told_of(ingest, tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    document = {"Id": "1-58801812-fd5153bb58284b67678aa78c", "Segments": [{"Id": "6b55dcc497934f1a", "Document": "{"}]}
    path.write_text(json.dumps(document))
    done = ingest(path)
    assert (0, "no JSON" in done.stderr) == (done.count("spans"), True)


@pytest.mark.parametrize("body", [[[_DATADOG]], [_DATADOG], {"spans": [_DATADOG]}], ids=["traces", "trace", "spans"])
def test_what_tracers_send_to_datadogs_agent_is_read(ingest, tmp_path: Path, body: object) -> None:
    path = tmp_path / "spans.json"
    path.write_text(json.dumps(body))
    done = ingest(path)
    assert 1 == done.count(
        "spans where service_name = 'shop' and http_response_status_code = 500 and url_path = '/orders'"
    )


def test_what_ddtrace_prints_is_read_among_other_lines(ingest, tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("2024-02-13 09:08:08 ERROR shop: no\n" + (_POSTED / "ddtrace-debug-django.log").read_text())
    assert (2, 1) == ((done := ingest(path)).count("spans"), done.count("exceptions"))


@pytest.mark.parametrize(
    ("handled", "status", "failed"), [(True, None, 0), (False, None, 1), (True, 500, 1), (False, 404, 0)]
)
def test_an_error_of_elastic_without_its_transaction_is_the_request_that_failed(
    ingest, tmp_path: Path, handled: bool, status: int | None, failed: int
) -> None:
    document = json.loads((_POSTED / "elastic-apm-error.log").read_text())
    source = document["_source"]
    source["error"]["exception"][0]["handled"] = handled
    source["http"]["response"] = {"status_code": status} if status else {}
    path = tmp_path / "error.json"
    path.write_text(json.dumps(document))
    assert failed == ingest(path).count("spans where kind = 2 and http_response_status_code >= 500")


def test_entries_of_google_cloud_are_read_beside_their_requests(ingest, tmp_path: Path) -> None:
    path = tmp_path / "entries.json"
    path.write_text((_POSTED / "gcp-log-entries.log").read_text())
    done = ingest(path)
    assert (1, 1, 0) == (done.count("access"), done.count("exceptions where service_name = 'frontend'"), done.status)
    assert 1 == done.count("logs where trace_id = '06796866738c859f2f19b7cfb3214824'")
