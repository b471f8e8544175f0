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
        if not desk.house.is_token(fields.get("token", "").strip()):
            wrong = "This is not the read token of this collector."
            return await desk.page(request, "sign_in.html", 403, to=to, wrong=wrong)
        answer = RedirectResponse(to, 303)
        answer.set_cookie(
            COOKIE,
            desk.sessions.begin(),
            max_age=SESSION_S,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
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


def _own(to: str) -> str:
    """Return an address of this site, never another's."""
    is_own = to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable() and "\\" not in to
    return to if is_own else "/"
