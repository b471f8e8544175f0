"""Which failed requests are meant: filters that have one meaning wherever they are given."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from culpa.knowledge import KINDS_OF_WORK, REQUEST
from culpa.store import NotATime, Parameter, since_ns

#: Longer texts are no filter that somebody wrote.
_MAX_CHARS = 500
_STATUS_DIGITS = 3

#: What failed work may be, and all of it.
KINDS: Final = (*KINDS_OF_WORK, "all")


class NotAFilter(ValueError):
    """A filter's value cannot be read."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Failed requests to look at, or other failed work; '' and 0 mean all.

    `service`: had any part in the request. `cause`: a code, or a whole layer. `route`: a route or a path. `release`: a
    `service.version` seen in the trace. `text`: in names, exceptions, paths, places and ids, in any letters' case.
    `kind`: of the work, one of `KINDS`.
    Units: `since_ns` and `until_ns` are nanoseconds since 1970; what ends at `until_ns` is no longer meant.
    """

    service: str = ""
    component: str = ""
    layer: str = ""
    cause: str = ""
    route: str = ""
    status: int = 0
    release: str = ""
    since_ns: int = 0
    until_ns: int = 0
    text: str = ""
    kind: str = REQUEST

    def parameters(self) -> dict[str, Parameter]:
        """Return the parameters of sql/chosen_verdicts.sql."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def is_set(self) -> bool:
        """Say whether not all are meant."""
        return self != Filters()


#: The names under which people give filters, in a URL or on a command line.
NAMES = ("service", "component", "layer", "cause", "route", "status", "release", "since", "until", "text", "kind")


def read_filters(given: Mapping[str, str]) -> Filters:
    """Return filters as people write them, by `NAMES`; times as in `since`. Other names are left alone.

    Errors: NotAFilter.
    """
    if long := next((name for name in NAMES if len(given.get(name, "")) > _MAX_CHARS), ""):
        raise NotAFilter(f"{long} has {len(given[long])} characters; at most {_MAX_CHARS} are taken")
    values = {name: given.get(name, "").strip() for name in NAMES}
    status = values.pop("status")
    if status and not (len(status) == _STATUS_DIGITS and status.isascii() and status.isdigit() and status[0] != "0"):
        raise NotAFilter(f"status {status!r} is none; write a number such as 502")
    kind = values.pop("kind") or REQUEST
    if kind not in KINDS:
        raise NotAFilter(f"kind {kind!r} is none; write one of {', '.join(KINDS)}")
    try:
        since, until = since_ns(values.pop("since")), since_ns(values.pop("until"))
    except NotATime as error:
        raise NotAFilter(str(error)) from error
    return Filters(**values, status=int(status or 0), since_ns=since, until_ns=until, kind=kind)
