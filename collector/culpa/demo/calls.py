"""The requests of the demo, each with its truth. A group is sent together; groups follow one another."""

from collections.abc import Iterator

from culpa.demo.places import Places
from culpa.demo.truth import Call, Truth


def _buy(story: str, card: str, truth: Truth = Truth()) -> Call:  # noqa: B008 - frozen
    return Call(story, "POST", "/checkout", truth, {"sku": "tea-green", "card": card})


def healthy() -> Iterator[tuple[Call, ...]]:
    """Yield what customers do all day."""
    for _round in range(4):
        for path in ("/products", "/products/tea-green", "/products/mug-blue/price-per-piece"):
            yield (Call("a customer looks around", "GET", path),)
        yield (_buy("a customer buys", "4111111111111111"),)
        yield (Call("a picture is drawn", "POST", "/pictures/mug.png/thumbnail"),)
    yield (Call("a report", "GET", "/reports/sales?days=10"),)


def traps() -> Iterator[tuple[Call, ...]]:
    """Yield what looks bad in the telemetry and is no failure."""
    yield (_buy("a retry that worked", "4000000000000503"),)
    yield (_buy("the bank declines the card", "4000000000000402"),)
    yield (Call("the carrier is down, a guess will do", "GET", "/products/tea-black/delivery"),)
    yield (Call("no such product", "GET", "/products/unknown"),)
    yield (Call("a basket without a card", "POST", "/checkout", body={"sku": "tea-green"}),)
    for story in ("a new wish", "a known wish, refused by a constraint"):
        yield (Call(story, "PUT", "/wishes", body={"email": "eve@example.com", "sku": "mug-blue"}),)
    yield (Call("a client that gives up", "GET", "/reports/sales?days=100", patience_s=0.3),)


def app_faults(at: Places) -> Iterator[tuple[Call, ...]]:
    """Yield failures that are the shop's own fault."""
    register: dict[str, object] = {"email": "adam@example.com"}

    def deserves(what: str) -> Truth:
        return Truth(f"app.{what}", at.shop)

    yield (Call("a customer registers", "POST", "/customers", body=register),)
    yield (Call("… and registers again", "POST", "/customers", deserves("constraint_violation"), register),)
    yield (
        Call(
            "division by zero",
            "GET",
            "/products/gift-voucher/price-per-piece",
            deserves("unhandled_exception"),
        ),
    )
    yield (Call("SQL that cannot be parsed", "GET", "/products?sort=price%20up", deserves("bad_query")),)
    yield (Call("not built yet: 501", "GET", "/products/tea-green/similar", deserves("error_response")),)
    yield (Call("a library is missing", "GET", "/orders/1/label", deserves("import_error")),)
    yield (Call("code slower than the web server waits", "GET", "/reports/forecast", deserves("slow")),)
    yield tuple(
        Call(
            "four reports, few connections",
            "GET",
            "/reports/sales?days=160",
            deserves("pool_exhausted"),
            may_win=True,
        )
        for _rival in range(4)
    )
    yield (
        Call(
            "nothing listens there",
            "GET",
            "/recommendations/tea-green",
            Truth("app.down", at.nobody),
            reaches_shop=False,
        ),
    )


def database_faults(at: Places) -> Iterator[tuple[Call, ...]]:
    """Yield failures of the database, and of the one that is not there."""

    def deserves(what: str) -> Truth:
        return Truth(f"database.{what}", at.database)

    teas, back = (
        {"source": "tea-green", "target": "tea-black"},
        {"source": "tea-black", "target": "tea-green"},
    )
    yield (
        Call("two transfers", "POST", "/stock/transfers", deserves("deadlock"), dict(teas), may_win=True),
        Call(
            "… that wait for each other",
            "POST",
            "/stock/transfers",
            deserves("deadlock"),
            dict(back),
            may_win=True,
        ),
    )
    yield (
        Call("a shelf is counted", "POST", "/stock/mug-blue/count"),
        Call(
            "… and locked",
            "POST",
            "/stock/mug-blue/reserve",
            deserves("lock_timeout"),
            may_win=True,
            delay_s=0.7,
        ),
    )
    yield (Call("a query over the time limit", "GET", "/reports/sales?days=365", deserves("timeout")),)
    yield (Call("a write, read-only", "POST", "/reports/visits", deserves("read_only")),)
    yield (
        Call(
            "the query's backend is ended",
            "GET",
            "/reports/sales?days=170",
            deserves("crashed"),
            is_cut_off=True,
        ),
    )
    yield (Call("the archive is down", "GET", "/reports/archive", Truth("database.unreachable", at.archive)),)


def upstream_faults(at: Places) -> Iterator[tuple[Call, ...]]:
    """Yield failures of other companies."""
    for story, card, what in (
        ("payments answers 500", "4000000000000500", "error_response"),
        ("payments is too slow", "4000000000000408", "timeout"),
        ("payments: too many requests", "4000000000000429", "rate_limited"),
        ("payments answers with HTML", "4000000000000200", "bad_payload"),
    ):
        yield (_buy(story, card, Truth(f"upstream.{what}", at.payments)),)
    yield (Call("the carrier is down", "GET", "/shipping/at", Truth("upstream.unreachable", at.nobody)),)
    yield (Call("no such host", "GET", "/taxes/at", Truth("upstream.dns", at.tax_office)),)
    yield (Call("TLS where there is none", "GET", "/rates/eur", Truth("upstream.tls", at.rates)),)


def setup_faults(at: Places) -> Iterator[tuple[Call, ...]]:
    """Yield failures of the configuration and of the machine."""

    def deserves(what: str) -> Truth:
        return Truth(f"config.{what}", at.shop)

    yield (Call("a migration did not run", "GET", "/products/tea-green/reviews", deserves("schema_drift")),)
    yield (Call("wrong database password", "GET", "/loyalty/7", deserves("bad_credentials")),)
    yield (_buy("payments refuses our key", "4000000000000401", deserves("bad_credentials")),)
    yield (Call("a variable is not set", "GET", "/gift-cards/ab12", deserves("missing_setting")),)
    yield (Call("no right to read a table", "GET", "/reports/suppliers", deserves("permission_denied")),)
    refused = Truth("config.web_server", at.web_server)
    yield (Call("`respond 500` in the web server", "GET", "/old-shop/tea", refused, reaches_shop=False),)
    yield (Call("the disk is full", "POST", "/orders/1/invoice", Truth("host.disk_full", at.machine)),)
    huge = "/pictures/wall.png/thumbnail?width=40000000&height=40000000"
    yield (Call("no memory for a huge picture", "POST", huge, Truth("host.memory_exhausted", at.machine)),)


def last_fault(at: Places) -> Iterator[tuple[Call, ...]]:
    """Yield the failure that takes a whole process with it, which is why it comes last."""
    yield (
        Call(
            "the process is killed",
            "POST",
            "/pictures/mug.raw/thumbnail",
            Truth("app.worker_killed", at.shop),
        ),
    )
