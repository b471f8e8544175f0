"""The warehouse: a service of its own, which the shop asks for every order."""

import os
from typing import Any

import psycopg
from fastapi import FastAPI, HTTPException

app = FastAPI(title="Stock")


@app.post("/stock/{sku}/reserve")
def reserve(sku: str) -> dict[str, Any]:
    """Take one piece from the shelf."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        taken = connection.execute(
            "update products set stock = stock - 1 where sku = %s and stock > 0 returning stock", [sku]
        ).fetchone()
    if taken is None:
        raise HTTPException(409, f"no {sku} left")
    return {"left": taken[0]}
