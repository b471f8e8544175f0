"""Log records as they were sent -> rows of `logs`, and the exceptions that they tell of."""

import hashlib
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from culpa.collector.decode.arrays import blank_texts, clamp, clean_texts, having
from culpa.collector.decode.attributes import split_attributes, value_texts
from culpa.collector.decode.columns import Index, RawLogs
from culpa.collector.decode.ids import entity_columns, known_ids, spread
from culpa.collector.decode.promoted import LOG_PROMOTIONS
from culpa.collector.events import LOGGERS, of_process
from culpa.collector.exceptions import (
    ERROR_KEYS,
    HINT,
    LEAST_SEVERITY,
    OWN_KEYS,
    Sighting,
    error_in,
    error_said,
    exception_in,
)
from culpa.collector.kernels import Column, arrow, pc
from culpa.collector.tables import table_of, times_of

#: Attributes of which one is enough to make a record an exception's.
_NAMING = frozenset({*OWN_KEYS, "exception.stacktrace"})


@dataclass(frozen=True, slots=True)
class ReadLogs:
    """Rows of `logs`, and the exceptions among them."""

    table: pa.Table
    sightings: list[Sighting]


def read_logs(raw: RawLogs) -> ReadLogs:
    """Build the rows of all log records. A wrong id is as none: the record itself is still worth keeping."""
    split = split_attributes(raw.attributes, LOG_PROMOTIONS)
    promoted = split.columns
    rows = len(raw.time)
    columns: dict[str, Column] = {
        **{
            name: promoted[name]
            for name in ("thread_id", "request_id", "error_code", "http_request_method", "url_path")
        },
        **_own_columns(raw),
        **entity_columns(raw.context),
        "event_name": _first(clean_texts(raw.event_name), promoted["event_name_attribute"]),
        "process_pid": _process_pid(raw, promoted["process_pid"]),
        "format": arrow.array(["otlp"] * rows, arrow.string()),
        "connection_id": blank_texts(rows),
        "upstream_address": blank_texts(rows),
        "attr_keys": split.keys,
        "attr_vals": split.values,
    }
    columns["event_name"] = _servers_events(columns["event_name"], columns["scope_name"], columns["body"])
    columns["log_id"] = _log_ids(columns, promoted["exception_stacktrace"], raw.context.body)
    table = table_of("logs", columns)
    return ReadLogs(table, _sightings(table, promoted))


def _own_columns(raw: RawLogs) -> dict[str, Column]:
    """Return what every record has."""
    observed, time = clamp(raw.observed), clamp(raw.time)
    severity = np.clip(raw.severity_number.to_numpy(zero_copy_only=False), 0, 24)
    return {
        "time": arrow.array(np.where(time == 0, observed, time)).cast(arrow.timestamp("ns")),
        "observed_time": arrow.array(observed).cast(arrow.timestamp("ns")),
        "trace_id": known_ids(raw.trace_id, 16),
        "span_id": known_ids(raw.span_id, 8),
        "severity_number": arrow.array(severity),
        "severity_text": clean_texts(raw.severity_text),
        "body": clean_texts(value_texts(raw.body)),
        "scope_name": spread([scope.name for scope in raw.context.scopes], raw.context.scope),
    }


def _servers_events(names: Column, scopes: Column, bodies: Column) -> Column:
    """Name the events that app servers tell in words."""
    is_named = pc.and_(pc.is_in(scopes, arrow.array(LOGGERS)), pc.equal(names, ""))
    if not pc.any(is_named).as_py():
        return names
    records = zip(names.to_pylist(), is_named.to_pylist(), bodies.to_pylist(), strict=True)
    events = [of_process(body) if is_text else name for name, is_text, body in records]
    return arrow.array(events, arrow.string())


def _first(texts: Column, others: Column) -> Column:
    return pc.if_else(pc.equal(texts, ""), others, texts)


