"""For each rule that no recording reaches: a scene in which it gives evidence, and one that only looks like it.

And scenes that give rows to those relations that have none in any recording.
"""

from collections.abc import Callable
from typing import Any

from .conftest import MS, Scene
from .stories import answers, guards, hosts, locks, loops, workers

Play = Callable[[Scene], None]

APP = {"upstream": "app:8000"}
TAKEN = {"upstream": "app:8000", "upstream_connect_ns": 1000}
ANSWERED = TAKEN | {"upstream_header_ns": 2000, "upstream_status": "500"}


def raised(kind: str, message: str, stack: str = "") -> Play:
    """Let an exception of the app end the request."""
    return lambda scene: scene.raises(scene.server("shop", 500), kind, message, stack=stack)


def called(**columns: Any) -> Play:
    """Let a call of the app fail, and say no more of it."""

    def play(scene: Scene) -> None:
        scene.call("shop", scene.server("shop", 500), at=1, lasts=5, **columns)

    return play


def said(body: str, **columns: Any) -> Play:
    """Let the web server's error log say this of a request that it answered 502."""

    def play(scene: Scene) -> None:
        scene.access(502, **{"upstream": "10.0.0.5:8000", "upstream_status": "502"} | columns)
        scene.error_line(body)

    return play


def panicked(body: str) -> Play:
    """Let the web server lose the connection, and the app say this in the same second."""

    def play(scene: Scene) -> None:
        said("upstream prematurely closed connection while reading response header from upstream")(scene)
        told = scene.server_log("go_http", "request.failed", body, service_name="shop")
        scene.logs_exception(told, "panic", "no cart", in_app=True)

    return play


def apache_said(body: str, module: str) -> Play:
    """Let Apache's error log say this in the second of a request that it answered 500, and its access log nothing more."""

    def play(scene: Scene) -> None:
        site = {
            "format": "apache_combined",
            "service_name": "apache",
            "lasts": 0,
            "connection_id": "",
            "process_pid": 0,
        }
        scene.access(500, **site)
        told = {"service_name": "apache", "scope_name": module, "severity_number": 17}
        scene.server_log("apache_error", "", body, **told)

    return play


def logged(format: str, event: str, body: str, *, at: float = 14, **columns: Any) -> Play:
    """Let the app's side log this before the web server lost its connection to it."""

    def play(scene: Scene) -> None:
        scene.access(502, upstream_status="502", **TAKEN)
        scene.server_log(format, event, body, at=at, **columns)

    return play


def beside_its_database(event: str, at: float) -> Play:
    """Let the database's log say this, and nobody else anything of a request that failed."""

    def play(scene: Scene) -> None:
        scene.access(503, format="apache_combined", service_name="apache", process_pid=0, connection_id="")
        scene.server_log("mariadb_error", event, "Table is marked as crashed", at=at, service_name="mariadb")

    return play


def turned_away(reason: str) -> Play:
    """Let a balancer's access line say why it answered itself."""

    def play(scene: Scene) -> None:
        told: dict[str, Any] = {"attr_keys": ["gateway.reason"], "attr_vals": [reason]}
        scene.access(503, format="alb_access", service_name="alb", connection_id="", process_pid=0, **told)

    return play


def on_host(scene: Scene, **columns: Any) -> None:
    """Let the spans of `shop` come from web-1."""
    row = {"resource_id": sum(b"shop"), "service_name": "shop", "host_name": "web-1", "first_seen": scene.start_ns}
    scene.add("resources", row | columns)


def metered(play: Play, name: str, value: float, *others: tuple[str, float], at: float = -20_000, **attrs: str) -> Play:
    """Let a metric of the service tell this a little before."""

    def both(scene: Scene) -> None:
        play(scene)
        on_host(scene)
        keys = {key.replace("__", "."): text for key, text in attrs.items()}
        for one, told in ((name, value), *others):
            row = {"name": one, "value": told, "kind": "gauge", "service_name": "shop", "resource_id": sum(b"shop")}
            row |= {"time": scene.start_ns + int(at * MS)}
            scene.add("metric_points", row | {"attr_keys": list(keys), "attr_vals": list(keys.values())})

    return both


def aborted(code: str) -> Play:
    """Let a statement be turned away by a transaction that an earlier one, answered with this code, had broken."""

    def play(scene: Scene) -> None:
        entry = scene.server("shop", 500)
        scene.query("shop", entry, at=1, lasts=1, failed=bool(code), db_response_status_code=code)
        last = scene.query("shop", entry, at=4, lasts=1, db_response_status_code="25P02")
        for span in (last, entry):
            scene.raises(span, "psycopg.errors.InFailedSqlTransaction", "current transaction is aborted", at=5)

    return play


