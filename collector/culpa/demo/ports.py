"""Ports of this machine: free ones to listen on, and shut ones where nobody ever answers."""

import socket
from contextlib import ExitStack

HOST = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Return ports that nobody used a moment ago; all different."""
    with ExitStack() as held:
        return [_bind(held) for _ in range(count)]


def shut_port(held: ExitStack) -> int:
    """Return a port that refuses connections until `held` is closed: it is taken, but nobody listens."""
    return _bind(held)


def _bind(held: ExitStack) -> int:
    taken = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
    taken.bind((HOST, 0))
    return int(taken.getsockname()[1])


def is_open(port: int) -> bool:
    """Say whether somebody accepts connections there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        trial.settimeout(1.0)
        return trial.connect_ex((HOST, port)) == 0
