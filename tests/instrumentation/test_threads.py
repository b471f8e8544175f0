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
