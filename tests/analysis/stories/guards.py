"""Breakers that are open and retries that are used up: the blame is whose they guard."""

from typing import Any

from ..conftest import Scene
from .story import DATABASE, Play, Story, another, fails

STOCK = {"url_full": "http://stock.example/s", "server_address": "stock.example"}
PYBREAKER = ("pybreaker.CircuitBreakerError", "Timeout not elapsed yet, circuit breaker still open")
RESILIENCE4J = (
    "io.github.resilience4j.circuitbreaker.CallNotPermittedException",
    "CircuitBreaker 'stock' is OPEN and does not permit further calls",
)


def refuses(scene: Scene, kind: str, message: str) -> None:
    """Let an open breaker refuse the call at once, and the request fail of it."""
    fails(scene, kind, message, scene.server("checkout", 500, lasts=2), at=1)


def before(scene: Scene, number: int, at: float, kind: str, message: str, **columns: Any) -> None:
    """Let a call fail in an earlier request of the same service."""
    trace = another(scene, number)
    service = columns.pop("service", "checkout")
    entry = scene.server(service, 500, trace_id=trace, at=at, lasts=20)
    call = scene.call(service, entry, trace_id=trace, at=at + 1, lasts=10, **{**STOCK, **columns})
    fails(scene, kind, message, call, entry, at=at + 12)


def refused_before(scene: Scene, number: int = 1, at: float = -5000, **columns: Any) -> None:
    before(scene, number, at, "httpx.ConnectError", "[Errno 111] Connection refused", **columns)


def opened(kind: str, message: str) -> Play:
    def play(scene: Scene) -> None:
        for number in range(3):
            refused_before(scene, number + 1, -5000 + number * 500)
        refuses(scene, kind, message)

    return play


def after_a_slow_database(scene: Scene) -> None:
    db = {
        "url_full": "",
        "db_system_name": "postgresql",
        "server_address": "db",
        "server_port": 5432,
        "db_namespace": "shop",
    }
    for number in range(2):
        before(
            scene,
            1 + number,
            -5000 + number * 1000,
            "psycopg.errors.QueryCanceled",
            "canceling statement due to statement timeout",
            db_response_status_code="57014",
            **db,
        )
    refuses(scene, *PYBREAKER)


def after_one_failure(scene: Scene) -> None:
    refused_before(scene)
    refuses(scene, *RESILIENCE4J)


def of_the_one_it_names(scene: Scene) -> None:
    refused_before(scene, 1, -9000)
    refused_before(scene, 3, -8000)
    rates = {"url_full": "http://rates.example/r", "server_address": "rates.example"}
    before(scene, 2, -3000, "httpx.ReadTimeout", "The read operation timed out", **rates)
    refuses(scene, *RESILIENCE4J)


def long_ago(scene: Scene) -> None:
    refused_before(scene, 1, -7_200_000)
    refuses(scene, *PYBREAKER)


def of_another_service(scene: Scene) -> None:
    refused_before(scene, service="search")
    refuses(scene, *PYBREAKER)


def of_nobody_known(scene: Scene) -> None:
    refuses(scene, *PYBREAKER)


def retried(kind: str, message: str) -> Play:
    def play(scene: Scene) -> None:
        entry = scene.server("checkout", 500, lasts=60)
        for number in range(3):
            scene.call("checkout", entry, at=1 + number * 15, lasts=10, http_response_status_code=503, **STOCK)
        fails(scene, kind, message, entry, at=50)

    return play


def retried_a_database(scene: Scene) -> None:
    entry = scene.server("checkout", 500, lasts=60)
    for number in range(3):
        query = scene.query("checkout", entry, at=1 + number * 15, lasts=10, db_response_status_code="40001")
        fails(
            scene,
            "psycopg.errors.SerializationFailure",
            "could not serialize access",
            query,
            at=10 + number * 15,
            error_code="40001",
        )
    fails(
        scene,
        "tenacity.RetryError",
        "RetryError[<Future at 0x7f state=finished raised SerializationFailure>]",
        entry,
        at=50,
    )


def a_bug_beside_an_open_breaker(scene: Scene) -> None:
    refused_before(scene)
    fails(scene, "KeyError", "'total'", scene.server("checkout", 500, lasts=2), at=1)


def handled(scene: Scene) -> None:
    for number in range(3):
        refused_before(scene, number + 1, -5000 + number * 500)
    entry = scene.server("checkout", 503, lasts=2)
    fails(
        scene,
        *PYBREAKER,
        entry,
        at=1,
        handled=True,
    )


GUARDED = ("upstream.unreachable", "http://stock.example")
STORIES = (
    Story(
        "pybreaker",
        opened(*PYBREAKER),
        *GUARDED,
    ),
    Story("purgatory", opened("purgatory.domain.model.OpenedState", "Circuit breaker is open"), *GUARDED),
    Story(
        "aiobreaker",
        opened("aiobreaker.state.CircuitBreakerError", "Timeout not elapsed yet, circuit breaker still open"),
        *GUARDED,
    ),
    Story("opossum", opened("EOPENBREAKER", "Breaker is open"), *GUARDED),
    Story(
        "Polly",
        opened("Polly.CircuitBreaker.BrokenCircuitException", "The circuit is now open and is not allowing calls."),
        *GUARDED,
    ),
    Story("gobreaker", opened("*errors.errorString", "circuit breaker is open"), *GUARDED),
    Story("a breaker around a slow database", after_a_slow_database, "database.timeout", DATABASE),
    Story("a breaker that names whom it guards", of_the_one_it_names, *GUARDED),
    Story("a breaker whose answer the app made of it", handled, *GUARDED),
    Story("a breaker, and a failure of hours ago", long_ago, never=("upstream.unreachable", "app.unhandled_exception")),
    Story(
        "a breaker, and a failure of another service",
        of_another_service,
        never=("upstream.unreachable", "app.unhandled_exception"),
    ),
    Story("a breaker, and one failure before", after_one_failure, never=("upstream.unreachable",)),
    Story("a breaker, and nothing before", of_nobody_known, never=("app.unhandled_exception",)),
    Story(
        "tenacity",
        retried("tenacity.RetryError", "RetryError[<Future at 0x7f state=finished raised HTTPStatusError>]"),
        "upstream.error_response",
        "http://stock.example",
    ),
    Story(
        "resilience4j's retry",
        retried(
            "io.github.resilience4j.retry.MaxRetriesExceededException", "Retry 'stock' has exhausted all attempts (3)"
        ),
        "upstream.error_response",
        "http://stock.example",
    ),
    Story("tenacity around a database", retried_a_database, "database.serialization_failure", DATABASE),
    Story("a bug beside an open breaker", a_bug_beside_an_open_breaker, "app.unhandled_exception", "checkout"),
)
