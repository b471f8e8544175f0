"""A FastAPI service that hands work to a broker, one way to fail per route."""

import os
import subprocess

import pika
from fastapi import FastAPI

app = FastAPI()
PORT = int(os.environ["AMQP_PORT"])


@app.get("/ok")
def ok() -> dict[str, str]:
    """Succeed."""
    return {"status": "ok"}


def _connect(**more: object) -> pika.BlockingConnection:
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", PORT, **more))


@app.get("/sent")
def sent() -> dict[str, str]:
    """Hand over a message, confirmed."""
    with _connect() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.basic_publish("", "orders", b"tea")
    return {"status": "sent"}


@app.get("/full")
def full() -> None:
    """Hand a message to a queue that takes no more."""
    with _connect() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.basic_publish("", "full", b"tea")


@app.get("/nowhere")
def nowhere() -> None:
    """Hand a message to a queue that is not there."""
    with _connect() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.basic_publish("", "nowhere", b"tea", mandatory=True)


@app.get("/missing")
def missing() -> None:
    """Ask for a queue that is not there."""
    with _connect() as connection:
        connection.channel().queue_declare("nowhere", passive=True)


@app.get("/missing-published")
def missing_published() -> None:
    """Hand a message to an exchange that is not there."""
    with _connect() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.basic_publish("nowhere", "orders", b"tea")


@app.get("/password")
def password() -> None:
    """Log in with a wrong password."""
    _connect(credentials=pika.PlainCredentials("shop", "hu" + "sh"))


@app.get("/lost")
def lost() -> None:
    """Lose the connection in the middle: the broker ends it."""
    connection = _connect()
    channel = connection.channel()
    subprocess.run(os.environ["CLOSE_ALL"], shell=True, check=True)
    channel.queue_declare("orders", passive=True)
