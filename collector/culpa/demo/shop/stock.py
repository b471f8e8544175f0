"""The warehouse."""

import time

from fastapi import APIRouter
from pydantic import BaseModel

from .doors import TheDatabase

router = APIRouter(prefix="/stock")

#: How long it takes to carry a box from one shelf to another (seconds).
CARRYING_S = 0.6
#: How long counting a shelf takes; nobody may take from it meanwhile (seconds).
COUNTING_S = 2.0


class Transfer(BaseModel):
    """Pieces that go from one product's shelf to another's."""

    source: str
    target: str
    pieces: int = 1


@router.post("/transfers")
def transfer(order: Transfer, database: TheDatabase) -> dict[str, str]:
    """Move pieces; two people who carry in opposite directions wait for each other for ever."""
    with database.selling() as connection:
        connection.execute("update products set stock = stock - %s where sku = %s", [order.pieces, order.source])
        time.sleep(CARRYING_S)
        connection.execute("update products set stock = stock + %s where sku = %s", [order.pieces, order.target])
    return {"transfer": "done"}


@router.post("/{sku}/count")
def count(sku: str, database: TheDatabase) -> dict[str, int]:
    """Count a shelf, with its row locked."""
    with database.selling() as connection:
        row = connection.execute("select stock from products where sku = %s for update", [sku]).fetchone()
        time.sleep(COUNTING_S)
    return {"stock": row["stock"] if row else 0}


@router.post("/{sku}/reserve")
def reserve(sku: str, database: TheDatabase) -> dict[str, str]:
    """Take one piece; a customer does not wait for a locked shelf."""
    with database.selling() as connection:
        connection.execute("set local lock_timeout = '300ms'")
        connection.execute("update products set stock = stock - 1 where sku = %s", [sku])
    return {"reserved": sku}