def deadlock(**columns: Any) -> Play:
    """Let a deadlock end the request, and the database's log tell of one."""

    def play(scene: Scene) -> None:
        access = scene.access(500, **ANSWERED)
        entry = scene.server("shop", 500, parent=access)
        query = scene.query("shop", entry, at=1, lasts=3, db_response_status_code="40P01")
        for span in (query, entry):
            scene.raises(span, "psycopg.errors.DeadlockDetected", "deadlock detected", error_code="40P01")
        told = {"event_name": "query.failed", "error_code": "40P01", "service_name": "postgresql"} | columns
        scene.server_log("postgresql_json", told.pop("event_name"), "deadlock detected", **told)

    return play


def waited(meanwhile: float) -> Play:
    """Let the app begin long after the web server had the request; another one was at work for so many ms meanwhile."""

    def play(scene: Scene) -> None:
        access = scene.access(504, upstream_status="504", lasts=2000, **TAKEN)
        scene.server("shop", 200, parent=access, at=8000, lasts=5)
        scene.server("shop", 200, trace_id=f"f{scene.trace[1:]}", at=-500, lasts=meanwhile)

    return play


def died(error: str) -> Play:
    """Let a span end so, without an answer."""
    return lambda scene: scene.server("shop", 0, status_code=2, error_type=error, lasts=300) and None


def sent_on(times: int) -> Play:
    """Let a service send its caller on so many times."""

    def play(scene: Scene) -> None:
        entry = scene.server("shop", 500, lasts=60)
        for number in range(times):
            place = {"url_full": f"http://rates.example/{number}", "http_response_status_code": 302}
            scene.call("shop", entry, at=1 + number, lasts=1, failed=False, **place)
        scene.raises(entry, "TypeError", "fetch failed", at=times + 2)

    return play


def handed_on(path: str) -> Play:
    """Let a gateway answer 502 as the service at this path did, which sends no spans."""

    def play(scene: Scene) -> None:
        entry = scene.server("gateway", 502, url_path="/orders/7", lasts=20)
        place = {"url_full": f"http://10.0.0.7:8080{path}", "url_path": path, "http_response_status_code": 502}
        scene.call("gateway", entry, at=1, lasts=18, **place)

    return play


def ended(text: str) -> Play:
    """Let the span's own status say this."""
    return lambda scene: scene.server("shop", 500, status_message=text) and None


def slow(scene: Scene) -> None:
    """Let the web server give the app up, which was at work."""
    access = scene.access(504, upstream_status="504", lasts=2000, **TAKEN)
    scene.server("shop", 200, parent=access, lasts=2500)


def pool_wait(scene: Scene) -> None:
    """Let the app wait in vain for a connection, in words that do not say whose."""
    entry = scene.server("shop", 500)
    scene.raises(entry, "TimeoutError", "timeout exceeded when trying to connect")


def outspoken(scene: Scene) -> None:
    """Let an app answer 500 that says elsewhere what goes wrong in it."""
    scene.server("loud", 500)
    scene.raises(scene.server("loud", 200, trace_id="f" * 32), "KeyError", "handled")


FULL = raised("OSError", "[Errno 28] No space left on device: '/x'")
NO_FILE = raised("OSError", "[Errno 24] Too many open files: '/x'")
NO_MEMORY = raised("MemoryError", "")
BUG = raised("ValueError", "no such order")
GRPC = {"rpc_system": "grpc", "rpc_service": "shop.Stock", "server_address": "stock", "server_port": 50051}
BROKER = {"messaging_system": "rabbitmq", "server_address": "mq", "server_port": 5672}
PHP_ERROR = "PHP message: PHP Fatal error:  Uncaught Error: Call to undefined function total() in /var/www/a.php:3"

