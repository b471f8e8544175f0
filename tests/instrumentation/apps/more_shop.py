"""A FastAPI service on MySQL, Redis and MongoDB, one driver and one way to fail per route."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiomysql
import psycopg2
import pymongo
import pymysql
import redis
import redis.asyncio
from fastapi import FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

app = FastAPI()
MYSQL: dict[str, Any] = {"host": "127.0.0.1", "port": int(os.environ["MYSQL_PORT"]), "user": "shop", "password": "open"}
REDIS_PORT = int(os.environ["REDIS_PORT"])
REFUSED = int(os.environ["REFUSED_PORT"])
PG_DSN = os.environ["PG_DSN"]
SLEEP = "do sleep(0.01)"
#: Not to be found in the source lines of a stack trace.
NAME = "ja" + "ne"


@app.get("/ok")
def ok() -> dict[str, str]:
    """Succeed."""
    return {"status": "ok"}


@app.get("/mysql/pymysql")
def mysql_pymysql() -> None:
    """Ask for a table that is not there."""
    with pymysql.connect(**MYSQL, database="shop") as connection, connection.cursor() as cursor:
        cursor.execute("select * from nowhere where name = %s", (NAME,))


@app.get("/mysql/pymysql-many")
def mysql_pymysql_many() -> dict[str, int]:
    """Insert many rows, which the driver sends in one statement."""
    with pymysql.connect(**MYSQL, database="shop") as connection, connection.cursor() as cursor:
        cursor.executemany("insert into items (name) values (%s)", [("a",), ("b",), ("c",)])
        return {"rows": cursor.rowcount}


@app.get("/mysql/mysqlclient")
def mysql_mysqlclient() -> None:
    """Ask for a table that is not there."""
    import MySQLdb

    connection = MySQLdb.connect(**MYSQL, database="shop")
    connection.cursor().execute("select * from nowhere where name = %s", (NAME,))


@app.get("/mysql/aiomysql")
async def mysql_aiomysql() -> None:
    """Ask for a table that is not there."""
    async with aiomysql.connect(**MYSQL, db="shop") as connection, connection.cursor() as cursor:
        await cursor.execute("select * from nowhere where name = %s", (NAME,))


@app.get("/connect/aiomysql")
async def connect_aiomysql() -> None:
    """Connect to a port where nothing listens."""
    await aiomysql.connect(**MYSQL | {"port": REFUSED}, db="shop")


@app.get("/connect/mysqlclient")
def connect_mysqlclient() -> None:
    """Connect to a port where nothing listens."""
    import MySQLdb

    MySQLdb.connect(**MYSQL | {"port": REFUSED}, database="shop")


@app.get("/log/pymysql")
def log_pymysql() -> None:
    """Run a statement that the server logs; it ends in a semicolon."""
    with pymysql.connect(**MYSQL, database="shop") as connection, connection.cursor() as cursor:
        cursor.execute(SLEEP + ";")


@app.get("/log/aiomysql")
async def log_aiomysql() -> None:
    """Run a statement that the server logs."""
    async with aiomysql.connect(**MYSQL, db="shop") as connection, connection.cursor() as cursor:
        await cursor.execute(SLEEP)


@app.get("/log/psycopg2")
def log_psycopg2() -> dict[str, str]:
    """Return the statement as the server sees it."""
    with psycopg2.connect(PG_DSN) as connection, connection.cursor() as cursor:
        cursor.execute("select query from pg_stat_activity where pid = pg_backend_pid();")
        return {"query": cursor.fetchone()[0]}


@app.get("/log/psycopg2-bytes")
def log_psycopg2_bytes() -> dict[str, str]:
    """Return the statement as the server sees it; given as bytes."""
    with psycopg2.connect(PG_DSN) as connection, connection.cursor() as cursor:
        cursor.execute(b"select query from pg_stat_activity where pid = pg_backend_pid()")
        return {"query": cursor.fetchone()[0]}


@app.get("/log/psycopg")
def log_psycopg() -> dict[str, Any]:
    """Run a statement until it is prepared; return how many are, and how the server saw it."""
    import psycopg

    with psycopg.connect(PG_DSN) as connection:
        for _ in range(8):
            row = connection.execute("select query from pg_stat_activity where pid = pg_backend_pid()").fetchone()
        prepared = connection.execute("select count(*) from pg_prepared_statements").fetchone()
    return {"query": row[0], "prepared": prepared[0]}


@app.get("/log/psycopg-unprepared")
def log_psycopg_unprepared() -> dict[str, Any]:
    """Return the statement as the server sees it, on a connection that never prepares."""
    import psycopg

    with psycopg.connect(PG_DSN, prepare_threshold=None) as connection:
        return {
            "query": connection.execute("select query from pg_stat_activity where pid = pg_backend_pid()").fetchone()[0]
        }


@app.get("/pool/redis")
def pool_redis() -> None:
    """Take more connections than the pool has."""
    pool = redis.ConnectionPool(host="127.0.0.1", port=REDIS_PORT, max_connections=1)
    held = pool.get_connection()
    try:
        redis.Redis(connection_pool=pool).get("stock:7")
    finally:
        pool.release(held)


@app.get("/pool/redis-blocking")
def pool_redis_blocking() -> None:
    """Wait for a connection of a pool that is used up."""
    pool = redis.BlockingConnectionPool(host="127.0.0.1", port=REDIS_PORT, max_connections=1, timeout=0.05)
    held = pool.get_connection()
    try:
        redis.Redis(connection_pool=pool).get("stock:7")
    finally:
        pool.release(held)


@app.get("/pool/redis-async")
async def pool_redis_async() -> None:
    """Wait for a connection of a pool that is used up, in the event loop."""
    pool = redis.asyncio.BlockingConnectionPool(host="127.0.0.1", port=REDIS_PORT, max_connections=1, timeout=0.05)
    held = await pool.get_connection()
    try:
        await redis.asyncio.Redis(connection_pool=pool).get("stock:7")
    finally:
        await pool.release(held)
        await pool.disconnect()


@asynccontextmanager
async def _engine(**pool: Any) -> AsyncIterator[AsyncEngine]:
    # Disposed of in the loop: left to the garbage collection of another thread, asyncpg under uvloop ends the process.
    engine = create_async_engine("postgresql+asyncpg" + PG_DSN.removeprefix("postgresql"), **pool)
    try:
        yield engine
    finally:
        await engine.dispose()


@app.get("/pool/sqlalchemy-async")
async def pool_sqlalchemy_async() -> None:
    """Take more connections than the pool of an asyncio engine has."""
    async with (
        _engine(pool_size=1, max_overflow=0, pool_timeout=0.05) as engine,
        engine.connect(),
        engine.connect(),
    ):
        pass


@app.get("/sqlalchemy/async")
async def sqlalchemy_async() -> None:
    """Divide by zero in the database, through asyncio."""
    async with _engine() as engine, engine.connect() as connection:
        await connection.execute(text("select 1/0"))


@app.get("/sqlalchemy/mysql")
def sqlalchemy_mysql() -> None:
    """Ask for a column that is not there."""
    url = f"mysql+pymysql://shop:open@127.0.0.1:{MYSQL['port']}/shop"
    with create_engine(url).connect() as connection:
        connection.execute(text("select nothing from items"))


@app.get("/connect/mongo")
def connect_mongo() -> None:
    """Look for a server where nothing listens."""
    client = pymongo.MongoClient("127.0.0.1", REFUSED, serverSelectionTimeoutMS=200)
    client.shop.items.find_one({"name": NAME})
