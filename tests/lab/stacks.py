"""The apps of the lab, and what each is able to do and so to fail at."""

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CULPA = (sys.executable, "-m", "culpa.instrumentation.cli")
FRONTS = ("nginx", "apache", "caddy")
APPS = Path(__file__).parent / "apps"
NODE_MODULES = Path(__file__).parents[2] / ".cache" / "node" / "node_modules"


@dataclass(frozen=True)
class App:
    """One running app: its `service.name`, how it is served, its database, and its abilities."""

    name: str
    title: str
    #: `python`, `node`, `rails`, `laravel`, `go` or `java`: the folder below `apps` that holds it.
    kind: str
    #: The command, with `{port}` and `{python}`.
    serve: Sequence[str]
    #: `postgresql`, `mysql` or `sqlite`, as OpenTelemetry names them.
    system: str
    driver: str
    client: str
    abilities: frozenset[str]
    env: tuple[tuple[str, str], ...] = ()
    #: Its own logs, for the collector to follow: format, and path below the lab's folder.
    logs: tuple[tuple[str, str], ...] = ()
    #: What it speaks: `http` or `fastcgi`.
    scheme: str = "http"
    #: Programs that build it; where one is missing the app is left out, by name.
    tools: tuple[str, ...] = ()


def lacking(app: App) -> str:
    """Return the program that this machine lacks to build the app, '' if none."""
    return next((tool for tool in app.tools if shutil.which(tool) is None), "")


#: What every Python app is able to do, whatever its framework.
_PYTHON = {
    "runs-programs",
    "streams",
    "python",
    "outside",
    "redirects",
    "swells",
    "redis",
    "own",
    "errors",
    "retry",
    "files",
    "rlimit",
    "queue",
    "boot",
    "handler",
}
_SERVER_DATABASE = {"sql", "database-server", "transactions", "damaged"}


def _culpa_run(*command: str) -> tuple[str, ...]:
    return (*CULPA, "run", "--", sys.executable, "-m", *command)


_GUNICORN = (
    "gunicorn",
    "--bind",
    "127.0.0.1:{port}",
    "--keep-alive",
    "75",
    "--graceful-timeout",
    "1",
    "--no-control-socket",
)

