"""Faults of the database, and of the way to it."""

from lab import acts
from lab.fault import Call, Fault, get

_RIVALS = (Call("/transfer?from=11&to=12", may_win=True), Call("/transfer?from=12&to=11", may_win=True))

FAULTS = (
    Fault("nothing listens at the database's address", "database.unreachable", "closed database", get("/stock/from-closed-port"), ("sql",)),
    Fault("the database's address does not answer", "database.unreachable", "silent database", get("/stock/from-silent-host"),
          ("database-server", "connect-2s"), is_alone=True),
    Fault("the database's name is unknown", "database.unreachable", "lost database", get("/stock/from-lost-name"), ("database-server",)),
    Fault("a query over its time limit", "database.timeout", "database", get("/report/limited"), ("database-server",)),
    Fault("a query slower than the web server waits", "database.timeout", "database", get("/report?s=5"), ("slow", "database-server"),
          is_alone=True, lingers_s=2.0),
    Fault("a deadlock", "database.deadlock", "database", _RIVALS, ("transactions",), is_alone=True, is_quick=True),
    Fault("a row that another transaction holds", "database.lock_timeout", "database",
          (Call("/count-shelf", is_extra=True), Call("/reserve", delay_s=0.5)), ("transactions",), is_alone=True, is_quick=True),
    Fault("two transactions that cannot both be serialised", "database.serialization_failure", "database",
          (Call("/rebalance", may_win=True), Call("/rebalance", may_win=True)), ("postgresql", "transactions"), is_alone=True),
    Fault("a write in a read-only transaction", "database.read_only", "database", get("/visits/add"), ("database-server",)),
    Fault("a damaged table", "database.error", "database", get("/ledger"), ("damaged",)),
    Fault("a full disk under the database", "database.disk_full", "database", get("/archive"), ("postgresql", "small-disk"), is_alone=True),
    Fault("a file that another program has locked", "database.busy", "database", get("/items/add-twice"), ("sqlite",),
          act=acts.locked_file, is_alone=True, on_each_front=True),
    Fault("the query's connection is ended", "database.crashed", "database", get("/report?s=3"), ("database-server", "sleeps"),
          act=acts.during(acts.terminate), is_alone=True, is_quick=True),
    Fault("no connection left", "database.too_many_connections", "database", get("/items/count"), ("database-server", "python|node|rails|php"),
          act=acts.no_connections_left, is_alone=True, is_quick=True),
)  # fmt: skip
