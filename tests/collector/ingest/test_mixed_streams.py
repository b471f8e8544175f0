"""Lines of several programs in one file: each record is read in its own format, and nothing is lost in silence."""

import duckdb

REFUSED = (
    "2026/05/01 10:00:0%d [error] 29#29: *1%d connect() failed (111: Connection refused) while connecting to upstream, "
    'client: 192.0.2.7, server: _, request: "GET /a%d HTTP/1.1", upstream: "http://10.1.0.5:8000/a%d", host: "shop"'
)
ANSWERED = '192.0.2.7 - - [01/May/2026:10:00:0%d +0000] "GET /a%d HTTP/1.1" 502 150 "-" "curl/8"'
TRACE = "Traceback (most recent call last):\n  File \"/srv/app.py\", line 3, in f\n    g()\nKeyError: 'x'"
FOUND = "select format, service_name, count(*) from (%s) group by all order by all"
ROWS = FOUND % (
    "select format, service_name from segment.data.logs union all select format, service_name from segment.data.access"
)


def rows(segment: object) -> list[tuple[object, ...]]:
    with duckdb.connect(str(segment), read_only=True) as connection:
        return connection.execute(ROWS.replace("segment.", "")).fetchall()


def test_access_and_error_lines_of_nginx_in_one_stream_are_both_read(ingest, tmp_path) -> None:
    path = tmp_path / "docker.log"
    path.write_text("".join(f"{REFUSED % (n, n, n, n)}\n{ANSWERED % (n, n)}\n" for n in range(5)))
    done = ingest(path)
    assert [("nginx_combined", "nginx", 5), ("nginx_error", "nginx", 5)] == rows(done.segment)
    assert "nginx_error, nginx_combined" in done.stderr
    assert 0 == done.status


def test_a_format_that_comes_late_is_read_too(ingest, tmp_path) -> None:
    path = tmp_path / "docker.log"
    path.write_text(f"{ANSWERED % (1, 1)}\n" * 100 + f"{REFUSED % (1, 1, 1, 1)}\n{ANSWERED % (1, 1)}\n")
    assert [("nginx_combined", "nginx", 101), ("nginx_error", "nginx", 1)] == rows(ingest(path).segment)


def test_the_access_lines_of_an_apps_own_server_stay_the_apps(ingest, tmp_path) -> None:
    path = tmp_path / "app.log"
    started = "[2026-05-01 10:00:00 +0000] [7] [INFO] Starting gunicorn 21.2.0\n"
    failed = f"[2026-05-01 10:00:01 +0000] [9] [ERROR] Error handling request /a1\n{TRACE}\n"
    path.write_text(started + failed + (ANSWERED % (1, 1)).replace(" 502 ", " 500 ") + "\n")
    assert {"python_server"} == {format_name for format_name, _, _ in rows(ingest(path).segment)}


def test_the_access_lines_of_puma_are_the_apps_too(ingest, tmp_path) -> None:
    """Of an app's output what went well is dropped."""
    path = tmp_path / "app.log"
    failed = (ANSWERED % (1, 1)).replace(" 502 ", " 500 ")
    path.write_text(f"Puma starting in single mode...\n{failed}\n{failed.replace(' 500 ', ' 200 ')}\n")
    done = ingest(path)
    assert [("own_access", "", 1), ("ruby_output", "", 1)] == rows(done.segment)
    assert "1 failures judged" in done.stderr


def test_passengers_lines_stand_in_nginxs_error_log(ingest, tmp_path) -> None:
    path = tmp_path / "error.log"
    told = "[ E 2026-05-01 10:00:01.1085 103764/Tn age/Cor/App/Implementation.cpp:221 ]: Could not spawn process for application /srv/shop: x"
    path.write_text(f"{REFUSED % (1, 1, 1, 1)}\n{told}\n  Error ID: 7152d353\n{REFUSED % (2, 2, 2, 2)}\n")
    assert [("nginx_error", "nginx", 2), ("passenger_log", "passenger", 1)] == rows(ingest(path).segment)


