"""Statements that waited for a lock."""

from ..conftest import Scene
from .story import DATABASE, Story, given_up, handed_back

WAITS = "process 871 still waiting for RowExclusiveLock on relation 16385 of database 16384 after 1000.123 ms"
TUPLE = "process 871 still waiting for ShareLock on transaction 742 after 1000.061 ms"


def waits(scene: Scene, words: str, *, at: float = 1005, **columns: str) -> None:
    told = {"service_name": "postgresql", "severity_number": 9} | columns
    scene.server_log("postgresql_json", "lock.wait", words, at=at, **told)


def a_table(scene: Scene) -> None:
    entry = scene.server("checkout", 200, parent=given_up(scene, 4000), lasts=9000)
    query = scene.query("checkout", entry, failed=False, at=5, lasts=8900, db_query_text="update item set stock = ?")
    waits(scene, WAITS, trace_id=scene.trace, span_id=query)


def a_row_by_time(scene: Scene) -> None:
    entry = scene.server("checkout", 200, parent=given_up(scene, 4000), lasts=9000)
    scene.query("checkout", entry, failed=False, at=5, lasts=8900, db_query_text="update item set stock = ?")
    waits(scene, TUPLE)


def called_off(scene: Scene) -> None:
    entry = scene.server("checkout", 500, parent=handed_back(scene, 500, 3020), lasts=3010)
    query = scene.query("checkout", entry, at=5, lasts=3000, error_type="asyncio.CancelledError")
    scene.raises(query, "asyncio.exceptions.CancelledError", "", at=3000)
    stack = (
        'Traceback (most recent call last):\n  File "/app/shop.py", line 7, in view\n    async with asyncio.timeout(3):\n'
        '  File "/usr/lib/python3.12/asyncio/timeouts.py", line 115, in __aexit__\n    raise TimeoutError from exc_val\nTimeoutError\n'
    )
    scene.raises(entry, "TimeoutError", "", at=3005, stack=stack)
    waits(scene, TUPLE, trace_id=scene.trace, span_id=query)


def mysql_late(scene: Scene) -> None:
    entry = scene.server("checkout", 500, parent=given_up(scene, 4000), lasts=50_100)
    place = {"db_system_name": "mysql", "server_address": "db", "server_port": 3306, "db_namespace": "shop"}
    query = scene.call("checkout", entry, at=5, lasts=50_000, db_response_status_code="1205", **place)
    for span in (query, entry):
        scene.raises(
            span,
            "pymysql.err.OperationalError",
            "(1205, 'Lock wait timeout exceeded; try restarting transaction')",
            at=50_010,
            error_code="1205",
        )


def somebody_elses(scene: Scene) -> None:
    entry = scene.server("checkout", 200, parent=given_up(scene, 4000), lasts=9000)
    scene.query("checkout", entry, failed=False, at=5, lasts=4)
    waits(scene, TUPLE)


def beside_a_bug(scene: Scene) -> None:
    entry = scene.server("checkout", 500, parent=handed_back(scene))
    scene.query("checkout", entry, failed=False, at=1, lasts=4)
    scene.raises(entry, "KeyError", "'total'")
    waits(scene, TUPLE, at=8)


def slow_without_a_lock(scene: Scene) -> None:
    entry = scene.server("checkout", 200, parent=given_up(scene, 4000), lasts=9000)
    scene.query("checkout", entry, failed=False, at=5, lasts=8900)


STORIES = (
    Story("a table that a migration holds", a_table, "database.lock_timeout", DATABASE),
    Story("a row that another transaction holds, joined by time", a_row_by_time, "database.lock_timeout", DATABASE),
    Story("a statement that waited for a lock, called off by the app", called_off, "database.lock_timeout", DATABASE),
    Story("MySQL's lock wait, told after the answer", mysql_late, "database.lock_timeout", "mysql://db:3306/shop"),
    Story("a lock that another request waits for", somebody_elses, "app.slow", "checkout"),
    Story("a lock that another request waits for, beside a bug", beside_a_bug, "app.unhandled_exception", "checkout"),
    Story("a slow statement that waits for nobody", slow_without_a_lock, "database.timeout", DATABASE),
)
