"""What the owner wants to know in the evening."""

import time
from typing import Any

import psycopg
from fastapi import APIRouter

from .doors import TheDatabase, TheSettings

router = APIRouter()

#: The forecast is slow code of the shop's own (seconds).
THINKING_S = 4.5


@router.get("/reports/sales")
def sales(days: int, database: TheDatabase) -> dict[str, Any]:
    """Sum up sales. The sleep stands for a table without an index: ten milliseconds for each day."""
    with database.reports() as connection:
        row = connection.execute(
            "select count(*) as orders, coalesce(sum(total_cents), 0) as cents from orders, pg_sleep(%s)",
            [days * 0.01],
        ).fetchone()
    return row or {}


@router.post("/reports/visits")
def count_visit(database: TheDatabase) -> dict[str, str]:
    """Count a visitor, through the connection that may only read."""
    with database.reports() as connection:
        connection.execute("insert into visits values (current_date, 1)")
    return {"visit": "counted"}


@router.get("/reports/suppliers")
def suppliers(database: TheDatabase) -> list[dict[str, Any]]:
    """List suppliers, which the shop's database user may not read."""
    with database.selling() as connection:
        return connection.execute("select name, discount_percent from suppliers").fetchall()


@router.get("/reports/archive")
def archive(settings: TheSettings) -> dict[str, Any]:
    """Count the orders of former years, which are in a database of their own."""
    with psycopg.connect(settings.archive_url, connect_timeout=2) as connection:
        row = connection.execute("select count(*) from orders").fetchone()
    return {"orders": row[0] if row else 0}


@router.get("/reports/forecast")
def forecast() -> dict[str, int]:
    """Foretell next year's sales, slowly."""
    time.sleep(THINKING_S)
    return {"orders": 42}
