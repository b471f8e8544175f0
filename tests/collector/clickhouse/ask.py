"""`python ask.py ADDRESS < QUESTIONS`: what a store at an address answers, as JSON.

Runs under the Python of `.ci/clickhouse`. A question is a name of `Session` and what it is given; trouble is its text.
"""

import json
import sys
from collections.abc import Sequence
from typing import Any

from culpa.analysis import open as open_session
from culpa.store import StoreError


def answered(session: Any, what: str, *given: str, **named: str) -> Any:
    """Return what a session answers."""
    try:
        found = getattr(session, what)(*given, **named)
    except (StoreError, LookupError) as error:
        return f"{type(error).__name__}: {error}"
    return found.json()


def main(address: str) -> None:
    """Ask one question after another of one open store."""
    questions: Sequence[tuple[str, list[str], dict[str, str]]] = json.load(sys.stdin)
    with open_session(address) as session:
        print(json.dumps([answered(session, what, *given, **named) for what, given, named in questions]))


if __name__ == "__main__":
    main(*sys.argv[1:])
