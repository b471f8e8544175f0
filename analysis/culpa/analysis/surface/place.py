"""Where to read when nobody said: the environment's store, a collector here, or ./culpa-store."""

import os
from http.client import HTTPConnection, HTTPException

#: The collector's default port for OTLP/HTTP, on which it also answers questions.
_LOCAL_PORT = 4318
#: Who is asked first where nobody said.
LOCAL_COLLECTOR = f"http://127.0.0.1:{_LOCAL_PORT}"
#: What is read where nobody said and no collector answers.
DEFAULT_FOLDER = "./culpa-store"
#: A collector on this machine answers at once; waiting longer would only delay the other choice.
_TIMEOUT_S = 1.0


def default_store() -> str:
    """Return CULPA_STORE, else the address of a collector running on this machine, else `./culpa-store`."""
    named = os.environ.get("CULPA_STORE", "")
    if named:
        return named
    return LOCAL_COLLECTOR if _collector_answers() else DEFAULT_FOLDER


def _collector_answers() -> bool:
    # Not urllib: a proxy of the environment has no business with 127.0.0.1.
    connection = HTTPConnection("127.0.0.1", _LOCAL_PORT, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
