"""The shop, as release 1.4.1 has it; `releases` says what the later ones change."""

import os
from typing import Any

import httpx
import psycopg
from fastapi import FastAPI, HTTPException

app = FastAPI(title="Shop")
carrier = httpx.Client(base_url=os.environ["CARRIER_URL"], timeout=2.0, trust_env=False)
warehouse = httpx.Client(base_url=os.environ["STOCK_URL"], timeout=2.0, trust_env=False)


class CarrierError(Exception):
    """The carrier gave no slot."""


def ask(query: str, *values: object) -> list[Any]:
    """Ask the database."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        return connection.execute(query.encode(), values).fetchall()


@app.get("/products/{sku}")
def show_product(sku: str) -> dict[str, Any]:
    """Show one product, or 404."""
    found = ask("select name, price_cents, pieces from products where sku = %s", sku)
    if not found:
        raise HTTPException(404, f"no product {sku}")
    name, price_cents, pieces = found[0]
    return {"name": name, "price_cents": price_cents, "cents_per_piece": price_cents / pieces}


@app.get("/search")
def search(q: str) -> list[str]:
    """Find products by what customers say of them; there is no index for that."""
    return [sku for (sku,) in ask("select distinct sku from reviews where words ilike %s", f"%{q}%")]


@app.get("/delivery")
def show_delivery() -> dict[str, str]:
    """Say when the carrier comes. Its errors come with a 200."""
    answer = carrier.get("/slots").raise_for_status().json()
    if "error" in answer:
        raise CarrierError(f"carrier says: {answer['error']}")
    return {"slot": answer["slot"]}


@app.post("/orders", status_code=201)
def order(sku: str, level: str = "guest") -> dict[str, Any]:
    """Take an order of one piece."""
    warehouse.post(f"/stock/{sku}/reserve").raise_for_status()
    price_cents = ask("select price_cents from products where sku = %s", sku)[0][0]
    return {"total_cents": price_cents}
