"""A FastAPI service that fails at its databases, one driver and one way per route."""

import os
import sqlite3

import asyncpg
import pika
import psycopg
import psycopg2
import psycopg_pool
import pymysql
from fastapi import FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool, QueuePool

app = FastAPI()
PG_DSN = os.environ["PG_DSN"]
REFUSED = int(os.environ["REFUSED_PORT"])
SECRET = "hu" + "sh"


@app.get("/ok")
def ok() -> dict[str, str]:
    """Succeed."""
    return {"status": "ok"}


@app.get("/connect/psycopg")
def connect_psycopg() -> None:
    """Connect to a port where nothing listens."""
    psycopg.connect(f"postgresql://shop:{SECRET}@127.0.0.1:{REFUSED}/orders", connect_timeout=2)


@app.get("/connect/psycopg-async")
async def connect_psycopg_async() -> None:
    """Connect to a port where nothing listens."""
    await psycopg.AsyncConnection.connect(host="127.0.0.1", port=REFUSED, dbname="orders", user="shop", password=SECRET)


@app.get("/connect/psycopg2")
def connect_psycopg2() -> None:
    """Connect to a port where nothing listens."""
    psycopg2.connect(f"host=127.0.0.1 port={REFUSED} dbname=orders user=shop password={SECRET}")


@app.get("/connect/asyncpg")
async def connect_asyncpg() -> None:
    """Connect to a port where nothing listens."""
    await asyncpg.connect(f"postgresql://shop:{SECRET}@127.0.0.1:{REFUSED}/orders", ssl=False)


@app.get("/connect/asyncpg-dns")
async def connect_asyncpg_dns() -> None:
    """Connect to a name that nobody has."""
    await asyncpg.connect(f"postgresql://shop:{SECRET}@db.invalid:5432/orders")


@app.get("/connect/asyncpg-silent")
async def connect_asyncpg_silent(port: int) -> None:
    """Connect to a server that accepts and never answers."""
    await asyncpg.connect(f"postgresql://shop:{SECRET}@127.0.0.1:{port}/orders", timeout=0.2, ssl=False)


@app.get("/connect/psycopg-dns")
def connect_psycopg_dns() -> None:
    """Connect to a name that nobody has."""
    psycopg.connect(f"postgresql://shop:{SECRET}@db.invalid:5432/orders")


@app.get("/connect/pymysql")
def connect_pymysql() -> None:
    """Connect to a port where nothing listens."""
    pymysql.connect(host="127.0.0.1", port=REFUSED, database="orders", user="shop", password=SECRET)


@app.get("/connect/sqlite")
def connect_sqlite() -> None:
    """Open a file in a folder that is not there."""
    sqlite3.connect("/nonexistent/shop.db")


@app.get("/sqlite/locked")
def sqlite_locked(folder: str) -> None:
    """Write to a file, named from the working directory, that another connection has locked."""
    file = os.path.relpath(f"{folder}/shop.db")
    with sqlite3.connect(file) as holder:
        holder.execute("begin exclusive")
        sqlite3.connect(f"file:{file}?mode=rwc", timeout=0.02, uri=True).execute("create table items (id int)")


@app.get("/sqlite/sqlalchemy")
def sqlite_sqlalchemy(folder: str) -> None:
    """Ask a file, named from the working directory, for a table that is not there."""
    file = os.path.relpath(f"{folder}/shop.db")
    with create_engine(f"sqlite:///{file}").connect() as connection:
        connection.execute(text("select * from nowhere"))


@app.get("/sqlite/memory")
def sqlite_memory() -> None:
    """Ask memory for a table that is not there."""
    with create_engine("sqlite://").connect() as connection:
        connection.execute(text("select * from nowhere"))


@app.get("/connect/pika")
def connect_pika() -> None:
    """Connect to a port where no broker listens."""
    pika.BlockingConnection(pika.URLParameters(f"amqp://shop:{SECRET}@127.0.0.1:{REFUSED}/%2F"))


@app.get("/pool/sqlalchemy")
def pool() -> None:
    """Take more connections than the pool has."""
    engine = create_engine("sqlite://", poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.05)
    with engine.connect(), engine.connect():
        pass


@app.get("/psycopg-pool")
def psycopg_pool_down() -> None:
    """Wait for a pool whose database is not there."""
    conninfo = f"host=127.0.0.1 port={REFUSED} dbname=orders user=shop password={SECRET}"
    with psycopg_pool.ConnectionPool(conninfo, min_size=1, open=True, timeout=0.4) as pool, pool.connection():
        pass


@app.get("/pg/psycopg")
def pg_psycopg() -> None:
    """Ask for a table that is not there."""
    with psycopg.connect(PG_DSN) as connection:
        connection.execute("select * from nowhere")


@app.get("/pg/psycopg2")
def pg_psycopg2() -> None:
    """Ask for a table that is not there."""
    with psycopg2.connect(PG_DSN) as connection:
        connection.cursor().execute("select * from nowhere")


@app.get("/pg/asyncpg")
async def pg_asyncpg() -> None:
    """Ask for a table that is not there."""
    connection = await asyncpg.connect(PG_DSN)
    try:
        await connection.fetch("select * from nowhere")
    finally:
        await connection.close()


@app.get("/pg/sqlalchemy")
def pg_sqlalchemy() -> None:
    """Divide by zero in the database."""
    engine = create_engine("postgresql+psycopg" + PG_DSN.removeprefix("postgresql"), poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text("select 1/0"))


@app.get("/pg/psycopg-name")
def pg_psycopg_name() -> None:
    """Connect to a database that is not there."""
    psycopg.connect(PG_DSN, dbname="nowhere")


@app.get("/pg/psycopg2-name")
def pg_psycopg2_name() -> None:
    """Connect to a database that is not there."""
    psycopg2.connect(PG_DSN, dbname="nowhere")


@app.get("/pg/asyncpg-name")
async def pg_asyncpg_name() -> None:
    """Connect to a database that is not there."""
    await asyncpg.connect(PG_DSN, database="nowhere")


@app.get("/pool/psycopg")
def pool_psycopg() -> None:
    """Take more connections than the pool has."""
    full = psycopg_pool.ConnectionPool(PG_DSN, min_size=1, max_size=1, open=True, timeout=3)
    with full, full.connection():
        full.getconn(timeout=0.05)


@app.get("/pool/psycopg-async")
async def pool_psycopg_async() -> None:
    """Take more connections than the pool has."""
    full = psycopg_pool.AsyncConnectionPool(PG_DSN, min_size=1, max_size=1, open=False, timeout=3)
    async with full, full.connection():
        await full.getconn(timeout=0.05)


@app.get("/pool/asyncpg")
async def pool_asyncpg() -> None:
    """Take more connections than the pool has."""
    async with asyncpg.create_pool(PG_DSN, min_size=1, max_size=1) as full, full.acquire():
        await full.acquire(timeout=0.05)
