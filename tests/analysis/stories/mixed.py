"""Two faults at once, or one under load: the one that this request failed of counts."""

from ..conftest import Scene
from .story import DATABASE, Story, another, fails, given_up, handed_back, loop

CACHE = {"db_system_name": "redis", "server_address": "cache", "server_port": 6379, "db_query_text": "GET ?"}
RATES = {"url_full": "http://rates.example/r", "server_address": "rates.example"}
GONE = ("redis.exceptions.ConnectionError", "Error 111 connecting to cache:6379. Connection refused.")


def cache_down_and_a_bug(scene: Scene) -> None:
    entry = scene.server("checkout", 500, parent=handed_back(scene))
    fails(scene, *GONE, scene.call("checkout", entry, at=1, lasts=1, **CACHE), at=2)
    scene.query("checkout", entry, failed=False, at=3, lasts=2)
    fails(scene, "KeyError", "'total'", entry)


def cache_down_and_a_slow_database(scene: Scene) -> None:
    entry = scene.server("checkout", 200, parent=given_up(scene), lasts=4000)
    fails(scene, *GONE, scene.call("checkout", entry, at=1, lasts=1, **CACHE), at=2)
    scene.query("checkout", entry, failed=False, at=3, lasts=3900)


def cache_down_and_a_loop(scene: Scene) -> None:
    entry = scene.server("checkout", 200, parent=given_up(scene), lasts=3000)
    fails(scene, *GONE, scene.call("checkout", entry, at=1, lasts=1, **CACHE), at=2)
    loop(scene, entry, 200, 14, begin=3)


def a_404_and_a_deadlock(scene: Scene) -> None:
    entry = scene.server("checkout", 500, parent=handed_back(scene))
    scene.call("checkout", entry, at=1, lasts=2, http_response_status_code=404, **RATES)
    query = scene.query("checkout", entry, at=4, lasts=3, db_response_status_code="40P01")
    fails(scene, "psycopg.errors.DeadlockDetected", "deadlock detected", query, entry, at=8, error_code="40P01")


def a_retry_that_worked_and_a_slow_service(scene: Scene) -> None:
    entry = scene.server("checkout", 200, parent=given_up(scene), lasts=4000)
    scene.query("checkout", entry, at=1, lasts=2, db_response_status_code="40001")
    scene.query("checkout", entry, failed=False, at=4, lasts=2)
    call = scene.call("checkout", entry, failed=False, at=10, lasts=3900, **RATES)
    scene.server("rates", 200, parent=call, at=11, lasts=3890)


def too_many_requests_and_no_cache(scene: Scene) -> None:
    entry = scene.server("checkout", 500, parent=handed_back(scene))
    scene.call("checkout", entry, at=1, lasts=2, http_response_status_code=429, **RATES)
    fails(scene, *GONE, scene.call("checkout", entry, at=4, lasts=1, **CACHE), entry, at=6)


def two_services_at_once(scene: Scene) -> None:
    entry = scene.server("checkout", 500, parent=handed_back(scene))
    scene.call("checkout", entry, at=1, lasts=3, http_response_status_code=500, **RATES)
    place = {"url_full": "http://stock.example/s", "http_response_status_code": 503}
    scene.call("checkout", entry, at=1, lasts=8, **place)
    fails(
        scene,
        "httpx.HTTPStatusError",
        "Server error '503 Service Unavailable' for url 'http://stock.example/s'",
        entry,
        at=9,
    )


def a_neighbours_worker(scene: Scene) -> None:
    entry = scene.server("checkout", 500, parent=handed_back(scene))
    fails(scene, "ValueError", "no such order", entry)
    scene.server_log("python_server", "worker.timeout", "WORKER TIMEOUT (pid:77)", at=4, process_pid=77)


def a_neighbours_exception(scene: Scene) -> None:
    entry = scene.server("checkout", 500, parent=handed_back(scene))
    fails(scene, "ValueError", "no such order", entry)
    log = scene.server_log("python_server", "request.failed", "deadlock detected", at=5)
    scene.logs_exception(log, "psycopg.errors.DeadlockDetected", "deadlock detected")


def full_memory_and_a_lock(scene: Scene) -> None:
    entry = scene.server("checkout", 500, parent=handed_back(scene))
    scene.add(
        "resources",
        {
            "resource_id": sum(b"checkout"),
            "service_name": "checkout",
            "host_name": "web-1",
            "first_seen": scene.start_ns,
        },
    )
    row = {
        "name": "process.memory.utilization",
        "value": 0.99,
        "kind": "gauge",
        "service_name": "checkout",
        "resource_id": sum(b"checkout"),
    }
    scene.add("metric_points", row | {"time": scene.start_ns - 20_000_000_000})
    query = scene.query("checkout", entry, at=1, lasts=3, db_response_status_code="55P03")
    fails(
        scene,
        "psycopg.errors.LockNotAvailable",
        "canceling statement due to lock timeout",
        query,
        entry,
        at=5,
        error_code="55P03",
    )


def a_full_pool_of_slow_queries(scene: Scene) -> None:
    for number in range(10):
        trace = another(scene, number + 1)
        slow = scene.server("checkout", 200, trace_id=trace, at=-1000, lasts=32_000)
        scene.query("checkout", slow, failed=False, trace_id=trace, at=-990, lasts=31_900)
    entry = scene.server("checkout", 500, lasts=30_010)
    words = "QueuePool limit of size 5 overflow 5 reached, connection timed out, timeout 30.00"
    fails(scene, "sqlalchemy.exc.TimeoutError", words, entry, at=30_001)


