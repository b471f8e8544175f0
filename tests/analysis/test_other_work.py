"""Work that no request asked for, or that went on after its answer: tasks, messages, jobs."""

from typing import Any

import pytest

from culpa.analysis.surface.filters import read_filters
from culpa.analysis.surface.outcome import outcome
from culpa.analysis.surface.session import Session

DATABASE = "postgresql://db:5432/shop"
CELERY = {"kind": 5, "status_code": 2, "attr_keys": ["celery.task_name"], "attr_vals": ["orders.ship"]}
KAFKA = {"kind": 5, "status_code": 2, "messaging_system": "kafka", "messaging_destination_name": "orders"}
JOB = {"kind": 1, "status_code": 2}


def failures(scene: Any) -> list[dict[str, Any]]:
    """Judge the scene, and return the verdicts of all failed work in order of time."""
    scene.verdicts()
    return list(scene.store.query("select * from failures order by ended_at").to_pylist())


def lost_database(scene: Any, work: str) -> None:
    """Let the database refuse the work."""
    query = scene.query("worker", work, at=2, lasts=3, error_type="psycopg.OperationalError")
    for span in (query, work):
        said = 'connection to server at "db", port 5432 failed: Connection refused'
        scene.raises(span, "psycopg.OperationalError", said)


@pytest.mark.parametrize(
    ("columns", "kind", "name"),
    [
        (CELERY, "task", "run/orders.ship"),
        (KAFKA, "message", "orders process"),
        (JOB, "job", "nightly-report"),
        (JOB | {"messaging_system": "celery"}, "task", "celery.task"),
        # Of a process that died nothing is known but the instrumentation.
        (KAFKA | {"scope_name": "opentelemetry.instrumentation.celery"}, "task", "run/orders.ship"),
    ],
)
def test_failed_work_gets_a_verdict_by_the_same_rules(scene: Any, columns: Any, kind: str, name: str) -> None:
    lost_database(scene, scene.span("worker", name, **columns))
    [one] = failures(scene)
    assert (kind, name) == (one["kind"], one["route"])
    assert ("database", DATABASE, "database.unreachable") == (one["layer"], one["component"], one["cause"])
    assert ("worker", 0, "") == (one["service"], one["status"], one["method"])
    assert [] == scene.store.query("select * from verdicts").to_pylist()
    assert [] == scene.store.query("select * from problems").to_pylist()


def test_problems_of_a_kind_of_work_are_asked_for(scene: Any) -> None:
    for number in range(1, 7):
        scene.begin(number)
        if number > 3:
            scene.span("worker", "run/orders.ship", kind=5)
        else:
            lost_database(scene, scene.span("worker", "run/orders.ship", **CELERY))
    failures(scene)
    session = Session(scene.store)
    assert [] == session.problems().json()
    [one] = session.problems(filters=read_filters({"kind": "task"})).json()
    assert 3 == len(session.verdicts(filters=read_filters({"kind": "all"})))
    assert (3, 0.5, ["run/orders.ship"]) == (one["requests"], one["share"], one["routes"])


def test_a_check_of_a_kind_of_work_counts_its_problems(scene: Any) -> None:
    lost_database(scene, scene.span("worker", "run/orders.ship", **CELERY))
    failures(scene)
    session = Session(scene.store)
    [problem] = outcome(session, read_filters({"kind": "task"})).problems
    assert (1, "database.unreachable") == (problem["failed"], problem["cause"])
    assert [] == outcome(session, read_filters({})).problems


def test_an_exception_of_the_work_itself(scene: Any) -> None:
    task = scene.span("worker", "run/orders.ship", **CELERY)
    scene.raises(
        task, "KeyError", "'address'", stack="Traceback\n  File \"/app/tasks.py\", line 7, in ship\nKeyError: 'address'"
    )
    [one] = failures(scene)
    assert ("app", "worker", "app.unhandled_exception") == (one["layer"], one["component"], one["cause"])


