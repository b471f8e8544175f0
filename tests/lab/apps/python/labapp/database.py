"""What the app does with its database."""

import contextlib
import time
from collections.abc import Mapping

from labapp import settings
from labapp.deeds import Answer, deed
from labapp.dialects import SQL, connected


def _count(url: str = settings.DATABASE) -> str:
    with connected(url) as cursor:
        cursor.execute("select count(*) from items")
        return str(cursor.fetchone()[0])


@deed("items/count")
def count(_asked: Mapping[str, str]) -> str:
    return _count()


@deed("stock/from-closed-port")
def refused(_asked: Mapping[str, str]) -> str:
    return _count(settings.CLOSED_DATABASE)


@deed("stock/from-silent-host")
def silent(_asked: Mapping[str, str]) -> str:
    return _count(settings.SILENT_DATABASE)


@deed("stock/from-lost-name")
def lost(_asked: Mapping[str, str]) -> str:
    return _count(settings.LOST_DATABASE)


@deed("stock/with-old-password")
def old_password(_asked: Mapping[str, str]) -> str:
    return _count(settings.OLD_PASSWORD)


@deed("stock/other-database")
def other_database(_asked: Mapping[str, str]) -> str:
    return _count(settings.OTHER_DATABASE)


def _run(*statements: str) -> str:
    with connected() as cursor:
        for statement in statements:
            cursor.execute(statement)
    return "done"


@deed("items/add-twice")
def duplicate(_asked: Mapping[str, str]) -> str:
    return _run("insert into items (id, name, stock) values (1, 'tea', 1)")


@deed("items/add-nameless")
def nameless(_asked: Mapping[str, str]) -> str:
    return _run("insert into items (id, name, stock) values (901, null, 1)")


@deed("orders/of-nothing")
def foreign(_asked: Mapping[str, str]) -> str:
    return _run("insert into orders (id, item_id) values (901, 77777)")


@deed("items/take-too-many")
def check(_asked: Mapping[str, str]) -> str:
    return _run("update items set stock = stock - 1000 where id = 3")


@deed("items/count-all-tea")
def too_big(_asked: Mapping[str, str]) -> str:
    return _run("update items set stock = 99999999999 where id = 5")


@deed("items/add-and-count")
def aborted(_asked: Mapping[str, str]) -> str:
    """Get over a statement that failed, and go on in the transaction that it ended."""
    with connected() as cursor:
        with contextlib.suppress(Exception):
            cursor.execute("insert into items (id, name, stock) values (1, 'tea', 1)")
        cursor.execute("select count(*) from items")
        return str(cursor.fetchone()[0])


@deed("search")
def bad_query(_asked: Mapping[str, str]) -> str:
    return _run("select name form items wher id = 1")


@deed("loyalty")
def missing_table(_asked: Mapping[str, str]) -> str:
    return _run(SQL["missing table"])


@deed("colours")
def missing_column(_asked: Mapping[str, str]) -> str:
    return _run(SQL["missing column"])


@deed("payroll")
def denied(_asked: Mapping[str, str]) -> str:
    return _run(SQL["denied"])


@deed("ledger")
def damaged(_asked: Mapping[str, str]) -> str:
    with connected() as cursor:
        cursor.execute(SQL["damaged"])
        return str(cursor.fetchall())


@deed("report/limited")
def limited(_asked: Mapping[str, str]) -> str:
    return _run(SQL["limit"], SQL["sleep"].format(s=3))


@deed("report")
def report(asked: Mapping[str, str]) -> str:
    return _run(SQL["sleep"].format(s=float(asked.get("s", "6"))))


@deed("visits/add")
def read_only(_asked: Mapping[str, str]) -> str:
    return _run(SQL["read only"], "update items set stock = stock + 1 where id = 4")


@deed("archive")
def fill(_asked: Mapping[str, str]) -> str:
    return _run(SQL["fill"])


@deed("transfer")
def transfer(asked: Mapping[str, str]) -> str:
    source, target = int(asked["from"]), int(asked["to"])
    with connected() as cursor:
        cursor.execute(f"update items set stock = stock + 1 where id = {source}")
        time.sleep(0.5)
        cursor.execute(f"update items set stock = stock + 1 where id = {target}")
    return "moved"


