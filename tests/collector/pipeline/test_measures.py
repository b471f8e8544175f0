"""What the collector says of itself is what happened to it."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from culpa.collector.measures import Measures, Settled
from culpa.store import RemoteStore

from .conftest import Running
from .payload import logs, metrics, traces


def _measures(running: Running) -> dict[tuple[str, ...], float]:
    answer, text = running.request("/metrics", method="GET")
    assert 200 == answer.status
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    return {
        (sample.name, *(str(value) for value in sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_what_came_and_what_was_refused_is_counted(collect: Callable[..., Running]) -> None:
    """By signal, transport and status; rows by relation, with those that were there already."""
    running = collect("--max-body-bytes", "100000")
    assert 200 == running.export(traces(1, 100, bad_ids=3).SerializeToString())[0]
    assert 200 == running.export(traces(1, 90).SerializeToString())[0]
    assert 400 == running.export(b"\xff\xff")[0]
    assert 413 == running.export(b"x" * 100_001)[0]
    for signal, body in (("logs", logs(5)), ("metrics", metrics(4))):
        given = {"Content-Type": "application/x-protobuf"}
        assert 200 == running.request(f"/v1/{signal}", body.SerializeToString(), given)[0].status
    with grpc.insecure_channel(f"127.0.0.1:{running.grpc_port}") as channel:
        call = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        call(traces(500, 1).SerializeToString(), timeout=20)
        with pytest.raises(grpc.RpcError):
            call(b"\xff\xff", timeout=20)
    # A caller hears of a refusal a moment before it is counted.
    give_up_at = time.monotonic() + 10
    while not (found := _measures(running)).get(("culpa_requests_total", "INVALID_ARGUMENT", "traces", "grpc")):
        assert time.monotonic() < give_up_at
        time.sleep(0.05)
    assert {
        ("culpa_requests_total", "200", "traces", "http"): 2,
        ("culpa_requests_total", "400", "traces", "http"): 1,
        ("culpa_requests_total", "413", "traces", "http"): 1,
        ("culpa_requests_total", "200", "logs", "http"): 1,
        ("culpa_requests_total", "200", "metrics", "http"): 1,
        ("culpa_requests_total", "OK", "traces", "grpc"): 1,
        ("culpa_requests_total", "INVALID_ARGUMENT", "traces", "grpc"): 1,
        ("culpa_rejected_items_total", "traces"): 3,
        ("culpa_stored_rows_total", "spans"): 98,
        ("culpa_repeated_rows_total", "spans"): 90,
        ("culpa_queue_bytes",): 0,
    }.items() <= found.items()
    assert found["culpa_store_bytes", "hot"] > 0
    assert abs(time.time() - found["culpa_last_row_timestamp_seconds", "shop"]) < 60
    assert found["culpa_commit_seconds_count",] >= 3
    assert not [key for key in found if key[0] == "culpa_trouble"]


def test_the_time_from_a_failure_to_its_verdict_is_measured(collect: Callable[..., Running]) -> None:
    running = collect("--settle-s", "3", "--provisional-s", "0.1")
    assert 200 == running.export(traces(1, 1, status=500).SerializeToString())[0]
    give_up_at = time.monotonic() + 30
    while not all(
        _measures(running).get(("culpa_verdict_lag_seconds_count", kind)) for kind in ("settled", "provisional")
    ):
        assert time.monotonic() < give_up_at, running.log.read_text()
        time.sleep(0.2)
    found = _measures(running)
    assert 3 <= found["culpa_verdict_lag_seconds_sum", "settled"] < 20
    assert 0.1 <= found["culpa_verdict_lag_seconds_sum", "provisional"] < 20


def test_failed_requests_are_counted_by_their_verdicts(collect: Callable[..., Running]) -> None:
    """Each once, with its trace as an exemplar where OpenMetrics is asked for; and all requests with their times."""
    running = collect("--settle-s", "0.3", "--provisional-s", "0.1")
    assert 200 == running.export(traces(1, 3, status=500).SerializeToString())[0]
    assert 200 == running.export(traces(100, 5).SerializeToString())[0]
    asked = {"Accept": "application/openmetrics-text; version=1.0.0"}
    give_up_at = time.monotonic() + 30
    failed: list[Any] = []
    while sum(sample.value for sample in failed) < 3:
        assert time.monotonic() < give_up_at, running.log.read_text()
        time.sleep(0.2)
        answer, text = running.request("/metrics", headers=asked, method="GET")
        assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
        families = {family.name: family.samples for family in openmetrics(text.decode())}
        failed = families.get("culpa_failed_requests", [])
    verdicts = RemoteStore(running.url).query("select * from verdicts").to_pylist()
    told = {tuple(sample.labels[name] for name in ("service", "component", "cause")): sample.value for sample in failed}
    assert Counter((row["service"], row["component"], row["cause"]) for row in verdicts) == told
    assert {sample.exemplar.labels["trace_id"] for sample in failed} < {row["trace_id"] for row in verdicts} | {""}
    problems = {sample.labels["problem"] for sample in families["culpa_problem_requests"]}
    assert {row["fingerprint"] for row in verdicts} == problems
    assert problems == {sample.labels["problem"] for sample in families["culpa_problem_last_seen_timestamp_seconds"]}
    served = _measures(running)
    assert 3 == served["culpa_request_duration_seconds_count", "true", "shop"]
    counted = RemoteStore(running.url).query("select count(*) as n from spans where kind = 2").to_pylist()[0]["n"]
    assert counted - 3 == served["culpa_request_duration_seconds_count", "false", "shop"]
    assert counted - 3 == served["culpa_request_duration_seconds_bucket", "false", "+Inf", "shop"]


def test_names_of_telemetry_are_bounded() -> None:
    """Beyond the bound all are one."""
    measures = Measures()
    failures = [Settled(f"{n:032x}", "1", f"s{n}", f"c{n}", "app.down", f"1:{n:016x}") for n in range(2_000)]
    measures.settled(failures)
    measures.settled(failures[-10:])
    families = {
        family.name: family.samples for family in openmetrics(measures.text("application/openmetrics-text")[0].decode())
    }
    told = families["culpa_failed_requests"]
    assert 501 == len(told) and 2_000 == sum(sample.value for sample in told)
    assert 1_500 == next(sample.value for sample in told if sample.labels["service"] == "(others)")
    assert 200 == len(families["culpa_problem_requests"])


def test_failed_work_that_is_no_request_is_counted_by_itself() -> None:
    measures = Measures()
    measures.settled([Settled("0a", "1", "prices", "prices", "app.unhandled_exception", "1:0a", "job")])
    families = {
        family.name: family.samples for family in openmetrics(measures.text("application/openmetrics-text")[0].decode())
    }
    assert [] == families["culpa_failed_requests"] == families["culpa_problem_requests"]
    [told] = families["culpa_failed_work"]
    assert ("job", "prices", 1, "0a") == (
        told.labels["kind"], told.labels["service"], told.value, told.exemplar.labels["trace_id"],
    )  # fmt: skip


def test_who_may_not_read_does_not_read_them(collect: Callable[..., Running]) -> None:
    running = collect("--read-token", "sesame")
    assert 401 == running.request("/metrics", method="GET")[0].status
    assert 200 == running.request("/metrics", headers={"Authorization": "Bearer sesame"}, method="GET")[0].status
