"""What began, or was measured, after the answer."""

from ..conftest import Scene
from .story import Story, given_up, handed_back

PID = 4711


def worker(scene: Scene) -> None:
    """Let the spans of `checkout` come from a process that is known."""
    columns = {"resource_id": sum(b"checkout"), "service_name": "checkout", "host_name": "web-1", "process_pid": PID}
    scene.add("resources", columns | {"first_seen": scene.start_ns})


def a_query(scene: Scene) -> None:
    entry = scene.server("checkout", 200, parent=given_up(scene), lasts=9000)
    scene.query("checkout", entry, failed=False, at=2600, lasts=6000)


def an_exception(scene: Scene) -> None:
    entry = scene.server("checkout", 500, parent=given_up(scene), lasts=6010)
    scene.raises(entry, "ValueError", "no such order", at=6000)


def a_failed_call(scene: Scene) -> None:
    entry = scene.server("checkout", 500, parent=given_up(scene), lasts=4000)
    place = {"url_full": "http://rates.example/r", "http_response_status_code": 500}
    scene.call("checkout", entry, at=3000, lasts=900, **place)
    scene.raises(
        entry,
        "httpx.HTTPStatusError",
        "Server error '500 Internal Server Error' for url 'http://rates.example/r'",
        at=3950,
    )


def a_duplicate(scene: Scene) -> None:
    entry = scene.server("checkout", 500, parent=given_up(scene), lasts=4000)
    query = scene.query("checkout", entry, at=3000, lasts=5, db_response_status_code="23505")
    for span in (query, entry):
        scene.raises(
            span,
            "psycopg.errors.UniqueViolation",
            "duplicate key value violates unique constraint",
            at=3006,
            error_code="23505",
        )


def a_client_that_gave_up_late(scene: Scene) -> None:
    # The call had begun before: that it ended in vain after the answer does not clear it.
    entry = scene.server("checkout", 500, parent=given_up(scene), lasts=5010)
    call = scene.call(
        "checkout", entry, at=5, lasts=5000, url_full="http://rates.example/r", error_type="httpx.ReadTimeout"
    )
    for span in (call, entry):
        scene.raises(span, "httpx.ReadTimeout", "The read operation timed out", at=5006)


def a_worker_timeout(scene: Scene) -> None:
    worker(scene)
    scene.server("checkout", 0, parent=given_up(scene, 4000), lasts=6900, status_code=2, error_type="process_died")
    scene.server_log("python_server", "worker.timeout", f"WORKER TIMEOUT (pid:{PID})", at=6880, process_pid=PID)


def a_worker_timeout_by_its_exception(scene: Scene) -> None:
    entry = scene.server("checkout", 500, parent=given_up(scene, 4000), lasts=6900)
    stack = (
        'Traceback (most recent call last):\n  File "/app/shop.py", line 7, in view\n    time.sleep(60)\n'
        '  File "/usr/lib/python3/site-packages/gunicorn/workers/base.py", line 204, in handle_abort\n    sys.exit(1)\nSystemExit: 1\n'
    )
    scene.raises(entry, "SystemExit", "1", at=6890, stack=stack)


def an_oom_kill(scene: Scene) -> None:
    worker(scene)
    entry = scene.server(
        "checkout", 0, parent=given_up(scene, 4000), lasts=7000, status_code=2, error_type="process_died"
    )
    assert entry
    told = {
        "attr_keys": ["process.killed.pid", "host.name"],
        "attr_vals": [str(PID), "web-1"],
        "service_name": "kernel",
    }
    scene.server_log("kernel", "process.oom_killed", f"Out of memory: Killed process {PID} (gunicorn)", at=6990, **told)


def a_full_pool(scene: Scene) -> None:
    worker(scene)
    scene.server("checkout", 500)
    keys = {"attr_keys": ["db.client.connection.state"], "attr_vals": ["used"]}
    for name, value in (("db.client.connection.count", 10.0), ("db.client.connection.max", 10.0)):
        row = {
            "name": name,
            "value": value,
            "kind": "gauge",
            "service_name": "checkout",
            "resource_id": sum(b"checkout"),
        }
        scene.add("metric_points", row | keys | {"time": scene.start_ns + 15_000_000_000})


def a_worker_that_left(scene: Scene) -> None:
    entry = scene.server("checkout", 500, parent=handed_back(scene))
    scene.raises(entry, "KeyError", "'total'")
    scene.server_log(
        "python_server", "worker.killed", "Worker (pid:9) was sent SIGKILL! Perhaps out of memory?", at=1500
    )


STORIES = (
    Story("a query after the answer", a_query, "app.slow", "checkout"),
    Story("an exception after the answer", an_exception, "app.slow", "checkout"),
    Story("a call that failed after the answer", a_failed_call, "app.slow", "checkout"),
    Story("a duplicate key after the answer", a_duplicate, "app.slow", "checkout"),
    Story(
        "a call from before that was given up after the answer",
        a_client_that_gave_up_late,
        "upstream.timeout",
        "http://rates.example",
    ),
    Story("a worker that was ended after the answer", a_worker_timeout, "app.slow", "checkout"),
    Story(
        "a worker whose last exception came after the answer", a_worker_timeout_by_its_exception, "app.slow", "checkout"
    ),
    Story("a worker that the kernel killed after the answer", an_oom_kill, "app.slow", "checkout"),
    Story(
        "a pool that was full after the answer", a_full_pool, never=("app.pool_exhausted",), silent="saturated_alone"
    ),
    Story("a worker that died after the answer", a_worker_that_left, "app.unhandled_exception", "checkout"),
)
