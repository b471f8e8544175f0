"""RabbitMQ of this machine, in a folder of the lab."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from culpa.demo.ports import HOST, is_open
from lab.process import Process

_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"


def find(program: str) -> str | None:
    """Return where a program of RabbitMQ is: not Debian's wrapper, which changes the user and forgets the environment."""
    return shutil.which(program, path=f"/usr/lib/rabbitmq/bin:{_PATH}")


def port_mapper(folder: Path, port: int) -> Process:
    """Return Erlang's port mapper, which the broker would else start itself and leave behind."""
    command = ["epmd", "-port", str(port), "-address", HOST]
    return Process("epmd", command, lambda: is_open(port), {"PATH": _PATH}, folder)


def rabbitmq(folder: Path, port: int, mapper_port: int, distribution_port: int) -> Process:
    """Return a broker that is not started. Errors: FileNotFoundError says what to install."""
    program = find("rabbitmq-server")
    if program is None:
        raise FileNotFoundError("the lab needs RabbitMQ; run .ci/packages, or install the package rabbitmq-server")
    home = folder / "rabbitmq"
    home.mkdir()
    (home / "rabbitmq.conf").write_text(
        f"listeners.tcp.default = {HOST}:{port}\nlog.file.level = warning\nlog.dir = {home}\n"
    )
    (home / "enabled_plugins").write_text("[].\n")
    env = {
        "PATH": _PATH,
        "HOME": str(home),
        "RABBITMQ_NODENAME": f"lab{port}@localhost",
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(home),
        "RABBITMQ_LOG_BASE": str(home),
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_DIST_PORT": str(distribution_port),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}",
        "ERL_EPMD_PORT": str(mapper_port),
        "ERL_EPMD_ADDRESS": HOST,
        "LC_ALL": "C.UTF-8",
    }
    return Process("rabbitmq", [program], lambda: _answers(port), env, folder)


def prepare(port: int) -> None:
    """Create a queue that takes messages and one that is full and refuses more."""
    import pika

    with pika.BlockingConnection(pika.ConnectionParameters(HOST, port)) as connection:
        channel = connection.channel()
        channel.queue_declare("orders")
        channel.queue_declare("full", arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
        channel.basic_publish("", "full", b"the only one")


def control(broker: Process, *words: str) -> list[str]:
    """Return the command that tells a running broker something; it runs in any environment."""
    env = {**broker.env, "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": ""}
    return [
        "env",
        "-i",
        *(f"{name}={value}" for name, value in env.items()),
        find("rabbitmqctl") or "rabbitmqctl",
        *words,
    ]


def limit_memory(broker: Process, limit: str) -> None:
    """Let the broker raise its memory alarm above this limit: it then takes no messages. `0.4` is the usual one."""
    amount = ["absolute", limit] if limit.isdigit() else [limit]
    done = subprocess.run(control(broker, "set_vm_memory_high_watermark", *amount), capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"rabbitmqctl could not set the limit {limit}: {done.stdout} {done.stderr}")


def _answers(port: int) -> bool:
    import logging

    import pika

    logging.getLogger("pika").setLevel(logging.CRITICAL)
    try:
        pika.BlockingConnection(pika.ConnectionParameters(HOST, port, socket_timeout=1)).close()
    except (pika.exceptions.AMQPError, OSError):
        time.sleep(0.3)
        return False
    return True
