"""Faults of the app's own code, its processes and its pool."""

from lab import acts
from lab.fault import Call, Fault, get

FAULTS = (
    Fault("division by zero", "app.unhandled_exception", "app", get("/discount"), ("errors",)),
    Fault("a key that is not there", "app.unhandled_exception", "app", get("/profile"), ("errors",)),
    Fault("a recursion without end", "app.unhandled_exception", "app", get("/category"), ("python|node|rails|java",)),
    Fault("an exception that wraps another", "app.unhandled_exception", "app", get("/invoice/chained"), ("errors",)),
    Fault(
        "an exception that a handler turns into 500", "app.unhandled_exception", "app", get("/refused"), ("handler",)
    ),
    Fault(
        "a failed call that was got over, then a bug",
        "app.unhandled_exception",
        "app",
        get("/rates/then-bug"),
        ("outside",),
    ),
    Fault(
        "an answer that breaks off",
        "app.unhandled_exception",
        "app",
        get("/stream"),
        ("streams",),
        is_cut=True,
        on_each_front=True,
    ),
    Fault("the app answers 500", "app.error_response", "app", get("/answer/500"), ("own",)),
    Fault("the app answers 503", "app.error_response", "app", get("/abort"), ("own",)),
    Fault("a duplicate key", "app.constraint_violation", "app", get("/items/add-twice"), ("sql",)),
    Fault("null where it must not be", "app.constraint_violation", "app", get("/items/add-nameless"), ("sql",)),
    Fault(
        "a foreign key to nothing", "app.constraint_violation", "app", get("/orders/of-nothing"), ("database-server",)
    ),
    Fault("less than nothing in stock", "app.constraint_violation", "app", get("/items/take-too-many"), ("sql",)),
    Fault(
        "a number too big for its column",
        "app.constraint_violation",
        "app",
        get("/items/count-all-tea"),
        ("database-server",),
    ),
    Fault(
        "work that goes on after a statement that failed",
        "app.constraint_violation",
        "app",
        get("/items/add-and-count"),
        ("postgresql", "python|node|rails"),
    ),
    Fault("SQL that cannot be parsed", "app.bad_query", "app", get("/search"), ("sql",)),
    Fault(
        "a library that is not installed",
        "app.import_error",
        "app",
        get("/label"),
        ("errors", "python|node|rails|php|java"),
    ),
    Fault("two connections wanted, one in the pool", "app.pool_exhausted", "app", get("/basket/merge"), ("pool",)),
    Fault(
        "code slower than the web server waits",
        "app.slow",
        "app",
        get("/hold?s=5"),
        ("slow",),
        is_alone=True,
        at_most=4,
        lingers_s=2.0,
    ),
    Fault(
        "code over the language's own time limit", "app.slow", "app", get("/calculate"), ("php",), on_each_front=True
    ),
    Fault("a blocked event loop", "app.slow", "app", get("/block?s=5"), ("event-loop",), is_alone=True, lingers_s=2.0),
    Fault(
        "a header too big for the web server",
        "app.bad_response",
        "app",
        get("/header"),
        ("own", "not-caddy", "python|node|rails|php|go"),
    ),
    Fault(
        "a worker with a wild pointer",
        "app.worker_killed",
        "app",
        get("/render"),
        ("supervised",),
        act=acts.then_well(),
        is_alone=True,
        is_quick=True,
    ),
    Fault(
        "a worker that the process manager ends for its slowness",
        "app.worker_timeout",
        "app",
        get("/hold?s=6"),
        ("worker-timeout",),
        act=acts.then_well(),
        is_alone=True,
        on_each_front=True,
    ),
    Fault(
        "every worker busy",
        "app.workers_exhausted",
        "app",
        (*get("/hold?s=6", "/hold?s=6.1", is_extra=True), Call("/ok", delay_s=0.7)),
        ("workers-2",),
        is_alone=True,
        lingers_s=3.0,
        on_each_front=True,
    ),
    Fault(
        "every thread busy",
        "app.workers_exhausted",
        "app",
        (*get("/hold?s=6", "/hold?s=6.1", "/hold?s=6.2", "/hold?s=6.3", is_extra=True), Call("/ok", delay_s=0.7)),
        ("threads-4",),
        is_alone=True,
        lingers_s=3.0,
    ),
)
