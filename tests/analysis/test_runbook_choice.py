"""The runbook that a verdict names is that of its cause in the system it happened in."""

from .conftest import START_NS, Scene


def _refused(scene: Scene, system: str, code: str, kind: str) -> None:
    entry = scene.server("shop", 500)
    call = scene.query("shop", entry, db_system_name=system, db_response_status_code=code)
    for span in (call, entry):
        scene.raises(span, kind, "deadlock", error_code=code)


def test_a_deadlock_in_postgresql_and_one_in_mariadb_have_two_runbooks(scene: Scene) -> None:
    """Their commands differ; MariaDB's are MySQL's."""
    _refused(scene, "postgresql", "40P01", "psycopg.errors.DeadlockDetected")
    scene.trace = f"{2:032x}"
    _refused(scene, "mariadb", "1213", "pymysql.err.OperationalError")
    assert ["database.deadlock.postgresql", "database.deadlock.mysql"] == [row["runbook"] for row in scene.verdicts()]


def test_a_web_server_is_known_by_its_log(scene: Scene) -> None:
    """Nginx answered 500 by itself."""
    scene.access(500)
    verdict = scene.verdict()
    assert ("config.web_server", "config.web_server.nginx") == (verdict["cause"], verdict["runbook"])


def test_the_process_manager_is_known_by_its_log(scene: Scene) -> None:
    """Gunicorn's line tells both that it killed the worker and that it is gunicorn."""
    scene.add(
        "resources", {"resource_id": sum(b"shop"), "service_name": "shop", "process_pid": 71, "first_seen": START_NS}
    )
    entry = scene.server("shop", 500)
    scene.raises(entry, "SystemExit", "1")
    line = {"log_id": "1", "format": "python_server", "event_name": "worker.timeout", "severity_number": 17}
    line |= {"trace_id": scene.trace, "process_pid": 71, "time": START_NS}
    scene.add("logs", line | {"body": "[CRITICAL] WORKER TIMEOUT (pid:71)"})
    verdict = scene.verdict()
    assert ("app.worker_timeout", "app.worker_timeout.gunicorn") == (verdict["cause"], verdict["runbook"])


def test_a_framework_is_known_by_the_frames_of_its_error(scene: Scene) -> None:
    """A missing table in a Django app: the advice speaks of its migrations."""
    stack = 'File "/srv/lib/python3.11/site-packages/django/db/backends/utils.py", line 105, in _execute\n'
    entry = scene.server("shop", 500)
    call = scene.query("shop", entry, db_response_status_code="42P01")
    for span in (call, entry):
        scene.raises(
            span, "psycopg.errors.UndefinedTable", 'relation "orders" does not exist', error_code="42P01", stack=stack
        )
    verdict = scene.verdict()
    assert ("config.schema_drift", "config.schema_drift.django") == (verdict["cause"], verdict["runbook"])


def test_where_the_system_makes_no_difference_the_cause_is_the_key(scene: Scene) -> None:
    """A KeyError is mended the same way everywhere."""
    scene.raises(scene.server("shop", 500), "KeyError", "'sku'")
    assert "app.unhandled_exception" == scene.verdict()["runbook"]
