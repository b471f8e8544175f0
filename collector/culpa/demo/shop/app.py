"""The shop's front: `uvicorn shop.app:app`."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from . import customers, orders, partners, pictures, products, reports, stock
from .database import Database
from .payments import Payments
from .settings import read_settings


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    settings = read_settings()
    database = Database(settings)
    database.open()
    app.state.settings = settings
    app.state.database = database
    app.state.payments = Payments(settings.payments_url)
    yield
    app.state.payments.close()
    database.close()


app = FastAPI(title="Shop", lifespan=_lifespan)
for _room in (products, customers, orders, stock, reports, partners, pictures):
    app.include_router(_room.router)


@app.get("/health")
def health() -> dict[str, str]:
    """Say that the shop is open."""
    return {"status": "open"}
