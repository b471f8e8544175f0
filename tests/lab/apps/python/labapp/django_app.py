"""The deeds as a Django project."""

from collections.abc import Callable, Iterator

from django.core.wsgi import get_wsgi_application
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from labapp.everything import DEEDS, Answer, Refused


class RefusalMiddleware:
    """Answers 500 for a refusal, without a word."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Stand before `get_response`."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Hand the request on."""
        return self._get_response(request)

    def process_exception(self, _request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for a refusal."""
        return HttpResponse("refused", status=500) if isinstance(exception, Refused) else None


def _view(name: str) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        result = DEEDS[name](request.GET)
        if isinstance(result, Answer):
            return HttpResponse(result.text, status=result.status, headers=dict(result.headers or {}))
        return HttpResponse(result)

    view.__name__ = name.replace("/", "_").replace("-", "_")
    return view


def give_up(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("not now", status=503)


def show_number(_request: HttpRequest, number: int) -> HttpResponse:
    if number > 100:
        raise Http404("no such number")
    return HttpResponse(str(number))


def _lines() -> Iterator[bytes]:
    yield b"a line of the report\n" * 2000
    raise RuntimeError("the report has no second line")


def stream(_request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(_lines())


urlpatterns = [path(name, _view(name)) for name in DEEDS]
urlpatterns += [path("abort", give_up), path("stream", stream), path("number/<int:number>", show_number)]
app = get_wsgi_application()
