"""What a collector's own measures say of how it is."""

from collections.abc import Iterable
from functools import partial

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from culpa.collector.commands.doctor.finding import Finding, note, well, wrong
from culpa.store import bytes_text

#: A service that said nothing for so long, though it did before.
_SILENT_S = 900.0
#: A queue that is fuller makes senders wait.
_FULL = 0.8
_SLOW_S = {"provisional": 5.0, "settled": 30.0}
_SHOWN = 10
#: Free room of a disk that is told of, where no trouble is.
_LITTLE_BYTES = 4 * 1024**3


def check_measures(text: str, now_s: float) -> list[Finding]:
    """Read Prometheus' text format; `now_s`: seconds since 1970."""
    try:
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    except ValueError as error:
        return [wrong("measures", f"/metrics cannot be read ({error})", "update culpa here and there")]
    named = partial(_named, samples)
    return [
        _disk(named),
        _queue(named),
        *_lag(named),
        *_silent(named("culpa_last_row_timestamp_seconds"), now_s),
        *_rejected(named),
    ]


_Named = partial[list[Sample]]


def _named(samples: Iterable[Sample], name: str) -> list[Sample]:
    return [sample for sample in samples if sample.name == name]


def _sum(samples: Iterable[Sample]) -> float:
    return sum(sample.value for sample in samples)


def _disk(named: _Named) -> Finding:
    free, size = _sum(named("culpa_disk_free_bytes")), _sum(named("culpa_store_bytes"))
    says = f"the store has {bytes_text(size)}, its disk {bytes_text(free)} free"
    little = "a larger disk, or a smaller keep_bytes; below keep_free_bytes the oldest telemetry goes"
    return note("disk", says, little) if free < _LITTLE_BYTES else well("disk", says)


def _queue(named: _Named) -> Finding:
    held, most = _sum(named("culpa_queue_bytes")), _sum(named("culpa_queue_limit_bytes"))
    says = f"{bytes_text(held)} of {bytes_text(most)} wait to be durable"
    if most and held > _FULL * most:
        return wrong("queue", says, "senders wait: a faster disk or processor, fewer spans, or a larger queue_bytes")
    return well("queue", says)


def _lag(named: _Named) -> list[Finding]:
    """Say how long verdicts took since it was started."""
    found: list[Finding] = []
    for kind, most in _SLOW_S.items():
        sums, counts = (
            _sum(one for one in named(f"culpa_verdict_lag_seconds_{part}") if one.labels.get("kind") == kind)
            for part in ("sum", "count")
        )
        if counts:
            mean = sums / counts
            says = f"{counts:.0f} {kind} verdicts came after {mean:.1f} s on average"
            todo = "the machine is busy, or settle_s is large; see culpa_verdict_lag_seconds in /metrics"
            found.append(note("lag", says, todo) if mean > most else well("lag", says))
    return found


def _silent(heard: list[Sample], now_s: float) -> list[Finding]:
    silent = sorted(
        (now_s - one.value, one.labels.get("service_name", "")) for one in heard if now_s - one.value > _SILENT_S
    )
    if not heard:
        return [
            note(
                "services",
                "none has sent anything since it was started",
                "culpa doctor -- YOUR COMMAND, where a service runs",
            )
        ]
    found = [
        note(
            "services",
            f"{name} has been silent for {_age(age_s)}",
            f"if it should run: culpa doctor, where {name} runs",
        )
        for age_s, name in silent[:_SHOWN]
    ]
    if len(silent) > _SHOWN:
        found.append(note("services", f"{len(silent) - _SHOWN} more are silent"))
    speaking = len(heard) - len(silent)
    return [*found, well("services", f"{speaking} sent something in the last {_age(_SILENT_S)}")]


def _age(seconds: float) -> str:
    return (
        f"{seconds / 86_400:.0f} d"
        if seconds > 172_800
        else f"{seconds / 3600:.0f} h"
        if seconds > 7200
        else f"{seconds / 60:.0f} min"
    )


_REASONS = {
    "400": "they cannot be read: is something else sent there?",
    "401": "a token is missing: OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20…",
    "403": "the token is wrong, or a page sent them",
    "408": "they come too slowly",
    "413": "they are larger than max_body_bytes: smaller batches",
    "415": "Content-Type or encoding is not taken",
    "429": "more comes than is taken: senders come again",
    "503": "they could not be stored: see its log",
}


def _rejected(named: _Named) -> list[Finding]:
    """Say what was refused since it was started, by reason."""
    refused: dict[str, float] = {}
    for one in named("culpa_requests_total"):
        code = one.labels.get("code", "")
        if code not in ("200", "OK", "0"):
            refused[code] = refused.get(code, 0) + one.value
    found = [
        note("rejected", f"{count:.0f} requests got {code}", _REASONS.get(code, "see its log"))
        for code, count in sorted(refused.items())
        if count
    ]
    for one in named("culpa_rejected_items_total"):
        if one.value:
            says = f"{one.value:.0f} items of {one.labels.get('signal', '')} could not be kept; their senders were told"
            found.append(note("rejected", says, "select * from logs where attributes['culpa.unreadable'] is not null"))
    if failed := _sum(named("culpa_failed_commits_total")):
        found.append(wrong("commits", f"{failed:.0f} were given up", "is the disk full or broken? See its log"))
    return found or [well("rejected", "nothing since it was started")]
