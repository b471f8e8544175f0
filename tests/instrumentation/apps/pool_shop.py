"""A FastAPI service whose pool is used up and whose event loop can be blocked."""

import os
import time

import sqlalchemy
from fastapi import FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.pool import QueuePool

app = FastAPI()
URL = f"sqlite:///{os.environ['SHOP_FILE']}"
engine = create_engine(URL, poolclass=QueuePool, pool_size=1, max_overflow=1, pool_timeout=0.05)
held = [engine.connect(), engine.connect()]


@app.get("/ok")
def ok() -> dict[str, str]:
    """Succeed."""
    return {"status": "ok"}


@app.get("/exhausted")
def exhausted() -> None:
    """Wait for a connection in vain."""
    engine.connect()


@app.get("/block")
async def block() -> None:
    """Hold up everything, then fail."""
    time.sleep(0.9)
    raise RuntimeError("late")


@app.get("/nowhere")
def nowhere() -> None:
    """Ask for a table that is not there."""
    held[0].execute(text("select * from nowhere"))


@app.get("/version")
def version() -> str:
    """Tell which SQLAlchemy this is."""
    return sqlalchemy.__version__
