"""What lines of the kernel mean for the requests of a machine."""

from dataclasses import dataclass

from culpa.instrumentation.patterns import late_pattern


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one line means: the event ('' if none of its own), and the process that it is about."""

    event: str
    severity: int
    pid: str = ""
    name: str = ""
    more: tuple[tuple[str, str], ...] = ()

    @property
    def is_end(self) -> bool:
        """Return whether the process ended by it."""
        return self.event in ("process.oom_killed", "process.crashed")


#: One quick look, that passes whatever may match below: nearly all lines of a log fail it.
_MAYBE = late_pattern(
    r"Kill(?:ed)? process|oom-kill|segfault at|general protection|trap |traps: |blocked for more than|file-max"
    r"|SYN flooding|table full|I/O error|read-only|EXT4-fs error|XFS \(|No space left"
)
_WARNING, _ERROR, _FATAL = 13, 17, 21

_MEANINGS = (
    (
        late_pattern(
            r"Killed process (?P<pid>\d+)(?:,? \(?UID \d+\)?,?)? \((?P<name>[^)]{0,64})\)"
        ),
        "process.oom_killed",
        _FATAL,
    ),
    # Before Linux 4.19 it said first whom it chose.
    (
        late_pattern(r"[Oo]ut of memory: Kill process (?P<pid>\d+) \((?P<name>[^)]{0,64})\) score"),
        "process.oom_killed",
        _FATAL,
    ),
    (
        late_pattern(
            r"oom-kill:(?P<pairs>.*)"
        ),
        "process.oom_killed",
        _FATAL,
    ),
    (late_pattern(r"(?<!\S)(?P<name>\S++) invoked oom-killer"), "memory.exhausted", _ERROR),
    (
        late_pattern(r"(?<![^\s\[\]])(?P<name>[^\s\[\]]{1,32}+)\[(?P<pid>\d+)\]: segfault at "),
        "process.crashed",
        _FATAL,
    ),
    (
        late_pattern(
            r"traps: (?P<name>[^\[\]]{1,32})\[(?P<pid>\d+)\] (?:trap |general protection)"
            r"|(?<![^\s\[\]])(?P<name2>[^\s\[\]]{1,32}+)\[(?P<pid2>\d+)\] (?:general protection|trap )"
        ),
        "process.crashed",
        _FATAL,
    ),
    (late_pattern(r"task (?P<name>\S+):(?P<pid>\d+) blocked for more than"), "process.blocked", _ERROR),
    (late_pattern(r"file-max limit \d+ reached"), "files.exhausted", _ERROR),
    (late_pattern(r"Possible SYN flooding on port (?P<port>\S+?)\."), "workers.exhausted", _WARNING),
    (late_pattern(r"nf_conntrack: .{0,80}table full"), "network.exhausted", _ERROR),
    (late_pattern(r"No space left on device"), "disk.full", _ERROR),
    (
        late_pattern(
            r"I/O error|[Rr]emounting filesystem read-only|EXT4-fs error|XFS \(.{0,200}(?:[Cc]orruption|shut)"
        ),
        "storage.failed",
        _ERROR,
    ),
)  # fmt: skip
_NAMES = {"constraint": "kernel.oom.constraint", "memcg": "kernel.oom.memcg", "port": "server.port"}
_DIGITS = late_pattern(r"\d+")
_MODULE = late_pattern(r" in (?P<module>[^\[\s]+)\[")


def _killed(pairs: str) -> dict[str, str] | None:
    """Return what `constraint=…,…,task_memcg=…,task=…,pid=…` says, or None if it names no process."""
    facts = {key: value for key, _, value in (pair.partition("=") for pair in pairs.split(","))}
    pid = _DIGITS.match(facts.get("pid", ""))
    if not pid or "task" not in facts:
        return None
    known = {
        "constraint": facts.get("constraint"),
        "memcg": facts.get("task_memcg"),
        "name": facts["task"],
        "pid": pid[0],
    }
    return {key: value for key, value in known.items() if value}


def meaning_of(text: str) -> Meaning | None:
    """Return what a line means, or None if it is of no interest."""
    if not _MAYBE.search(text):
        return None
    for words, event, severity in _MEANINGS:
        found = words.search(text)
        if found is None:
            continue
        groups = {key.rstrip("2"): value for key, value in found.groupdict().items() if value}
        facts = _killed(groups["pairs"]) if "pairs" in groups else groups
        if facts is None:
            continue
        more = [(_NAMES[key], value) for key, value in facts.items() if key in _NAMES]
        module = _MODULE.search(text) if event == "process.crashed" else None
        if module:
            more.append(("kernel.module", module["module"]))
        return Meaning(event, severity, facts.get("pid", ""), facts.get("name", ""), tuple(more))
    return None