def test_what_apps_print_into_passengers_log_is_read_apart_for_each_process(ingest, tmp_path) -> None:
    path = tmp_path / "error.log"
    told = "[ N 2026-05-01 10:00:01.1085 103764/Tn age/Cor/CoreMain.cpp:1339 ]: Checking whether to disconnect"
    begun = 'I, [2026-05-01T10:00:02.000000 #71]  INFO -- : Started GET "/a" for 192.0.2.7 at 2026-05-01 10:00:02 +0000'
    fatal = "F, [2026-05-01T10:00:02.100000 #71] FATAL -- :   "
    rails = [begun, fatal, "IndexError (index 3 outside of array):", "  ", "app/orders.rb:1:in `create'"]
    python = ["GET /b", *TRACE.split("\n")]
    mixed = [
        line for a, b in zip(rails, python, strict=True) for line in (f"App 71 output: {a}", f"App 72 stderr: {b}")
    ]
    path.write_text("\n".join([REFUSED % (1, 1, 1, 1), told, *mixed, REFUSED % (2, 2, 2, 2)]) + "\n")
    done = ingest(path)
    assert "Passenger > " in done.stderr
    with duckdb.connect(str(done.segment), read_only=True) as connection:
        found = connection.execute("select type from data.exceptions order by all").fetchall()
    assert [("IndexError",), ("KeyError",)] == found


def test_the_time_around_an_access_line_is_that_of_its_end(ingest, tmp_path) -> None:
    path = tmp_path / "heroku.log"
    words = 'at=info method=GET path="/a" host=h.example fwd="192.0.2.4" dyno=web.1 connect=0ms service=2000ms status=500 bytes=1'
    path.write_text(f"2026-05-01T10:00:02.500000+00:00 heroku[router]: {words}\n")
    with duckdb.connect(str(ingest(path).segment), read_only=True) as connection:
        assert [("2026-05-01 10:00:00.5",)] == connection.execute(
            "select start_time::varchar from data.access"
        ).fetchall()


def test_an_entry_of_a_cloud_that_is_a_request_stays_whole(ingest, tmp_path) -> None:
    path = tmp_path / "lb.log"
    request = (
        '{"latency":"0.5s","requestMethod":"GET","requestUrl":"https://h.example/a","serverIp":"10.0.0.5","status":502}'
    )
    rest = '"insertId":"x","jsonPayload":{"statusDetails":"backend_timeout"},"resource":{"type":"http_load_balancer"}'
    path.write_text(f'{{"httpRequest":{request},{rest},"timestamp":"2026-05-01T10:00:00Z"}}\n')
    assert [("gcp_requests", "google-cloud", 1)] == rows(ingest(path).segment)


def test_containers_in_one_file_are_kept_apart_and_name_their_services(ingest, tmp_path) -> None:
    path = tmp_path / "compose.log"
    trace = ["ERROR:shop.cart:could not compute", *TRACE.split("\n")]
    lines = [
        part for n, words in enumerate(trace) for part in (f"app-1    | {words}", f"web-1    | {ANSWERED % (n, n)}")
    ]
    path.write_text("\n".join(lines) + "\n")
    done = ingest(path)
    assert [("nginx_combined", "nginx", 5), ("python_server", "app", 1)] == rows(done.segment)
    with duckdb.connect(str(done.segment), read_only=True) as connection:
        assert [("KeyError", "app")] == connection.execute("select type, service_name from exceptions").fetchall()


def test_a_wrappers_time_is_that_of_a_line_without_one(ingest, tmp_path) -> None:
    path = tmp_path / "cri.log"
    lines = ["ERROR:shop.cart:could not compute", *TRACE.split("\n")]
    path.write_text("".join(f"2026-05-01T10:00:0{n}.5Z stderr F {line}\n" for n, line in enumerate(lines)))
    with duckdb.connect(str(ingest(path).segment), read_only=True) as connection:
        assert [("2026-05-01 10:00:00.5",)] == connection.execute("select time::varchar from data.logs").fetchall()


