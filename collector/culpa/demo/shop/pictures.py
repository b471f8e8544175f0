"""Thumbnails of the products' pictures."""

import os
import signal

from fastapi import APIRouter

router = APIRouter(prefix="/pictures")


@router.post("/{name}/thumbnail")
def make_thumbnail(name: str, width: int = 64, height: int = 64) -> dict[str, int]:
    """Draw a picture smaller. A `.raw` picture is too much for the decoder: it takes the process with it."""
    if name.endswith(".raw"):
        os.kill(os.getpid(), signal.SIGKILL)
    canvas = bytearray(width * height * 3)
    return {"bytes": len(canvas)}
