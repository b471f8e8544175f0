"""The kernel's lines: `dmesg`, `journalctl -k`, /var/log/kern.log and the kernel's part of a syslog.

Only what ends, starves or blocks processes is kept. Other programs' lines of a syslog are dropped.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from culpa.collector.formats._extent import text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._ids import record_id
from culpa.collector.formats._kernel import meaning_of
from culpa.collector.formats._rows import LogRow
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._values import attributes, process_id
from culpa.collector.formats._zones import year_of, zone_of
from culpa.instrumentation.patterns import late_pattern

_ISO = r"(?P<iso>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,](?P<part>\d{1,9}))?(?P<zone>Z|[+-]\d\d:?\d\d)?"
_STAMP = r"(?:\[ *\d+\.\d{1,9}\] ?)?"
_SHAPES = (
    # syslog and journalctl: a time, a host, the program
    late_pattern(
        rf"(?:{_ISO}|(?P<date>[A-Z][a-z]{{2}} [ \d]\d) (?P<time>\d\d:\d\d:\d\d)"
        r"(?:\.(?P<dated_part>\d{1,6}))?)"
        rf" (?P<host>\S+) (?P<program>[^\s:\[]+)(?:\[\d+\])?: {_STAMP}(?P<message>.*)"
    ),
    # dmesg --time-format iso
    late_pattern(rf"(?:<\d+>)?{_ISO} (?P<message>.*)"),
    # dmesg -T
    late_pattern(r"(?:<\d+>)?\[(?P<ctime>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})\] (?P<message>.*)"),
    # dmesg: seconds since the machine started, which tell no time of day
    late_pattern(r"(?:<\d+>)?\[ *(?P<uptime>\d+\.\d{6})\](?:\[[^\]]*\])? (?P<message>.*)"),
)
#: What the kernel itself says in the lines of dmesg that decide whether a file is one.
_OF_KERNEL = late_pattern(
    r"Linux version \d|Command line: |BIOS-|Call Trace:|invoked oom-killer|oom-kill:|Killed process \d"
    r"|[Mm]emory cgroup|segfault at|general protection|RIP: |EXT4-fs|ACPI: |usb \d|audit: |systemd\[1\]|TCP: "
    r"|device \S+ entered|blocked for more than|CPU: \d+ "
)


class _Line(NamedTuple):
    found: re.Match[str]
    message: str
    host: str
    is_kernel: bool


def _recognises(file_name: str, lines: Sequence[str]) -> bool:
    name = file_name.lower()
    is_named = "kern" in name or "dmesg" in name
    known = [line for line in map(_line, lines) if line and line.is_kernel]
    if any("program" in line.found.groupdict() for line in known):
        return True
    return any(is_named or _OF_KERNEL.search(line.message) for line in known)


def _line(text: str) -> _Line | None:
    for shape in _SHAPES:
        found = shape.match(text)
        if found:
            known = found.groupdict()
            program = known.get("program")
            return _Line(found, found["message"], known.get("host") or "", program in (None, "kernel"))
    return None


def _read(record: Record, source: Source) -> LogRow | None:
    meaning = meaning_of(text_of(record))
    if meaning is None:
        return None
    line = _line(text_of(record))
    if line is None:
        raise Unreadable("not a line of the kernel's log")
    if not line.is_kernel:
        return None
    keys, values = attributes(
        [
            ("host.name", line.host),
            ("process.killed.pid", meaning.pid if meaning.is_end else ""),
            ("process.killed.name" if meaning.is_end else "process.executable.name", meaning.name),
            *meaning.more,
        ]
    )
    at = _time_ns(line.found, source)
    return LogRow(
        log_id=record_id(FORMAT.name, source, record),
        time=at,
        observed_time=source.read_at_ns or at,
        severity_number=meaning.severity,
        service_name=FORMAT.service_name,
        body=line.message,
        event_name=meaning.event,
        format=FORMAT.name,
        # The process that it is about, so that it joins like a line of that process.
        process_pid=process_id(meaning.pid),
        attr_keys=keys,
        attr_vals=values,
    )


def _time_ns(found: re.Match[str], source: Source) -> int:
    known = found.groupdict()
    if known.get("iso"):
        written = known["iso"].replace("T", " ")
        zone = zone_of(known["zone"] or "", source.zone)
        return time_ns(written, "%Y-%m-%d %H:%M:%S", zone, known["part"] or "")
    if known.get("date"):
        date = " ".join(known["date"].split())
        written = f"{year_of(date, source)} {date} {known['time']}"
        return time_ns(written, "%Y %b %d %H:%M:%S", source.zone, known["dated_part"] or "")
    if known.get("ctime"):
        return time_ns(known["ctime"], "%a %b %d %H:%M:%S %Y", source.zone)
    return source.read_at_ns


FORMAT = Format(name="kernel", service_name="kernel", recognises=_recognises, read=_read, is_local=True)