def test_reading_a_wrapped_file_twice_adds_nothing(ingest, tmp_path) -> None:
    path = tmp_path / "compose.log"
    path.write_text("".join(f"web-1  | {REFUSED % (n, n, n, n)}\nweb-1  | {ANSWERED % (n, n)}\n" for n in range(5)))
    first = rows(ingest(path).segment)
    done = ingest(path)
    assert first == rows(done.segment)
    assert "10 known already" in done.stderr


def test_a_named_format_is_unwrapped_too(ingest, tmp_path) -> None:
    path = tmp_path / "x.log"
    path.write_text(f"web-1  | {ANSWERED % (1, 1)}\n")
    assert [("nginx_combined", "nginx", 1)] == rows(ingest(path, "--format", "nginx_combined").segment)


def test_what_is_refused_is_said_with_what_it_looks_like(ingest, tmp_path) -> None:
    path = tmp_path / "x.log"
    path.write_text('lvl=eror t=1 step=start cart="7"\n' * 3)
    done = ingest(path)
    assert "unknown format, skipped: it looks like logfmt" in done.stderr
    assert "not understood: lvl=" in done.stderr
    assert 1 == done.status


def test_a_file_that_says_nothing_beside_one_that_is_read_is_no_failure(ingest, tmp_path) -> None:
    unknown, known = tmp_path / "x.log", tmp_path / "y.log"
    unknown.write_text("hello\n")
    known.write_text(ANSWERED % (1, 1))
    assert 0 == ingest(unknown, known).status
    assert 1 == ingest(unknown, known, "--strict").status


CADDY = (
    'Aug 06 01:07:%02d box caddy[140]: {"level":"error","ts":17544352%02d.3469,"logger":"http.log.%s","msg":"%s",'
    '"request":{"remote_ip":"192.0.2.7","remote_port":"51120","proto":"HTTP/2.0","method":"GET","host":"shop","uri":"/a"},'
    '"duration":0.0003,"status":502}'
)


def test_caddys_lines_of_a_library_that_others_use_too_take_none_of_its_requests(ingest, tmp_path) -> None:
    """Its first lines name no logger, as those of any program that logs with zap."""
    path = tmp_path / "journal.txt"
    started = "Aug 06 01:06:00 box caddy[140]: "
    said = (
        '{"level":"info","ts":1754435160.1,"msg":"using config from file","file":"/etc/caddy/Caddyfile"}',
        '{"level":"info","ts":1754435160.2,"msg":"serving initial configuration"}',
    )
    dialing = "dialing backend: dial unix /run/fpm.sock: connect: permission denied"
    failed = [
        CADDY % (n, n, "error.log0", dialing) + "\n" + CADDY % (n, n, "access.log0", "handled request")
        for n in (34, 36)
    ]
    path.write_text("\n".join([*(started + line for line in said), *failed]) + "\n")
    done = ingest(path)
    assert [("caddy_access", "caddy", 6)] == rows(done.segment)
    with duckdb.connect(str(done.segment), read_only=True) as connection:
        found = connection.execute("select distinct process_pid from data.access").fetchall()
    assert [(140,)] == found


OWN = 'Sep 12 11:3%d:09 host1 gunicorn[18]: 192.0.2.7 - - [12/Sep/2023:11:3%d:09 -0500] "POST /new/ HTTP/1.1" %d 5 "-" "curl/8"'


