"""Three Redis servers: a good one, one that is full, and a replica that has lost its master."""

import os
import shutil
from pathlib import Path

from culpa.demo.ports import HOST, is_open
from lab.process import Process


def redis(folder: Path, name: str, port: int, *options: str) -> Process:
    """Return a Redis server that keeps nothing on disk and logs into `logs/<name>.redis`; it is not started."""
    program = shutil.which("redis-server")
    if program is None:
        raise FileNotFoundError("the lab needs Redis; run .ci/packages, or install the package redis-server")
    command = [
        program, "--port", str(port), "--bind", HOST, "--save", "", "--appendonly", "no", "--logfile", str(log(folder, name)),
        "--dir", str(folder), *options,
    ]  # fmt: skip
    env = {"PATH": os.environ.get("PATH", os.defpath), "TZ": "UTC"}
    return Process(name, command, lambda: is_open(port), env, folder)


def log(folder: Path, name: str) -> Path:
    """Return the log that the collector follows."""
    return folder / "logs" / f"{name}.redis"
