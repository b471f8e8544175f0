"""What a service tells about a real RabbitMQ that refuses its messages, or goes away."""

import logging
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pika
import pika.exceptions
import pytest

# Not Debian's wrappers of the same names, which change the user and forget the environment.
_PATH = f"/usr/lib/rabbitmq/bin:{os.environ.get('PATH', os.defpath)}:/usr/sbin"
pytestmark = pytest.mark.skipif(
    shutil.which("rabbitmq-server", path=_PATH) is None, reason="RabbitMQ is installed for `make lab` only"
)


@dataclass
class Broker:
    """A running RabbitMQ."""

    port: int
    environ: dict[str, str]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory, free_port: Any) -> Iterator[Broker]:
    """Start RabbitMQ and Erlang's port mapper, which the broker would else start itself and leave behind."""
    home, port, mapper_port = tmp_path_factory.mktemp("rabbitmq"), free_port(), free_port()
    (home / "rabbitmq.conf").write_text(f"listeners.tcp.default = 127.0.0.1:{port}\nlog.dir = {home}\n")
    (home / "plugins").write_text("[].\n")
    environ = {
        "PATH": _PATH,
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "RABBITMQ_NODENAME": f"culpa{port}@localhost",
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
        "RABBITMQ_MNESIA_BASE": str(home),
        "RABBITMQ_LOG_BASE": str(home),
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "ERL_EPMD_PORT": str(mapper_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }
    own = {"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 -kernel inet_dist_use_interface {127,0,0,1}"}
    mapper = ["epmd", "-port", str(mapper_port), "-address", "127.0.0.1"]
    with (home / "output").open("wb") as output:
        running = [
            subprocess.Popen(command, env=environ | own, stdout=output, stderr=output, start_new_session=True)
            for command in (mapper, ["rabbitmq-server"])
        ]
    try:
        _prepare(port, (home / "output"))
        yield Broker(port, environ)
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait(30)


def _prepare(port: int, output: Path) -> None:
    """Create a queue that takes messages and one that is full, as soon as the broker answers."""
    logging.getLogger("pika").setLevel(logging.CRITICAL)  # it speaks of each try
    deadline = time.monotonic() + 60
    while True:
        try:
            with pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port, socket_timeout=2)) as connection:
                channel = connection.channel()
                channel.queue_declare("orders")
                channel.queue_declare("full", arguments={"x-max-length": 1, "x-overflow": "reject-publish"})
                channel.basic_publish("", "full", b"the only one")
            return
        except (pika.exceptions.AMQPError, OSError):
            assert time.monotonic() < deadline, output.read_text(errors="replace")
            time.sleep(0.3)


@pytest.fixture(scope="module")
def server(sink: Any, serve: Any, culpa_run: Any, free_port: Any, broker: Broker) -> Any:
    """Run the service on it."""
    port = free_port()
    command = culpa_run(sink.url, "uvicorn", "queue_shop:app", "--port", str(port), "--log-level", "warning")
    close = " ".join(f"{k}={v}" for k, v in broker.environ.items()) + " rabbitmqctl close_all_connections gone"
    return serve(command, port, {"AMQP_PORT": str(broker.port), "CLOSE_ALL": close})


@pytest.mark.parametrize(
    ("path", "name", "kind"),
    [
        ("/full", "publish", "NackError"),
        ("/nowhere", "publish", "UnroutableError"),
        ("/missing", "wait", "ChannelClosedByBroker"),
        ("/missing-published", "wait", "ChannelClosedByBroker"),
        ("/lost", "wait", "ConnectionClosedByBroker"),
        ("/password", "connect", "ProbableAuthenticationError"),
    ],
)
def test_what_the_broker_refuses_is_one_span_with_its_address(
    ask: Any, broker: Broker, path: str, name: str, kind: str
) -> None:
    """Pika's exceptions do not name the broker, and stock OpenTelemetry has no spans of blocking connections."""
    seen = ask(path)
    (span,) = seen.others
    told = span.attributes
    assert (500, name, 3, True) == (seen.status, span.name, span.kind, span.error)
    assert ("rabbitmq", "127.0.0.1", broker.port) == (
        told["messaging.system"],
        told["server.address"],
        told["server.port"],
    )
    assert f"pika.exceptions.{kind}" == told["error.type"]


def test_a_message_that_is_taken_leaves_no_span_and_nothing_is_complained_about(ask: Any, server: Any) -> None:
    """A span for each would be one more in every request."""
    seen = ask("/sent")
    assert (200, []) == (seen.status, seen.others)
    assert "culpa:" not in server.output


def test_no_password_is_sent(ask: Any, sink: Any) -> None:
    """Neither in the address nor in the words."""
    ask("/password")
    assert [] == [span for span in sink.spans if "hush" in str(span)]
