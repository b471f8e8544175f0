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