def test_a_script_that_ends_by_its_own_exception_did_not_fail_to_start(scene: Any) -> None:
    """Culpa tells of the end of a process that served nobody as of a start that failed."""
    job = scene.span("prices", "nightly.py", **JOB)
    words = "uncaught exception, the process exits"
    ids = {"trace_id": scene.rows["spans"][-1]["trace_id"], "span_id": job, "service_name": "prices"}
    log = scene.server_log("otlp", "process.boot_failed", words, **ids)
    scene.logs_exception(
        log, "ValueError", "no prices", stack='Traceback\n  File "/app/nightly.py", line 3, in nightly\nValueError'
    )
    scene.rows["exceptions"][-1] |= {**ids, "in_app": True, "chain": ["ValueError"]}
    [one] = failures(scene)
    assert ("job", "prices", "app.unhandled_exception") == (one["kind"], one["component"], one["cause"])


def test_a_task_that_fails_after_a_good_answer_is_a_failure_of_its_own(scene: Any) -> None:
    entry = scene.server("shop", 202)
    sent = scene.span("shop", "apply_async/orders.ship", kind=4, parent=entry, at=2, lasts=1)
    lost_database(scene, scene.span("worker", "run/orders.ship", parent=sent, at=20, **CELERY))
    [one] = failures(scene)
    assert ("task", False) == (one["kind"], one["surfaced"])


def test_a_task_whose_caller_waited_is_told_with_the_request(scene: Any) -> None:
    entry = scene.server("shop", 500, lasts=50)
    sent = scene.span("shop", "apply_async/orders.ship", kind=4, parent=entry, at=2, lasts=1)
    task = scene.span("worker", "run/orders.ship", parent=sent, at=5, lasts=20, **CELERY)
    for span in (task, entry):
        scene.raises(span, "ValueError", "no such carrier: 7")
    assert ["request"] == [one["kind"] for one in failures(scene)]


def test_a_task_that_fails_after_the_failed_answer_is_one_of_its_own(scene: Any) -> None:
    entry = scene.server("shop", 500, lasts=10)
    scene.raises(entry, "ZeroDivisionError", "division by zero")
    sent = scene.span("shop", "apply_async/orders.ship", kind=4, parent=entry, at=2, lasts=1)
    lost_database(scene, scene.span("worker", "run/orders.ship", parent=sent, at=20, **CELERY))
    request, task = failures(scene)
    assert ("request", "app.unhandled_exception") == (request["kind"], request["cause"])
    assert ("task", "database.unreachable") == (task["kind"], task["cause"])


def test_work_that_went_on_after_a_good_answer_is_a_task(scene: Any) -> None:
    """FastAPI's span of a background task, and one of culpa's for what nothing caught in it."""
    entry = scene.server("shop", 200)
    task = scene.span("shop", "BackgroundTask mail", parent=entry, at=11, status_code=2)
    rest = scene.span("shop", "response", parent=entry, at=12, status_code=2)
    for span in (task, rest):
        scene.raises(span, "KeyError", "'address'", at=14)
    [one] = failures(scene)
    assert ("task", task, "BackgroundTask mail") == (one["kind"], one["request_span_id"], one["route"])
    assert "app.unhandled_exception" == one["cause"]


@pytest.mark.parametrize("columns", [{"at": 5}, {"status_code": 0}, {"kind": 3, "server_address": "api"}])
def test_what_was_over_with_the_answer_is_none(scene: Any, columns: Any) -> None:
    scene.span("shop", "work", **{"parent": scene.server("shop", 200), "at": 11, "status_code": 2} | columns)
    assert [] == failures(scene)


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("GET", {"kind": 3, "status_code": 2, "server_address": "api"}),  # a script's call of somebody else
        ("orders publish", {"kind": 4, "status_code": 2}),
        ("GET / http send", {"kind": 1, "status_code": 2}),
        ("INSERT", {"kind": 1, "status_code": 2, "db_system_name": "sqlite"}),
        ("orders process", {"kind": 5, "status_code": 1}),
        ("step", {"kind": 1, "status_code": 2, "parent_span_id": "00000000000000aa"}),
    ],
)
def test_what_is_no_failed_work(scene: Any, name: str, columns: Any) -> None:
    scene.span("worker", name, **columns)
    assert [] == failures(scene)


def test_the_same_fault_of_a_request_and_of_a_task_are_two_problems(scene: Any) -> None:
    for number, columns in enumerate(
        ({"kind": 2, "http_response_status_code": 500, "status_code": 2, "url_path": "/"}, CELERY), 1
    ):
        scene.begin(number)
        scene.raises(scene.span("worker", "ship", **columns), "KeyError", "'address'")
    request, task = failures(scene)
    assert request["fingerprint"] != task["fingerprint"]