#: By rule: where it gives evidence, and where it must not.
PLAYS: dict[str, tuple[Play, Play]] = {
    "aborted_transaction": (aborted("23505"), aborted("")),
    "access_no_answer": (
        lambda scene: scene.access(502, upstream_status="502", **TAKEN) and None,
        said("upstream prematurely closed connection while reading response header from upstream", **TAKEN),
    ),
    "access_not_in_time": (
        lambda scene: scene.access(504, upstream_status="504", **TAKEN) and None,
        lambda scene: scene.access(502, upstream_status="502", **TAKEN) and None,
    ),
    "error_response_alone": (lambda scene: scene.server("mute", 500) and None, outspoken),
    "access_refused": (
        lambda scene: scene.access(502, upstream_status="502", **APP) and None,
        lambda scene: scene.access(502, upstream_status="502", **TAKEN) and None,
    ),
    "disk_full": (FULL, raised("OSError", "[Errno 5] Input/output error: '/x'")),
    "guarded_call": (guards.after_a_slow_database, guards.a_bug_beside_an_open_breaker),
    "log_callee_killed": (hosts.the_database, hosts.another_one),
    "log_lock_wait": (locks.a_table, locks.somebody_elses),
    "own_answer": (answers.with_a_reason, answers.turned_away_after_a_deadlock),
    "raised_in_app": (BUG, deadlock()),
    "task_unanswered": (workers.gone, workers.forgotten),
    "task_unheard": (raised("celery.exceptions.TimeoutError", "The operation timed out."), workers.slow),
    "log_database_alone": (beside_its_database("storage.failed", 5), beside_its_database("storage.failed", -60_000)),
    "log_database_code": (deadlock(), deadlock(error_code="57014")),
    "log_database_refused": (
        lambda scene: deadlock(trace_id=scene.trace)(scene),
        deadlock(),
    ),
    "log_memory_exhausted": (
        logged("node_output", "memory.exhausted", "FATAL ERROR: JavaScript heap out of memory"),
        logged("node_output", "memory.exhausted", "FATAL ERROR: JavaScript heap out of memory", at=9000),
    ),
    "log_files_exhausted": (
        logged("tomcat_log", "files.exhausted", "Socket accept failed"),
        logged("tomcat_log", "files.exhausted", "Socket accept failed", at=9000),
    ),
    "log_script_timeout": (
        logged("php_errors", "script.timeout", "Maximum execution time of 30 seconds exceeded"),
        logged("php_errors", "request.failed", "Call to undefined function"),
    ),
    "log_worker_timeout": (
        logged("python_server", "worker.timeout", "WORKER TIMEOUT (pid:7)"),
        logged("python_server", "worker.timeout", "WORKER TIMEOUT (pid:7)", at=9000),
    ),
    "occupied": (waited(8400), waited(100)),
    "own_process_died": (
        raised("concurrent.futures.process.BrokenProcessPool", "A process in the process pool was terminated abruptly"),
        raised("concurrent.futures._base.TimeoutError", ""),
    ),
    "process_died": (died("process_died"), died("500")),
    "queue_words": (
        called(status_message="ConnectionRefusedError: [Errno 111] Connection refused", **BROKER),
        raised("ConnectionRefusedError", "[Errno 111] Connection refused"),
    ),
    "queued": (waited(8400), slow),
    "redirect_circle": (sent_on(20), sent_on(2)),
    "relayed_status": (handed_on("/orders/7"), handed_on("/stock/7")),
    "request_expired": (
        raised("Rack::Timeout::RequestExpiryError", "Request older than 30000ms."),
        raised("Rack::Timeout::RequestTimeoutException", "Request ran for longer than 15000ms"),
    ),
    "rpc_status": (
        called(rpc_response_status_code="4", status_message="context deadline exceeded", **GRPC),
        called(rpc_response_status_code="", status_message="oops", **GRPC),
    ),
    "saturated_alone": (
        metered(died("500"), "process.memory.utilization", 0.99),
        metered(BUG, "process.memory.utilization", 0.99),
    ),
    "saturated_cpu": (
        metered(slow, "process.cpu.utilization", 0.99),
        metered(slow, "process.cpu.utilization", 0.5),
    ),
    "saturated_disk": (
        metered(FULL, "system.filesystem.utilization", 1.0),
        metered(BUG, "system.filesystem.utilization", 1.0),
    ),
    "saturated_files": (
        metered(NO_FILE, "process_open_fds", 1024, ("process_max_fds", 1024)),
        metered(BUG, "process_open_fds", 1024, ("process_max_fds", 1024)),
    ),
    "saturated_memory": (
        metered(NO_MEMORY, "process.memory.utilization", 0.99),
        metered(NO_MEMORY, "process.memory.utilization", 0.99, at=-600_000),
    ),
    "saturated_pool": (
        metered(
            pool_wait,
            "db.client.connection.count",
            10,
            ("db.client.connection.max", 10),
            db__client__connection__state="used",
        ),
        metered(
            pool_wait,
            "db.client.connection.count",
            3,
            ("db.client.connection.max", 10),
            db__client__connection__state="used",
        ),
    ),
    "script_timeout": (
        raised("FatalError", "Maximum execution time of 30 seconds exceeded"),
        raised("FatalError", "Maximum function nesting level of 256 reached"),
    ),
    "secret_refused": (
        raised("java.io.IOException", "keystore password was incorrect"),
        raised("java.io.IOException", "the password of the customer was incorrect"),
    ),
    "server_status_message": (ended("ValueError: boom"), ended("HTTPException: 500")),
    "silent_call": (
        called(db_system_name="postgresql", server_address="db"),
        called(db_system_name="postgresql", server_address="db", status_message="deadlock detected"),
    ),
    "socket_words": (
        raised("ConnectionRefusedError", "connect ECONNREFUSED 10.0.0.9:40123"),
        raised("ValueError", "the address 10.0.0.9:40123 is no place to deliver to"),
    ),
    "too_many_open_files": (NO_FILE, FULL),
    "web_app_voice": (said(PHP_ERROR), said("PHP message: PHP Warning:  Undefined variable $x in /var/www/a.php:3")),
    "web_busy": (
        said(
            "connect() to unix:/run/php-fpm.sock failed (11: Resource temporarily unavailable) while connecting to upstream"
        ),
        said("connect() to unix:/run/php-fpm.sock failed (111: Connection refused) while connecting to upstream"),
    ),
    "web_database_wait": (
        said("upstream timed out (110: Connection timed out) while waiting for result from PostgreSQL database"),
        said("upstream timed out (110: Connection timed out) while reading response header from upstream"),
    ),
    "web_disk_full": (
        said('pwrite() "/var/lib/nginx/body/1" failed (28: No space left on device)'),
        said("malloc(65536) failed (12: Cannot allocate memory)"),
    ),
    "web_memory": (
        said("malloc(65536) failed (12: Cannot allocate memory)"),
        said("recv() failed (112: Host is down) while reading response header from upstream"),
    ),
    "web_own_words": (
        apache_said('The locks could not be queried for verification against a possible "If:" header.', "dav"),
        apache_said("AH01630: client denied by server configuration: /srv/.env", "authz_core"),
    ),
    "web_panicked": (panicked("http: panic serving 10.0.0.7:4711: no cart"), panicked("no cart")),
    "web_silent_end": (
        said("upstream prematurely closed connection while reading response header from upstream"),
        said("upstream sent no valid HTTP/1.0 header while reading response header from upstream"),
    ),
    "web_unloadable": (
        said("mod_wsgi (pid=9): Target WSGI script '/srv/shop.wsgi' cannot be loaded as Python module."),
        said("mod_wsgi (pid=9): Target WSGI script not found or unable to stat: /srv/shop.wsgi"),
    ),
    "web_no_target": (turned_away("ELB 503 with no target"), turned_away("ELB 503 with a target")),
    "web_script": (
        said('js exception: TypeError: cannot get property "a" of undefined'),
        said("js: fetched /orders/7"),
    ),
}


