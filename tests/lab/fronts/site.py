"""What a web server of the lab is told: its sites, and where what fails by design is."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Site:
    """One port of a web server and the app behind it."""

    port: int
    #: `http://127.0.0.1:PORT`, or `fastcgi://127.0.0.1:PORT` of PHP.
    app: str
    #: The file that PHP-FPM runs.
    script: str = ""

    @property
    def address(self) -> str:
        """Return the app's host and port."""
        return self.app.partition("://")[2]

    @property
    def is_fastcgi(self) -> bool:
        """Say whether the app speaks FastCGI."""
        return self.app.startswith("fastcgi")


@dataclass(frozen=True)
class Grounds:
    """The folder of a web server, and the addresses that its faulty routes lead to."""

    folder: Path
    closed_port: int
    hole_port: int
    outside_port: int
    secure_port: int
    #: How long an app may take to answer (seconds).
    patience_s: int
    socket: Path
