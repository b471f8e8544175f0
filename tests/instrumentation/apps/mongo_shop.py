"""A FastAPI service on MongoDB, one way to fail per route."""

import os
from typing import Any

import pymongo
from fastapi import FastAPI
from pymongo import MongoClient
from pymongo.errors import PyMongoError

app = FastAPI()
PORT = int(os.environ["MONGO_PORT"])
#: Not to be found in the source lines of a stack trace.
NAME = "ja" + "ne"
client: MongoClient[dict[str, Any]] = MongoClient("127.0.0.1", PORT, retryReads=False, retryWrites=False)


@app.get("/ok")
def ok() -> dict[str, str]:
    """Succeed."""
    return {"status": "ok"}


@app.get("/found")
def found() -> dict[str, str]:
    """Read what is there."""
    return client.shop.items.find_one({"_id": "tea"}) or {}


@app.get("/duplicate")
def duplicate() -> None:
    """Insert what is there already: the command succeeds, its write does not."""
    client.shop.items.insert_one({"_id": "tea", "name": NAME})


@app.get("/duplicate-many")
def duplicate_many() -> None:
    """Insert many, of which one is there already."""
    client.shop.items.insert_many([{"_id": NAME + "t"}, {"_id": "tea"}])


@app.get("/duplicate/caught")
def duplicate_caught() -> dict[str, str]:
    """Insert what is there already, and live with it."""
    try:
        client.shop.items.insert_one({"_id": "tea", "name": NAME})
    except PyMongoError:
        return {"status": "was there"}
    return {"status": "new"}


@app.get("/refused")
def refused() -> None:
    """Send an operator that the server does not know."""
    client.shop.items.find_one({"$nope": NAME})


@app.get("/fails/{code}")
def fails(code: int) -> None:
    """Ask a server that answers with this error, by a client of its own, which may take it for the server's end."""
    _next(errorCode=code)
    with MongoClient("127.0.0.1", PORT, retryReads=False) as own:
        own.shop.items.find_one()


@app.get("/closed")
def closed() -> None:
    """Ask a server that hangs up."""
    _next(closeConnection=True)
    with MongoClient("127.0.0.1", PORT, retryReads=False) as own:
        own.shop.items.find_one()


@app.get("/late")
def late() -> None:
    """Ask a server that takes too long."""
    _next(blockConnection=True, blockTimeMS=600)
    with MongoClient("127.0.0.1", PORT, socketTimeoutMS=200, retryReads=False) as hurried:
        hurried.shop.items.find_one()


@app.get("/password")
def password() -> None:
    """Log in with a wrong password."""
    with MongoClient("127.0.0.1", PORT, username="shop", password="hu" + "sh") as stranger:
        stranger.shop.items.find_one()


@app.get("/password-async")
async def password_async() -> None:
    """Log in with a wrong password, in the event loop."""
    async with pymongo.AsyncMongoClient("127.0.0.1", PORT, username="shop", password="hu" + "sh") as stranger:
        await stranger.shop.items.find_one()


@app.get("/pool")
def pool() -> None:
    """Take more connections than the pool has."""
    with MongoClient("127.0.0.1", PORT, maxPoolSize=1, waitQueueTimeoutMS=50) as small:
        small.shop.items.insert_many([{}, {}])
        cursor = small.shop.items.find(cursor_type=pymongo.CursorType.EXHAUST, batch_size=1)
        next(cursor)
        small.shop.items.find_one()


def _next(**how: Any) -> None:
    """Make the server fail at the next search."""
    client.admin.command("configureFailPoint", "failCommand", mode={"times": 1}, data={"failCommands": ["find"], **how})
