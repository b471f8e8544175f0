"""The writer before each line: of kail, kubetail and App Platform, and of Docker where it is asked for details."""

import re
from collections.abc import Sequence

from culpa.collector.wrappers._dated import stands_alone
from culpa.collector.wrappers._prefixes import prefix
from culpa.collector.wrappers._wrapping import Wrapper
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
    rb"(?:\[(?P<service>[a-z][a-z0-9-]{0,62})\] )?\[(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\](?:$| (?P<words>.*))",
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


KAIL = prefix("kail", _KAIL, "shop/web-6cd8944c67-nfb69[app]: INFO: ok")
KUBETAIL = prefix("kubetail", _KUBETAIL, "[web-6cd8944c67-nfb69 app] INFO: ok")
APP_PLATFORM = prefix(
    "App Platform", _APP_PLATFORM, "[web] [2026-05-01 10:00:00] INFO:     ok", "INFO:     ok", _is_dated
)
_DOCKER_DETAILS = prefix("docker logs --details", _DETAILS, "IMAGE_NAME=shop ok", "ok")
