"""Say a verdict in one English sentence. Pure; says nothing that is not in the verdict."""

from collections.abc import Mapping
from typing import Any, Final

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

#: What happened, by cause. {it} is the component, {about} the object in brackets.
_CLAUSES: Final = {
    "app.unhandled_exception": "{it} raised {exception}",
    "app.error_response": "{it} gave up by itself and left no exception",
    "app.constraint_violation": "{it} sent data that the database rightly refused{about}",
    "app.bad_query": "{it} sent SQL that the database cannot run{about}",
    "app.import_error": "{it} could not load a module{about}",
    "app.worker_killed": "the process of {it} died in the middle of the request",
    "app.worker_timeout": "the process manager of {it} killed a worker that took too long",
    "app.workers_exhausted": "every worker of {it} was busy",
    "app.pool_exhausted": "{it} had no free connection in its pool{about}",
    "app.down": "nothing accepted connections for {it}",
    "app.slow": "the code of {it} took too long{about}",
    "app.bad_response": "{it} sent an answer that the web server could not use",
    "database.unreachable": "{it} {contact}",
    "database.crashed": "{it} dropped a connection in use",
    "database.timeout": "a statement in {it} ran out of time{about}",
    "database.deadlock": "{it} ended the statement to break a deadlock{about}",
    "database.lock_timeout": "a lock in {it} was not granted in time{about}",
    "database.serialization_failure": "{it} could not put concurrent transactions in an order{about}",
    "database.too_many_connections": "{it} had no connection slot left{about}",
    "database.read_only": "{it} accepted no writes{about}",
    "database.disk_full": "{it} had no disk space left{about}",
    "database.busy": "{it} was locked by another connection",
    "database.error": "{it} failed by a fault of its own{about}",
    "cache.unreachable": "{it} {contact}",
    "cache.timeout": "{it} did not answer in time",
    "cache.error": "{it} answered with an error{about}",
    "queue.unreachable": "{it} {contact}",
    "queue.timeout": "{it} did not answer in time",
    "queue.error": "{it} answered with an error{about}",
    "upstream.error_response": "{it} answered with an error{about}",
    "upstream.timeout": "{it} did not answer in time{about}",
    "upstream.unreachable": "{it} {contact}",
    "upstream.dns": "the name of {it} could not be resolved",
    "upstream.tls": "the TLS handshake with {it} failed",
    "upstream.bad_payload": "{it} answered with something that could not be used{about}",
    "upstream.rate_limited": "{it} limited our request rate{about}",
    "config.missing_setting": "a setting of {it} is missing or unusable{about}",
    "config.bad_credentials": "the credentials of {it} were refused{about}",
    "config.permission_denied": "{it} was denied permission{about}",
    "config.schema_drift": "the database lacks something that {it} expects{about}",
    "config.rewrite_loop": "{it} redirected in a circle{about}",
    "config.web_server": "the configuration of {it} makes this error{about}",
    "host.memory_exhausted": "{it} ran out of memory",
    "host.disk_full": "{it} had no disk space left{about}",
    "host.too_many_open_files": "{it} reached its limit of open files",
    "web_server.limit": "{it} hit a limit of its own{about}",
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
    clause = _CLAUSES.get(cause)
    if clause is None:
        where = f" The trail ends at {component}." if component else ""
        reason = "there is not enough telemetry to say why" if cause == "unknown" else f"the cause is {cause}"
        return f"{_answer(verdict, service or 'the server')}; {reason}.{where}{_seen(verdict)}"
    what = clause.format(
        it=component or _NAMELESS.get(verdict["layer"], "a component"),
        about=f" ({verdict['object']})" if verdict["object"] else "",
        exception=verdict["exception_type"] or "an exception",
        contact=_contact(verdict),
    )
    who = "it" if component and component == service else service or "the server"
    return f"{what}, so {_answer(verdict, who)}.{_seen(verdict)}"


def _answer(verdict: Verdict, who: str) -> str:
    request = f"{verdict['method']} {verdict['path'] or verdict['route']}".strip() or "the request"
    if verdict["truncated"]:
        return f"{who} broke off its answer ({verdict['status']}) to {request}"
    if not verdict["status"]:
        return f"{who} never answered {request}"
    return f"{who} answered {verdict['status']} to {request}"


def _seen(verdict: Verdict) -> str:
    if verdict["surfaced"] or verdict["truncated"]:
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
