"""What the path of a file tells of whoever wrote its lines, where the lines do not say it."""

from culpa.collector.formats import BARE, Wrapping
from culpa.collector.wrappers._names import service_of_pod
from culpa.instrumentation.patterns import late_pattern

#: Where Kubernetes' kubelet has containers' lines. Source: kubelet's `pods` folder, and the links in `containers`.
_KUBELET = (
    late_pattern(r"(?:^|/)pods/[a-z0-9-]{1,63}_(?P<pod>[a-z0-9.-]{1,253})_[0-9a-f-]{1,64}/[a-z0-9-]{1,63}/[^/]+$"),
    late_pattern(r"(?:^|/)(?P<pod>[a-z0-9.-]{1,253})_[a-z0-9-]{1,63}_[a-z0-9-]{1,63}-[0-9a-f]{64}\.log[^/]*$"),
)


def wrapping_of(path: str) -> Wrapping:
    """Return the service of the pod that a file is of; nothing for any other file."""
    found = next(filter(None, (pattern.search(path) for pattern in _KUBELET)), None)
    return Wrapping(service=service_of_pod(found["pod"]), stream=found["pod"]) if found else BARE
