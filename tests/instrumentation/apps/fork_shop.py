"""An app that makes processes in many ways, one way a route, within a request."""

import contextlib
import multiprocessing
import os
import subprocess
import threading

from flask import Flask

app = Flask(__name__)


@app.get("/ok")
def ok() -> str:
    return "ok"


@app.get("/fork")
def fork() -> str:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return "fork"


@app.get("/command")
def command() -> str:
    subprocess.run(["true"], check=True)
    return "command"


@app.get("/prepared")
def prepared() -> str:
    """Run Python code between fork and exec."""
    subprocess.run(["true"], check=True, preexec_fn=lambda: None)
    return "prepared"


def work() -> None:
    """Do nothing, elsewhere."""


@app.get("/process")
def process() -> str:
    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join()
    return "process"


@app.get("/thread")
def thread() -> str:
    """Fork while another thread is at work."""
    other = threading.Thread(target=fork)
    other.start()
    other.join()
    return "thread"


@app.get("/raise")
def raises() -> str:
    with contextlib.suppress(ChildProcessError):
        fork()
    raise LookupError("no tea")
