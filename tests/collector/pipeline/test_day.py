"""Four days pass in four minutes: what is too old goes, the store stays as large as what is kept, and memory as it was."""

import shutil
import statistics
import time
from collections.abc import Callable

import psutil
import pytest
from sweeps import IS_THOROUGH

from culpa.store import DuckDBStore

from .conftest import Running
from .payload import traces

#: So many seconds of the collector's clock pass in one.
_FASTER = 1440
_DAYS = 4
_PER_BODY = 500
#: One body in so many fails.
_EVERY = 40

_KEPT = """
select
    count(*) as n,
    count(*) filter (where s.http_response_status_code = 500) as failing,
    count(*) filter (where s.http_response_status_code = 0 and s.start_time < b.newest - interval 30 hour) as old
from spans as s, (select max(start_time) as newest from spans) as b
"""


@pytest.mark.skipif(not IS_THOROUGH, reason="days in minutes are part of `make torture`")
@pytest.mark.skipif(not shutil.which("faketime"), reason="needs faketime")
@pytest.mark.timeout(900)
def test_days_leave_what_is_kept_and_no_more(collect: Callable[..., Running]) -> None:
    began = time.time()
    running = collect(
        *("--seal-rows", "100000", "--seal-age-s", "3600", "--seal-quiet-s", "1"),
        *("--keep-healthy-days", "1", "--keep-failing-days", "30"),
        within=("faketime", "--exclude-monotonic", "-f", f"+0 x{_FASTER}"),
    )
    process = psutil.Process(running.process.pid)
    process = next((one for one in process.children() if "collect" in one.cmdline()), process)
    try:
        sent, failed, quarters = _send(running, process, began)
    finally:
        # The wrapper ends with it, and does not hand a signal on.
        process.terminate()
    assert 0 == running.process.wait(60)
    with DuckDBStore(running.store) as store:
        [kept] = store.query(_KEPT).to_pylist()
    told = [f"{rss >> 20} MB, {size >> 10} KiB" for rss, size in quarters]
    print(f"{sent:,} spans in {_DAYS} days, {kept['n']:,} kept, {kept['old']:,} of them old twins; {'; '.join(told)}")
    assert failed == kept["failing"]
    # A few twins of each failing place are kept with it.
    assert kept["old"] < 0.05 * sent
    second, last = quarters[4:8], quarters[-4:]
    for at, most in ((0, 1.3), (1, 1.5)):
        assert statistics.median(one[at] for one in last) < most * statistics.median(one[at] for one in second)


def _send(running: Running, process: psutil.Process, began: float) -> tuple[int, int, list[tuple[int, int]]]:
    """Send until the days are over; return spans, how many of them failed, and each quarter's memory and size of the store."""
    quarters: list[tuple[int, int]] = []
    sent = failed = bodies = 0
    while (passed := (time.time() - began) * _FASTER / 86_400) < _DAYS:
        is_failing = bodies % _EVERY == 0
        body = traces(sent, _PER_BODY, status=500 if is_failing else 0)
        at_ns = round((began + passed * 86_400) * 1e9)
        for span in body.resource_spans[0].scope_spans[0].spans:
            span.start_time_unix_nano, span.end_time_unix_nano = at_ns, at_ns + 10**6
        assert 200 == running.export(body.SerializeToString())[0]
        sent, bodies, failed = sent + _PER_BODY, bodies + 1, failed + _PER_BODY * is_failing
        if passed * 4 > len(quarters) + 1:
            size = sum(path.stat().st_size for path in running.store.iterdir())
            quarters.append((process.memory_info().rss, size))
        time.sleep(0.1)
    return sent, failed, quarters
