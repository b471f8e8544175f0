"""Buying: the checkout, invoices and labels."""

import importlib
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel

from .doors import TheDatabase, ThePayments, TheSettings
from .payments import CardDeclined

router = APIRouter()


class Basket(BaseModel):
    """What is bought, and the card that pays."""

    sku: str
    card: str


@router.post("/checkout", status_code=201)
def checkout(basket: Basket, database: TheDatabase, payments: ThePayments) -> dict[str, Any]:
    """Take an order and its money; 402 when the bank says no."""
    with database.selling() as connection:
        product = connection.execute("select price_cents from products where sku = %s", [basket.sku]).fetchone()
    if product is None:
        raise HTTPException(404, f"no product {basket.sku}")
    try:
        receipt = payments.charge(basket.card, product["price_cents"])
    except CardDeclined as declined:
        raise HTTPException(402, "the card was declined") from declined
    with database.selling() as connection:
        order = connection.execute(
            "insert into orders (sku, total_cents, receipt) values (%s, %s, %s) returning id",
            [basket.sku, product["price_cents"], receipt.number],
        ).fetchone()
    return order or {}


@router.post("/orders/{order}/invoice")
def write_invoice(order: int, database: TheDatabase, settings: TheSettings) -> dict[str, str]:
    """Append the order's invoice to the book of invoices."""
    with database.selling() as connection:
        row = connection.execute("select total_cents from orders where id = %s", [order]).fetchone()
    if row is None:
        raise HTTPException(404, f"no order {order}")
    with Path(settings.invoice_file).open("a") as book:
        book.write(f"order {order}: {row['total_cents']} cents\n")
    return {"invoice": "written"}


@router.get("/orders/{order}/label")
def print_label(order: int) -> dict[str, str]:
    """Print the parcel's label, with a library that the last deployment forgot."""
    printer = importlib.import_module("label_printer")
    return {"label": printer.render(order)}
