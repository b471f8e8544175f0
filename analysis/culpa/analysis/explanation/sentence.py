"""Say a verdict in one English sentence. Pure; says nothing that is not in the verdict."""

from collections.abc import Mapping
from typing import Any, Final

from culpa.knowledge import REQUEST, causes

#: What to call the component where telemetry does not name it, by layer.
_NAMELESS: Final = {
    "web_server": "the web server",
    "app": "the app",
    "database": "the database",
    "cache": "the cache",
    "queue": "the broker",
    "upstream": "an outside service",
    "host": "the machine",
    "config": "the service",
}

#: How a connection failed, by words of the exception or the evidence; the first that fits.
_CONTACT: Final = (
    ("refused", "refused the connection"),
    ("timed out", "did not answer the connection attempt"),
    ("timeout", "did not answer the connection attempt"),
    ("not known", "has a name that could not be resolved"),
    ("name resolution", "has a name that could not be resolved"),
    ("no route", "could not be routed to"),
    ("reset", "reset the connection"),
)

Verdict = Mapping[str, Any]


def sentence(verdict: Verdict) -> str:
    """Return what failed and what the client got, as one sentence with a full stop."""
    service, component, cause = verdict["service"], verdict["component"], verdict["cause"]
    known = causes().get(cause)
    if known is None or not known.sentence:
        where = f" The trail ends at {component}." if component else ""
        reason = "there is not enough telemetry to say why" if cause == "unknown" else f"the cause is {cause}"
        return f"{_answer(verdict, service or 'the server')}; {reason}.{where}{_seen(verdict)}"
    what = happened(verdict, component or nameless(verdict["layer"]))
    who = "it" if component and component == service else service or "the server"
    return f"{what}, so {_answer(verdict, who)}.{_seen(verdict)}"


def happened(verdict: Verdict, it: str) -> str:
    """Return what `it`, which is to blame, did, without a full stop; '' where that is not known.

    Shape: of a verdict the columns cause, object, exception_type, exception_message, evidence are read.
    """
    known = causes().get(verdict["cause"])
    if known is None or not known.sentence:
        return ""
    return known.sentence.format(
        it=it,
        about=f" ({verdict['object']})" if verdict["object"] else "",
        exception=verdict["exception_type"] or "an exception",
        contact=_contact(verdict),
    )


def nameless(layer: str) -> str:
    """Return what to call a component of a layer in a sentence, where telemetry does not name it."""
    return _NAMELESS.get(layer, "a component")


def _answer(verdict: Verdict, who: str) -> str:
    if verdict["kind"] != REQUEST:
        work = f"{verdict['kind']} {verdict['route']}".strip()
        return f"its {work} failed" if who == "it" else f"the {work} of {who} failed"
    request = f"{verdict['method']} {verdict['path'] or verdict['route']}".strip() or "the request"
    if verdict["truncated"]:
        return f"{who} broke off its answer ({verdict['status']}) to {request}"
    if not verdict["status"]:
        return f"{who} never answered {request}"
    return f"{who} answered {verdict['status']} to {request}"


def _seen(verdict: Verdict) -> str:
    if verdict["surfaced"] or verdict["truncated"] or verdict["kind"] != REQUEST:
        return ""
    return " The client of the whole trace did not get a 5xx."


def _contact(verdict: Verdict) -> str:
    statements = [verdict["exception_message"], *(row["statement"] for row in verdict["evidence"])]
    text = " ".join(statements).lower()
    return next((phrase for word, phrase in _CONTACT if word in text), "could not be reached")


def certainty(confidence: float) -> str:
    """Return how sure a verdict is, as `93 % sure`."""
    return f"{percent(confidence)} sure"


def not_named(layer: str) -> str:
    """Return what to show for a component that telemetry does not name."""
    return "(component unknown)" if layer in ("", "unknown") else f"({layer}, not named)"


def percent(share: float) -> str:
    """Return a share of 0..1 as a percentage; 100 and 0 only for the whole and for nothing."""
    if 0 < share < 0.01:
        return "<1 %"
    return f"{min(round(share * 100), 99)} %" if share < 1 else "100 %"
