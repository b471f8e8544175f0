"""The deeds as a Flask app."""

import time
from collections.abc import Callable, Iterator

from flask import Flask, abort, request
from flask.typing import ResponseReturnValue

from labapp.everything import DEEDS, Answer, Refused

app = Flask(__name__)


@app.errorhandler(Refused)
def refuse(_error: Refused) -> ResponseReturnValue:
    return "refused", 500


def _view(path: str) -> Callable[[], ResponseReturnValue]:
    def view() -> ResponseReturnValue:
        result = DEEDS[path](request.args)
        if isinstance(result, Answer):
            return result.text, result.status, dict(result.headers or {})
        return result

    return view


for _path in DEEDS:
    app.add_url_rule(f"/{_path}", endpoint=_path, view_func=_view(_path))


@app.get("/abort")
def give_up() -> ResponseReturnValue:
    abort(503)


@app.get("/number/<int:number>")
def show_number(number: int) -> ResponseReturnValue:
    return {"number": number}


@app.get("/block")
def block() -> ResponseReturnValue:
    time.sleep(float(request.args.get("s", "6")))
    return "blocked"


@app.get("/stream")
def stream() -> ResponseReturnValue:
    def lines() -> Iterator[bytes]:
        yield b"a line of the report\n" * 2000
        raise RuntimeError("the report has no second line")

    return lines(), 200
