"""A bucket of S3 is a folder like any other: over HTTP, from a server of its own."""

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import boto3
import pytest

from culpa.collector.parquet.address import address_of
from culpa.collector.parquet.there import ParquetFolder
from culpa.store import StoreUnavailable

from ...alarms.conftest import Collector, wait_for
from .conftest import Judge, fill, judged_anew, verdicts


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, stop: list[Callable[[], None]]) -> Generator[str]:
    """Serve an S3 with an empty bucket; yield the address of a folder in it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    for name, value in (("ACCESS_KEY_ID", "key"), ("SECRET_ACCESS_KEY", "hunter2"), ("EC2_METADATA_DISABLED", "true")):
        monkeypatch.setenv(f"AWS_{name}", value)
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stop.append(server.kill)
    try:
        wait_for(lambda: _answers(port))
        client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1")
        client.create_bucket(Bucket="telemetry")
        client.close()
        yield f"s3://telemetry/of/shop?endpoint_override=127.0.0.1:{port}&scheme=http&region=us-east-1"
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def stop() -> list[Callable[[], None]]:
    """Return what ends the server."""
    return []


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def test_a_bucket_is_written_and_read(bucket: str, judge: Judge, tmp_path: Path) -> None:
    collector = Collector(tmp_path)
    collector.flags = ["--parquet", f"{bucket}&every=60"]
    try:
        collector.start()
        for number in range(3):
            collector.fail(number)
        collector.kill()
        collector.start()
        collector.fail(3)
        collector.kill(signal.SIGTERM)
    finally:
        collector.kill()
    status, said = judge(f"parquet://{bucket}")
    assert (0, True) == (status, "4 judged" in said), said
    assert "hunter2" not in said + collector.log.read_text("utf-8")
    status, said = judge(f"parquet://{bucket}")
    assert (0, True) == (status, "0 judged, 4 known already" in said), said


def test_recordings_get_the_verdicts_of_ingest(
    bucket: str, recordings: list[Path], ingested: Path, judge: Judge, tmp_path: Path
) -> None:
    fill(bucket, *recordings)
    assert verdicts(ingested) == judged_anew(judge, f"parquet://{bucket}", tmp_path)


def test_a_bucket_that_is_not_there_says_so(bucket: str, judge: Judge) -> None:
    status, said = judge(f"parquet://{bucket.replace('telemetry', 'nowhere')}")
    assert (2, 1) == (status, len(said.splitlines())), said
    assert "check the bucket, its region, the keys in the environment" in said


def test_a_store_that_stops_answering_has_no_file_called_damaged(
    bucket: str, stop: list[Callable[[], None]], one_failure: Callable[[int, int], Path], tmp_path: Path
) -> None:
    said: list[str] = []
    fill(bucket, one_failure(1, 1_790_000_000_000_000_000))
    there = ParquetFolder(address_of(f"parquet://{bucket}"), said.append)
    assert 1 == len(list(there.failing(0, 2**62)))
    stop.pop()()
    # What was listed a moment ago is read once more.
    with pytest.raises(StoreUnavailable, match="and that it answers"):
        list(there.failing(0, 2**62))
    assert [] == said
    there.let_go()
