"""Debian's Laravel in PHP-FPM behind nginx, set up with three snippets: the collector names what failed."""

import re
import secrets
import shutil
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from culpa.instrumentation.snippets import code, snippet

NGINX = """
daemon off; pid @folder@/nginx.pid; error_log @folder@/error.log;
events {}
http {
    client_body_temp_path @folder@/b; proxy_temp_path @folder@/p; fastcgi_temp_path @folder@/f;
    uwsgi_temp_path @folder@/u; scgi_temp_path @folder@/s;
    include @folder@/culpa.conf;
    server {
        listen 127.0.0.1:@port@;
        location / {
            fastcgi_pass 127.0.0.1:@fpm@;
            fastcgi_param SCRIPT_FILENAME @app@/public/index.php;
            fastcgi_param REQUEST_METHOD $request_method; fastcgi_param REQUEST_URI $request_uri;
            fastcgi_param QUERY_STRING $query_string; fastcgi_param SERVER_NAME $host; fastcgi_param SERVER_PORT $server_port;
            @traced@
        }
    }
    server {
        listen 127.0.0.1:@bare@;
        location / {
            fastcgi_pass 127.0.0.1:@fpm@;
            fastcgi_param SCRIPT_FILENAME @app@/public/index.php;
            fastcgi_param REQUEST_METHOD $request_method; fastcgi_param REQUEST_URI $request_uri;
            fastcgi_param QUERY_STRING $query_string; fastcgi_param SERVER_NAME $host; fastcgi_param SERVER_PORT $server_port;
            @traced@
            fastcgi_param SHOP_BARE 1;
        }
    }
}
"""
POOL = """
[global]
error_log = @folder@/php8.2-fpm.log
[www]
user = nobody
group = nogroup
listen = 127.0.0.1:@fpm@
pm = static
pm.max_children = 2
env[SHOP_DB_PORT] = @db@
env[SHOP_DEAD_PORT] = @dead@
env[SHOP_PAYMENTS] = http://127.0.0.1:@payments@
php_admin_value[memory_limit] = 64M
php_admin_value[sys_temp_dir] = @folder@
"""


def filled(text: str, words: dict[str, Any]) -> str:
    return re.sub(r"@(\w+)@", lambda found: str(words[found[1]]), text)


def the_app(apps: Path, folder: Path) -> None:
    """Copy the app and put the pieces of the snippet where they say."""
    listen, context, channel = re.split(r"(?m)^// \d\. ", snippet("laravel"))[1:]
    pieces = {"listen": listen, "context": context, "channel": channel}
    shutil.copytree(apps / "laravel", folder)
    for path in (folder / "bootstrap" / "app.php", folder / "config" / "logging.php"):
        text = re.sub(r"/\* @(\w+)@ \*/", lambda found: "// " + pieces[found[1]], path.read_text())
        path.write_text(text)
    for name in ("storage/logs", "storage/framework/views", "bootstrap/cache"):
        (folder / name).mkdir(parents=True)
    (folder / "storage" / "broken.php").write_text("<?php return (1;")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)


def php_fpm() -> str:
    """Return PHP-FPM, whose name ends with PHP's version."""
    found = sorted(Path("/usr/sbin").glob("php-fpm[0-9]*"))
    assert found, "PHP-FPM is not installed: apt-get install php-fpm"
    return str(found[-1])


@pytest.fixture(scope="module")
def laravel(
    crew: Any, apps: Path, new_port: Any, find: Any, nobody: Any, postgres: Any, collector: Any, payments: int
) -> dict[str, Any]:
    """Run it in PHP-FPM behind nginx."""
    if not Path("/usr/share/php/Illuminate/autoload.php").exists():
        pytest.skip("Laravel is not there: Debian's php-laravel-framework")
    folder = crew.folder / "laravel"
    folder.mkdir()
    nobody(folder)
    the_app(apps, folder / "app")
    words = {
        "folder": folder, "app": folder / "app", "port": new_port(), "bare": new_port(), "fpm": new_port(), "dead": new_port(),
        "db": postgres.port, "payments": payments, "host": socket.gethostname(),
        "traced": "\n".join(re.findall(r"fastcgi_param HTTP_\w+ \$\w+;", snippet("nginx"))),
    }  # fmt: skip
    (folder / "culpa.php").write_text(code("php"))
    (folder / "culpa.php").chmod(0o644)
    pool = snippet(
        "php", logs=str(folder), collector=collector.url, service="php-shop", code_path=str(folder / "culpa.php")
    )
    (folder / "fpm.conf").write_text(filled(POOL, words) + pool)
    (folder / "culpa.conf").write_text(snippet("nginx", logs=str(folder)))
    (folder / "nginx.conf").write_text(filled(NGINX, words))
    crew.start([php_fpm(), "-F", "-R", "-y", str(folder / "fpm.conf")], words["fpm"])
    crew.start(
        [find("nginx", "nginx-light"), "-e", "stderr", "-c", str(folder / "nginx.conf"), "-g", "user root;"],
        words["port"],
    )
    return words


