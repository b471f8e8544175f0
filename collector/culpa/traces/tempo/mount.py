"""How the collector gets Tempo's query API: the entry point `tempo` of the group `culpa.mounts`."""

from starlette.applications import Starlette

from culpa.traces.answering import make_app
from culpa.traces.house import House
from culpa.traces.reader import Reader
from culpa.traces.tempo.api import routes


def mount(house: House) -> tuple[str, Starlette]:
    """Return the path of the API and its app."""
    return "/tempo", make_app("a part of Tempo's query API, as culpa answers it", routes(Reader(house)))
