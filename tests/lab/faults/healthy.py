"""What looks bad in the telemetry, or not even that, and is no failure."""

from lab.fault import Fault, get


def _fine(story: str, calls: tuple, *needs: str, **how: object) -> Fault:
    return Fault(story, "", "", calls, needs, **how)


FAULTS = (
    _fine("a healthy request", get("/ok"), "own", on_each_front=True),
    _fine("a healthy query", get("/items/count"), "sql"),
    _fine("404, no such route", get("/no-such-route"), "own"),
    _fine("404, no such thing", get("/answer/404"), "own"),
    _fine("422, wrong input", get("/answer/422"), "own"),
    _fine("422, refused by the framework", get("/number/many"), "validation"),
    _fine("a redirect", get("/answer/302"), "own"),
    _fine("an exception that is caught", get("/recovered"), "errors"),
    _fine("a constraint that is handled: 409", get("/items/add-if-new"), "sql"),
    _fine("a database that is down, and a copy that is not", get("/stock/wherever"), "sql"),
    _fine("a slow query that is fast enough", get("/report/short"), "database-server"),
    _fine("an outside service answers", get("/rates"), "outside"),
    _fine("a retry that works", get("/rates/retry?key={key}"), "retry"),
    _fine("an outside 500 that is got over", get("/rates/guess"), "outside"),
    _fine("an outside 402 that is handed on", get("/cards/declined"), "outside"),
    _fine("a cache that is down, and done without", get("/basket/maybe"), "redis"),
    _fine("a cache that works", get("/basket"), "redis"),
    _fine("a message that is sent", get("/send"), "queue", "broker"),
    _fine("a client that leaves", get("/hold?s=1.5", patience_s=0.4), "slow", is_alone=True),
    _fine("slow, but within the limit", get("/hold?s=1.2"), "own"),
)
