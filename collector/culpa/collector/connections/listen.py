"""Take a port, or say plainly why that cannot be done."""

import errno
import socket

#: Connections that may wait to be accepted: a burst of senders after a restart.
_BACKLOG = 2048


def listen(host: str, port: int, flag: str) -> socket.socket:
    """Return a listening socket; port 0 takes a free one.

    Errors: OSError with one line for people, which names `flag` as the way out.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, _, _, address = found[0]
        listening = socket.socket(family, kind)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(address)
            listening.listen(_BACKLOG)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise OSError(
                f"port {port} on {host} is in use, perhaps by another collector; "
                f"stop that one or choose another port with {flag}"
            ) from error
        raise OSError(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another with --host or {flag}"
        ) from error
    return listening
