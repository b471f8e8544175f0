"""Whose file is it: over all recordings, each log is claimed by exactly one format."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from culpa.collector.events.words import EVENTS
from culpa.collector.formats import (
    LineSplitter,
    RecordAssembler,
    Source,
    Unreadable,
    formats,
    recognise,
    tables_of,
)
from culpa.knowledge import declared_formats

CORPUS = Path(__file__).parents[2] / "corpus.tar.gz"

#: The formats of the recorded files, by name: what an app prints depends on what runs it.
EXPECTED = {
    "apache-access.jsonl": {"apache_access"},
    "apache-error.log": {"apache_error"},
    "app.log": {"python_server", "node_output"},
    "kernel.log": {"kernel"},
    "laravel.jsonl": {"laravel_json"},
    "laravel.log": {"laravel_log"},
    "mariadb.log": {"mariadb_error"},
    "nginx-access.jsonl": {"nginx_access"},
    "nginx-error.log": {"nginx_error"},
    "php-fpm-access.log": {"php_fpm_access"},
    "php-fpm.log": {"php_fpm_log"},
    "php-fpm-slow.log": {"php_fpm_slow"},
    "php-fpm-php-errors.log": {"php_errors"},
    "postgresql.log": {"postgresql_stderr"},
    "rails.log": {"rails_log"},
    "redis.log": {"redis_server"},
}


@pytest.fixture(scope="module")
def logs() -> list[tuple[str, bytes]]:
    """Return name and content of every recorded log that is not empty."""

    def each() -> Iterator[tuple[str, bytes]]:
        with tarfile.open(CORPUS) as corpus:
            for member in corpus:
                name = member.name.rsplit("/", 1)[-1]
                if member.isfile() and name in EXPECTED:
                    found = corpus.extractfile(member)
                    content = found.read() if found else b""
                    if content.strip():
                        yield member.name, content

    return list(each())


def first_lines(content: bytes) -> list[str]:
    return content[:65_536].decode("utf-8", "replace").split("\n")[:20]


def test_each_recorded_log_is_claimed_by_the_one_format_it_is_in(logs) -> None:
    """The order of the registry must not decide anything, but of those that are asked last as they take what is left."""
    last = {one.name for one in declared_formats() if one.is_last}
    wrong = []
    for path, content in logs:
        name = path.rsplit("/", 1)[-1]
        claims = {known.name for known in formats().values() if known.claims(name, first_lines(content))} - last
        if len(claims) != 1 or not claims <= EXPECTED[name]:
            wrong.append((path, claims))
    assert [] == wrong
    assert 700 < len(logs)


def test_all_records_of_all_recordings_are_read_and_fit_the_store(logs) -> None:
    """Nothing is unreadable, every event is one that is documented, and the tables have the store's types."""
    unreadable, events = [], set()
    for path, content in logs:
        name = path.rsplit("/", 1)[-1]
        known = recognise(name, first_lines(content))
        assert known is not None
        records = RecordAssembler(known)
        lines = LineSplitter()
        found = [record for line in [*lines.feed(content), *lines.rest()] for record in records.add(line)]
        rows = []
        for record in [*found, *records.flush()]:
            try:
                row = known.read(record, Source(name))
            except Unreadable as error:
                unreadable.append((path, record.line, str(error)))
            else:
                rows += [row] if row else []
        tables_of(rows)
        events |= {getattr(row, "event_name", "") for row in rows}
    assert [] == unreadable
    assert set() == events - EVENTS.keys() - {""}
    assert {"process.oom_killed", "deadlock", "workers.exhausted", "connection.refused"} <= events
