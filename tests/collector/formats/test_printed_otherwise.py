"""Logs of one program in several layouts, or with lines that another format would read, too."""

import pytest

from culpa.collector.events import can_accept_no_more
from culpa.collector.formats import LogRow, Record, Source, by_name, mixture, tables_of


def row_of(format_name: str, text: str, source: Source | None = None) -> LogRow | None:
    """Read one record."""
    row = by_name(format_name).read(Record(text, 0, len(text), 1), source or Source("x.log"))
    assert row is None or isinstance(row, LogRow)
    return row


@pytest.mark.parametrize(
    "lines",
    [
        [
            'time="2026-05-01T10:00:00Z" level=info msg="Configuration loaded from flags."',
            'time="2026-05-01T10:00:00Z" level=info msg="Traefik version 2.8.7 built on 2022-09-23T15:03:43Z"',
            'time="2026-05-01T10:00:01Z" level=debug msg="Serving default certificate for request: shop"',
        ],
        [
            '{"level":"info","version":"3.1.0","time":"2026-05-01T10:00:00Z","message":"Traefik version 3.1.0"}',
            '{"level":"debug","entryPointName":"web","time":"2026-05-01T10:00:01Z","message":"Adding route"}',
        ],
    ],
)
def test_traefiks_log_is_traefiks_whatever_its_first_line_is(lines: list[str]) -> None:
    found = mixture("proxy.log", lines)
    assert found is not None
    assert "traefik_log" in found.names and "slog_text" not in found.names and "zerolog_json" not in found.names


@pytest.mark.parametrize(
    "told",
    [
        "Socket accept failed\n\torg.apache.tomcat.jni.Error: 24: Too many open files",
        "http: Accept error: accept tcp [::]:8080: accept4: too many open files; retrying in 5ms",
        "Error: accept EMFILE",
        "socket.accept() out of system resource",
        "XNIO001007\njava.io.IOException: Too many open files\n\tat java.base/sun.nio.ch.Net.accept(Native Method)",
    ],
)
def test_a_server_that_can_accept_no_more_says_so(told: str) -> None:
    assert can_accept_no_more(told)


@pytest.mark.parametrize("told", ["open /srv/a: too many open files", "accept: connection reset by peer"])
def test_what_else_cannot_be_opened_is_no_connection(told: str) -> None:
    assert not can_accept_no_more(told)


def test_the_origin_of_a_chain_that_jenkins_prints_stands_first() -> None:
    row = row_of(
        "jul_line",
        "2026-05-01 10:00:01.123+0000 [id=7]\tWARNING\th.i.i.Handler#handle: Caught unhandled exception with ID 4f7b\n"
        "java.nio.file.AccessDeniedException: /var/lib/shop/a\n\tat shop.Cart.save(Cart.java:31)\n"
        "Caused: java.io.IOException: Failed to create a temporary file\n\tat shop.Cart.save(Cart.java:35)\n"
        "Caused: javax.servlet.ServletException\n\tat org.eclipse.jetty.servlet.ServletHolder.handle(ServletHolder.java:799)",
    )
    assert row is not None and "request.failed" == row.event_name
    (raised,) = tables_of([row])["exceptions"].to_pylist()
    assert ("java.nio.file.AccessDeniedException", "/var/lib/shop/a") == (
        raised["origin_type"],
        raised["origin_message"],
    )


def test_the_origin_of_a_chain_that_logback_prints_stands_first_behind_a_hash() -> None:
    row = row_of(
        "json_log",
        '{"timestamp":"2026-05-01T10:00:01Z","level":"ERROR","message":"no intake","stack_trace":"'
        "<#3a3d0af9> java.lang.NullPointerException: no id\\n\\tat shop.Product.getName(Product.java:64)\\n"
        'Wrapped by: <#6ad29d49> shop.ServiceException: cannot list\\n\\tat shop.Products.list(Products.java:12)\\n"}',
    )
    (raised,) = tables_of([row])["exceptions"].to_pylist()
    assert ("java.lang.NullPointerException", "no id") == (raised["origin_type"], raised["origin_message"])
    assert ["shop.ServiceException", "java.lang.NullPointerException"] == raised["chain"]


def test_what_was_raised_stands_at_the_end_of_the_words_and_its_cause_below() -> None:
    row = row_of(
        "jboss_log",
        "2026-05-01 10:00:01,123 WARN  [org.jboss.jca.core.connectionmanager.pool] (default task-6) IJ000604: Throwable while "
        "attempting to get a new connection: null: javax.resource.ResourceException: Error during setup\n"
        "\tat org.apache.activemq.artemis.ra.ActiveMQRAManagedConnection.setup(ActiveMQRAManagedConnection.java:684)\n"
        "Caused by: ActiveMQNotConnectedException[errorType=NOT_CONNECTED message=AMQ219007: Cannot connect to server(s).]\n"
        "\tat org.apache.activemq.artemis.core.client.impl.ServerLocatorImpl.createSessionFactory(ServerLocatorImpl.java:690)",
    )
    assert row is not None
    (raised,) = tables_of([row])["exceptions"].to_pylist()
    assert "javax.resource.ResourceException" == raised["type"]
    assert ("ActiveMQNotConnectedException", "AMQ219007: Cannot connect to server(s).") == (
        raised["origin_type"],
        raised["origin_message"],
    )


@pytest.mark.parametrize(("day_ns", "hour"), [(1_777_593_600_000_000_000, 8), (0, 0)])
def test_a_time_without_a_day_is_of_the_day_of_all_else(day_ns: int, hour: int) -> None:
    row = row_of("pino_colada", "8:00:00 🚨 no cart", Source("x.log", day_ns=day_ns))
    assert row is not None
    assert (day_ns + hour * 3_600_000_000_000 if day_ns else 0) == row.time


def test_an_error_that_node_shows_among_other_things_is_read_of_a_warning() -> None:
    row = row_of("winston_simple", "2026-05-01T10:00:01.123Z - warning: [store] push [Error: OOM command not allowed]")
    assert row is not None
    assert ("Error", "OOM command not allowed") == (row.exception_type, row.exception_message)


def test_an_error_of_several_lines_is_read_below_its_key() -> None:
    row = row_of(
        "hclog",
        "2026-05-01T10:00:01.123Z [ERROR] core: failed to audit request: path=sys/mounts\n  error=\n  | 1 error occurred:\n"
        "  | \t* write /audit.log: no space left on device\n  |",
    )
    assert row is not None
    assert "no space left on device" in row.exception_message and "sys/mounts" == row.url_path