def _process_pid(raw: RawLogs, own: Column) -> Column:
    """Return the record's own process id, else its resource's."""
    pids = np.array([resource.process_pid for resource in raw.context.resources], np.int64)
    numbers = own.to_numpy(zero_copy_only=False)
    return arrow.array(np.where(numbers == 0, pids[raw.context.resource], numbers)) if len(pids) else own


def _log_ids(columns: dict[str, Column], stacks: Column, body: Index) -> Column:
    """Hash what makes a record: all its columns, lists joined, and the stack that is kept elsewhere.

    Equal records of one body are that many records: all but the first also have their number in it. So a body that is
    sent again gives the same ids, and so does one that holds a part of it; of equal records in two bodies nobody can
    tell whether the second is a repeat, and it is taken for one.
    """
    parts = [stacks]
    for name in sorted(columns):
        column = columns[name]
        if name in ("attr_keys", "attr_vals"):
            column = pc.binary_join(column, "\x1e")
        elif name in ("time", "observed_time"):
            column = column.cast(arrow.int64())
        parts.append(column.cast(arrow.string()))
    seeds = pc.binary_join_element_wise(*parts, "\x1f").cast(arrow.binary())
    ids = [hashlib.blake2b(seed, digest_size=8).hexdigest() for seed in seeds.to_pylist()]
    if len(set(ids)) < len(ids):
        seen: Counter[tuple[int, str]] = Counter()
        for row, (number, log_id) in enumerate(zip(body.tolist(), ids, strict=True)):
            before = seen[number, log_id]
            seen[number, log_id] += 1
            if before:
                ids[row] = hashlib.blake2b(f"{log_id}\x1f{before}".encode(), digest_size=8).hexdigest()
    return arrow.array(ids, arrow.string())


def _sightings(table: pa.Table, promoted: dict[str, Column]) -> list[Sighting]:
    """Return the records that tell of an exception, whatever the event is called."""
    stacks = promoted["exception_stacktrace"]
    is_named = pc.not_equal(stacks, "")
    for name in ("exception_type", "exception_message"):
        is_named = pc.or_(is_named, pc.not_equal(promoted[name], ""))
    is_named = pc.or_(is_named, _hinted(table))
    if not pc.any(is_named).as_py():
        return []
    names = ["log_id", "trace_id", "span_id", "service_name", "resource_id", "attr_keys", "attr_vals", "body"]
    chosen = table.select(names).filter(is_named).to_pylist()
    times = times_of(table.filter(is_named), "time").tolist()
    sightings: list[Sighting] = []
    for row, time, stack in zip(chosen, times, stacks.filter(is_named).to_pylist(), strict=True):
        attributes = dict(zip(row["attr_keys"], row["attr_vals"], strict=True))
        if stack:
            attributes["exception.stacktrace"] = stack
        if not _NAMING & attributes.keys():
            found = error_in(attributes) or exception_in(row["body"]) or error_said(row["body"])
            if not found:
                continue
            attributes |= found
        owner = (row["service_name"], row["resource_id"])
        sightings.append(Sighting(row["trace_id"], row["span_id"], time, *owner, "log", attributes, row["log_id"]))
    return sightings


def _hinted(table: pa.Table) -> Column:
    """Mark the records that may tell an exception in other ways, and whose severity is that of a failure."""
    severity = table.column("severity_number")
    grave = pc.or_(pc.greater_equal(severity, LEAST_SEVERITY), pc.equal(severity, 0))
    # psycopg's pool tries again in the background, and only warns.
    warned = pc.starts_with(table.column("body"), "error connecting in '")
    if not pc.any(pc.or_(grave, warned)).as_py():
        return grave
    keys = table.column("attr_keys").combine_chunks()
    named = having(keys, pc.is_in(pc.list_flatten(keys), arrow.array(ERROR_KEYS)))
    return pc.or_(warned, pc.and_(grave, pc.or_(pc.match_substring_regex(table.column("body"), HINT), named)))
