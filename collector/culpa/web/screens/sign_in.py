"""Sign in with the read token, once: the browser then shows a session, never the token."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from culpa.web.desk import Desk
from culpa.web.entry import COOKIE, SESSION_S, BadForm, read_form


def routes(desk: Desk) -> list[BaseRoute]:
    """Return the routes."""

    async def show(request: Request) -> Response:
        if not desk.house.wants_token:
            return RedirectResponse("/", 303)
        return await desk.page(request, "sign_in.html", to=_own(request.query_params.get("to", "/")), wrong="")

    async def sign_in(request: Request) -> Response:
        try:
            fields = await read_form(request)
        except BadForm as error:
            return await desk.page(request, "sign_in.html", 400, to="/", wrong=str(error))
        to = _own(fields.get("to", "/"))
        peer = request.client.host if request.client else ""
        if wait_s := desk.guesses.wait_s(peer):
            # Also the right token: else it would be known by the answer.
            wrong = f"Too many wrong tokens came from your address; try again in {wait_s} s."
            answer = await desk.page(request, "sign_in.html", 429, to=to, wrong=wrong)
            answer.headers["Retry-After"] = str(wait_s)
            return answer
        if not desk.house.is_token(fields.get("token", "").strip()):
            desk.guesses.wrong(peer)
            wrong = "This is not the read token of this collector."
            return await desk.page(request, "sign_in.html", 403, to=to, wrong=wrong)
        desk.guesses.right(peer)
        answer = RedirectResponse(to, 303)
        answer.set_cookie(
            COOKIE,
            desk.sessions.begin(),
            max_age=SESSION_S,
            httponly=True,
            samesite="strict",
            secure=_is_https(request),
        )
        return answer

    async def sign_out(request: Request) -> Response:
        desk.sessions.end(request.cookies.get(COOKIE, ""))
        answer = RedirectResponse("/sign-in", 303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer

    return [
        Route("/sign-in", show),
        Route("/sign-in", sign_in, methods=["POST"]),
        Route("/sign-out", sign_out, methods=["POST"]),
    ]


def _is_https(request: Request) -> bool:
    """Say whether the browser speaks HTTPS, perhaps with a proxy in front: its page says so, and is one of ours."""
    return request.url.scheme == "https" or request.headers.get("origin", "").lower().startswith("https://")


def _own(to: str) -> str:
    """Return an address of this site, never another's."""
    is_own = to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable() and "\\" not in to
    return to if is_own else "/"
