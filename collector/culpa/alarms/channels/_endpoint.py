"""An address that takes JSON, as the channels that post to one are given it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from culpa.alarms.channels._dial import post
from culpa.given import Given, Secret


@dataclass(frozen=True)
class Endpoint:
    """Where a channel posts, and what it shows there."""

    name: str
    url: Secret
    bearer: Secret | None
    may_be_private: bool
    timeout_s: float

    @classmethod
    def of(cls, given: Given) -> Self:
        """Read it out of what was written. Errors: BadGiven."""
        url = given.secret("url", may_be_written=True, is_needed=True)
        assert url is not None  # noqa: S101 - it is needed
        return cls(
            given.name,
            url,
            given.secret("bearer"),
            given.switch("allow_private"),
            given.number("timeout_s", 10, 0.1, 60),
        )

    def post(self, value: object, *, below: str = "", headers: Mapping[str, str] | None = None) -> None:
        """Send a value as JSON, to the path `below` the address where one is given. Errors: NotSent."""
        shown = {"Content-Type": "application/json", "User-Agent": "culpa", **(headers or {})}
        if self.bearer:
            shown["Authorization"] = f"Bearer {self.bearer.read()}"
        body = json.dumps(value).encode()
        url = self.url.read()
        if below:
            url = url.rstrip("/") + below
        post(self.name, url, body, shown, may_be_private=self.may_be_private, timeout_s=self.timeout_s)
