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