def test_what_an_app_prints_after_many_access_lines_of_its_server_is_read_whole(ingest, tmp_path) -> None:
    """A stack trace behind more such lines than tell a stream's format; its dates without a year are of the access lines'."""
    path = tmp_path / "journal.txt"
    begun = [OWN % (n // 5, n // 5, 200) for n in range(30)]
    trace = [
        f"Sep 12 11:39:09 host1 gunicorn[18]: {line}" for line in ("Internal Server Error: /new/", *TRACE.split("\n"))
    ]
    path.write_text("\n".join([*begun, *trace, OWN % (9, 9, 500)]) + "\n")
    done = ingest(path)
    assert [("own_access", "gunicorn", 1), ("python_server", "gunicorn", 1)] == rows(done.segment)
    with duckdb.connect(str(done.segment), read_only=True) as connection:
        assert [("KeyError", 2023)] == connection.execute("select type, year(time) from data.exceptions").fetchall()


def test_what_a_ruby_app_prints_after_many_access_lines_of_its_server_is_read_too(ingest, tmp_path) -> None:
    path = tmp_path / "puma.log"
    line = '192.0.2.7 - - [12/Sep/2023:11:3%d:09 -0500] "GET /new HTTP/1.1" %d 5 0.1'
    raised = '2023-09-12 11:39:09 -0500 Rack app ("GET /new" - (192.0.2.7)): #<KeyError: key not found>\n/srv/app.rb:3:in `call\''
    path.write_text("\n".join([*(line % (n // 5, 200) for n in range(30)), raised, line % (9, 500)]) + "\n")
    with duckdb.connect(str(ingest(path).segment), read_only=True) as connection:
        assert [("KeyError",)] == connection.execute("select type from data.exceptions").fetchall()


def _of_rails(clock: str, pid: int, *said: str) -> str:
    begun = [f"I, [2026-05-01T10:00:0{clock} #{pid}]  INFO -- : {said[0]}"]
    return "\n".join([*begun, *said[1:]])


def test_requests_of_several_processes_that_lie_in_one_another_are_kept_apart(ingest, tmp_path) -> None:
    """Rails logs each line of a request by itself, and unicorn's workers share the file."""
    path = tmp_path / "production.log"
    asked = 'Started %s "%s" for 192.0.2.7 at 2026-05-01 10:00:01 +0000'
    lines = [
        _of_rails("1.1", 41, asked % ("GET", "/avatars")),
        _of_rails("1.2", 42, asked % ("POST", "/orders")),
        _of_rails("1.3", 43, asked % ("GET", "/items")),
        _of_rails("1.4", 41, "Could not reach the host: Net::OpenTimeout", "app/models/host.rb:3:in `get'"),
        _of_rails("1.5", 42, "Processing by OrdersController#create as HTML"),
        _of_rails("1.6", 41, "Completed 200 OK in 300ms"),
        _of_rails("1.7", 43, "Completed 500 Internal Server Error in 5ms"),
        _of_rails("1.8", 42, "Completed 500 Internal Server Error in 9ms"),
        _of_rails(
            "1.9", 43, "  ", "NoMethodError (undefined method `x' for nil:NilClass):", "  ", "app/items.rb:1:in `x'"
        ),
        _of_rails("2.0", 42, "  ", "KeyError (key not found: :a):", "  ", "app/orders.rb:1:in `create'"),
    ]
    path.write_text("\n".join(lines * 3) + "\n")
    with duckdb.connect(str(ingest(path).segment), read_only=True) as connection:
        found = connection.execute(
            "select process_pid, http_request_method, url_path, e.type, count(*) from data.logs as l "
            "join data.exceptions as e using (log_id) group by all order by all"
        ).fetchall()
    assert [(42, "POST", "/orders", "KeyError", 3), (43, "GET", "/items", "NoMethodError", 3)] == found


def test_a_stack_trace_below_a_line_of_no_loggers_known_form_stays_with_it(ingest, tmp_path) -> None:
    path = tmp_path / "app.log"
    line = "2026-05-01 10:00:0%d,118 WARNING [shop.cache:40][waitress-2] old"
    failed = f"2026-05-01 10:00:09,118 ERROR [exc_logger:114][waitress-1] 'http://shop/a'\n{TRACE}"
    path.write_text("\n".join([*(line % (n // 5) for n in range(30)), failed]) + "\n")
    done = ingest(path)
    with duckdb.connect(str(done.segment), read_only=True) as connection:
        assert [("KeyError", "/a")] == connection.execute(
            "select type, url_path from data.exceptions join data.logs using (log_id)"
        ).fetchall()
