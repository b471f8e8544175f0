"""The catalogue."""

from typing import Any

import httpx
from fastapi import APIRouter, HTTPException
from fastapi.responses import JSONResponse

from .doors import TheDatabase, TheSettings

router = APIRouter(prefix="/products")


@router.get("")
def list_products(database: TheDatabase, sort: str = "name") -> list[dict[str, Any]]:
    """List all products. The sort order goes into the SQL as it came: `?sort=name desc` works."""
    query = f"select sku, name, price_cents from products order by {sort}"
    with database.selling() as connection:
        return connection.execute(query.encode()).fetchall()


@router.get("/{sku}")
def show_product(sku: str, database: TheDatabase) -> dict[str, Any]:
    """Show one product, or 404."""
    return _product(sku, database)


@router.get("/{sku}/price-per-piece")
def show_price_per_piece(sku: str, database: TheDatabase) -> dict[str, float]:
    """Say what one piece costs; nobody thought of a product that has no pieces."""
    product = _product(sku, database)
    return {"cents": product["price_cents"] / product["pieces"]}


@router.get("/{sku}/reviews")
def list_reviews(sku: str, database: TheDatabase) -> list[dict[str, Any]]:
    """List what customers say."""
    with database.selling() as connection:
        return connection.execute("select stars, words from reviews where sku = %s", [sku]).fetchall()


@router.get("/{sku}/delivery")
def show_delivery(sku: str, database: TheDatabase, settings: TheSettings) -> dict[str, Any]:
    """Say when a product arrives; when the carrier does not answer, the usual time will do."""
    _product(sku, database)
    try:
        return dict(httpx.get(f"{settings.shipping_url}/delivery/{sku}", timeout=0.5).raise_for_status().json())
    except httpx.HTTPError:
        return {"days": 3, "guessed": True}


@router.get("/{sku}/similar")
def list_similar(sku: str) -> JSONResponse:
    """Tell the caller that this is not built yet."""
    return JSONResponse({"detail": "similar products are not built yet"}, status_code=501)


def _product(sku: str, database: TheDatabase) -> dict[str, Any]:
    with database.selling() as connection:
        row = connection.execute("select * from products where sku = %s", [sku]).fetchone()
    if row is None:
        raise HTTPException(404, f"no product {sku}")
    return row
