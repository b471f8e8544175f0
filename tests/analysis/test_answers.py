"""A framework's exception that only says which status to answer is an answer of the app, not an accident of it."""

from typing import Any

import pytest

from culpa.analysis.pipeline.evidence import gather


@pytest.mark.parametrize(
    "kind",
    [
        "fastapi.exceptions.HTTPException",
        "starlette.exceptions.HTTPException",
        "werkzeug.exceptions.ServiceUnavailable",
        "aiohttp.web_exceptions.HTTPInternalServerError",
        "rest_framework.exceptions.APIException",
        "Symfony\\Component\\HttpKernel\\Exception\\ServiceUnavailableHttpException",
        "org.springframework.web.server.ResponseStatusException",
        "InternalServerErrorException",
    ],
)
def test_an_answer_by_exception_is_an_answer(scene: Any, kind: str) -> None:
    """It names the place where the app decided so."""
    entry = scene.server("shop", 503)
    scene.raises(entry, kind, "503: not now", code_file_path="/app/views.py", code_line_number=12, in_app=True)
    verdict = scene.verdict()
    assert ("app.error_response", "shop") == (verdict["cause"], verdict["component"])
    assert verdict["location"].startswith("/app/views.py:12")


@pytest.mark.parametrize(
    "kind", ["requests.exceptions.HTTPError", "shop.errors.HTTPFailure", "openai.InternalServerError"]
)
def test_other_exceptions_with_http_in_their_name_are_none(scene: Any, kind: str) -> None:
    """They end the request."""
    scene.raises(scene.server("shop", 500), kind, "it went wrong")
    assert "app.error_response" != scene.verdict()["cause"]


def test_what_the_app_asked_before_it_answered_so_is_suspected(scene: Any) -> None:
    """The failed call is why it answered so."""
    entry = scene.server("shop", 503)
    scene.call("shop", entry, at=1, url_full="https://pay.example/v1", http_response_status_code=500)
    scene.raises(entry, "fastapi.exceptions.HTTPException", "503: try later")
    assert "https://pay.example" == scene.verdict()["component"]


def test_a_worker_that_died_is_told_by_the_span_that_another_process_sent(scene: Any) -> None:
    """Its end is when its death was noticed: nothing is slow, and no exception has that name."""
    line = scene.access(502, upstream="shop:8000", upstream_status="502", lasts=400, upstream_connect_ns=1000)
    scene.span(
        "shop", kind=2, parent=line, status_code=2, error_type="process_died", http_request_method="GET", lasts=2_000
    )
    verdict = scene.verdict()
    assert ("app.worker_killed", "shop") == (verdict["cause"], verdict["component"])


def test_knowing_how_far_back_the_rows_go_changes_nothing(scene: Any) -> None:
    """It only spares reading what is older."""
    entry = scene.server("shop", 500)
    scene.query("shop", entry, db_response_status_code="40P01")
    scene.verdict()
    [oldest] = scene.store.query(
        "select trace_id, min(epoch_ns(start_time)) as ns from spans group by trace_id"
    ).to_pylist()
    with scene.store.cursor() as cursor:
        everywhere = gather(cursor, [oldest["trace_id"]])
        near = gather(cursor, [oldest["trace_id"]], oldest["ns"])
        later = gather(cursor, [oldest["trace_id"]], oldest["ns"] + 10**12)
    assert everywhere == near
    assert {} == later.requests


def test_that_the_kernel_killed_the_worker_says_more_than_that_it_died(scene: Any) -> None:
    """The process id of the span is the one that the kernel names."""
    resource = {"resource_id": sum(b"shop"), "service_name": "shop", "process_pid": 77, "host_name": "box"}
    scene.add("resources", resource)
    line = scene.access(502, upstream="shop:8000", upstream_status="502", lasts=400, upstream_connect_ns=1000)
    columns = {"status_code": 2, "error_type": "process_died", "http_request_method": "GET"}
    scene.span("shop", kind=2, parent=line, **columns)
    keys, values = ["process.killed.pid"], ["77"]
    scene.server_log(
        "kernel",
        "process.oom_killed",
        "Out of memory: Killed process 77",
        service_name="kernel",
        attr_keys=keys,
        attr_vals=values,
    )
    verdict = scene.verdict()
    assert ("host.memory_exhausted", "host:box") == (verdict["cause"], verdict["component"])
    assert verdict["confidence"] >= 0.8


def test_the_silence_of_an_app_of_which_nothing_was_ever_kept_proves_little(scene: Any) -> None:
    """Its exceptions and logs may go nowhere: what it answered is named, not with confidence."""
    scene.server("shop", 500)
    scene.raises(scene.server("stock", 500, trace_id=f"{2:032x}"), "KeyError", "'of another service'")
    verdict = scene.verdicts()[0]
    assert ("app.error_response", "shop") == (verdict["cause"], verdict["component"])
    assert verdict["confidence"] < 0.8


@pytest.mark.parametrize("of", ["exception", "log"])
def test_the_silence_of_an_app_that_says_what_goes_wrong_in_it_is_evidence(scene: Any, of: str) -> None:
    """It raised, or wrote into its log, in another request of the same hour."""
    if of == "exception":
        scene.raises(scene.server("shop", 200, trace_id=f"{2:032x}"), "KeyError", "'handled'")
    else:
        scene.server_log("otlp", "", "order 7 was paid", service_name="shop", severity_number=9)
    scene.server("shop", 500)
    verdict = scene.verdict()
    assert ("app.error_response", "shop") == (verdict["cause"], verdict["component"])
    assert verdict["confidence"] >= 0.8