@deed("count-shelf")
def hold_lock(_asked: Mapping[str, str]) -> str:
    with connected() as cursor:
        cursor.execute("update items set stock = stock where id = 7")
        time.sleep(2.0)
    return "counted"


@deed("reserve")
def lock_limit(_asked: Mapping[str, str]) -> str:
    return _run(SQL["lock limit"], "update items set stock = stock - 1 where id = 7")


@deed("rebalance")
def serialise(_asked: Mapping[str, str]) -> str:
    with connected() as cursor:
        cursor.execute("set transaction isolation level serializable")
        cursor.execute("select sum(stock) from items where id in (8, 9)")
        time.sleep(0.5)
        cursor.execute("update items set stock = stock + 1 where id = 8")
    return "balanced"


@deed("items/add-if-new")
def duplicate_handled(_asked: Mapping[str, str]) -> "str | Answer":
    """Answer 409 when the item is there already: what a well-behaved app does."""
    try:
        return _run("insert into items (id, name, stock) values (1, 'tea', 1)")
    except Exception as refused:
        if "integrity" not in type(refused).__name__.lower() and "unique" not in type(refused).__name__.lower():
            raise
        return Answer(409, "there is one already")


@deed("stock/wherever")
def fallback(_asked: Mapping[str, str]) -> str:
    """Ask the copy that is down, then the database itself."""
    try:
        return _count(settings.CLOSED_DATABASE)
    except Exception:
        return _count()


@deed("report/short")
def slow_but_fine(_asked: Mapping[str, str]) -> str:
    return _run(SQL["sleep"].format(s=0.8)) if settings.DRIVER != "sqlite3" else _count()


def _serve(path: str, *statements: str) -> None:
    @deed(path)
    def run(_asked: Mapping[str, str]) -> str:
        return _run(*statements)


_serve("items/price-per-nothing", SQL["divide"])
_serve("items/by-name-as-number", SQL["not a number"])
_serve("items/on-the-31st-of-june", SQL["no such day"])
_serve("items/with-long-name", SQL["too long"])
_serve("items/remove-ordered", SQL["still referred to"])
_serve("items/only-one-of-many", "select (select id from items where id < 3)")
_serve("items/which-id", "select id from items join orders on item_id = items.id")
_serve("items/sum-of-sums", "select sum(sum(stock)) from items")
_serve("items/two-columns", "insert into orders (id, item_id) values (1, 2, 3)")
_serve("items/twice-in-from", "select 1 from items, items")
_serve("items/unknown-function", "select shelf_of(id) from items")
_serve("items/drop", SQL["drop"])
_serve("archive/schema", SQL["missing schema"])
_serve("items/locked-now", SQL["no wait"])
_serve("procedure/objects", SQL["objects"])
_serve("locks/all", "select pg_advisory_xact_lock(n) from generate_series(1, 200000) as n")
_serve("sort/on-disk", "select count(*) from (select n from generate_series(1, 3000000) as n order by n desc) as s")
_serve("report/interrupted", "set local transaction_timeout = 300", "select pg_sleep(3)")
_serve("prepared/unknown", "execute never_prepared")


@deed("stock/after-a-nap")
def idle(_asked: Mapping[str, str]) -> str:
    """Ask, sleep longer than the database lets a session be idle, and ask again."""
    with connected() as cursor:
        for statement in SQL["short idle"]:
            cursor.execute(statement)
        cursor.execute("select count(*) from items")
        cursor.fetchall()
        time.sleep(1.6)
        cursor.execute("select count(*) from items")
        return str(cursor.fetchone()[0])


@deed("stock/as-retired-user")
def unknown_user(_asked: Mapping[str, str]) -> str:
    return _count(settings.RETIRED)


@deed("stock/as-crowded-user")
def crowded_user(_asked: Mapping[str, str]) -> str:
    with connected(settings.CROWDED):
        return _count(settings.CROWDED)


