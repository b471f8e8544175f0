"""The client of the payments service: one retry, and honest about what it cannot read."""

from dataclasses import dataclass

import httpx

#: The service answers in 50 ms on a good day; a customer does not wait longer than this (seconds).
TIMEOUT_S = 0.6


class CardDeclined(Exception):
    """The bank said no, which is the customer's problem and not ours."""


@dataclass(frozen=True)
class Receipt:
    """What the payments service gives for money."""

    number: str


class Payments:
    """The payments service, as the shop sees it."""

    def __init__(self, url: str) -> None:
        """Keep one client per process."""
        self._client = httpx.Client(base_url=url, timeout=TIMEOUT_S)

    def close(self) -> None:
        """Close the client's connections."""
        self._client.close()

    def charge(self, card: str, total_cents: int) -> Receipt:
        """Take the money; a 503 is tried once more.

        Errors: CardDeclined; httpx.HTTPError when the service fails; ValueError or KeyError when its answer
        is no receipt.
        """
        charge = {"card": card, "total_cents": total_cents}
        answer = self._client.post("/charges", json=charge)
        if answer.status_code == 503:
            answer = self._client.post("/charges", json=charge)
        if answer.status_code == 402:
            raise CardDeclined(card[-4:])
        answer.raise_for_status()
        return Receipt(number=answer.json()["receipt"])
