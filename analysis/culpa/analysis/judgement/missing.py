"""Say which telemetry would have shown more of a failure, and how to switch it on. Pure: values in, sentences out."""

from typing import Any

from culpa.analysis.judgement.weigh import Candidate
from culpa.knowledge import formats_of, log_formats

#: From this confidence on, missing telemetry did not matter.
SURE_FROM = 0.8

_LEFT_OPEN = ("unknown", "app.error_response", "app.unhandled_exception")
_CALLED = ("database", "cache", "queue", "upstream")

Row = dict[str, Any]


def missing(request: Row, best: Candidate | None, cause: str) -> list[str]:
    """Return one sentence for each witness that was not heard; none for a verdict that is sure.

    Shape: `request` is a row of relations/requests/request_facts, `best` the leading candidate, `cause` the verdict's.
    """
    if best and best.confidence >= SURE_FROM:
        return []
    return [*_of_app(request, cause), *_of_others(request, best, cause), *_of_web_server(request)]


def _of_app(request: Row, cause: str) -> list[str]:
    service = request["blamed_service"] or request["upstream"] or "the app"
    if service == request["web_server"]:
        return []
    if not request["has_spans"]:
        return [f"spans of {service}: start it with `culpa run -- …`, or with any OpenTelemetry SDK"]
    if cause in _LEFT_OPEN and not request["exception_type"]:
        return [f"the exception behind the answer of {service}: `culpa run` records what a handler turned into a 5xx"]
    return []


def _of_others(request: Row, best: Candidate | None, cause: str) -> list[str]:
    service = request["blamed_service"] or request["upstream"] or "the app"
    if cause == "app.down":
        return [f"what {service} printed when it started or stopped: the reason why nothing listens there"]
    if cause in ("app.worker_killed", "app.bad_response"):
        # A connection that ended without an answer: only these tell whether a process died.
        return [
            f"who ended the process of {service}: what it and its process manager print, and the kernel's log "
            "(`culpa collect --tail kernel=PATH`)"
        ]
    if cause == "unknown" and best and best.layer in _CALLED and best.component:
        return [f"the error of the call to {best.component}: a client whose spans record exceptions or status codes"]
    return []


def _of_web_server(request: Row) -> list[str]:
    if request["record"] != "access":
        return ["the web server's access log: `culpa collect --tail FORMAT=PATH`"]
    server, lacking = request["web_server"], list[str]()
    known = log_formats().get(request["format"])
    if not known:
        return lacking
    if "shared" in known.facts:
        lacking.append(
            f"where {server} sent the request, and what came of it: the log format of `culpa snippet {known.system}`"
        )
    errors = [name for name in formats_of("errors") if log_formats()[name].system == known.system]
    if errors and not request["is_web_server_heard"]:
        lacking.append(f"what {server} logged of it: `culpa collect --tail {errors[0]}=PATH`")
    return lacking
