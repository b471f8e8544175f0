"""What callees and apps answer of their own will."""

from ..conftest import Scene
from .story import CACHE, Play, Story, cache_refuses, handed_back

#: How a lock is taken in Redis.
SET = {"db_query_text": "SET ? ? NX PX ?"}


def refused(status: int, reason: str, kind: str = "httpx.HTTPStatusError") -> Play:
    """Let a traced service refuse what it was asked, and its client raise that."""

    def play(scene: Scene) -> None:
        entry = scene.server("checkout", 500, parent=handed_back(scene))
        place = {"url_full": "http://10.0.0.9/prices/7", "url_path": "/prices/7", "http_response_status_code": status}
        call = scene.call("checkout", entry, at=1, lasts=8, **place)
        scene.server("pricing", status, parent=call, at=2, lasts=6)
        scene.raises(entry, kind, f"Client error '{status} {reason}' for url 'http://10.0.0.9/prices/7'", at=10)

    return play


def refused_by_a_stranger(scene: Scene) -> None:
    entry = scene.server("checkout", 500)
    place = {"url_full": "http://rates.example/r", "http_response_status_code": 422}
    scene.call("checkout", entry, at=1, lasts=8, **place)
    scene.raises(
        entry,
        "requests.exceptions.HTTPError",
        "422 Client Error: Unprocessable Entity for url: http://rates.example/r",
        at=10,
    )


def refused_by_grpc(scene: Scene) -> None:
    entry = scene.server("checkout", 500)
    place = {"rpc_system": "grpc", "rpc_service": "shop.Stock", "server_address": "stock", "server_port": 50051}
    call = scene.call(
        "checkout", entry, at=1, lasts=8, rpc_response_status_code="5", status_message="no such item", **place
    )
    scene.span("stock", "shop.Stock/Get", parent=call, kind=2, at=2, lasts=5, rpc_response_status_code="5")
    scene.raises(
        entry, "grpc._channel._InactiveRpcError", 'status = StatusCode.NOT_FOUND details = "no such item"', at=10
    )


def not_found_then_a_slip(scene: Scene) -> None:
    entry = scene.server("checkout", 500)
    place = {"url_full": "http://10.0.0.9/prices/7", "http_response_status_code": 404}
    call = scene.call("checkout", entry, at=1, lasts=8, **place)
    scene.server("pricing", 404, parent=call, at=2, lasts=6)
    scene.raises(entry, "KeyError", "'price'", at=10)


def with_a_reason(scene: Scene) -> None:
    entry = scene.server("checkout", 503, parent=handed_back(scene, 503))
    scene.raises(entry, "fastapi.exceptions.HTTPException", "503: stocktaking")


def with_a_reason_in_flask(scene: Scene) -> None:
    entry = scene.server("checkout", 503, parent=handed_back(scene, 503))
    scene.raises(entry, "werkzeug.exceptions.ServiceUnavailable", "503 Service Unavailable: stocktaking")


def turned_away_after_a_deadlock(scene: Scene) -> None:
    entry = scene.server("checkout", 503, parent=handed_back(scene, 503))
    query = scene.query("checkout", entry, at=1, lasts=3, db_response_status_code="40P01")
    scene.raises(query, "psycopg.errors.DeadlockDetected", "deadlock detected", at=4, error_code="40P01")
    scene.raises(entry, "fastapi.exceptions.HTTPException", "503: please try again", at=5)


def a_lock_held(scene: Scene) -> None:
    entry = scene.server("checkout", 500)
    for number in range(5):
        scene.call("checkout", entry, failed=False, at=1 + number, lasts=0.5, **CACHE, **SET)
    scene.raises(entry, "redis.exceptions.LockError", "Unable to acquire lock within the time specified")


def a_lock_lost(scene: Scene) -> None:
    entry = scene.server("checkout", 500)
    scene.raises(entry, "redis.exceptions.LockNotOwnedError", "Cannot release a lock that's no longer owned")


def a_cache_gone(scene: Scene) -> None:
    entry = scene.server("checkout", 500)
    cache_refuses(scene, entry, **SET)


STORIES = (
    Story("404 of a service that is well", refused(404, "Not Found"), "app.call_rejected", "checkout"),
    Story("422 of a service that is well", refused(422, "Unprocessable Entity"), "app.call_rejected", "checkout"),
    Story("409 of a service that is well", refused(409, "Conflict"), "app.call_rejected", "checkout"),
    Story("422 of a stranger", refused_by_a_stranger, never=("upstream.error_response",)),
    Story("NOT_FOUND of a service that is well", refused_by_grpc, "app.call_rejected", "checkout"),
    Story("a 404 that was got over, then a slip", not_found_then_a_slip, "app.unhandled_exception", "checkout"),
    Story("an answer with a reason", with_a_reason, "app.error_response", "checkout", says="stocktaking"),
    Story(
        "an answer with a reason, in Flask",
        with_a_reason_in_flask,
        "app.error_response",
        "checkout",
        says="stocktaking",
    ),
    Story(
        "an answer with a reason after a deadlock",
        turned_away_after_a_deadlock,
        "database.deadlock",
        "postgresql://db:5432/shop",
    ),
    Story("a lock of Redis that somebody holds", a_lock_held, "app.unhandled_exception", "checkout"),
    Story("a lock of Redis that ran out", a_lock_lost, "app.unhandled_exception", "checkout"),
    Story("a lock of Redis that nobody can ask for", a_cache_gone, "cache.unreachable", "redis://cache:6379"),
)
