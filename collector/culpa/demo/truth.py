"""What the demo knows beforehand about a request, and how the request ended."""

import secrets
from dataclasses import dataclass


@dataclass(frozen=True)
class Truth:
    """The verdict that a request deserves; an empty cause means that it is no failure."""

    cause: str = ""
    component: str = ""

    @property
    def layer(self) -> str:
        """Return the layer, which is the first part of the cause."""
        return self.cause.partition(".")[0]


#: Of every healthy request, and of those that only look bad: their clients got what they should.
NO_FAILURE = Truth()


@dataclass(frozen=True)
class Call:
    """One request to send; `story` says in a few words what really happens."""

    story: str
    method: str
    path: str
    truth: Truth = NO_FAILURE
    body: dict[str, object] | None = None
    #: How long the client waits (seconds).
    patience_s: float = 15.0
    #: Of rivals for one lock or connection some win: who is answered well has not failed.
    may_win: bool = False
    #: How long after the first of its group it is sent (seconds).
    delay_s: float = 0.0
    #: The database's administrator ends the query that this request waits for.
    is_cut_off: bool = False
    #: The web server sends it on to the shop.
    reaches_shop: bool = True


@dataclass(frozen=True)
class Sent:
    """A request that was sent: its trace, and the status of its answer (0 when the client left before)."""

    call: Call
    trace_id: str
    status: int

    @property
    def truth(self) -> Truth:
        """Return what the request deserves now that its answer is known."""
        return NO_FAILURE if self.call.may_win and self.status < 500 else self.call.truth

    @property
    def is_as_planned(self) -> bool:
        """Say whether the fault showed: a request that should fail did, and no other one did."""
        return bool(self.truth.cause) == (self.status >= 500)


def new_trace() -> tuple[str, str]:
    """Return a new trace id and the `traceparent` header that carries it."""
    trace_id = secrets.token_hex(16)
    return trace_id, f"00-{trace_id}-{secrets.token_hex(8)}-01"
