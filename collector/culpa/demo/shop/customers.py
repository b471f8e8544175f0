"""Customers, their wishes and their loyalty points."""

import os
from typing import Any

import psycopg
from fastapi import APIRouter
from pydantic import BaseModel

from .doors import TheDatabase, TheSettings

router = APIRouter()


class NewCustomer(BaseModel):
    """Who wants to be known."""

    email: str


class Wish(BaseModel):
    """Who wants what."""

    email: str
    sku: str


@router.post("/customers", status_code=201)
def register(customer: NewCustomer, database: TheDatabase) -> dict[str, Any]:
    """Register a customer; nobody thought of one who registers twice."""
    with database.selling() as connection:
        row = connection.execute("insert into customers (email) values (%s) returning id", [customer.email]).fetchone()
    return row or {}


@router.put("/wishes")
def wish(wish: Wish, database: TheDatabase) -> dict[str, str]:
    """Note a wish; the same wish twice is fine."""
    try:
        with database.selling() as connection:
            connection.execute("insert into wishes (email, sku) values (%s, %s)", [wish.email, wish.sku])
    except psycopg.errors.UniqueViolation:
        return {"wish": "known"}
    return {"wish": "noted"}


@router.get("/loyalty/{customer}")
def show_points(customer: int, settings: TheSettings) -> dict[str, Any]:
    """Ask the loyalty database, which has a user and a password of its own."""
    with psycopg.connect(settings.loyalty_url, connect_timeout=2) as connection:
        row = connection.execute("select count(*) from orders where id = %s", [customer]).fetchone()
    return {"points": row[0] if row else 0}


@router.get("/gift-cards/{number}")
def show_gift_card(number: str) -> dict[str, Any]:
    """Check the number of a gift card with the key that the operator sets."""
    key = os.environ["GIFT_CARD_KEY"]
    return {"valid": number.startswith(key)}
