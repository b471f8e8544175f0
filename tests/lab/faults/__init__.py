"""The table: every fault that the lab injects. A new fault is a few lines in one of these files."""

from lab.fault import Table
from lab.faults import app, cache, chaos, config, database, go, healthy, host, java, more, queue, upstream, web_server

TABLES = (
    Table("nothing failed", healthy.FAULTS),
    Table("the app itself", app.FAULTS),
    Table("database", database.FAULTS),
    Table("cache", cache.FAULTS),
    Table("queue", queue.FAULTS),
    Table("upstream", upstream.FAULTS),
    Table("configuration", config.FAULTS),
    Table("machine", host.FAULTS),
    Table("web server", web_server.FAULTS),
    Table("chaos", chaos.FAULTS),
    Table("more", more.FAULTS),
    Table("Go", go.FAULTS),
    Table("Java", java.FAULTS),
)
