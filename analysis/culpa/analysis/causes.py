"""Every cause a verdict may name, in the order of the contract: data only, no rule and no advice.

The advice for each cause is the Markdown file of the same name in `runbooks/`.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Cause:
    """One way a request can fail: its code, the layer that is to blame, and its meaning in one line."""

    code: str
    layer: str
    meaning: str


#: (code, meaning); the layer is the part of the code before the dot.
_MEANINGS: Final = (
    ("app.unhandled_exception", "an exception of the app's own code caused the answer"),
    ("app.error_response", "the app chose to answer 5xx and left no exception behind"),
    ("app.constraint_violation", "the app sent data that the database rightly refused"),
    ("app.bad_query", "the app wrote SQL that the database cannot parse or plan"),
    ("app.import_error", "a module of the app cannot be loaded"),
    ("app.worker_killed", "the app's process died while it worked on the request"),
    ("app.worker_timeout", "the process manager killed a worker that took too long"),
    ("app.workers_exhausted", "every worker of the app was busy"),
    ("app.pool_exhausted", "no connection was free in the app's own pool"),
    ("app.down", "nothing accepts connections where the web server forwards to"),
    ("app.slow", "the app's own code used up the time"),
    ("app.bad_response", "the web server could not use what the app sent"),
    ("database.unreachable", "no connection to the database could be made"),
    ("database.crashed", "the database dropped a connection in use, or is stopping or recovering"),
    ("database.timeout", "a statement ran out of time"),
    ("database.deadlock", "the database ended the statement to break a deadlock"),
    ("database.lock_timeout", "a lock was not granted in time"),
    ("database.serialization_failure", "concurrent transactions could not be put in an order"),
    ("database.too_many_connections", "the database has no connection slot left"),
    ("database.read_only", "the database accepts no writes now"),
    ("database.disk_full", "the database has no space left to write"),
    ("database.busy", "another connection held the SQLite file's lock"),
    ("database.error", "the database failed by a fault of its own"),
    ("cache.unreachable", "no connection to the cache could be made"),
    ("cache.timeout", "the cache did not answer in time"),
    ("cache.error", "the cache answered with an error"),
    ("queue.unreachable", "no connection to the broker could be made"),
    ("queue.timeout", "the broker did not answer in time"),
    ("queue.error", "the broker answered with an error"),
    ("upstream.error_response", "an outside service answered with an error"),
    ("upstream.timeout", "an outside service did not answer in time"),
    ("upstream.unreachable", "an outside service refused or reset the connection"),
    ("upstream.dns", "the outside service's name could not be resolved"),
    ("upstream.tls", "the TLS handshake with an outside service failed"),
    ("upstream.bad_payload", "an outside service answered with something the app could not use"),
    ("upstream.rate_limited", "an outside service limits our request rate"),
    ("config.missing_setting", "a setting, secret or configured file is missing or unusable"),
    ("config.bad_credentials", "the other side refuses the identity it was given"),
    ("config.permission_denied", "a file, socket or database object may not be used"),
    ("config.schema_drift", "the database lacks a table, column or database that the app expects"),
    ("config.rewrite_loop", "the web server redirects or rewrites in a circle"),
    ("config.web_server", "the web server's own configuration or script makes the error"),
    ("host.memory_exhausted", "the machine or its memory limit ran out of memory"),
    ("host.disk_full", "a file system has no space left"),
    ("host.too_many_open_files", "the limit of open files was reached"),
    ("web_server.limit", "the web server hit a limit of its own"),
    ("unknown", "there is not enough telemetry to say"),
)

#: Every cause by code, in the order of the contract. Promise: codes are added, never removed.
CAUSES: Final[dict[str, Cause]] = {code: Cause(code, code.partition(".")[0], meaning) for code, meaning in _MEANINGS}
