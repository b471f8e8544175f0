"""What a system told around a program's line: see `culpa.collector.wrappers`."""

from typing import NamedTuple


class Wrapping(NamedTuple):
    """What was told around a line; absent is '' or 0."""

    time: str = ""  # as it is written; of use where the line has none of its own
    service: str = ""
    stream: str = ""  # what tells the lines of one writer from those of another
    host: str = ""
    pid: int = 0

    def around(self, inner: "Wrapping") -> "Wrapping":
        """Return both as one; the inner one stands nearer to the program."""
        return Wrapping(
            inner.time or self.time,
            inner.service or self.service,
            f"{self.stream}\n{inner.stream}" if self.stream and inner.stream else self.stream or inner.stream,
            inner.host or self.host,
            inner.pid or self.pid,
        )


BARE = Wrapping()
