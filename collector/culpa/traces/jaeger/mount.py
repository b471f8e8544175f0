"""How the collector gets Jaeger's query API: the entry point `jaeger` of the group `culpa.mounts`."""

from starlette.applications import Starlette

from culpa.traces.answering import make_app
from culpa.traces.house import House
from culpa.traces.jaeger import v1, v3
from culpa.traces.reader import Reader

PATH = "/jaeger"


def mount(house: House) -> tuple[str, Starlette]:
    """Return the path of the API and its app."""
    reader = Reader(house)
    return PATH, make_app(
        "Jaeger's query API, v1 and v3, as culpa answers it", [*v1.routes(reader), *v3.routes(reader)]
    )
