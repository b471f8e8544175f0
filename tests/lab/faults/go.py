"""Faults of Go programs: panics, errors that are values, and procedures called by gRPC."""

from lab.fault import Fault, get


def _f(story: str, cause: str, at: str, path: str, **how: object) -> Fault:
    return Fault(story, cause, at, get(path), ("go",), **how)


FAULTS = (
    _f("a panic: an index out of range", "app.unhandled_exception", "app", "/cart/fourth"),
    _f("a panic: a map that was never made", "app.unhandled_exception", "app", "/cart/first-of-none"),
    _f("a panic: a type that it is not", "app.unhandled_exception", "app", "/cart/as-number"),
    _f("a panic with an error of the app's own", "app.unhandled_exception", "app", "/raise/own"),
    _f("an error that is a value: text that is no number", "app.unhandled_exception", "app", "/text/number"),
    _f("a configuration file that is not there", "config.missing_setting", "app", "/settings"),
    _f("a value scanned into the wrong type", "app.unhandled_exception", "app", "/items/with-wrong-type"),
    _f("a key that the cache never had", "app.unhandled_exception", "app", "/basket/none-kept"),
    _f("a procedure that ends with INTERNAL", "app.error_response", "granary", "/grain/mouldy"),
    _f("a procedure that is UNAVAILABLE", "app.error_response", "granary", "/grain/closed"),
    _f("a procedure that is asked too often", "upstream.rate_limited", "granary", "/grain/sold-out"),
    _f("a procedure's token that has expired", "config.bad_credentials", "app", "/grain/secret"),
    _f("a procedure that is not for us", "config.bad_credentials", "app", "/grain/foreign"),
    _f("a procedure that finds nothing", "app.call_rejected", "app", "/grain/unknown"),
    _f("a procedure slower than its deadline", "app.slow", "granary", "/grain/heavy"),
    _f("a procedure whose database lacks a table", "config.schema_drift", "granary", "/grain/lost"),
    _f("a procedure that nobody wrote", "upstream.error_response", "granary's address", "/grain/never-written"),
    _f("nobody where a procedure is called", "upstream.unreachable", "closed procedure", "/grain/nobody"),
    Fault("a procedure that answers", "", "", get("/grain/rye"), ("go",)),
)
