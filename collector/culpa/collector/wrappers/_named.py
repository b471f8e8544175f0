"""The writer before each line: of kail, kubetail and App Platform, and of Docker where it is asked for details."""

import re
from collections.abc import Callable, Sequence
from functools import partial

from culpa.collector.formats import Wrapping
from culpa.collector.wrappers._dated import stands_alone
from culpa.collector.wrappers._names import service_of, service_of_pod
from culpa.collector.wrappers._pieces import PieceLayer
from culpa.collector.wrappers._wrapping import Taken, Wrapper
from culpa.instrumentation.patterns import late_pattern

#: kail, with which Knative's tests write down what ran: namespace, pod, container.
_KAIL = late_pattern(
    rb"(?P<stream>[a-z0-9-]{1,63}/(?P<pod>[a-z0-9.-]{1,253})\[[a-z0-9-]{1,63}\]): ?(?P<words>.*)",
    re.DOTALL,
)
#: kubetail: pod, and container where it has several; only a pod of a Deployment has a name that nothing else has.
_KUBETAIL = late_pattern(
    rb"\[(?P<stream>(?P<pod>[a-z][a-z0-9-]{1,200}-[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5})"
    rb"(?: [a-z][a-z0-9-]{0,62})?)\] ?(?P<words>.*)",
    re.DOTALL,
)
#: DigitalOcean's App Platform: component, where there are several, and time.
_APP_PLATFORM = late_pattern(
    rb"(?:\[(?P<stream>[a-z][a-z0-9-]{0,62})\] )?\[(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\](?:$| (?P<words>.*))",
    re.DOTALL,
)
#: `docker logs --details`: labels and variables of the container, which every line has alike.
_DETAILS = late_pattern(
    rb"(?!(?:level|lvl|severity|time|ts|msg)=)"
    rb"(?P<details>[A-Za-z_][\w.-]{0,100}=[^\s,\"]{0,300}(?:,[A-Za-z_][\w.-]{0,100}=[^\s,\"]{0,300}){0,20}) "
    rb"(?P<words>.*)",
    re.DOTALL,
)
_PAIR = late_pattern(rb"[A-Za-z_][\w.-]{0,100}=")
#: Fewer lines may have the same pairs before them by chance.
_LEAST_LINES = 3


def _taken(pattern: re.Pattern[bytes], line: bytes) -> Taken | None:
    found = pattern.match(line)
    if not found:
        return None
    told = {key: value.decode("utf-8", "replace") for key, value in found.groupdict().items() if value}
    pod, stream = told.get("pod", ""), told.get("stream", "")
    named = service_of_pod(pod) if pod else service_of(stream)
    return Taken(found["words"] or b"", Wrapping(told.get("time", ""), named, stream))


def details_of(lines: Sequence[bytes]) -> Wrapper | None:
    """Return what takes off a container's details, if the same ones stand before each of a file's first lines."""
    return _DOCKER_DETAILS if _are_detailed(lines) else None


def _are_detailed(lines: Sequence[bytes]) -> bool:
    """Say whether every line begins with the same pairs, and none of the lines is of pairs itself."""
    found = [one for line in lines if (one := _DETAILS.match(line))]
    if len(found) < max(len(lines), _LEAST_LINES) or len({one["details"] for one in found}) > 1:
        return False
    return not any(_PAIR.match(one["words"]) for one in found)


def _is_dated(lines: Sequence[bytes]) -> bool:
    found = (_APP_PLATFORM.match(line) for line in lines)
    return any(one and one["words"] and stands_alone(one["words"]) for one in found)


def _wrapper(
    name: str,
    pattern: re.Pattern[bytes],
    sample: tuple[str, str],
    is_proven: Callable[[Sequence[bytes]], bool] = lambda _lines: True,
) -> Wrapper:
    take = partial(_taken, pattern)
    return Wrapper(name, lambda line: pattern.match(line) is not None, lambda: PieceLayer(take), sample, is_proven)


KAIL = _wrapper("kail", _KAIL, ("shop/web-6cd8944c67-nfb69[app]: INFO: ok", "INFO: ok"))
KUBETAIL = _wrapper("kubetail", _KUBETAIL, ("[web-6cd8944c67-nfb69 app] INFO: ok", "INFO: ok"))
APP_PLATFORM = _wrapper(
    "App Platform",
    _APP_PLATFORM,
    ("[web] [2026-05-01 10:00:00] INFO:     ok", "INFO:     ok"),
    _is_dated,
)
_DOCKER_DETAILS = _wrapper("docker logs --details", _DETAILS, ("IMAGE_NAME=shop ok", "ok"))
