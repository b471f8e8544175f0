"""Faults of Java programs: Spring's own ways to answer, HikariCP's pool, Resilience4j's refusals, the reactive client."""

from lab import acts
from lab.fault import Fault, get


def _f(story: str, cause: str, at: str, path: str, **how: object) -> Fault:
    return Fault(story, cause, at, get(path), ("java",), **how)


FAULTS = (
    _f("an exception that Spring turns into 503", "app.error_response", "app", "/abort/thrown"),
    _f("an exception that names its status", "app.error_response", "app", "/abort/annotated"),
    _f("a header too big for Tomcat", "app.unhandled_exception", "app", "/header"),
    _f("an optional that holds nothing", "app.unhandled_exception", "app", "/profile/optional"),
    _f("an index out of bounds", "app.unhandled_exception", "app", "/cart/fourth"),
    _f("a cast to another class", "app.unhandled_exception", "app", "/cart/cast"),
    _f("text that is no number, in Java", "app.unhandled_exception", "app", "/text/number"),
    _f("a file of settings that is not there", "config.missing_setting", "app", "/settings"),
    _f("an exception of a future", "app.unhandled_exception", "app", "/report/threads"),
    _f("a bean that no JSON can hold", "app.unhandled_exception", "app", "/json/set"),
    _f("a transaction that was marked for rollback", "config.schema_drift", "app", "/items/rolled-back"),
    _f("a pool whose database is down", "database.unreachable", "closed database", "/stock/pooled-from-closed-port"),
    _f("a circuit breaker that opens", "upstream.error_response", "outside", "/rates/breaker"),
    _f("a circuit breaker that somebody opened", "unknown", "app", "/rates/breaker-opened"),
    _f("a rate limiter of the app's own", "unknown", "app", "/rates/limiter"),
    _f("a bulkhead that is full", "unknown", "app", "/rates/bulkhead"),
    _f("a time limiter before a slow service", "upstream.timeout", "outside", "/rates/time-limiter"),
    # Lettuce keeps what is asked until it is connected again.
    _f(
        "a cache that is stopped, as Lettuce tells it",
        "cache.timeout",
        "cache",
        "/basket",
        act=acts.stopped("redis"),
        is_alone=True,
    ),
    _f("an outside 500, by WebClient", "upstream.error_response", "outside", "/rates/webclient/broken"),
    _f("an outside 429, by WebClient", "upstream.rate_limited", "outside", "/rates/webclient/too-often"),
    _f("a slow outside service, by WebClient", "upstream.timeout", "outside", "/rates/webclient/slow"),
    _f("a cut connection, by WebClient", "upstream.unreachable", "outside", "/rates/webclient/cut"),
    _f("half an answer, by WebClient", "upstream.bad_payload", "outside", "/rates/webclient/half"),
    _f("half a JSON, by WebClient", "upstream.bad_payload", "outside", "/rates/webclient/half-json"),
    _f("an exception that stands for a client's", "upstream.error_response", "outside", "/rates/translated"),
)
