"""Names of attributes without dots: somebody on the way made `http_route` of `http.route`.

Such a name is read as the convention's, unless its owner has the convention's name as well.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from culpa.collector.decode.promoted import LOG_PROMOTIONS, SPAN_PROMOTIONS

#: Beside what becomes a column: what resources and exceptions are read by.
_OTHERS = (
    *("service.name", "service.namespace", "service.version", "service.instance.id", "deployment.environment.name"),
    *("deployment.environment", "vcs.ref.head.revision", "host.name", "host.id", "telemetry.sdk.language"),
    "process.pid",
    *("exception.handled", "exception.in_app", "exception.root.type", "exception.root.message", "exception.chain"),
)
_SOURCES = {source.key for promotion in (*SPAN_PROMOTIONS, *LOG_PROMOTIONS) for source in promotion.sources}
#: Underscored name -> the convention's; not those that are names of their own.
_DOTTED = {
    told: key for key in sorted({*_SOURCES, *_OTHERS}) if "." in key and (told := key.replace(".", "_")) not in _SOURCES
}


def dotted(
    names: list[str], code: npt.NDArray[np.int32], owner: npt.NDArray[np.int32]
) -> tuple[list[str], npt.NDArray[np.int32]]:
    """Return distinct names and which of them each pair has, with the dots put in; `owner` is each pair's."""
    alike = [(slot, _DOTTED[name]) for slot, name in enumerate(names) if name in _DOTTED]
    if not alike:
        return names, code
    names, code = list(names), code.copy()
    for slot, key in alike:
        if key not in names:
            names.append(key)
        target = names.index(key)
        has_it = np.zeros(int(owner.max(initial=0)) + 1, np.bool_)
        has_it[owner[code == target]] = True
        code[(code == slot) & ~has_it[owner]] = target
    return names, code


def with_dots(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of one owner, with the dots put in."""
    return {
        key if (told := _DOTTED.get(key)) is None or told in attributes else told: value
        for key, value in attributes.items()
    }