def killed(scene: Scene) -> None:
    """Let the kernel tell of the process whose span was left open."""
    on_host(scene, process_pid=4711)
    died("process_died")(scene)
    told = {"attr_keys": ["process.killed.pid", "host.name"], "attr_vals": ["4711", "web-1"], "service_name": "kernel"}
    scene.server_log("kernel", "process.oom_killed", "Out of memory: Killed process 4711 (node)", at=310, **told)


def behind_apache(scene: Scene) -> None:
    """Let nobody listen where Apache forwards to: one service answered there before, another failed to start and is up since."""
    site = {"format": "apache_access", "service_name": "apache", "connection_id": "", "handler": "proxy-server"}
    well = f"e{scene.trace[1:]}"
    line = scene.access(200, trace_id=well, **site)
    scene.server("shop", 200, parent=line, trace_id=well, server_address="10.0.0.5", server_port=8000)
    scene.server_log("otlp", "process.boot_failed", "uncaught exception", at=-30_000, service_name="search")
    scene.server("search", 200, trace_id=f"f{scene.trace[1:]}", at=-10_000)
    for trace, address in ((scene.trace, "http://10.0.0.5:8000"), (f"d{scene.trace[1:]}", "http://10.0.0.6:9000")):
        scene.access(503, trace_id=trace, **site)
        words = "(111)Connection refused: AH00957: http: attempt to connect to it failed"
        told = {"service_name": "apache", "trace_id": trace, "upstream_address": address}
        scene.server_log("apache_error", "", words, at=0, **told)


def identified(scene: Scene) -> None:
    """Let a line bear the web server's own id of the request."""
    scene.access(500, request_id="Zabc")
    scene.server_log("nginx_error", "", "words", service_name="nginx", request_id="Zabc")


