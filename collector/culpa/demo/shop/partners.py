"""What other companies know better: shipping, taxes, exchange rates."""

from typing import Any

import httpx
from fastapi import APIRouter

from .doors import TheSettings

router = APIRouter()


@router.get("/shipping/{country}")
def show_shipping(country: str, settings: TheSettings) -> dict[str, Any]:
    """Ask the carrier for its price."""
    return _ask(f"{settings.shipping_url}/prices/{country}")


@router.get("/taxes/{country}")
def show_tax(country: str, settings: TheSettings) -> dict[str, Any]:
    """Ask the tax office for its rate."""
    return _ask(f"{settings.tax_url}/rates/{country}")


@router.get("/rates/{currency}")
def show_rate(currency: str, settings: TheSettings) -> dict[str, Any]:
    """Ask the bank for today's exchange rate."""
    return _ask(f"{settings.rates_url}/rates/{currency}")


def _ask(url: str) -> dict[str, Any]:
    return dict(httpx.get(url, timeout=2.0).raise_for_status().json())
