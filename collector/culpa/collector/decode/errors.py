"""What can go wrong with a body.

Malformed   the bytes are no OTLP of that signal; the message says where the decoder stopped
"""


class Malformed(ValueError):
    """A body cannot be decoded; nothing of the call's bodies was returned."""
