"""What a record of a server's log may mean, in words of our own: the values of `logs.event_name`.

The rules of the analysis read them, so a word means the same in every format; a new one is added here.
So it is with the names of what several formats tell besides the columns.
"""

EVENTS = {
    "server.started": "a server or process manager began to run",
    "server.ready": "it accepts requests or connections from now on",
    "server.reloaded": "it read its configuration again",
    "server.shutdown": "it was told to stop, or stopped in order",
    "server.crashed": "it, or a process of it that serves clients, died unexpectedly",
    "server.recovering": "it repairs its data after a crash and refuses clients until that is done",
    "process.boot_failed": "an app or server could not start",
    "process.oom_killed": "the kernel killed a process for want of memory",
    "process.crashed": "the kernel ended a process for a fault of its own: segfault, illegal instruction",
    "worker.started": "a process manager started a worker",
    "worker.killed": "a worker died of a signal",
    "worker.timeout": "a worker was ended, or is about to be, because a request took too long",
    "worker.exited": "a worker ended without being asked to",
    "worker.slow": "a worker takes longer than is configured as slow",
    "workers.exhausted": "all workers or connections of a server are taken",
    "request.started": "a request arrived",
    "request.completed": "a request was answered",
    "request.failed": "a request ended in an error of the server or app",
    "slow.query": "a statement took longer than is configured as slow",
    "query.failed": "a statement was refused or ended in an error",
    "query.cancelled": "a statement was ended by a time limit or a person",
    "deadlock": "two transactions waited for each other and one was sacrificed",
    "lock.wait": "a transaction waits long for a lock",
    "lock.timeout": "a statement gave up waiting for a lock",
    "connection.refused": "a server turned a client away: credentials, limits, its own state",
    "connection.lost": "a connection ended in the middle of its use",
    "memory.exhausted": "a server cannot get, or may not use, more memory",
    "disk.full": "a server cannot write for want of space",
    "storage.failed": "a server cannot read or write its own files",
}

ATTRIBUTES = {
    "client.address": "who asked: an address or host name",
    "client.port": "the port it asked from",
    "db.namespace": "the database",
    "db.user": "the database user",
    "db.query.text": "the statement, its literals redacted",
    "db.application_name": "what the client of a database calls itself",
    "duration_ms": "how long the statement or request took",
    "process.killed.pid": "the process that died or was ended, where another one tells of it",
    "process.killed.name": "its name",
    "process.killed.signal": "the signal that it died of: a number or SIG…",
    "process.exit_code": "the status with which it ended",
    "host.name": "the machine that the line names",
}
