"""Faults of the set-up: of the app, of its database, of what it may do."""

from lab.fault import Fault, get

FAULTS = (
    Fault("a variable that is not set", "config.missing_setting", "app", get("/gift-card"), ("errors",)),
    Fault("an old database password", "config.bad_credentials", "app", get("/stock/with-old-password"), ("database-server",)),
    Fault("a key that an outside service refuses", "config.bad_credentials", "app", get("/rates/old-key"), ("outside",)),
    Fault("an outside service that forbids it", "config.bad_credentials", "app", get("/rates/forbidden"), ("outside",)),
    Fault("an old password of the cache", "config.bad_credentials", "app", get("/basket/old-password"), ("redis",)),
    Fault("a program that may not be run", "config.permission_denied", "app", get("/thumbnail/as-program"), ("runs-programs",)),
    Fault("a table that may not be read", "config.permission_denied", "app", get("/payroll"), ("database-server",)),
    Fault("a table that is missing", "config.schema_drift", "app", get("/loyalty"), ("sql",)),
    Fault("a column that is missing", "config.schema_drift", "app", get("/colours"), ("sql",)),
    Fault("a database that is missing", "config.schema_drift", "app", get("/stock/other-database"), ("postgresql",)),
)  # fmt: skip