def busy_workers_under_load(scene: Scene) -> None:
    for number in range(12):
        trace = another(scene, number + 1)
        line = scene.access(200, upstream="app:8000", upstream_status="200", trace_id=trace)
        scene.server("checkout", 200, parent=line, trace_id=trace, at=-5, lasts=5)
    for number in range(4):
        scene.server("checkout", 200, trace_id=another(scene, number + 100), at=-500, lasts=8400, name="GET /report")
    scene.server("checkout", 200, parent=given_up(scene), at=8000, lasts=5)


def a_bug_under_load(scene: Scene) -> None:
    for number in range(20):
        scene.server("checkout", 200, trace_id=another(scene, number + 1), at=-500, lasts=2400, name="GET /report")
    entry = scene.server("checkout", 500, parent=handed_back(scene))
    fails(scene, "KeyError", "'total'", entry)


def a_slow_log_line_of_another_request(scene: Scene) -> None:
    scene.server("checkout", 200, parent=given_up(scene), lasts=4000)
    scene.server_log(
        "postgresql_json", "slow.query", "duration: 3000.1 ms", at=1000, service_name="postgresql", severity_number=9
    )


def a_deadlock_of_another_request(scene: Scene) -> None:
    entry = scene.server("checkout", 500, parent=handed_back(scene))
    query = scene.query("checkout", entry, at=1, lasts=3, db_response_status_code="23505")
    fails(
        scene,
        "psycopg.errors.UniqueViolation",
        'duplicate key value violates unique constraint "item_pkey"',
        query,
        entry,
        at=5,
        error_code="23505",
    )
    scene.server_log(
        "postgresql_json", "deadlock", "deadlock detected", at=6, service_name="postgresql", error_code="40P01"
    )


def a_refused_mail_and_a_choice(scene: Scene) -> None:
    entry = scene.server("checkout", 503, parent=handed_back(scene, 503))
    call = scene.call("checkout", entry, at=1, lasts=1, **RATES)
    fails(scene, "httpx.ConnectError", "[Errno 111] Connection refused", call, at=2)
    scene.query("checkout", entry, failed=False, at=4, lasts=1)
    fails(scene, "fastapi.exceptions.HTTPException", "503: stocktaking", entry)


def a_callee_that_fails_of_its_own_callee(scene: Scene) -> None:
    edge = scene.server("edge", 502, parent=handed_back(scene, 502, 40), lasts=30)
    call = scene.call("edge", edge, at=1, lasts=25, url_full="http://orders/o", http_response_status_code=500)
    orders = scene.server("orders", 500, parent=call, at=2, lasts=20)
    fails(scene, *GONE, scene.call("orders", orders, at=3, lasts=1, **CACHE), at=4)
    inner = scene.call("orders", orders, at=6, lasts=9, http_response_status_code=502, **RATES)
    fails(
        scene,
        "requests.exceptions.HTTPError",
        "502 Server Error: Bad Gateway for url: http://rates.example/r",
        inner,
        orders,
        at=16,
    )


BUG = ("app.unhandled_exception", "checkout")
STORIES = (
    Story("a cache that is down and got over, and a bug", cache_down_and_a_bug, *BUG),
    Story(
        "a cache that is down and got over, and a slow database",
        cache_down_and_a_slow_database,
        "database.timeout",
        DATABASE,
    ),
    Story("a cache that is down and got over, and a loop", cache_down_and_a_loop, "app.slow", "checkout"),
    Story("a 404 that was got over, and a deadlock", a_404_and_a_deadlock, "database.deadlock", DATABASE),
    Story("a retry that worked, and a slow service", a_retry_that_worked_and_a_slow_service, "app.slow", "rates"),
    Story(
        "too many requests, and no cache to fall back on",
        too_many_requests_and_no_cache,
        "cache.unreachable",
        "redis://cache:6379",
    ),
    Story("two services that fail at once", two_services_at_once, "upstream.error_response", "http://stock.example"),
    Story("another worker's end, and a bug", a_neighbours_worker, *BUG),
    Story("another request's exception, and a bug", a_neighbours_exception, *BUG),
    Story("full memory, and a lock", full_memory_and_a_lock, "database.lock_timeout", DATABASE),
    Story("a pool that slow queries use up", a_full_pool_of_slow_queries, "app.pool_exhausted", "checkout"),
    Story("workers that others keep busy", busy_workers_under_load, "app.workers_exhausted", "checkout"),
    Story("a bug under load", a_bug_under_load, *BUG),
    Story("slow code, and another request's slow query", a_slow_log_line_of_another_request, "app.slow", "checkout"),
    Story(
        "a duplicate key, and another request's deadlock",
        a_deadlock_of_another_request,
        "app.constraint_violation",
        "checkout",
    ),
    Story(
        "a refused call that was got over, and a choice", a_refused_mail_and_a_choice, "app.error_response", "checkout"
    ),
    Story(
        "a callee with two faults, of which it got over one",
        a_callee_that_fails_of_its_own_callee,
        "upstream.error_response",
        "http://rates.example",
    ),
)
