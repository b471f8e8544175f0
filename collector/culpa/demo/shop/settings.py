"""What the shop is told by its environment; nothing else in the shop reads it, but for the gift cards."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Where the shop finds its databases and its partners."""

    database_url: str
    archive_url: str
    loyalty_url: str
    payments_url: str
    shipping_url: str
    rates_url: str
    tax_url: str
    invoice_file: str


def read_settings() -> Settings:
    """Read the settings. Errors: KeyError names the variable that is not set."""
    return Settings(
        database_url=os.environ["DATABASE_URL"],
        archive_url=os.environ["ARCHIVE_DATABASE_URL"],
        loyalty_url=os.environ["LOYALTY_DATABASE_URL"],
        payments_url=os.environ["PAYMENTS_URL"],
        shipping_url=os.environ["SHIPPING_URL"],
        rates_url=os.environ["RATES_URL"],
        tax_url=os.environ["TAX_URL"],
        invoice_file=os.environ["INVOICE_FILE"],
    )
