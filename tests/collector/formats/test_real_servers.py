"""The formats read what real servers write."""

import hashlib
import time

from culpa.collector.formats import tables_of

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"


def by_path(rows, path):
    return next(row for row in reversed(rows) if row.url_path == path)


def test_nginx_tells_of_a_dead_upstream_in_both_its_logs(nginx) -> None:
    """The access line has the ids, the error line the reason; connection, process and path join them."""
    before = time.time_ns()
    assert 502 == nginx.get("/down", traceparent=TRACEPARENT)
    # Other tests ask the same server: this request is known by its trace.
    access = nginx.rows("access.json", 1, lambda row: row.trace_id == TRACE)[-1]
    assert (TRACE, PARENT) == (access.trace_id, access.parent_span_id)
    assert 16 == len(access.span_id)
    assert (502, "GET", "shop.test", nginx.port) == (
        access.http_response_status_code,
        access.http_request_method,
        access.server_address,
        access.server_port,
    )
    assert f"127.0.0.1:{nginx.dead_port}" == access.upstream_address == access.upstream_name
    assert ("502", -1, True) == (access.upstream_status, access.upstream_header_ns, access.completed)
    assert abs(access.start_time - before) < 2_000_000_000
    known = (access.connection_id, "error")
    error = nginx.rows("error.log", 1, lambda row: (row.connection_id, row.severity_text) == known)[-1]
    assert (access.process_pid, access.connection_id) == (error.process_pid, error.connection_id)
    assert ("111", f"http://127.0.0.1:{nginx.dead_port}") == (error.error_code, error.upstream_address)
    assert "connect() failed (111: Connection refused) while connecting to upstream" == error.body
    assert abs(error.time - before) < 2_000_000_000


def test_nginx_lists_every_attempt_and_the_times_are_those_of_the_last(nginx) -> None:
    """A retry that worked must not look like a failure."""
    assert 200 == nginx.get("/twice")
    row = by_path(nginx.rows("access.json", 1, lambda row: row.url_path == "/twice"), "/twice")
    assert f"127.0.0.1:{nginx.dead_port}, 127.0.0.1:{nginx.app_port}" == row.upstream_address
    assert ("502, 200", "shop") == (row.upstream_status, row.upstream_name)
    assert row.upstream_header_ns >= 0


def test_nginx_shows_rewrites_beside_the_path_that_the_client_asked_for(nginx) -> None:
    """The path is the request's own, and the query is not part of it."""
    assert 500 == nginx.get("/loop?page=2")
    row = by_path(nginx.rows("access.json", 1, lambda row: row.url_path == "/loop"), "/loop")
    attributes = dict(zip(row.attr_keys, row.attr_vals, strict=True))
    assert ("/loop/x", "page=2") == (attributes["nginx.uri"], attributes["url.query"])
    assert "" == row.upstream_status
    error = nginx.rows("error.log", 1, lambda row: "cycle" in row.body)[-1]
    assert ("/loop", "") == (error.url_path, error.upstream_address)


def test_nginx_names_a_missing_socket_with_its_scheme(nginx) -> None:
    """The path behind the socket is no part of the address."""
    assert 502 == nginx.get("/socket")
    error = nginx.rows("error.log", 1, lambda row: row.url_path == "/socket")[-1]
    assert (f"http://unix:{nginx.folder}/missing.sock", "2") == (error.upstream_address, error.error_code)


def test_nginx_s_own_notices_are_kept_without_a_request(nginx) -> None:
    """Lines about the server itself have a process and no connection."""
    row = nginx.rows("error.log", 1, lambda row: row.severity_text == "notice")[0]
    assert ("", "", 10) == (row.connection_id, row.url_path, row.severity_number)


def test_odd_bytes_in_a_request_come_out_as_the_client_meant_them(nginx, apache) -> None:
    """Quotes, controls and UTF-8 are escaped by each server in its own way."""
    agent = 'a "b" \\x41 \xc3\xa9\t;'
    for server in (nginx, apache):
        server.get("/odd", User_Agent=agent)
        row = by_path(server.rows("access.json", 1, lambda row: row.url_path == "/odd"), "/odd")
        attributes = dict(zip(row.attr_keys, row.attr_vals, strict=True))
        assert 'a "b" \\x41 é\t;' == attributes["user_agent.original"]


