"""Lines as servers and loggers also write them: patched, renamed, configured otherwise."""

import pytest

from culpa.collector.formats import LogRow, Record, Row, Source, by_name, mixture
from culpa.collector.formats._python_lines import request_of, said

_AT = "2026/05/01 10:00:03"


def row_of(format_name: str, text: str) -> Row | None:
    """Read one record."""
    return by_name(format_name).read(Record(text, 0, len(text), 1), Source("x.log"))


@pytest.mark.parametrize(
    "prefix",
    [
        "ERROR ",
        "10:00:03 ERROR django.request: ",
        "1777629603.123 ERROR django.request ",
        "[10:00:03] ERROR    ",
        "django.request - ERROR - ",
        "\x1b[31mERROR   \x1b[0m \x1b[34m",
    ],
)
@pytest.mark.parametrize(
    "sentence",
    ["Internal Server Error: /cart/7", "Exception while serving /cart/7", "Uncaught exception GET /cart/7 (10.0.0.9)"],
)
def test_a_framework_s_sentence_is_found_behind_any_prefix_with_a_level(prefix: str, sentence: str) -> None:
    found = said(prefix + sentence)
    assert found
    assert ("ERROR", sentence) == (found.level, found.message)
    row = row_of("python_server", prefix + sentence)
    assert isinstance(row, LogRow)
    assert ("request.failed", "/cart/7") == (row.event_name, row.url_path)


def test_a_sentence_without_a_level_before_it_is_the_words_of_an_app() -> None:
    assert said("the page said Internal Server Error: /cart/7") is None


def test_tornado_s_line_of_a_request_is_one() -> None:
    found = request_of("[E 260501 10:00:03 web:2344] 500 GET /cart/7 (10.0.0.9) 1.23ms")
    assert found
    assert ("GET", "/cart/7", 500, "10.0.0.9") == (found.method, found.target, found.status, found.client)


def test_sanic_names_the_request_by_its_whole_address() -> None:
    row = row_of(
        "python_server",
        "[2026-05-01 10:00:03 +0000] [7] [ERROR] Exception occurred while handling uri: 'http://x/cart/7'",
    )
    assert isinstance(row, LogRow)
    assert ("request.failed", "/cart/7") == (row.event_name, row.url_path)


def test_what_a_patched_nginx_adds_hides_nothing() -> None:
    row = row_of(
        "nginx_error",
        f"{_AT} [error] 71#0: *9 connect() failed (111: Connection refused) while connecting to upstream, client: 10.0.0.9,"
        ' server: kong, request: "GET /cart/7 HTTP/1.1", upstream: "http://10.0.0.5:8000/7", host: "shop", request_id: "4f"',
    )
    assert isinstance(row, LogRow)
    assert ("/cart/7", True) == (row.url_path, "10.0.0.5:8000" in "".join(map(str, row.attr_vals)))


def test_an_ingress_without_an_endpoint_says_so() -> None:
    line = '10.0.0.9 - - [01/May/2026:10:00:03 +0000] "GET /a HTTP/1.1" 503 190 "-" "curl" 81 0.000 [shop-a-80] [] - - - - -'
    row = row_of("ingress_nginx", line)
    assert row
    assert "ingress-nginx 503 without an endpoint" in row.attr_vals
    forwarded = row_of("ingress_nginx", line.replace("- - - - -", "10.1.0.5:80 0 0.001 503 -"))
    assert forwarded
    assert "gateway.reason" not in forwarded.attr_keys


def test_cloud_run_gives_its_reason_in_a_sentence() -> None:
    row = row_of(
        "gcp_requests",
        '{"httpRequest":{"requestMethod":"GET","requestUrl":"https://x/a","status":503},"textPayload":"The request failed."}',
    )
    assert row
    assert "GCP The request failed." in row.attr_vals


def test_quotes_in_the_words_of_lograge_end_nothing() -> None:
    row = row_of(
        "rails_log",
        "method=GET path=/a format=json controller=A action=b status=500 error='NoMethodError: undefined method `price'"
        " for nil' duration=31.20",
    )
    assert isinstance(row, LogRow)
    assert "undefined method `price' for nil" == row.exception_message


@pytest.mark.parametrize("unit", ["31ms", "1.2s", "31ms (compile: 5ms, render: 26ms)"])
def test_next_s_line_of_a_request_is_read(unit: str) -> None:
    row = row_of("morgan_log", f" GET /cart/7 500 in {unit}")
    assert isinstance(row, LogRow)
    assert "/cart/7" == row.url_path


def test_a_stack_beside_request_lines_is_node_s() -> None:
    lines = ["TypeError: no price", "    at total (/srv/shop/cart.js:14:22)", "GET /cart/7 500 12.345 ms - 1155"]
    found = mixture("o.log", lines)
    assert found
    assert ("node_output", "morgan_log") == found.names
    assert "node_output" == found.fallback.name


@pytest.mark.parametrize(
    ("name", "format_name"),
    [
        ("localhost_access_log.2026-05-01.txt", "own_access"),
        ("2026_05_01.request.log", "own_access"),
        ("access.log", "nginx_combined"),
    ],
)
def test_a_file_is_named_by_the_server_that_writes_it(name: str, format_name: str) -> None:
    found = mixture(name, ['10.0.0.9 - - [01/May/2026:10:00:03 +0000] "GET /cart/7 HTTP/1.1" 500 732 "-" "curl"'])
    assert found
    assert (format_name,) == found.names


def test_a_warning_that_scripts_give_up_after_is_an_exception() -> None:
    words = "PHP Warning:  mysqli_real_connect(): (HY000/2002): Connection refused in /srv/wp-db.php on line 1987"
    row = row_of("php_errors", f"[01-May-2026 10:00:03 UTC] {words}")
    assert isinstance(row, LogRow)
    assert ("Warning", 17) == (row.exception_type, row.severity_number)
    other = row_of(
        "php_errors", "[01-May-2026 10:00:03 UTC] PHP Warning:  Undefined array key 7 in /srv/a.php on line 2"
    )
    assert isinstance(other, LogRow)
    assert "" == other.exception_type
