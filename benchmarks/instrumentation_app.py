"""The service that benchmarks/instrumentation.py loads: nothing, three queries, a failure."""

import os

import psycopg
from fastapi import FastAPI

app = FastAPI()
_connections: list[psycopg.AsyncConnection] = []


async def _connection() -> psycopg.AsyncConnection:
    if not _connections:
        _connections.append(await psycopg.AsyncConnection.connect(os.environ["BENCH_DSN"], autocommit=True))
    return _connections[0]


@app.get("/ok")
async def ok() -> dict[str, str]:
    """Do nothing."""
    return {"status": "ok"}


@app.get("/orders/{number}")
async def order(number: int) -> dict[str, int]:
    """Ask the database three times."""
    connection = await _connection()
    total = 0
    async with connection.cursor() as cursor:
        for table in ("pg_class", "pg_type", "pg_proc"):
            await cursor.execute(f"select oid from {table} where oid = %s", (number,))  # constant names
            total += len(await cursor.fetchall())
    return {"total": total}


@app.get("/fail")
async def fail() -> None:
    """Fail a few calls deep, from a cause."""
    try:
        _settle({"order": 7})
    except KeyError as error:
        raise RuntimeError("the order cannot be settled") from error


def _settle(order: dict[str, int]) -> int:
    return order["price"]
