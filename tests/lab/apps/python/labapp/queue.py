"""What the app does with its message broker."""

import time
from collections.abc import Mapping

from labapp import settings
from labapp.deeds import deed


def _publish(port: int, queue: str, pause_s: float = 0.0) -> str:
    import pika

    at = pika.ConnectionParameters(
        settings.HOST,
        port,
        socket_timeout=1,
        stack_timeout=1.5,
        blocked_connection_timeout=1,
        heartbeat=1,
    )
    with pika.BlockingConnection(at) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        time.sleep(pause_s)
        channel.basic_publish("", queue, b"one tea", mandatory=True)
    return "sent"


def _serve(path: str, port: int, queue: str = "orders", pause_s: float = 0.0) -> None:
    @deed(path)
    def publish(_asked: Mapping[str, str]) -> str:
        return _publish(port, queue, pause_s)


_serve("send", settings.RABBITMQ)
_serve("send/slowly", settings.RABBITMQ, pause_s=1.0)
_serve("send/closed", settings.CLOSED)
_serve("send/full", settings.RABBITMQ, "full")
