"""Work beside a request, in threads that outlive it."""

from typing import Any


def test_a_librarys_own_thread_does_not_keep_the_trace(script: Any, sink: Any) -> None:
    """A pool's thread is started by the first request and serves many: without a request its work is nobody's."""
    code = """
        import sqlite3
        from concurrent.futures import ThreadPoolExecutor
        from opentelemetry import trace
        pool = ThreadPoolExecutor(1)
        def query(name):
            sqlite3.connect(":memory:").execute(f"select 1 as {name}")
        with trace.get_tracer("shop").start_as_current_span("GET /first", kind=trace.SpanKind.SERVER):
            pool.submit(query, "early").result()
        pool.submit(query, "late").result()
        """
    assert 0 == script(code).returncode
    first = sink.wait(lambda s: [x for x in s.spans if "early" in x.attributes.get("db.query.text", "")])[0]
    second = sink.wait(lambda s: [x for x in s.spans if "late" in x.attributes.get("db.query.text", "")])[0]
    assert "" == second.parent_id
    assert first.trace_id != second.trace_id


def test_what_a_script_logs_after_calling_its_own_app_is_of_no_request(script: Any, sink: Any) -> None:
    """Only in a server's thread does what comes behind a request belong to it."""
    code = """
        import logging, flask
        app = flask.Flask("shop")
        app.add_url_rule("/", view_func=lambda: "ok")
        assert app.test_client().get("/").status_code == 200
        logging.getLogger("script").warning("afterwards")
        """
    done = script(code)
    assert 0 == done.returncode, done.stderr
    (log,) = sink.wait(lambda s: [x for x in s.logs if x.body == "afterwards"])
    assert "" == log.trace_id.strip("0")
    assert sink.wait(lambda s: [x for x in s.spans if x.name == "GET /"])
