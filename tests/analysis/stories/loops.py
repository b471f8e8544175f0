"""Time that went in many calls, none of which was slow for its kind: the caller's own doing."""

from ..conftest import Scene
from .story import DATABASE, Story, another, given_up, loop, times

STOCK = {"url_full": "http://10.0.0.9/stock/7", "url_path": "/stock/7", "http_response_status_code": 200}


def queries(scene: Scene) -> None:
    entry = scene.server("checkout", 200, parent=given_up(scene), lasts=2900)
    loop(scene, entry, 150, 18)


def calls_of_a_service(scene: Scene) -> None:
    entry = scene.server("checkout", 200, parent=given_up(scene), lasts=3000)
    for number in range(100):
        call = scene.call("checkout", entry, failed=False, at=1 + number * 29, lasts=28, **STOCK)
        scene.server("stock", 200, parent=call, at=2 + number * 29, lasts=26, http_route="/stock/{id}")


def calls_of_a_stranger(scene: Scene) -> None:
    entry = scene.server("checkout", 200, parent=given_up(scene), lasts=3000)
    for number in range(60):
        place = {"url_full": f"http://rates.example/rates/{number}", "url_path": f"/rates/{number}"}
        scene.call(
            "checkout", entry, failed=False, at=1 + number * 48, lasts=47, http_response_status_code=200, **place
        )


def cached(scene: Scene) -> None:
    entry = scene.server("checkout", 200, parent=given_up(scene), lasts=3000)
    for number in range(200):
        place = {"db_system_name": "redis", "server_address": "cache", "server_port": 6379, "db_query_text": "GET ?"}
        scene.call("checkout", entry, failed=False, at=1 + number * 14, lasts=13, **place)


def inside_a_callee(scene: Scene) -> None:
    edge = scene.server("edge", 500, lasts=2100)
    call = scene.call("edge", edge, at=1, lasts=2000, url_full="http://10.0.0.9/o", error_type="httpx.ReadTimeout")
    for span in (call, edge):
        scene.raises(span, "httpx.ReadTimeout", "The read operation timed out", at=2001)
    orders = scene.server("orders", 200, parent=call, at=2, lasts=3000)
    loop(scene, orders, 200, 14, begin=3, service="orders")


def with_work_between(scene: Scene) -> None:
    entry = scene.server("checkout", 200, parent=given_up(scene), lasts=3000)
    for number in range(250):
        scene.query("checkout", entry, failed=False, at=1 + number * 11, lasts=4)


def two_queries_in_turn(scene: Scene) -> None:
    entry = scene.server("checkout", 200, parent=given_up(scene), lasts=3000)
    for number in range(100):
        scene.query("checkout", entry, failed=False, at=1 + number * 28, lasts=13, db_query_text="select ? from item")
        scene.query("checkout", entry, failed=False, at=15 + number * 28, lasts=13, db_query_text="select ? from price")


def to_its_own_limit(scene: Scene) -> None:
    entry = scene.server("checkout", 500, lasts=2000)
    loop(scene, entry, 140, 14)
    stack = (
        'Traceback (most recent call last):\n  File "/app/shop.py", line 7, in view\n    async with asyncio.timeout(2):\n'
        '  File "/usr/lib/python3.12/asyncio/timeouts.py", line 115, in __aexit__\n    raise TimeoutError from exc_val\nTimeoutError\n'
    )
    scene.raises(entry, "TimeoutError", "", at=1999, stack=stack)


def slow_ones(scene: Scene) -> None:
    entry = scene.server("checkout", 200, parent=given_up(scene, 9000), lasts=12000)
    loop(scene, entry, 25, 450)


def slower_than_ever(scene: Scene) -> None:
    for number in range(12):
        trace = another(scene, number + 1)
        well = scene.server("checkout", 200, trace_id=trace, at=-60_000 + number * 100, lasts=5)
        for _ in range(3):
            scene.query("checkout", well, failed=False, trace_id=trace, at=-60_000 + number * 100 + 1, lasts=0.5)
    entry = scene.server("checkout", 200, parent=given_up(scene), lasts=2900)
    loop(scene, entry, 60, 46)


def beside_a_slow_one(scene: Scene) -> None:
    entry = scene.server("checkout", 200, parent=given_up(scene), lasts=3000)
    end = loop(scene, entry, 100, 2)
    scene.query("checkout", entry, failed=False, at=end, lasts=2700, db_query_text="select sum(?) from orders")


STORIES = (
    Story("a query in a loop until the web server gave up", queries, "app.slow", "checkout", times(150, "select ?")),
    Story("a traced service asked in a loop", calls_of_a_service, "app.slow", "checkout", times(100, "/stock/{id}")),
    Story("an outside service asked in a loop", calls_of_a_stranger, "app.slow", "checkout"),
    Story("a cache asked in a loop", cached, "app.slow", "checkout", times(200, "GET ?")),
    Story("a loop in the service that a caller gave up", inside_a_callee, "app.slow", "orders", times(200, "select ?")),
    Story("a loop with work of its own between", with_work_between, "app.slow", "checkout", times(250, "select ?")),
    Story("two queries in turn", two_queries_in_turn, "app.slow", "checkout"),
    Story("a loop up to the app's own limit", to_its_own_limit, "app.slow", "checkout"),
    Story("many queries, each of them slow", slow_ones, "database.timeout", DATABASE),
    Story("many queries, each slower than it used to be", slower_than_ever, "database.timeout", DATABASE),
    Story(
        "many quick queries, and one slow one",
        beside_a_slow_one,
        "database.timeout",
        DATABASE,
        "select sum(?) from orders",
    ),
)
