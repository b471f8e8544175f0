"""A Celery app whose queue is a folder, and a Flask service that hands work to it."""

import os
import signal
import time

from celery import Celery
from flask import Flask

_FOLDER = os.environ["QUEUE"]
jobs = Celery("jobs", broker="filesystem://localhost", backend=f"file://{_FOLDER}/results")
jobs.conf.broker_transport_options = {
    "data_folder_in": f"{_FOLDER}/queue",
    "data_folder_out": f"{_FOLDER}/queue",
    "control_folder": f"{_FOLDER}/control",
}
app = Flask(__name__)


@jobs.task
def charge(amount: int) -> float:
    """Charge a card."""
    if amount < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return 1 / amount


@jobs.task(time_limit=1)
def dawdle(seconds: int) -> None:
    """Take longer than is allowed."""
    time.sleep(seconds)


@app.get("/ok")
def ok() -> str:
    """Succeed."""
    return "ok"


@app.get("/pay/<int(signed=True):amount>")
def pay(amount: int) -> str:
    """Charge, and wait for it."""
    return str(charge.delay(amount).get(timeout=10))


@app.get("/slow/<int:seconds>")
def slow(seconds: int) -> str:
    """Dawdle when there is time."""
    dawdle.delay(seconds)
    return "accepted"


@app.get("/later/<int(signed=True):amount>")
def later(amount: int) -> str:
    """Charge when there is time."""
    charge.delay(amount)
    return "accepted"
