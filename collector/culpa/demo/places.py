"""The names by which a verdict calls the demo's components."""

import socket
from dataclasses import dataclass

from culpa.demo.ports import HOST

#: A name that no resolver knows (RFC 6761).
UNKNOWN_HOST = "tax.invalid"


@dataclass(frozen=True)
class Places:
    """Every component of the demo, named as the contract of verdicts says."""

    web_server: str
    database_port: int
    payments_port: int
    nobody_port: int
    shop: str = "shop"

    @property
    def database(self) -> str:
        """Return the shop's database."""
        return f"postgresql://{HOST}:{self.database_port}/shop"

    @property
    def archive(self) -> str:
        """Return the database that is down."""
        return f"postgresql://{HOST}:{self.nobody_port}/archive"

    @property
    def payments(self) -> str:
        """Return the payments company."""
        return f"http://{HOST}:{self.payments_port}"

    @property
    def rates(self) -> str:
        """Return the bank, asked for TLS where it has none."""
        return f"https://{HOST}:{self.payments_port}"

    @property
    def nobody(self) -> str:
        """Return the address where nothing listens."""
        return f"http://{HOST}:{self.nobody_port}"

    @property
    def tax_office(self) -> str:
        """Return the partner whose name cannot be resolved."""
        return f"http://{UNKNOWN_HOST}"

    @property
    def machine(self) -> str:
        """Return this machine."""
        return f"host:{socket.gethostname()}"