def test_apache_s_ids_are_the_ones_that_its_expressions_make(apache) -> None:
    """A request that fails before the expressions run gets the ids that they would have made."""
    assert 503 == apache.get("/down")
    assert 500 == apache.get("/bad/x.html")
    rows = apache.rows("access.json", 2, lambda row: row.url_path in {"/down", "/bad/x.html"})
    ran, failed = by_path(rows, "/down"), by_path(rows, "/bad/x.html")
    raw = [line for line in (apache.folder / "access.json").read_text().splitlines() if "/bad/x.html" in line][-1]
    assert '"trace_id":"-"' in raw
    for row in (ran, failed):
        assert hashlib.md5(row.request_id.encode()).hexdigest() == row.trace_id
        assert hashlib.md5(f"{row.request_id}-span".encode()).hexdigest()[:16] == row.span_id
    assert ("proxy-server", 503, True) == (ran.handler, ran.http_response_status_code, ran.completed)
    assert ran.log_id and ran.duration_ns > 0


def test_apache_continues_the_caller_s_trace(apache) -> None:
    """The caller's span is the parent; the query is kept apart from the path."""
    assert 503 == apache.get("/app/fail?x=1", traceparent=TRACEPARENT)
    row = by_path(apache.rows("access.json", 1, lambda row: row.url_path == "/app/fail"), "/app/fail")
    assert (TRACE, PARENT, "503") == (row.trace_id, row.parent_span_id, row.upstream_status)
    assert "x=1" == dict(zip(row.attr_keys, row.attr_vals, strict=True))["url.query"]


def test_caddy_s_two_lines_of_a_failure_share_connection_and_path(caddy) -> None:
    """The access line has the ids, the error line the reason and the address."""
    assert 502 == caddy.get("/down?token=hunter2secret", traceparent=TRACEPARENT)
    access = by_path(caddy.rows("access.json", 1, lambda row: row.url_path == "/down"), "/down")
    assert (TRACE, PARENT, 502) == (access.trace_id, access.parent_span_id, access.http_response_status_code)
    assert ("127.0.0.1", caddy.port, "") == (access.server_address, access.server_port, access.handler)
    assert 0 < access.duration_ns < 5_000_000_000
    error = caddy.rows("caddy.json", 1, lambda row: row.url_path == "/down")[-1]
    assert (access.connection_id, "GET", TRACE) == (
        error.connection_id,
        error.http_request_method,
        error.trace_id,
    )
    assert ("111", f"127.0.0.1:{caddy.dead_port}", 17) == (
        error.error_code,
        error.upstream_address,
        error.severity_number,
    )
    stored = tables_of([access, error])
    assert "hunter2secret" not in str([table.to_pylist() for table in stored.values()])


def test_caddy_says_whether_the_answer_came_from_behind_it_and_whether_it_was_whole(caddy) -> None:
    """A 5xx that was passed on is told from one that Caddy made; a body that broke off from a whole one."""
    assert 503 == caddy.get("/app/fail")
    assert 0 == caddy.get("/app/short")
    assert 200 == caddy.get("/own")
    rows = caddy.rows("access.json", 3, lambda row: row.url_path in {"/app/fail", "/app/short", "/own"})
    passed_on, short, own = (by_path(rows, path) for path in ("/app/fail", "/app/short", "/own"))
    assert ("reverse_proxy", True) == (passed_on.handler, passed_on.completed)
    assert (200, False) == (short.http_response_status_code, short.completed)
    assert ("", True) == (own.handler, own.completed)
    broke = caddy.rows("caddy.json", 1, lambda row: "incomplete response" in row.body)[-1]
    assert (short.trace_id, short.span_id) == (broke.trace_id, broke.span_id)
