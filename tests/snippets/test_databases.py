"""The databases accept their snippets as printed, and the collector's formats read what they then write."""

import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import pytest

from culpa.instrumentation.snippets import code, snippet

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
COMMENT = f"/*traceparent='00-{TRACE}-{SPAN}-01'*/"


def fail(port: int, statement: str, user: str = "shop", password: str = "") -> str:
    """Let a statement fail; return the SQLSTATE."""
    conninfo = f"host=127.0.0.1 port={port} user={user} password={password} dbname=shop"
    try:
        with psycopg.connect(conninfo, autocommit=True) as shop:
            shop.execute(statement.encode())
    except psycopg.Error as error:
        return error.sqlstate or ""
    return ""


def test_postgresql_s_lines_tell_the_code_and_the_trace(postgres: Any, row_of: Any) -> None:
    """With the statement that failed, and without any parameter's value."""
    assert "42P01" == fail(postgres.port, f"select * from reviews {COMMENT}")
    row = row_of(postgres.logs, "postgresql_stderr", lambda row: row.trace_id == TRACE)
    assert ("42P01", SPAN, "query.failed") == (row.error_code, row.span_id, row.event_name)
    attributes = dict(zip(row.attr_keys, row.attr_vals, strict=True))
    assert ("shop", "shop") == (attributes["db.namespace"], attributes["db.user"])


def test_postgresql_tells_of_slow_statements_and_refused_clients(postgres: Any, row_of: Any) -> None:
    """A statement over half a second, and a wrong password."""
    fail(postgres.port, f"select pg_sleep(0.6) {COMMENT}")
    fail(postgres.port, "", "keyless", "wrong")
    row_of(postgres.logs, "postgresql_stderr", lambda row: row.event_name == "slow.query" and row.trace_id == TRACE)
    # A client that came while it was starting was refused too.
    refused = row_of(postgres.logs, "postgresql_stderr", lambda row: row.error_code == "28P01")
    assert "connection.refused" == refused.event_name


def test_postgresql_accepts_the_json_log_of_the_comments(postgres_with: Any, row_of: Any) -> None:
    """What the snippet offers commented out works once it is not."""
    told = snippet("postgres")
    offered = "\n".join(re.findall(r"(?m)^# (\w+ = .*)$", told)).replace("'/var/log/postgresql'", "'log'")
    assert "jsonlog" in offered
    server = postgres_with(offered)
    assert "42P01" == fail(server.port, f"select * from reviews {COMMENT}")
    log = server.folder / "data" / "log" / "culpa.json"
    row = row_of(log, "postgresql_json", lambda row: row.trace_id == TRACE)
    assert ("42P01", SPAN) == (row.error_code, row.span_id)
    assert "client.port" in row.attr_keys


@pytest.fixture(scope="module")
def mariadb(crew: Any, new_port: Any, find: Any, nobody: Any) -> tuple[int, Path]:
    """Run MariaDB with a my.cnf that includes the snippet, as Debian's does."""
    folder, port = crew.folder / "mariadb", new_port()
    (folder / "conf.d").mkdir(parents=True)
    user = nobody(folder)
    (folder / "conf.d" / "60-culpa.cnf").write_text(snippet("mariadb", logs=str(folder)))
    config = folder / "my.cnf"
    config.write_text(
        f"[mariadbd]\ndatadir = {folder}/data\nsocket = {folder}/mysqld.sock\npid_file = {folder}/pid\n"
        f"bind_address = 127.0.0.1\nport = {port}\ninnodb_log_file_size = 4M\n!includedir {folder}/conf.d\n"
    )
    install = [
        find("mariadb-install-db", "mariadb-server"),
        f"--defaults-file={config}",
        "--auth-root-authentication-method=normal",
    ]
    subprocess.run([*install, "--skip-test-db"], check=True, capture_output=True, cwd=folder, **user)
    server = find("mariadbd", "mariadb-server")
    crew.start([server, f"--defaults-file={config}"], port, signal.SIGTERM, cwd=folder, **user)
    return port, folder


def test_mariadb_s_logs_tell_the_code_and_the_trace(mariadb: tuple[int, Path], row_of: Any) -> None:
    """A statement that failed, a slow one, and a client that was refused."""
    port, folder = mariadb
    connection = pymysql.connect(host="127.0.0.1", port=port, user="root", database="mysql")
    with connection.cursor() as cursor:
        with pytest.raises(pymysql.err.ProgrammingError):
            cursor.execute(f"select * from reviews {COMMENT}")
        cursor.execute(f"select sleep(0.7) {COMMENT}")
    connection.close()
    with pytest.raises(pymysql.err.OperationalError):
        pymysql.connect(host="127.0.0.1", port=port, user="nobody", password="wrong")
    failed = row_of(folder / "culpa-sql-errors.log", "mariadb_sql_errlog", lambda row: row.trace_id == TRACE)
    assert ("1146", SPAN) == (failed.error_code, failed.span_id)
    row_of(folder / "mariadb-slow.log", "mysql_slow", lambda row: row.trace_id == TRACE)
    refused = row_of(folder / "error.log", "mariadb_error", lambda row: row.event_name == "connection.refused")
    assert "nobody" in refused.body


RUBY = """
require 'mysql2'
begin
  port, user = ARGV
  Mysql2::Client.new(host: '127.0.0.1', port: port.to_i, username: user, database: 'mysql').query('select * from reviews')
rescue Mysql2::Error => e
  print Culpa::Problem.code(e)
end
"""
PHP = """
include $argv[1];
try {
    $db = new PDO("mysql:host=127.0.0.1;port=$argv[2];dbname=mysql", $argv[3]);
    $db->query('select * from reviews');
} catch (PDOException $e) {
    echo Culpa\\Problem::code($e);
}
"""


@pytest.mark.parametrize(("user", "number"), [("root", "1146"), ("nobody", "1045"), ("dead", "2003")])
def test_ruby_and_php_tell_mysql_s_own_number(
    mariadb: tuple[int, Path], find: Any, tmp_path: Path, new_port: Any, user: str, number: str
) -> None:
    """Its SQLSTATE is HY000 for half of all errors."""
    port = str(new_port() if user == "dead" else mariadb[0])
    (tmp_path / "culpa.php").write_text(code("php"))
    (tmp_path / "culpa.rb").write_text(code("rails"))
    ruby = [find("ruby", "ruby"), "-r", str(tmp_path / "culpa.rb"), "-e", RUBY]
    php = [find("php", "php-cli"), "-r", PHP, str(tmp_path / "culpa.php")]
    told = [
        subprocess.run([*command, port, user], capture_output=True, text=True, check=True, timeout=30).stdout
        for command in (ruby, php)
    ]
    assert {number} == {each.replace("2002", "2003") for each in told}
