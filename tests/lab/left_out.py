"""What the lab does not inject, and why."""

#: Causes of the contract that no cell shows at least twice.
CAUSES: dict[str, str] = {}

#: Pairs of a part and a fault that are left out although the cause is shown elsewhere.
FAULTS = (
    ("`worker_connections` of nginx used up", "such a request has no id anywhere: it is a problem without an example, not a verdict"),
    ("`limit_req` and the like on Apache and Caddy", "neither has such a limit without modules of others"),
    ("a worker of Node or puma that is killed", "one process without a supervisor; it is the app that is down, which is shown"),
    ("a worker that is killed behind Caddy", "Caddy sends the request once more over a new connection, and it succeeds"),
    ("a handler that keeps the exception to itself, in Express", "stock OpenTelemetry does not see it; the app's own 500 is what can be told"),
    ("work that goes on after a failed statement, in Laravel", "an exception that the app keeps to itself is told by nobody there; culpa says that it does not know"),
    ("an outside service of the Java apps that answers with nothing", "RestClient and WebClient make null of it; the app's own NullPointerException is what can be told"),
    ("a broker of Express that never listened", "stock OpenTelemetry has only the refused socket; a broker that was there before is shown"),
    ("an outside address that does not answer at all", "the contract has two codes for it: clients call it a timeout or unreachable, as they see it"),
)  # fmt: skip
