"""What the app does with other companies' services."""

from collections.abc import Mapping
from typing import Any

from labapp import settings
from labapp.deeds import Answer, deed

_TIMEOUT_S = 1.0


def _get(url: str, *, check: bool = True) -> Any:
    """Ask for a URL with the client this app is set up with."""
    if settings.CLIENT == "httpx":
        import httpx

        answer: Any = httpx.get(url, timeout=_TIMEOUT_S, follow_redirects=True)
    else:
        import requests

        answer = requests.get(url, timeout=_TIMEOUT_S)
    if check:
        answer.raise_for_status()
    return answer


def _serve(path: str, url: str) -> None:
    @deed(path)
    def ask(_asked: Mapping[str, str]) -> str:
        return str(_get(url).json()["rate"])


_serve("rates", f"{settings.OUTSIDE}/rate")
_serve("rates/broken", f"{settings.OUTSIDE}/status/500")
_serve("rates/closed-for-repair", f"{settings.OUTSIDE}/status/503")
_serve("rates/too-often", f"{settings.OUTSIDE}/status/429")
_serve("rates/old-key", f"{settings.OUTSIDE}/status/401")
_serve("rates/gone", f"{settings.OUTSIDE}/status/404")
_serve("rates/slow", f"{settings.OUTSIDE}/slow")
_serve("rates/cut", f"{settings.OUTSIDE}/reset")
_serve("rates/html", f"{settings.OUTSIDE}/html")
_serve("rates/empty", f"{settings.OUTSIDE}/empty")
_serve("rates/forbidden", f"{settings.OUTSIDE}/status/403")
_serve("rates/round-and-round", f"{settings.OUTSIDE}/loop")
_serve("rates/nobody", f"http://{settings.HOST}:{settings.CLOSED}/rate")
_serve("rates/silent", f"http://{settings.HOST}:{settings.HOLE}/rate")
_serve("rates/lost-name", "http://rates.invalid/rate")
_serve("rates/secure", settings.OUTSIDE.replace("http:", "https:") + "/rate")


@deed("rates/retry")
def retry(asked: Mapping[str, str]) -> str:
    """Ask again when the first answer is an error."""
    for _try in range(3):
        answer = _get(f"{settings.OUTSIDE}/flaky/{asked['key']}", check=False)
        if answer.status_code < 500:
            return str(answer.json()["rate"])
    answer.raise_for_status()
    return "never"


@deed("rates/guess")
def guess(_asked: Mapping[str, str]) -> str:
    """Make do without the rate."""
    try:
        return str(_get(f"{settings.OUTSIDE}/status/500").json()["rate"])
    except Exception:
        return "about 2"


@deed("cards/declined")
def declined(_asked: Mapping[str, str]) -> Answer:
    answer = _get(f"{settings.OUTSIDE}/status/402", check=False)
    return Answer(answer.status_code, "your bank declined")


@deed("rates/then-bug")
def ignored_then_bug(_asked: Mapping[str, str]) -> str:
    """Get over a failed call, then fail of something else."""
    rates: dict[str, int] = {}
    _get(f"{settings.OUTSIDE}/status/404", check=False)
    return str(rates["eur"])


_serve("rates/bad-gateway", f"{settings.OUTSIDE}/status/502")
_serve("rates/gateway-timeout", f"{settings.OUTSIDE}/status/504")
_serve("rates/bad-request", f"{settings.OUTSIDE}/status/400")
_serve("rates/unprocessable", f"{settings.OUTSIDE}/status/422")
_serve("rates/half", f"{settings.OUTSIDE}/half")
_serve("rates/bad-chunk", f"{settings.OUTSIDE}/chunk")
_serve("rates/not-gzip", f"{settings.OUTSIDE}/gzip")
_serve("rates/half-json", f"{settings.OUTSIDE}/json")
_serve("rates/drip", f"{settings.OUTSIDE}/drip")
_serve("rates/not-text", f"{settings.OUTSIDE}/bytes")
_serve("rates/not-http", f"{settings.OUTSIDE}/nonsense")
_serve("rates/no-scheme", "rates.example/rate")
_serve("rates/self-signed", f"https://{settings.HOST}:{settings.SECURE}/rate")
_serve("rates/wrong-host", f"https://localhost:{settings.SECURE}/rate")
_serve("rates/plain-to-tls", f"http://{settings.HOST}:{settings.SECURE}/rate")


def _pass_on(path: str, url: str, status: int) -> None:
    @deed(path)
    def ask(_asked: Mapping[str, str]) -> "str | Answer":
        try:
            return str(_get(url).json()["rate"])
        except Exception:
            return Answer(status, "no rate")


_pass_on("rates/passed-on/broken", f"{settings.OUTSIDE}/status/500", 502)
_pass_on("rates/passed-on/slow", f"{settings.OUTSIDE}/slow", 504)
_pass_on("rates/passed-on/too-often", f"{settings.OUTSIDE}/status/429", 503)
_pass_on("rates/passed-on/nobody", f"http://{settings.HOST}:{settings.CLOSED}/rate", 503)
_pass_on("rates/passed-on/not-found", f"{settings.OUTSIDE}/status/404", 404)
_pass_on("rates/passed-on/too-often-too", f"{settings.OUTSIDE}/status/429", 429)


@deed("rates/bad-header")
def bad_header(_asked: Mapping[str, str]) -> str:
    import httpx
    import requests

    client: Any = httpx if settings.CLIENT == "httpx" else requests
    return str(client.get(f"{settings.OUTSIDE}/rate", headers={"X-Key": "one\ntwo"}, timeout=_TIMEOUT_S).json())


@deed("rates/three-tries")
def three_tries(_asked: Mapping[str, str]) -> str:
    """Let the client's own retry run out."""
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=Retry(2, backoff_factor=0.01, status_forcelist=[503])))
        return session.get(f"{settings.OUTSIDE}/status/503", timeout=_TIMEOUT_S).text


@deed("rates/urllib")
def urllib(_asked: Mapping[str, str]) -> str:
    from urllib.request import urlopen

    with urlopen(f"{settings.OUTSIDE}/status/503", timeout=_TIMEOUT_S) as answer:
        return str(answer.read())


@deed("rates/second-mirror")
def second_mirror(_asked: Mapping[str, str]) -> str:
    """Ask a mirror that is down, then one that is slow."""
    try:
        return str(_get(f"http://{settings.HOST}:{settings.CLOSED}/rate").json()["rate"])
    except Exception:
        return str(_get(f"{settings.OUTSIDE}/slow").json()["rate"])
