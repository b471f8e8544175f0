"""How frameworks of Node name the request that failed, above the error or on its line: SvelteKit, Nuxt, Nitro."""

from typing import NamedTuple

from culpa.collector.events import METHODS, failed_answer
from culpa.instrumentation.patterns import late_pattern

_METHOD = rf"(?P<method>{METHODS})"
_FORMS = tuple(
    late_pattern(form)
    for form in (
        # SvelteKit: [500] GET /orders/7
        rf"\[(?P<status>5\d\d)\] {_METHOD} (?P<target>/\S{{0,1000}})$",
        # Nuxt 3: [nuxt] [request error] [unhandled] [500] fetch failed
        r" ?(?:ERROR {1,3})?\[(?:nuxt|nitro|h3)\](?: \[(?:request error|unhandled|uncaught)\]){2,3}"
        r"(?: \[(?P<status>5\d\d)\])? (?P<words>\S.*)",
        # Nitro 2.10: [request error] [unhandled] [GET] http://localhost:3000/orders/7
        rf" ?(?:ERROR {{1,3}})?\[request error\](?: \[unhandled\]) \[{_METHOD}\] https?://[^/\s]{{1,255}}"
        r"(?P<target>/\S{0,1000})$",
    )
)
#: What all of them have near their begin.
_HINTS = ("[5", "[nuxt] [", "[nitro] [", "[h3] [", "[request error] ")
_HEAD = 40


class ToldRequest(NamedTuple):
    """What a line tells of the request that failed; absent is '' or 0. `words` are those of the error."""

    method: str
    target: str
    status: int
    words: str


def told_request(line: str) -> ToldRequest | None:
    """Return the request that a framework's line says failed, None for any other line."""
    if not any(hint in line[:_HEAD] for hint in _HINTS):
        return None
    for form in _FORMS:
        if found := form.match(line):
            told = found.groupdict()
            return ToldRequest(
                told.get("method") or "",
                told.get("target") or "",
                int(told.get("status") or 500),
                told.get("words") or "",
            )
    return None


def answered_request(line: str) -> ToldRequest | None:
    """Return the request that somebody's own line says was answered 5xx, None for any other line."""
    answered = failed_answer(line) if " 5" in line or "[5" in line else None
    return ToldRequest(answered.method, answered.target, answered.status, "") if answered else None
