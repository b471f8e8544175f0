"""Failed connects of pika's blocking connections as CLIENT spans `connect`, and what fails on them later.

pika's exceptions keep the broker's address to themselves. Only failures and connects slower than 0.1 s become spans.
"""

from collections.abc import Sequence
from types import ModuleType
from typing import Any, cast

from opentelemetry import trace
from wrapt import wrap_function_wrapper

from culpa.instrumentation.calls.record import is_slow, now_ns, record_failed, record_slow
from culpa.instrumentation.calls.wrapping import telling
from culpa.instrumentation.report import guarded, when_imported


def install() -> None:
    """Wrap the connect of pika's blocking connection, its and its channels' waits for the broker, and publishing."""
    when_imported("pika.adapters.blocking_connection", _wrap)


def _wrap(module: ModuleType) -> None:
    wrap_function_wrapper(module, "BlockingConnection._create_connection", _connect)
    wrap_function_wrapper(module, "BlockingConnection._flush_output", telling(_wait))
    known: Any = vars(module)["exceptions"]

    def wait(channel: Any, start: int, error: Exception) -> None:
        # Of a lost connection, the connection's own wait has told.
        if isinstance(error, known.ChannelClosed):
            _wait(channel, start, error)

    def publish(channel: Any, start: int, error: Exception) -> None:
        if not isinstance(error, (known.AMQPConnectionError, known.ChannelClosed)):
            record_failed("publish", start, error, _connected(channel) or {})

    wrap_function_wrapper(module, "BlockingChannel._flush_output", telling(wait))
    wrap_function_wrapper(module, "BlockingChannel.basic_publish", telling(publish))


def _connect(wrapped: Any, _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    start = now_ns()
    try:
        connection = wrapped(*args, **kwargs)
    except Exception as error:
        record_failed("connect", start, error, _asked(args, kwargs) or {})
        raise
    if is_slow(start):
        record_slow("connect", start, _connected(connection) or {})
    return connection


def _wait(waiting: Any, start: int, error: Exception) -> None:
    # A consumer that waits beside all requests loses its connection now and then: that is nobody's failed request.
    if trace.get_current_span().is_recording():
        record_failed("wait", start, error, _connected(waiting) or {})


@guarded("reading where pika was told to connect")
def _asked(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, str | int] | None:
    asked = args[0] if args else kwargs.get("configs")
    # Of several addresses pika raises the error of the last.
    return _address(cast(Sequence[Any], asked)[-1] if isinstance(asked, list | tuple) else asked)


@guarded("reading where pika is connected")
def _connected(connection: Any) -> dict[str, str | int] | None:
    # A blocking connection or channel holds the one that works, a channel's knows its connection.
    own = getattr(connection, "_impl", connection)
    return _address(getattr(own, "connection", own).params)


@guarded("reading the address of pika's broker")
def _address(parameters: Any) -> dict[str, str | int]:
    if parameters is None:
        # pika asks at its own default address.
        return {"messaging.system": "rabbitmq", "server.address": "localhost", "server.port": 5672}
    return {
        "messaging.system": "rabbitmq",
        "server.address": str(parameters.host),
        "server.port": int(parameters.port),
    }
