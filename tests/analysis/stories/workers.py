"""Tasks that a request waits for, and the workers and brokers behind them."""

from typing import Any

from ..conftest import Scene
from .story import DATABASE, Play, Story, another, fails, given_up

# As OpenTelemetry's instrumentation of Celery tells it: no system, no address; the broker is whom the sending asks.
MESSAGE = {"name": "apply_async/tasks.render", "messaging_destination_name": "pdf", "kind": 4}
STORE = {"name": "LPUSH", "db_system_name": "redis", "server_address": "mq", "server_port": 6379}
BROKER = "redis://mq:6379"


def sent(scene: Scene, entry: str, **columns: Any) -> str:
    message = scene.call("checkout", entry, failed=False, **({"at": 1, "lasts": 2} | MESSAGE | columns))
    scene.call("checkout", message, failed=False, **({"at": 1, "lasts": 1} | STORE | columns))
    return message


def worked(scene: Scene, parent: str, **columns: Any) -> str:
    told = {"kind": 5, "messaging_destination_name": "pdf"}
    return scene.span("renderer", "run/tasks.render", parent=parent, **{"at": 10, "lasts": 30} | told | columns)


def healthy(scene: Scene) -> None:
    """Let the same have gone well before, so that the consumer is known."""
    for number in range(3):
        trace = another(scene, number + 1)
        entry = scene.server("checkout", 200, trace_id=trace, at=-60_000 + number * 1000, lasts=50)
        call = sent(scene, entry, trace_id=trace, at=-59_999 + number * 1000)
        worked(scene, call, trace_id=trace, at=-59_990 + number * 1000, lasts=30)


def a_task_fails(scene: Scene) -> None:
    entry = scene.server("checkout", 500, lasts=60)
    task = worked(scene, sent(scene, entry), status_code=2)
    fails(scene, "ZeroDivisionError", "division by zero", task, at=38)
    fails(scene, "ZeroDivisionError", "division by zero", entry, at=50)


def a_task_fails_of_its_database(scene: Scene) -> None:
    entry = scene.server("checkout", 500, lasts=60)
    task = worked(scene, sent(scene, entry), status_code=2)
    query = scene.query("renderer", task, at=12, lasts=3, db_response_status_code="40P01")
    fails(scene, "psycopg.errors.DeadlockDetected", "deadlock detected", query, task, at=16, error_code="40P01")
    fails(scene, "psycopg.errors.DeadlockDetected", "deadlock detected", entry, at=50, error_code="40P01")


def a_task_that_nobody_waits_for(scene: Scene) -> None:
    entry = scene.server("checkout", 500, lasts=20)
    task = worked(scene, sent(scene, entry), status_code=2, at=40)
    fails(scene, "ZeroDivisionError", "division by zero", task, at=60)
    fails(scene, "KeyError", "'total'", entry, at=15)


def nobody_consumes(kind: str, message: str, *, known: bool = True) -> Play:
    def play(scene: Scene) -> None:
        if known:
            healthy(scene)
        entry = scene.server("checkout", 500, lasts=3100)
        sent(scene, entry)
        fails(scene, kind, message, entry, at=3010)

    return play


def gone(scene: Scene) -> None:
    healthy(scene)
    entry = scene.server("checkout", 200, parent=given_up(scene), lasts=4000)
    sent(scene, entry)


def gone_and_unknown(scene: Scene) -> None:
    entry = scene.server("checkout", 200, parent=given_up(scene), lasts=4000)
    sent(scene, entry)


def slow(scene: Scene) -> None:
    healthy(scene)
    entry = scene.server("checkout", 500, lasts=3100)
    worked(scene, sent(scene, entry), lasts=6000)
    fails(scene, "celery.exceptions.TimeoutError", "The operation timed out.", entry, at=3010)


def slow_of_its_database(scene: Scene) -> None:
    entry = scene.server("checkout", 200, parent=given_up(scene), lasts=6100)
    task = worked(scene, sent(scene, entry), lasts=6000)
    scene.query("renderer", task, failed=False, at=20, lasts=5900)


def forgotten(scene: Scene) -> None:
    entry = scene.server("checkout", 200, parent=given_up(scene), lasts=4000)
    worked(scene, sent(scene, entry), lasts=30)


def broker_down(scene: Scene) -> None:
    entry = scene.server("checkout", 500)
    message = scene.call("checkout", entry, at=1, lasts=3, **MESSAGE)
    push = scene.call("checkout", message, at=1, lasts=2, **STORE)
    fails(
        scene,
        "redis.exceptions.ConnectionError",
        "Error 111 connecting to mq:6379. Connection refused.",
        push,
        message,
        entry,
        at=5,
    )


STORIES = (
    Story("a task that fails while its caller waits", a_task_fails, "app.unhandled_exception", "renderer"),
    Story("a task that fails of its database", a_task_fails_of_its_database, "database.deadlock", DATABASE),
    Story("a task that fails later, beside a bug", a_task_that_nobody_waits_for, "app.unhandled_exception", "checkout"),
    Story(
        "Celery's get() in vain",
        nobody_consumes("celery.exceptions.TimeoutError", "The operation timed out."),
        "queue.timeout",
        "renderer",
    ),
    Story(
        "Celery's get() in vain, of nobody known",
        nobody_consumes("celery.exceptions.TimeoutError", "The operation timed out.", known=False),
        "queue.timeout",
        BROKER,
    ),
    Story(
        "Dramatiq's result in vain",
        nobody_consumes("dramatiq.results.errors.ResultTimeout", "default:render:17"),
        "queue.timeout",
        "renderer",
    ),
    Story(
        "Huey's result in vain",
        nobody_consumes("huey.exceptions.ResultTimeout", "timed out waiting for result"),
        "queue.timeout",
        "renderer",
    ),
    Story(
        "BullMQ's result in vain",
        nobody_consumes(
            "Error", "Job wait render timed out before finishing, no finish notification arrived after 3000ms (id=17)"
        ),
        "queue.timeout",
        "renderer",
    ),
    Story("a worker that is gone", gone, "queue.timeout", "renderer"),
    Story("a worker that nobody knows, and a long wait", gone_and_unknown, never=("app.slow",)),
    Story("a worker that is slow", slow, "app.slow", "renderer"),
    Story("a worker whose database is slow", slow_of_its_database, "database.timeout", DATABASE),
    Story("a task sent on the way, and slow code", forgotten, "app.slow", "checkout"),
    Story("a broker that is down", broker_down, "queue.unreachable", BROKER),
)