SHOP = App(
    "shop", "FastAPI, uvicorn, psycopg, PostgreSQL", "python",
    _culpa_run("uvicorn", "labapp.fastapi_app:app", "--host", "127.0.0.1", "--port", "{port}", "--workers", "2",
               "--timeout-keep-alive", "300"),
    "postgresql", "psycopg", "httpx",
    frozenset({*_PYTHON, *_SERVER_DATABASE, "postgresql", "pool", "slow", "sleeps", "connect-2s", "event-loop", "validation", "uvicorn", "supervised"}),
)  # fmt: skip
CART = App(
    "cart", "Flask, gunicorn gthread, PyMySQL, MariaDB", "python",
    _culpa_run(*_GUNICORN, "--workers", "1", "--threads", "4", "-k", "gthread", "--timeout", "60", "labapp.flask_app:app"),
    "mysql", "pymysql", "requests",
    frozenset({*_PYTHON, *_SERVER_DATABASE, "mariadb", "pool", "slow", "sleeps", "threads-4", "gunicorn", "supervised"}),
)  # fmt: skip
DESK = App(
    "desk", "Flask, gunicorn sync, sqlite3, SQLite", "python",
    _culpa_run(*_GUNICORN, "--workers", "2", "--timeout", "60", "labapp.flask_app:app"),
    "sqlite", "sqlite3", "requests",
    frozenset({*_PYTHON, "sql", "sqlite", "slow", "workers-2", "gunicorn", "supervised"}),
)  # fmt: skip
BANK = App(
    "bank", "Django, gunicorn sync, psycopg, PostgreSQL", "python",
    _culpa_run(*_GUNICORN, "--workers", "2", "--timeout", "2", "labapp.django_app:app"),
    "postgresql", "django", "requests",
    frozenset({*_PYTHON, *_SERVER_DATABASE, "postgresql", "django", "worker-timeout", "gunicorn", "supervised"}),
    env=(("DJANGO_SETTINGS_MODULE", "labapp.django_settings"),),
)  # fmt: skip
PYTHON = (SHOP, CART, DESK, BANK)
_NODE = {"runs-programs", "own", "errors", "outside", "redirects", "redis", "retry", "files", "queue", "boot", "node"}
TILL = App(
    "till", "Express, pg, PostgreSQL", "node", ("node", "app.js"), "postgresql", "pg", "fetch",
    frozenset({*_NODE, *_SERVER_DATABASE, "postgresql", "pool", "slow", "sleeps", "connect-2s", "event-loop"}),
    env=(
        ("NODE_PATH", str(NODE_MODULES)),
        ("NODE_OPTIONS", f"--require {NODE_MODULES}/@opentelemetry/auto-instrumentations-node/build/src/register.js"),
        ("NODE_ENV", "production"),
        ("OTEL_TRACES_EXPORTER", "otlp"),
        ("OTEL_LOGS_EXPORTER", "otlp"),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("OTEL_SEMCONV_STABILITY_OPT_IN", "http,database"),
        ("OTEL_NODE_DISABLED_INSTRUMENTATIONS", "fs,dns,net"),
    ),
    logs=(("node_output", "logs/till.log"),),
)  # fmt: skip
_RUBY = {"runs-programs", "own", "errors", "outside", "retry", "files", "handler", "boot", "rails"}
DEPOT = App(
    "depot", "Rails, puma, PostgreSQL", "rails",
    ("puma", "-C", "config/puma.rb"),
    "postgresql", "pg", "net/http",
    frozenset({*_RUBY, *_SERVER_DATABASE, "postgresql", "pool", "slow", "sleeps"}),
    env=(("RAILS_ENV", "production"),),
    logs=(("rails_log", "depot/log/production.log"), ("ruby_output", "logs/depot.log")),
)  # fmt: skip
_PHP = {"own", "errors", "outside", "redirects", "retry", "files", "handler", "laravel", "boot", "php"}
MARKET = App(
    "market", "Laravel, PHP-FPM, PostgreSQL", "laravel", ("{php_fpm}", "-F", "-R", "-y", "pool.conf"),
    "postgresql", "pdo", "guzzle",
    frozenset({*_PHP, *_SERVER_DATABASE, "postgresql", "slow", "sleeps", "workers-2", "supervised"}),
    logs=(
        ("php_fpm_log", "logs/php-fpm.log"),
        ("php_fpm_access", "logs/php-fpm-culpa-access.log"),
        ("php_fpm_slow", "logs/php-fpm-slow.log"),
        ("php_errors", "logs/php-errors.log"),
        ("laravel_json", "market/storage/logs/culpa.json"),
    ),
    scheme="fastcgi",
)  # fmt: skip
_GO = {"runs-programs", "own", "errors", "outside", "redirects", "redis", "retry", "files", "go"}
MILL = App(
    "mill", "Go, net/http, gRPC, pgx, PostgreSQL", "go", ("./mill",), "postgresql", "pgx", "net/http",
    frozenset({*_GO, *_SERVER_DATABASE, "postgresql", "pool", "slow", "sleeps", "connect-2s"}),
    env=(("OTEL_TRACES_SAMPLER", "always_on"),),
    tools=("go",),
)  # fmt: skip
_JAVA = {"runs-programs", "own", "errors", "outside", "redirects", "redis", "retry", "files", "handler", "java"}
#: One after the other would do, but both must be up at once: the heaps are small.
_JVM = (
    "sh", "-c", ". ./culpa.sh; exec java -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -jar forge.jar",
)  # fmt: skip
FORGE = App(
    "forge", "Spring Boot, HikariCP, RestClient, PostgreSQL", "java", _JVM, "postgresql", "jdbc", "restclient",
    frozenset({*_JAVA, *_SERVER_DATABASE, "postgresql", "pool", "slow", "sleeps", "connect-2s", "absolute-urls"}),
    tools=("java", "mvn"),
)  # fmt: skip
YARD = App(
    "yard", "Spring Boot, HikariCP, WebClient, MariaDB", "java", _JVM, "mysql", "jdbc", "webclient",
    # WebClient follows no redirects by itself, and takes an address without a scheme for a host's name.
    frozenset({*_JAVA - {"redirects"}, *_SERVER_DATABASE, "mariadb", "pool", "slow", "sleeps"}),
    tools=("java", "mvn"),
)  # fmt: skip
ALL = (*PYTHON, TILL, DEPOT, MARKET, MILL, FORGE, YARD)
#: The apps of the part that is a test.
QUICK = (SHOP, CART, DESK)
