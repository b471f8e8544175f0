"""What a service tells about a real RabbitMQ that refuses its messages, or goes away."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from lab.process import Process
from lab.services import rabbitmq

pytestmark = pytest.mark.skipif(
    rabbitmq.find("rabbitmq-server") is None, reason="RabbitMQ is installed for `make lab` only"
)


@pytest.fixture(scope="module")
def port(free_port: Any) -> int:
    """Choose where the broker listens."""
    return int(free_port())


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory, free_port: Any, port: int) -> Iterator[Process]:
    """Start the lab's broker."""
    folder, mapper_port = tmp_path_factory.mktemp("rabbitmq"), free_port()
    (folder / "logs").mkdir()
    mapper = rabbitmq.port_mapper(folder, mapper_port)
    running = rabbitmq.rabbitmq(folder, port, mapper_port, free_port())
    try:
        mapper.start()
        running.start()
        rabbitmq.prepare(port)
        yield running
    finally:
        running.stop()
        mapper.stop()


@pytest.fixture(scope="module")
def server(sink: Any, serve: Any, culpa_run: Any, free_port: Any, broker: Process, port: int) -> Any:
    """Run the service on it."""
    own = free_port()
    command = culpa_run(sink.url, "uvicorn", "queue_shop:app", "--port", str(own), "--log-level", "warning")
    close = shlex.join(rabbitmq.control(broker, "close_all_connections", "gone"))
    return serve(command, own, {"AMQP_PORT": str(port), "CLOSE_ALL": close})


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
    ask: Any, port: int, path: str, name: str, kind: str
) -> None:
    """Pika's exceptions do not name the broker, and stock OpenTelemetry has no spans of blocking connections."""
    seen = ask(path)
    (span,) = seen.others
    told = span.attributes
    assert (500, name, 3, True) == (seen.status, span.name, span.kind, span.error)
    assert ("rabbitmq", "127.0.0.1", port) == (
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