CASES = {
    "drift": ("config.schema_drift", "php-shop"),
    "unique": ("app.constraint_violation", "php-shop"),
    "timeout": ("database.timeout", "postgresql://127.0.0.1:{db}/shop"),
    "upstream": ("upstream.error_response", "http://127.0.0.1:{payments}"),
    "circle": ("upstream.error_response", "http://127.0.0.1:{payments}"),
    "refused": ("upstream.unreachable", "http://127.0.0.1:{dead}"),
    "down": ("database.unreachable", "postgresql://127.0.0.1:{dead}/shop"),
    "keyless": ("config.bad_credentials", "php-shop"),
    "cause": ("app.unhandled_exception", "php-shop"),
    "boot": ("config.missing_setting", "php-shop"),
    "lost": ("database.crashed", "postgresql://127.0.0.1:{db}/shop"),
    "parse": ("app.import_error", "php-shop"),
    "abort": ("app.error_response", "php-shop"),
    "memory": ("host.memory_exhausted", "host:{host}"),
}


@pytest.fixture(scope="module", params=["port", "bare"], ids=["listening", "unchanged"])
def verdicts(request: Any, laravel: dict[str, Any], fail_all: Any) -> dict[str, Any]:
    """Let a request fail of each fault and return the verdicts; with the app's three changes and without the first."""
    found: dict[str, Any] = fail_all(laravel[request.param], {fault: f"/fail/{fault}" for fault in CASES})
    return found


@pytest.mark.parametrize("fault", CASES)
def test_a_failing_laravel_request_gets_the_right_verdict(
    verdicts: dict[str, Any], laravel: dict[str, Any], fault: str
) -> None:
    """From what the prepended file sends alone."""
    cause, component = CASES[fault]
    verdict = verdicts[fault]
    assert (cause, component.format(**laravel)) == (verdict["cause"], verdict["component"])
    # What fails before the router has no route.
    route = "" if fault == "boot" else "/fail/{fault}"
    assert (route, "php-shop", "GET") == (verdict["route"], verdict["service"], verdict["method"])


def test_three_logs_tell_the_trace_of_a_failure(laravel: dict[str, Any], ask: Any, row_of: Any) -> None:
    """Nginx's, PHP-FPM's and Laravel's own; the customer's data is in none of the spans."""
    trace, folder = "7" * 32, laravel["folder"]
    assert 500 == ask(laravel["port"], "/fail/unique", traceparent=f"00-{trace}-{'1' * 16}-01")[0]
    logs = {
        "nginx_access": folder / "culpa-access.log",
        "php_fpm_access": folder / "php-fpm-culpa-access.log",
        "laravel_json": folder / "app" / "storage" / "logs" / "culpa.json",
    }
    for format_name, log in logs.items():
        row_of(log, format_name, lambda row: row.trace_id == trace)


def test_a_slow_script_leaves_its_stack_in_the_slow_log(laravel: dict[str, Any], ask: Any, row_of: Any) -> None:
    """After two seconds."""
    assert 200 == ask(laravel["port"], "/slow")[0]
    row = row_of(laravel["folder"] / "php-fpm-slow.log", "php_fpm_slow", lambda row: True)
    assert "worker.slow" == row.event_name


def test_queries_and_outgoing_requests_are_spans_without_values(
    laravel: dict[str, Any], verdicts: dict[str, Any], ask: Any, collector: Any
) -> None:
    """What customers wrote leaves the process in no span or exception."""
    trace = secrets.token_hex(16)
    assert (200, "1") == ask(laravel["port"], "/ok", traceparent=f"00-{trace}-{'1' * 16}-01")[:2]
    question = f"select db_query_text from spans where trace_id = '{trace}' and db_system_name = 'postgresql'"
    deadline = time.monotonic() + 10
    while not (spans := collector.ask("sql", question)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert [{"db_query_text": 'select count(*) as aggregate from "orders"'}] == spans
    for relation in ("spans", "exceptions"):
        leaks = f"select count(*) as leaks from {relation} as r where cast(r as varchar) like '%eve@%'"
        assert [{"leaks": 0}] == collector.ask("sql", leaks)


def test_a_database_s_exception_without_a_statement_has_a_span_with_its_address(
    laravel: dict[str, Any], ask: Any, collector: Any
) -> None:
    """Laravel rolls back on a connection that is gone, and that is what it reports."""
    trace = "6" * 32
    assert 500 == ask(laravel["port"], "/fail/lost", traceparent=f"00-{trace}-{'1' * 16}-01")[0]
    question = (
        "select db_namespace, server_address, server_port, error_type from spans "
        f"where trace_id = '{trace}' and db_system_name = 'postgresql' and status_code = 2"
    )
    deadline = time.monotonic() + 10
    while not (spans := collector.ask("sql", question)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert [
        {
            "db_namespace": "shop", "server_address": "127.0.0.1", "server_port": laravel["db"],
            "error_type": "PDOException",
        }
    ] == spans  # fmt: skip


@pytest.mark.parametrize(("path", "file"), [("/fail/parse", "broken.php"), ("/fail/syntax", "app.php")])
def test_code_that_cannot_be_parsed_is_a_parse_error(
    laravel: dict[str, Any], ask: Any, collector: Any, path: str, file: str
) -> None:
    """Behind the framework's handlers and before them."""
    trace = secrets.token_hex(16)
    assert 500 == ask(laravel["port"], path, traceparent=f"00-{trace}-{'1' * 16}-01")[0]
    question = f"select type, code_file_path from exceptions where trace_id = '{trace}'"
    deadline = time.monotonic() + 10
    while not (found := collector.ask("sql", question)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert [("ParseError", file)] == [(row["type"], Path(row["code_file_path"]).name[: len(file)]) for row in found]
