"""Processes that die, freeze, or do not start, in the middle of the work."""

import signal

from lab import acts
from lab.fault import Call, Fault, get

FAULTS = (
    Fault("a worker is killed with -9", "app.worker_killed", "app", get("/hold?s=3"), ("supervised", "not-caddy"),
          act=acts.kill_worker(signal.SIGKILL), is_alone=True, is_quick=True),
    Fault("the app is stopped", "app.down", "app", get("/ok"), ("own",), act=acts.stopped("app"), is_alone=True),
    Fault("the app is stopped during a request", "app.worker_killed", "app", get("/hold?s=3"), ("gunicorn", "not-caddy"),
          act=acts.stopped_during("app"), is_alone=True),
    Fault("the app is frozen", "unknown", "app", get("/ok"), ("own",), act=acts.frozen("app"), is_alone=True, lingers_s=2.0, at_most=3),
    Fault("the database is stopped", "database.unreachable", "database", get("/items/count"), ("database-server",),
          act=acts.stopped("database"), is_alone=True),
    Fault("the database is restarted during a query", "database.crashed", "database", get("/report?s=3.5"), ("database-server", "sleeps"),
          act=acts.during(acts.restart_database), is_alone=True, is_quick=True),
    Fault("the database is killed during a query", "database.crashed", "database", get("/report?s=3.5"), ("database-server", "sleeps"),
          act=acts.during(acts.kill_database), is_alone=True),
    Fault("an outside service is frozen", "upstream.timeout", "outside", get("/rates"), ("outside",),
          act=acts.frozen("outside"), is_alone=True, at_most=3),
    Fault("a release that lacks a library", "app.import_error", "app", (Call("/ok"), Call("/items/count")), ("boot",),
          act=acts.deploy("import"), is_alone=True, at_most=5),
    Fault("a release that lacks a setting", "config.missing_setting", "app", get("/ok"), ("boot",),
          act=acts.deploy("setting"), is_alone=True, is_quick=True),
    Fault("a release that wants its database at start", "database.unreachable", "closed database at start", get("/ok"), ("boot", "database-server"),
          act=acts.deploy("database"), is_alone=True),
    Fault("a release with a syntax error", "app.import_error", "app", get("/ok"), ("boot",), act=acts.deploy("syntax"), is_alone=True, at_most=3),
    Fault("a worker swells until the kernel ends it", "host.memory_exhausted", "host", get("/swell"), ("swells", "kernel-log"),
          act=acts.memory_limited(300 << 20), is_alone=True, at_most=3),
)  # fmt: skip