def by_client(scene: Scene) -> None:
    """Let a line tell the client only, as Apache's own formats do."""
    client = {"attr_keys": ["client.address"], "attr_vals": ["10.1.1.1"], "service_name": "apache"}
    scene.access(503, format="apache_combined", connection_id="", process_pid=0, lasts=0, **client)
    scene.server_log("apache_error", "", "AH01079: failed to make connection to backend: app", at=0, **client)


def excluded(scene: Scene) -> None:
    """Let the only request that failed and the only exception that was logged have nothing in common but the second."""
    scene.access(500)
    log = scene.server_log("node_output", "", "TypeError: x is undefined")
    scene.logs_exception(log, "TypeError", "x is undefined")


def known_place(scene: Scene) -> None:
    """Let a bare socket fail where a broker was called a minute before."""
    before = f"f{scene.trace[1:]}"
    entry = scene.server("shop", 200, trace_id=before, at=-60_000)
    place = {"messaging_system": "rabbitmq", "server_address": "10.0.0.9", "server_port": 40123, "kind": 4}
    scene.call("shop", entry, trace_id=before, at=-59_999, failed=False, name="orders publish", **place)
    raised("ECONNREFUSED", "connect ECONNREFUSED 10.0.0.9:40123")(scene)


def told_by_its_own_server(scene: Scene) -> None:
    """Let only the line of the app's own server tell of a request."""
    scene.server_log("python_server", "request.failed", "GET /own 500", url_path="/own")


def by_a_gateway(scene: Scene) -> None:
    """Let one gateway's access line say why it answered itself, and another's own log, of the address alone."""
    reason = {"attr_keys": ["gateway.reason"], "attr_vals": ["HAProxy SH--"]}
    scene.access(502, format="haproxy_http", service_name="haproxy", upstream="10.0.0.8:80", connection_id="", **reason)
    other = {"service_name": "traefik", "connection_id": ""}
    scene.access(502, trace_id=f"e{scene.trace[1:]}", format="traefik_access", upstream="10.0.0.7:80", **other)
    told = {"attr_keys": ["http.response.status_code"], "attr_vals": ["502"], "upstream_address": "10.0.0.7:80"}
    scene.server_log(
        "traefik_log", "", "dial tcp 10.0.0.7:80: connect: connection refused", service_name="traefik", **told
    )


def ended_with_words(scene: Scene) -> None:
    """Let a platform see the end of a process that had said why."""
    scene.access(503, format="heroku_router", service_name="heroku", connection_id="")
    scene.server_log("app_log", "", "You must set the ADDRESS environment variable.", at=-7_100, service_name="web")
    scene.server_log("process_end", "server.crashed", "Process exited with status 1", at=-7_000, service_name="web")


def without_its_spans(scene: Scene) -> None:
    """Let a log record be all that arrives of the app."""
    scene.access(500, **ANSWERED)
    scene.server_log("otlp", "", "failed", trace_id=scene.trace, span_id="a" * 16, service_name="checkout")


def cut_by_a_middleware(scene: Scene) -> None:
    """Let an app's own span tell that its answer broke off."""
    told = {"attr_keys": ["culpa.response.cut"], "attr_vals": ["true"]}
    entry = scene.server("shop", 200)
    scene.raises(
        scene.span("shop", "response", parent=entry, at=11, lasts=0, status_code=2, **told), "RuntimeError", "half"
    )


#: Between them: loops, failed_tasks, by_client, by_exclusion, by_own_line, by_process, by_upstream, reasons, told_requests, by_request_id, doubtful_starts, guessed_services, left_open, listeners, risen_starts, lone_speakers, broken_streams, last_words.
ROWS: tuple[Play, ...] = (
    killed,
    behind_apache,
    identified,
    by_client,
    excluded,
    known_place,
    told_by_its_own_server,
    by_a_gateway,
    ended_with_words,
    without_its_spans,
    cut_by_a_middleware,
    loops.queries,
    workers.a_task_fails,
)


def stage(scene: Scene) -> dict[str, list[str]]:
    """Play everything in one store; return the traces of the two scenes of each rule."""
    traces: dict[str, list[str]] = {}
    for number, play in enumerate(ROWS, 1):
        scene.begin(number)
        play(scene)
    for number, (rule, plays) in enumerate(PLAYS.items(), 50):
        for place, play in enumerate(plays):
            scene.begin(2 * number + place)
            play(scene)
            traces.setdefault(rule, []).append(scene.trace)
    scene.keep()
    return traces
