"""How many connections may be open: the store needs file descriptors too, and fails for good without them."""

import resource

#: For the store, its snapshots, queries, logs that are followed, and what the interpreter opens.
_RESERVED = 256
_WANTED = 32_768
#: With less nobody can work.
_LEAST = 64
#: Whoever has more senders puts collectors in front; each connection costs some 10 KB.
_MOST_HTTP = 10_000
_MOST_GRPC = 4_000


def raise_limit() -> None:
    """Let this process open more files: the usual limit of 1024 is meant for programs that select()."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED if hard == resource.RLIM_INFINITY else min(hard, _WANTED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def most_http() -> int:
    """Return how many connections of HTTP may be open."""
    return min(_MOST_HTTP, _free() * 3 // 4)


def most_grpc() -> int:
    """Return how many connections of gRPC may be open."""
    return min(_MOST_GRPC, _free() // 4)


def _free() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(_LEAST, (_WANTED if soft == resource.RLIM_INFINITY else soft) - _RESERVED)
