"""One bug is one problem, wherever and whenever it strikes; two bugs are two. Through the real decoder and engine."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from culpa.analysis.settle import settle
from culpa.collector.decode import decode
from culpa.store import DuckDBStore

DAY_NS = 86_400_000_000_000
START_NS = 1_795_300_000_000_000_000


class Shop:
    """A service whose requests fail; each is sent as OTLP/JSON, as its SDK would."""

    def __init__(self, store: DuckDBStore) -> None:
        self.store = store
        self._count = 0

    def fails(
        self,
        kind: str,
        message: str,
        stack: str,
        *,
        pid: int = 100,
        day: int = 0,
        host: str = "web-1",
        path: str = "/orders/7",
    ) -> None:
        """Answer 500 with this exception."""
        self._count += 1
        trace, span = f"{self._count:032x}", f"{self._count:016x}"
        start = START_NS + day * DAY_NS + self._count * 1_000_000
        exception = {"exception.type": kind, "exception.message": message, "exception.stacktrace": stack}
        request = {"http.request.method": "GET", "http.route": "/orders/{id}", "url.path": path}
        body = {
            "traceId": trace,
            "spanId": span,
            "name": "GET /orders/{id}",
            "kind": 2,
            "startTimeUnixNano": str(start),
            "endTimeUnixNano": str(start + 9_000_000),
            "status": {"code": 2},
            "attributes": [*_attributes(request), _integer("http.response.status_code", 500)],
            "events": [{"name": "exception", "timeUnixNano": str(start), "attributes": _attributes(exception)}],
        }
        resource = [*_attributes({"service.name": "shop", "host.name": host, "service.instance.id": f"{host}-{pid}"})]
        sent = {
            "resource": {"attributes": [*resource, _integer("process.pid", pid)]},
            "scopeSpans": [{"spans": [body]}],
        }
        self.store.write(decode("traces", [json.dumps({"resourceSpans": [sent]}).encode()], is_json=True).tables)

    def problems(self) -> list[tuple[str, int]]:
        """Judge everything; return cause and number of requests of each problem."""
        settle(self.store, None)
        rows = self.store.query("select cause, requests from problems order by requests desc, cause").to_pylist()
        return [(row["cause"], row["requests"]) for row in rows]


def _attributes(values: dict[str, str]) -> list[dict[str, object]]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]


def _integer(key: str, value: int) -> dict[str, object]:
    return {"key": key, "value": {"intValue": str(value)}}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Give a shop that sends to a new store."""
    with DuckDBStore(tmp_path / "shop.duckdb", writable=True) as store:
        yield Shop(store)


def _python(function: str, line: int, error: str, *, file: str = "/srv/shop/orders.py", library_line: int = 40) -> str:
    return (
        "Traceback (most recent call last):\n"
        f'  File "/srv/venv/lib/python3.11/site-packages/starlette/routing.py", line {library_line}, in app\n'
        "    response = await func(request)\n"
        f'  File "{file}", line {line}, in {function}\n'
        "    return sku[order]\n"
        f"{error}\n"
    )


def _java(method: str, line: int) -> str:
    return (
        "java.lang.IllegalStateException: no stock for order 7\n"
        f"\tat com.example.shop.Orders.{method}(Orders.java:{line})\n"
        f"\tat com.example.shop.Orders.lambda$find$0(Orders.java:{line + 40})\n"
        "\tat java.base/java.lang.Thread.run(Thread.java:1583)\n"
    )


def test_the_same_bug_in_two_processes_on_two_days_is_one_problem(shop: Shop) -> None:
    """Other pid, host, id in the message, line numbers after an edit, and a new version of the framework."""
    shop.fails("KeyError", "'order-17'", _python("find", 41, "KeyError: 'order-17'"))
    shop.fails(
        "KeyError", "'order-9912'", _python("find", 57, "KeyError: 'order-9912'", library_line=63),
        pid=4711, day=1, host="web-2", path="/orders/9912",
    )  # fmt: skip
    assert [("app.unhandled_exception", 2)] == shop.problems()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("no order 17 of customer 4", "no order 998 of customer 12"),
        ("order 0f8fad5b-d9cb-469f-a165-70867728950e is gone", "order 7c9e6679-7425-40de-944b-e07fc1f90ae7 is gone"),
        ("object at 0x7f00aa10 has no price", "object at 0x7f11bb20 has no price"),
        ("unknown sku 'A-1'", "unknown sku 'ZZ-77'"),
        ("token deadbeef01234567 expired", "token 89abcdef00112233 expired"),
        ("took 12.5 s", "took 8.25 s"),
    ],
)
def test_ids_and_numbers_in_the_message_make_no_problem_of_their_own(shop: Shop, one: str, other: str) -> None:
    """What is different at every occurrence says nothing of the bug."""
    for day, message in enumerate((one, other)):
        shop.fails("ValueError", message, _python("find", 41 + day, f"ValueError: {message}"), day=day)
    assert [("app.unhandled_exception", 2)] == shop.problems()


def test_two_bugs_with_one_message_are_two_problems(shop: Shop) -> None:
    """The same words from two functions of the app are to be mended in two places."""
    shop.fails("ValueError", "bad input", _python("find", 41, "ValueError: bad input"))
    shop.fails("ValueError", "bad input", _python("cancel", 41, "ValueError: bad input"))
    assert [("app.unhandled_exception", 1), ("app.unhandled_exception", 1)] == shop.problems()


def test_two_types_in_one_function_are_two_problems(shop: Shop) -> None:
    """A KeyError is not mended by what mends a TypeError."""
    shop.fails("KeyError", "'sku'", _python("find", 41, "KeyError: 'sku'"))
    shop.fails("TypeError", "'sku'", _python("find", 41, "TypeError: 'sku'"))
    assert [("app.unhandled_exception", 1), ("app.unhandled_exception", 1)] == shop.problems()


def test_java_keeps_a_problem_over_line_numbers_and_lambdas(shop: Shop) -> None:
    """Generated names and lines change with every build; methods do not."""
    shop.fails("java.lang.IllegalStateException", "no stock for order 7", _java("find", 20))
    moved = _java("find", 31).replace("lambda$find$0", "lambda$find$3").replace("order 7", "order 8812")
    shop.fails("java.lang.IllegalStateException", "no stock for order 8812", moved, pid=9, day=2)
    shop.fails("java.lang.IllegalStateException", "no stock for order 7", _java("cancel", 20))
    assert [("app.unhandled_exception", 2), ("app.unhandled_exception", 1)] == shop.problems()


def test_judging_one_by_one_gives_the_problems_of_judging_all(shop: Shop) -> None:
    """A fingerprint does not depend on what else is judged with it."""
    shop.fails("KeyError", "'a'", _python("find", 1, "KeyError: 'a'"))
    shop.problems()
    shop.fails("KeyError", "'b'", _python("find", 2, "KeyError: 'b'"), day=1)
    settle(shop.store, [f"{2:032x}"])
    assert [("app.unhandled_exception", 2)] == shop.problems()
