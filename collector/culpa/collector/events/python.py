"""What the messages of app servers and frameworks mean, and the stacks of Python, in the words of `EVENTS`."""

from collections.abc import Mapping
from functools import lru_cache

from culpa.collector.events.frameworks import framework_failure
from culpa.collector.events.meaning import first_meaning
from culpa.collector.events.methods import METHODS
from culpa.instrumentation.patterns import late_pattern

#: Loggers of app servers, whose messages have no event name.
LOGGERS = ("gunicorn.error", "uvicorn.error", "hypercorn.error", "_granian")
#: What of their messages concerns a whole process; the rest has the trace of a request.
_OF_PROCESS = ("process.boot_failed", "server.ready")

#: A request line amid words of an error: `Uncaught exception GET /a (10.0.0.9)`, `request='POST /a'`, `[GET] /a`.
_REQUEST_LINE = late_pattern(rf"(?<![\w./])(?P<method>{METHODS})\]? (?P<target>/[^\s'\"\])>;,]{{0,2000}})")
_WORDS_WITH_REQUEST = 2_000

#: Message and event, the first that matches; groups become attributes.
_MEANINGS = tuple(
    (late_pattern(words), event)
    for words, event in (
        (r"WORKER TIMEOUT \(pid: ?(?P<pid>\d+)\)", "worker.timeout"),
        (
            r"(?:Worker|Thread)\w{0,20} \(?(?:(?P<pid>\d{1,10})\)|[^()\n]{1,80})"
            r" (?:timeout after \d|CPU time limit \(\d{1,6}\) reached"
            r"|virtual real time limit \([\d/s]{1,20}\) reached)",
            "worker.timeout",
        ),
        (r"Worker \(pid: ?(?P<pid>\d+)\) was sent (?P<signal>SIG\w+)!", "worker.killed"),
        (r"Worker with pid (?P<pid>\d+) was terminated due to signal (?P<signal>\d+)", "worker.killed"),
        (r"Worker \(pid: ?(?P<pid>\d+)\) exited with code (?P<code>[1-9]\d*)", "worker.exited"),
        (r"Child process \[(?P<pid>\d+)\] died", "worker.exited"),
        (r"Exception in worker process|Application startup failed", "process.boot_failed"),
        (r"Error loading ASGI app|Connection in use: |Can't connect to \(", "process.boot_failed"),
        (r"Failed to find (?:attribute|application object) '|Error: class uri '", "process.boot_failed"),
        (r"\[Errno \d+\] error while attempting to bind", "process.boot_failed"),
        # Spring Boot, Quarkus, Micronaut, ASP.NET Core, Dropwizard, Play.
        (r"Application run failed|[*\s]{0,80}APPLICATION FAILED TO START", "process.boot_failed"),
        (r"Failed to start application\b|Error starting Micronaut server", "process.boot_failed"),
        (r"Hosting failed to start|Application startup exception", "process.boot_failed"),
        (r"Unable to start server, shutting down|Oops, cannot start the server", "process.boot_failed"),
        (r"Started \w{1,80} in \d|Now listening on: |Startup completed in \d", "server.ready"),
        (r"Exceeded concurrency limit", "workers.exhausted"),
        (r"socket\.accept\(\) out of system resource", "files.exhausted"),
        (r"Shutting down(?:: Master)?$|Reason: |Handling signal: (?:term|int|quit)$", "server.shutdown"),
        (r"Finished server process \[(?P<own>\d+)\]", "server.shutdown"),
        (r"Handling signal: hup$|Hang up: ", "server.reloaded"),
        (r".{0,40}\b(?:[Dd]etected (?:file )?changes?)\b", "server.reloaded"),
        (r"Started (?:parent|server|reloader) process \[(?P<own>\d+)\]", "server.started"),
        (r"Starting gunicorn ", "server.started"),
        (r"Booting worker with pid: (?P<own>\d+)", "worker.started"),
        (r"Listening at: |Uvicorn running on |Application startup complete", "server.ready"),
        (r"(?:Fatal Python error: )?Segmentation fault(?: \(core dumped\))?(?:\n|$)", "process.crashed"),
        (r"Fatal Python error: |Aborted(?: \(core dumped\))?$|Killed$", "server.crashed"),
    )
)  # fmt: skip

#: Frames of a program that is about to load the app, none of a request.
_LOADING = late_pattern(
    r"uvicorn/importer\.py|uvicorn/config\.py\", line \d+, in load"
    r"|gunicorn/util\.py\", line \d+, in import_app|in load_wsgi|in load_app"
    r"|<frozen importlib|/importlib/__init__\.py|SyntaxError: |IndentationError: "
)
_SERVING = late_pattern(r"in run_asgi\b|in handle_request\b|in run_application\b|in run_wsgi\b|in dispatch_request\b")
_OUTERMOST = late_pattern(r'  File "[^"\n]+", line \d+, in (?P<function>[^\n]+)')
_LIFESPAN = late_pattern(r"in (?:lifespan|startup|__aenter__)\b")


@lru_cache(maxsize=512)
def meaning_of(message: str) -> tuple[str, Mapping[str, str]]:
    """Return the event of a message, '' for none, and what its words tell: pid, own pid, signal, code."""
    event, facts = first_meaning(_MEANINGS, message)
    return ("request.failed", {}) if not event and framework_failure(message) else (event, facts)


def of_process(message: str) -> str:
    """Return the event of a message that concerns a whole process, '' for any other."""
    event, _ = meaning_of(message)
    return event if event in _OF_PROCESS else ""


def failed_request_of(message: str) -> tuple[str, str]:
    """Return method and target of the request that a message says failed, '' where it does not tell them."""
    told = framework_failure(message)
    if told:
        return told.method, told.target
    line = _REQUEST_LINE.search(message[:_WORDS_WITH_REQUEST])
    return (line["method"], line["target"].rstrip(",:;")) if line else ("", "")


def end_of_process(stacktrace: str) -> str:
    """Return the event of a stack trace that nobody caught, '' if it may have been caught and printed.

    The outermost frame of a program that dies is its main module, or that of the process that was forked.
    """
    first = _OUTERMOST.search(stacktrace)
    if not first or _SERVING.search(stacktrace):
        return ""
    if first["function"] != "<module>" and "multiprocessing/process.py" not in first[0]:
        return ""
    return "process.boot_failed" if _LOADING.search(stacktrace) else "server.crashed"


def is_startup(stacktrace: str) -> bool:
    """Say whether a stack trace comes out of an app's start-up hook."""
    return not _SERVING.search(stacktrace) and bool(_LIFESPAN.search(stacktrace))
