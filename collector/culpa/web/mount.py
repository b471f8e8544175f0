"""How the collector gets the page: the entry point `page` of the group `culpa.mounts`."""

from starlette.applications import Starlette

from culpa.web.house import House
from culpa.web.site import make_site


def mount(house: House) -> tuple[str, Starlette]:
    """Return the path of the page and its app."""
    return "/", make_site(house)
