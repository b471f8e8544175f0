"""How each database is asked: its driver, and the SQL by which it fails."""

import contextlib
from collections.abc import Generator
from typing import Any
from urllib.parse import urlsplit

from labapp import settings

POSTGRESQL = {
    "missing table": "select * from loyalty_points",
    "missing column": "select colour from items",
    "denied": "select amount from salaries",
    "damaged": "select count(note) from ledger",
    "limit": "set statement_timeout = 300",
    "sleep": "select pg_sleep({s})",
    "read only": "set transaction read only",
    "lock limit": "set lock_timeout = '300ms'",
    "fill": "insert into archive select repeat(md5(random()::text), 60) from generate_series(1, 40000)",
    "divide": "select 1 / (stock - stock) from items where id = 1",
    "not a number": "select count(*) from items where id = 'tea'::text::int",
    "no such day": "select date '2024-06-31'",
    "too long": "select 'a long name'::text::json",
    "still referred to": "insert into orders (id, item_id) values (77, 7); update items set id = 7777 where id = 7",
    "drop": "drop table items",
    "missing schema": "create table warehouse.items (id int)",
    "no wait": "select * from items where id = 7 for update nowait",
    "short idle": ("set idle_in_transaction_session_timeout = 500",),
    "one value": "select count(*) from items where id = %s",
    "objects": "select items.nope(1)",
}
MARIADB = {
    **POSTGRESQL,
    "denied": "select amount from hr.salaries",
    "limit": "set max_statement_time = 0.3",
    "sleep": "select sleep({s}), count(*) from items where id = 1",
    "read only": "start transaction read only",
    "lock limit": "set innodb_lock_wait_timeout = 1",
    "divide": "insert into orders (id, item_id) values (1 / 0, 1)",
    "not a number": "update items set stock = 'tea' where id = 21",
    "no such day": "update items set name = cast('2024-06-31' as date) where id = 21",
    "too long": "update items set name = repeat('tea', 100) where id = 21",
    "still referred to": "update items set id = 7777 where id = 22",
    "missing schema": "select * from warehouse.items",
    "no wait": "select * from items where id = 7 for update nowait",
    "short idle": ("set wait_timeout = 1",),
    "objects": "call never_created()",
}
SQLITE = {
    **POSTGRESQL,
    "one value": "select count(*) from items where id = ?",
    "fill": "insert into archive with recursive n(i) as (select 1 union all select i + 1 from n where i < 40000)"
    " select hex(randomblob(1000)) from n",
}


def _psycopg(url: str) -> Any:
    import psycopg

    return psycopg.connect(url, connect_timeout=2)


def _pymysql(url: str) -> Any:
    import pymysql

    at = urlsplit(url)
    return pymysql.connect(
        host=at.hostname, port=at.port or 3306, user=at.username, password=at.password or "", database=at.path[1:],
        connect_timeout=2,
    )  # fmt: skip


def _sqlite(url: str) -> Any:
    import sqlite3

    return sqlite3.connect(url.removeprefix("sqlite:///"), timeout=0.4, isolation_level=None)


def _django(url: str) -> Any:
    from django.db import connections

    return connections[next(name for name, value in connections.settings.items() if value.get("LAB_URL") == url)]


_CONNECT = {"psycopg": _psycopg, "pymysql": _pymysql, "sqlite3": _sqlite, "django": _django}
SQL = {"psycopg": POSTGRESQL, "django": POSTGRESQL, "pymysql": MARIADB, "sqlite3": SQLITE}[settings.DRIVER]


@contextlib.contextmanager
def connected(url: str = settings.DATABASE) -> Generator[Any]:
    """Connect and give a cursor in a transaction, which is committed at the end."""
    connection = _CONNECT[settings.DRIVER](url)
    try:
        if settings.DRIVER == "django":
            from django.db import transaction

            with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                yield cursor
        else:
            cursor = connection.cursor()
            if settings.DRIVER == "sqlite3":
                cursor.execute("begin")
            yield cursor
            connection.commit()
    except Exception:
        # Closing alone would keep the transaction, and SQLite's lock with it, for as long as the exception lives.
        if settings.DRIVER == "sqlite3":
            connection.rollback()
        raise
    finally:
        connection.close()
