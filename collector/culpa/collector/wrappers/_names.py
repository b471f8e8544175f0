"""Names of containers, pods, dynos and units, and the service that they are one of several of."""

from culpa.instrumentation.patterns import late_pattern

#: What orchestrators put behind a name, each once: a task's id, a number, the hashes of a ReplicaSet and its pod.
_SWARM = late_pattern(r"\.\d{1,6}\.[a-z0-9]{20,30}(?:@[\w.-]{1,253})?$")
_NUMBER = late_pattern(r"[-_.]\d{1,6}$")
_POD = late_pattern(r"(?:-[a-z0-9]{6,10})?-[bcdfghjklmnpqrstvwxz2456789]{5}$")
_UNIT = late_pattern(r"(?:@[^@]{0,250})?\.(?:service|scope|socket)$")
#: No process has so long a number.
_PID_DIGITS = 11
#: Docker's tags: `docker/{{.Name}}` and `{{.Name}}/{{.ID}}`; the journal's `with-unit`: `{unit}/{program}`.
_TAG = late_pattern(r"docker/(?P<name>[\w.-]+)(?:/[0-9a-f]{12})?|(?P<before>[\w.-]+)/(?:[0-9a-f]{12}|[0-9a-f]{64})")
_ID = late_pattern(r"[0-9a-f]{12}|[0-9a-f]{64}")
_UNIT_TAG = late_pattern(r"(?P<unit>[\w.@:\\-]+\.(?:service|scope|socket))/.+")
#: The hash of a pod has a figure nearly always; without this a name like `my-cache` would lose its end.
_FIGURE = late_pattern(r"\d")


def own_pid(program: str, pid: str) -> int:
    """Return the process that a line is of, 0 if not told: what systemd says is of the processes that it starts."""
    return int(pid) if pid.isdecimal() and len(pid) < _PID_DIGITS and program != "systemd" else 0


def service_of(name: str) -> str:
    """Return the service of a container, dyno or program: `web-1`, `web_1`, `web.1` and `web.1.<id>@node` are `web`."""
    short = _SWARM.sub("", name)
    return (_NUMBER.sub("", short) if short == name else short) or name


def service_of_tag(tag: str) -> str:
    """Return the service that a tag names: a container's, a unit's or a program's; '' for a container's bare id."""
    if _ID.fullmatch(tag):
        return ""
    if found := _TAG.fullmatch(tag):
        return service_of(found["name"] or found["before"])
    found = _UNIT_TAG.fullmatch(tag)
    return service_of_unit(found["unit"]) if found else service_of(tag)


def service_of_pod(name: str) -> str:
    """Return the service of a pod: `web-6cd8944c67-nfb69` and `web-0` are `web`."""
    found = _POD.search(name)
    if found and found.start() and _FIGURE.search(found[0]):
        return name[: found.start()]
    return _NUMBER.sub("", name) or name


def service_of_unit(name: str) -> str:
    """Return the service of a unit of systemd: `shop.service` and `shop@2.service` are `shop`."""
    return _UNIT.sub("", name) or name
