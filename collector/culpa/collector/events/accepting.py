"""What servers say that can take no more connections, because they may open no more files."""

#: As much of a record's words and of the calls below them is looked at.
_LOOKED_AT = 4_096
_USED_UP = ("too many open files", "emfile", "enfile", "out of system resource")


def can_accept_no_more(told: str) -> bool:
    """Say whether a server tells that it cannot accept connections for want of file descriptors.

    Tomcat: `Socket accept failed` above the error, Go: `Accept error: accept tcp [::]:80: accept4: too many open
    files`, Node: `accept EMFILE`, asyncio: `socket.accept() out of system resource`, Jetty and Undertow: the error
    above the calls.
    """
    words = told[:_LOOKED_AT].lower()
    return "accept" in words and any(reason in words for reason in _USED_UP)
