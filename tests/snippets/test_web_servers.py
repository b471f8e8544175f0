"""The web servers accept their snippets as printed, and the collector's formats read what they then write."""

import hashlib
import http.server
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from culpa.instrumentation.snippets import snippet

MODULES = "/usr/lib/apache2/modules"


class App:
    """A server behind the web server: /fail answers 503; keeps the headers that it was sent."""

    def __init__(self) -> None:
        """Serve on a free port."""
        self.asked: list[dict[str, str]] = []
        asked = self.asked

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append({key.lower(): value for key, value in self.headers.items()})
                self.send_response(503 if "fail" in self.path else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def traceparent(self) -> str:
        """Return what the last request said of its trace."""
        return self.asked[-1].get("traceparent", "")


@pytest.fixture(scope="module")
def app() -> Iterator[App]:
    """Serve one."""
    served = App()
    yield served
    served.server.shutdown()
    served.server.server_close()


@pytest.fixture(scope="module")
def place(crew: Any, new_port: Any, app: App) -> dict[str, Any]:
    """Say where things are."""
    return {"folder": crew.folder, "app": app.server.server_port, "dead": new_port(), "modules": MODULES}


def write(path: Path, text: str, words: dict[str, Any]) -> str:
    for word, value in words.items():
        text = text.replace(f"@{word}@", str(value))
    path.write_text(text)
    return str(path)


@pytest.fixture(scope="module")
def nginx(crew: Any, new_port: Any, find: Any, place: dict[str, Any]) -> int:
    """Run nginx as Debian sets it up: conf.d/*.conf inside http, sites beside it."""
    port, folder = new_port(), crew.folder
    (folder / "conf.d").mkdir()
    (folder / "conf.d" / "culpa.conf").write_text(snippet("nginx", logs=str(folder)))
    (folder / "culpa-page.conf").write_text(snippet("nginx-page"))
    main = write(
        folder / "nginx.conf",
        """
        daemon off; pid @folder@/nginx.pid; error_log @folder@/error.log;
        events {}
        http {
            client_body_temp_path @folder@/b; proxy_temp_path @folder@/p; fastcgi_temp_path @folder@/f;
            uwsgi_temp_path @folder@/u; scgi_temp_path @folder@/s;
            include @folder@/conf.d/*.conf;
            access_log @folder@/access.log;
            server {
                listen 127.0.0.1:@port@;
                include @folder@/culpa-page.conf;
                location / { proxy_pass http://127.0.0.1:@app@; }
                location /down { proxy_pass http://127.0.0.1:@dead@; }
                location /own { return 500; }
            }
        }
        """,
        place | {"port": port},
    )
    crew.start([find("nginx", "nginx-light"), "-e", "stderr", "-c", main], port)
    return port


def test_nginx_continues_the_caller_s_trace_and_has_it_sampled(
    nginx: int, app: App, place: dict[str, Any], ask: Any, row_of: Any, caller: Any
) -> None:
    """The access line has the ids, and the app's parent is nginx's span."""
    trace, parent, traceparent = caller
    assert 503 == ask(nginx, "/fail", traceparent=traceparent)[0]
    row = row_of(place["folder"] / "culpa-access.log", "nginx_access", lambda row: row.trace_id == trace)
    assert (503, "/fail", parent, "503") == (
        row.http_response_status_code, row.url_path, row.parent_span_id, row.upstream_status,
    )  # fmt: skip
    assert f"00-{trace}-{row.span_id}-01" == app.traceparent
    assert trace == app.asked[-1]["x-request-id"]


@pytest.mark.parametrize(
    "useless",
    ["", "rubbish", f"00-{'0' * 32}-{'1' * 16}-01", f"00-{'1' * 32}-{'0' * 16}-01", f"00-{'A' * 32}-{'1' * 16}-01"],
)
def test_nginx_begins_a_trace_where_there_is_no_valid_one(
    nginx: int, app: App, place: dict[str, Any], ask: Any, row_of: Any, useless: str
) -> None:
    """Also where the app was never reached."""
    path = f"/down/{hashlib.md5(useless.encode()).hexdigest()}"
    assert 502 == ask(nginx, path, traceparent=useless)[0]
    row = row_of(place["folder"] / "culpa-access.log", "nginx_access", lambda row: row.url_path == path)
    assert (row.request_id, row.request_id[16:], "") == (row.trace_id, row.span_id, row.parent_span_id)
    error = row_of(place["folder"] / "error.log", "nginx_error", lambda row: row.url_path == path)
    assert (row.process_pid, row.connection_id) == (error.process_pid, error.connection_id)


def test_nginx_gives_an_id_to_what_it_answers_itself(nginx: int, place: dict[str, Any], ask: Any, row_of: Any) -> None:
    """`return 500` has no upstream and a trace all the same."""
    assert 500 == ask(nginx, "/own")[0]
    row = row_of(place["folder"] / "culpa-access.log", "nginx_access", lambda row: row.url_path == "/own")
    assert ("", 32) == (row.upstream_status, len(row.trace_id))


@pytest.fixture(scope="module")
def apache(crew: Any, new_port: Any, find: Any, place: dict[str, Any]) -> int:
    """Run Apache with a virtual host that has logs of its own."""
    port, folder = new_port(), crew.folder / "apache"
    (folder / "html" / "bad").mkdir(parents=True)
    (folder / "html" / "bad" / ".htaccess").write_text("NoSuchDirective on\n")
    (folder / "culpa.conf").write_text(snippet("apache", logs=str(folder)) + snippet("apache-page"))
    modules = ["mpm_event", "authz_core", "unique_id", "setenvif", "headers", "env", "proxy", "proxy_http"]
    main = write(
        folder / "apache2.conf",
        "\n".join(f"LoadModule {name}_module @modules@/mod_{name}.so" for name in modules)
        + """
        ServerRoot @folder@
        ServerName shop.test
        Listen 127.0.0.1:@port@
        PidFile @folder@/httpd.pid
        Mutex file:@folder@ default
        DefaultRuntimeDir @folder@
        ErrorLog @folder@/main-error.log
        StartServers 1
        ServerLimit 1
        ThreadsPerChild 5
        MaxRequestWorkers 5
        Include @folder@/culpa.conf
        <VirtualHost *:@port@>
            ErrorLog @folder@/error.log
            CustomLog @folder@/access.log "%h %r %>s"
            DocumentRoot @folder@/html
            <Directory @folder@/html>
                AllowOverride All
                Require all granted
            </Directory>
            ProxyPass /bad !
            ProxyPass /down http://127.0.0.1:@dead@/
            ProxyPass / http://127.0.0.1:@app@/
        </VirtualHost>
        """,
        place | {"port": port, "folder": folder},
    )
    crew.start([find("apache2", "apache2-bin"), "-f", main, "-DFOREGROUND"], port)
    return port


def test_apache_continues_the_caller_s_trace_and_has_it_sampled(
    apache: int, app: App, place: dict[str, Any], ask: Any, row_of: Any, caller: Any
) -> None:
    """Also in a virtual host that has an access log of its own."""
    trace, parent, traceparent = caller
    status, _, headers = ask(apache, "/fail?x=1", traceparent=traceparent)
    assert (503, False) == (status, "Vary" in headers)
    log = place["folder"] / "apache" / "culpa-access.log"
    row = row_of(log, "apache_access", lambda row: row.trace_id == trace)
    assert (503, "/fail", parent, "503") == (
        row.http_response_status_code, row.url_path, row.parent_span_id, row.upstream_status,
    )  # fmt: skip
    assert f"00-{trace}-{row.span_id}-01" == app.traceparent
    assert trace == app.asked[-1]["x-request-id"]
    # Neither the path nor the query there: both may hold what is nobody's business.
    assert (
        f"http://127.0.0.1:{place['app']}"
        == dict(zip(row.attr_keys, row.attr_vals, strict=True))["apache.passed_on_to"]
    )


def test_apache_s_error_lines_bear_the_trace_of_the_request(
    apache: int, place: dict[str, Any], ask: Any, row_of: Any
) -> None:
    """Where the app is down, and where the request failed before any expression ran."""
    folder = place["folder"] / "apache"
    assert (503, 500) == (ask(apache, "/down/x")[0], ask(apache, "/bad/x.html")[0])
    for path, words in (("/down/x", "failed to make connection to backend"), ("/bad/x.html", "NoSuchDirective")):
        row = row_of(folder / "culpa-access.log", "apache_access", lambda row, path=path: row.url_path == path)
        error = row_of(folder / "error.log", "apache_error", lambda row, words=words: words in row.body)
        assert (hashlib.md5(row.request_id.encode()).hexdigest(), row.trace_id) == (row.trace_id, error.trace_id)


@pytest.fixture(scope="module")
def caddies(crew: Any, new_port: Any, place: dict[str, Any], collector: Any) -> tuple[int, int]:
    """Run Caddy with a site that imports the snippet, and one that has the page for errors, too."""
    port, page, folder = new_port(), new_port(), crew.folder / "caddy"
    folder.mkdir()
    text = snippet("caddy", logs=str(folder), collector=collector.url)
    options = f"{{\n\tadmin off\n\tauto_https off\n\tpersist_config off\n\tstorage file_system {folder}/storage\n"
    main = write(
        folder / "Caddyfile",
        text.replace("{\n", options, 1)
        + snippet("caddy-page")
        + """
http://127.0.0.1:@port@ {
	import culpa
	handle /down/* {
		reverse_proxy 127.0.0.1:@dead@
	}
	handle {
		reverse_proxy 127.0.0.1:@app@
	}
}
http://127.0.0.1:@page@ {
	import culpa
	import culpa-page
	reverse_proxy /down/* 127.0.0.1:@dead@
	reverse_proxy 127.0.0.1:@app@
}
""",
        place | {"port": port, "page": page},
    )
    told = re.findall(r"(OTEL_\w+)=(\S+)", text)
    environ = dict(os.environ) | dict(told) | {"HOME": str(folder)}
    crew.start([str(Path(sys.executable).parent / "caddy"), "run", "--config", main], port, env=environ)
    return port, page


@pytest.fixture(scope="module")
def caddy(caddies: tuple[int, int]) -> int:
    """Say where the site is."""
    return caddies[0]


@pytest.fixture(scope="module")
def caddy_page(caddies: tuple[int, int]) -> int:
    """Say where the site with the page is."""
    return caddies[1]


def test_caddy_s_lines_bear_the_caller_s_trace_and_its_spans_arrive(
    caddy: int, place: dict[str, Any], ask: Any, row_of: Any, caller: Any, collector: Any
) -> None:
    """The access line has the ids and the address, the error line the reason, the collector the span."""
    trace, parent, traceparent = caller
    assert 502 == ask(caddy, "/down/x", traceparent=traceparent)[0]
    folder = place["folder"] / "caddy"
    row = row_of(folder / "culpa-access.log", "caddy_access", lambda row: row.trace_id == trace)
    assert (502, parent, f"127.0.0.1:{place['dead']}") == (
        row.http_response_status_code, row.parent_span_id, row.upstream_address,
    )  # fmt: skip
    error = row_of(folder / "culpa-error.log", "caddy_access", lambda row: row.url_path == "/down/x")
    assert (row.connection_id, "111") == (error.connection_id, error.error_code)
    question = f"select service_name from spans where trace_id = '{trace}'"
    deadline = time.monotonic() + 15
    while not (spans := collector.ask("sql", question)) and time.monotonic() < deadline:
        time.sleep(0.3)
    assert [{"service_name": "caddy"}] == spans


@pytest.mark.parametrize(("server", "log"), [("nginx", ""), ("apache", "apache"), ("caddy_page", "caddy")])
def test_an_error_page_shows_the_id_under_which_the_request_is_found(
    server: str, log: str, place: dict[str, Any], ask: Any, row_of: Any, request: Any
) -> None:
    """The status stays, the page has the id that the access line has; what the app answers itself stays as it is."""
    port = request.getfixturevalue(server)
    path = f"/down/page-{server}"
    status, page, headers = ask(port, path)
    row = row_of(
        place["folder"] / log / "culpa-access.log",
        f"{server.removesuffix('_page')}_access",
        lambda row: row.url_path == path,
    )
    assert (row.http_response_status_code, True) == (status, status in (502, 503))
    assert f"please quote <code>{row.trace_id}</code>" in page and 32 == len(row.trace_id)
    assert "text/html" in headers["Content-Type"]
    hostile = ask(port, path, traceparent="00-<script>alert(1)</script>-1111111111111111-01")[1]
    assert "script" not in hostile and "please quote <code>" in hostile
    assert (503, "") == ask(port, "/fail")[:2]
