"""The carrier: an outside company that sends no telemetry, and answers 200 also when it has nothing to give."""

import time

from fastapi import FastAPI

app = FastAPI(title="Carrier")
#: Deliveries that it takes within so many seconds.
QUOTA, WINDOW_S = 4, 30.0
taken: list[float] = []


@app.get("/slots")
def give_slot() -> dict[str, str]:
    """Give a slot, or say that none is left."""
    now = time.monotonic()
    taken[:] = [at for at in taken if now - at < WINDOW_S]
    if len(taken) >= QUOTA:
        return {"error": "no slots left"}
    taken.append(now)
    return {"slot": f"{len(taken)} of {QUOTA}"}
