"""A path tells which time it may hold, with a day to spare where another tool wrote it; what it does not tell is read."""

from datetime import UTC, datetime

import pytest

from culpa.collector.parquet.days import may_hold

_AT = datetime(2026, 12, 1, 4, 30, tzinfo=UTC)
_AT_NS = int(_AT.timestamp()) * 10**9


@pytest.mark.parametrize(
    "path",
    [
        "traces.parquet",
        "traces/date=2026-12-01/culpa-043000-043000-0123456789abcdef.parquet",
        "traces/date=2026-12-01/x.parquet",
        "traces/date=2026-11-30/x.parquet",
        "traces/date=2026-12-02/x.parquet",
        "traces/date=other/culpa-043000-043000-0123456789abcdef.parquet",
        "year=2026/month=12/day=01/hour=05/x.parquet",
        "year=2026",
        "traces/year=2026/month=11/day=30",
        "2026/12",
        "service=shop/2026/12/01/04/x.parquet",
        "dt=2026-13-45/x.parquet",
        "2026/77/x.parquet",
        "1/2/3/x.parquet",
    ],
)
def test_what_may_hold_it_is_read(path: str) -> None:
    assert may_hold(path, _AT_NS, _AT_NS + 1)


@pytest.mark.parametrize(
    "path",
    [
        "traces/date=2026-12-01/culpa-043001-050000-0123456789abcdef.parquet",
        "traces/date=2026-12-01/culpa-000000-042959-0123456789abcdef.parquet",
        "traces/date=2026-11-29/x.parquet",
        "traces/dt=2026-12-03/x.parquet",
        "year=2026/month=11/day=29",
        "year=2025",
        "otel/2026/10",
        "2026/12/02/06/x.parquet",
    ],
)
def test_what_cannot_hold_it_is_not(path: str) -> None:
    assert not may_hold(path, _AT_NS, _AT_NS + 1)
