"""Each way of joining a line to a request is one small file that says how sure it is; the folder is the registry."""

import re
from typing import Any

import pytest

from culpa.analysis.pipeline.evidence import gather
from culpa.analysis.pipeline.relations import Relation, relations

WAYS = [one for one in relations() if one.folder == "joins"]
COLUMNS = ["log_id", "trace_id", "request_span_id", "joined_by", "surety"]


def said_in_header(way: Relation) -> list[float]:
    """Return the figures of the header's line on surety."""
    found = re.search(r"^-- surety: (.+)$", way.sql, re.MULTILINE)
    return [float(figure) for figure in re.findall(r"\d\.\d+", found[1] if found else "")]


def play(scene: Any) -> None:
    """Let a line be joined in each way but by client, second, thread, process and exclusion."""
    scene.access(502, upstream="10.0.0.5:8000", upstream_status="502", request_id="Zabc", upstream_connect_ns=-1)
    scene.error_line("connect() failed (111: Connection refused) while connecting to upstream")
    scene.server_log("python_server", "request.failed", "failed", trace_id=scene.trace)
    scene.server_log("nginx_error", "", "words", service_name="nginx", request_id="Zabc")
    scene.server_log("python_server", "request.failed", "failed", url_path="/orders/7")
    scene.server_log("python_server", "request.failed", "failed", url_path="/told/by/nobody/else")
    told = {"attr_keys": ["http.response.status_code"], "attr_vals": ["502"], "upstream_address": "10.0.0.5:8000"}
    scene.error_line("502 Bad Gateway", connection_id="", url_path="", **told)
    scene.server_log("python_server", "worker.killed", "Worker (pid:7) was sent SIGKILL!", process_pid=7)


def test_a_way_of_joining_is_a_small_file_that_says_how_sure_it_is() -> None:
    """Every way that is known today has its own."""
    names = [
        "client",
        "connection",
        "exclusion",
        "own_line",
        "process",
        "request_id",
        "request_line",
        "second",
        "thread",
        "time",
        "trace",
        "upstream",
    ]
    assert [f"by_{name}" for name in names] == sorted(way.name for way in WAYS)
    for way in WAYS:
        assert (way.name, True) == (way.name, len(way.sql.splitlines()) <= 80)
        assert (way.name, True) == (way.name, bool(said_in_header(way)))


def test_every_file_of_the_folder_is_a_way_of_joining() -> None:
    """A new one needs no other change."""
    [joined] = [one for one in relations() if one.name == "joined_logs"]
    assert {way.name for way in WAYS} == {name for name in joined.reads if name.startswith("by_")}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_a_way_of_joining_is_as_sure_as_it_says(scene: Any, way: Relation) -> None:
    """And each has the columns of the others."""
    play(scene)
    scene.keep()
    with scene.store.cursor() as cursor:
        gather(cursor, None)
        # What is idle was not made, nor all that it reads.
        is_idle = any(cursor.execute(f"from {one} limit 1").fetchone() is None for one in way.idle_without)
        if is_idle:
            cursor.execute(f"from {way.name}")
        else:
            cursor.execute(way.sql, {"since_ns": 0} if "$since_ns" in way.sql else None)
        assert COLUMNS == [column[0] for column in cursor.description]
        sureties = {float(row[4]) for row in cursor.fetchall()}
    assert set() == sureties - set(said_in_header(way))
    assert (way.name in ("by_client", "by_exclusion", "by_second", "by_thread", "by_process")) == (not sureties)


@pytest.mark.parametrize(("failures", "joined"), [(1, "config.web_server"), (2, "unknown")])
def test_a_line_that_names_nobody_is_of_the_only_request_that_failed_then(
    scene: Any, failures: int, joined: str
) -> None:
    """Apache's database module does not say for whom it asked."""
    site = {"format": "apache_combined", "service_name": "apache", "lasts": 0, "connection_id": "", "process_pid": 0}
    scene.access(500, **site)
    if failures == 2:
        scene.access(500, trace_id=f"e{scene.trace[1:]}", span_id="0000000000000099", **site)
    scene.server_log("apache_error", "", "AH00633: odd words", service_name="apache", severity_number=17)
    assert [joined] * failures == [one["cause"] for one in scene.verdicts()]