@deed("stock/as-guest")
def guest(_asked: Mapping[str, str]) -> str:
    return _count(settings.PRIVATE)


@deed("stock/as-locked-user")
def locked_user(_asked: Mapping[str, str]) -> str:
    return _count(settings.LOCKED)


@deed("stock/wherever-and-lost")
def both_down(_asked: Mapping[str, str]) -> str:
    """Ask the cache that is down, go on without it, and find no table."""
    from labapp import cache

    with contextlib.suppress(Exception):
        cache._redis(settings.CLOSED).get("basket")
    return _run(SQL["missing table"])


@deed("items/of-a-closed-connection")
def closed_connection(_asked: Mapping[str, str]) -> str:
    """Use a cursor whose connection the app has closed itself."""
    with connected() as cursor:
        cursor.execute("select count(*) from items")
    cursor.execute("select count(*) from items")
    return str(cursor.fetchone()[0])


@deed("items/too-many-values")
def too_many_values(_asked: Mapping[str, str]) -> str:
    with connected() as cursor:
        cursor.execute(SQL["one value"], (1, 2, 3))
        return str(cursor.fetchone()[0])


@deed("items/strange-value")
def strange_value(_asked: Mapping[str, str]) -> str:
    with connected() as cursor:
        cursor.execute(SQL["one value"], (object(),))
        return str(cursor.fetchone()[0])


@deed("items/none-there")
def none_there(_asked: Mapping[str, str]) -> str:
    with connected() as cursor:
        cursor.execute("select name from items where id = 4711")
        return str(cursor.fetchone()[0])


@deed("items/nothing-to-fetch")
def nothing_to_fetch(_asked: Mapping[str, str]) -> str:
    with connected() as cursor:
        cursor.execute("update items set stock = stock where id = 20")
        return str(cursor.fetchone()[0])


@deed("items/add-and-give-up")
def gives_up(_asked: Mapping[str, str]) -> "str | Answer":
    try:
        return _run(SQL["missing table"])
    except Exception:
        return Answer(503, "no loyalty today")


@deed("items/bad-input")
def bad_input(_asked: Mapping[str, str]) -> "str | Answer":
    """Answer 400 for what the database refuses: what a well-behaved app does."""
    try:
        return _run(SQL["not a number"])
    except Exception:
        return Answer(400, "that is no number")


@deed("items/add-again")
def second_try(_asked: Mapping[str, str]) -> str:
    """Try once more after an error, with success."""
    with contextlib.suppress(Exception):
        _run("insert into items (id, name, stock) values (1, 'tea', 1)")
    return _count()


@deed("stock/without-cache")
def without_cache(_asked: Mapping[str, str]) -> str:
    """Ask the cache, and where it is down the database, which lacks the table."""
    from labapp import cache

    try:
        return str(cache._redis(settings.CLOSED).get("basket"))
    except Exception:
        return _run(SQL["missing table"])


@deed("stock/and-rates")
def database_then_outside(_asked: Mapping[str, str]) -> str:
    """Go on without the database, to an outside service that is broken."""
    from labapp import outside

    try:
        return _count(settings.CLOSED_DATABASE)
    except Exception:
        return str(outside._get(f"{settings.OUTSIDE}/status/500").json())


@deed("stock/and-bug")
def database_then_bug(_asked: Mapping[str, str]) -> str:
    """Go on without the database, into a bug."""
    try:
        return _count(settings.CLOSED_DATABASE)
    except Exception:
        stock: dict[str, str] = {}
    return stock["tea"]


@deed("stock/wrapped")
def wrapped(_asked: Mapping[str, str]) -> str:
    """Raise an exception of its own for that of the driver, without `from`."""
    try:
        return _run(SQL["missing table"])
    except Exception:
        raise RuntimeError("no stock today")  # noqa: B904 - that is the fault


@deed("stock/rolled-back")
def rolled_back(_asked: Mapping[str, str]) -> str:
    """Fail again while cleaning up."""
    with connected() as cursor:
        try:
            cursor.execute(SQL["missing table"])
        except Exception:
            cursor.execute("select stock_of(1) from items")
    return "never"
