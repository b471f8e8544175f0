"""`POST /v1/backup`: what the store holds now, as a tar stream, without the sealed files that the caller has."""

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from culpa.collector.admission import Refused, admit, json_body, refusing
from culpa.collector.queries import Holding
from culpa.collector.receivers._parts import Parts
from culpa.collector.receivers._streaming import Streamed, Unfinished
from culpa.store import PACKING, PackingOrder, StoreError, packing_environment, packing_failure

logger = logging.getLogger("culpa.collector")

TAR = "application/x-tar"
#: So many sealed files may be known; each takes some hundred bytes.
MAX_KNOWN = 10_000
KNOWN_NAME = r"^sealed-[0-9]{6,12}\.duckdb$"
KNOWN_IDENTITY = r"^[0-9]{1,20}-[0-9a-f]{32}$"
_NAME = re.compile(r"^sealed-[0-9]{6,12}\.duckdb\Z")
_IDENTITY = re.compile(r"^[0-9]{1,20}-[0-9a-f]{32}\Z")
_MAX_BYTES = 200 * MAX_KNOWN
_EXAMPLE = '{"known": {"sealed-000001.duckdb": "8400896-5d41402abc4b2a76b9719d911017c592"}}'
_PART_BYTES = 256 * 1024
#: Who takes nothing of it for so long has gone away.
_STALL_S = 60.0


def routes(parts: Parts) -> list[BaseRoute]:
    """Return the route; one backup is made at a time."""
    return [Route("/v1/backup", _endpoint(parts), methods=["POST"])]


def _endpoint(parts: Parts) -> Callable[[Request], Awaitable[Response]]:
    holding = Holding(parts.store, 1)
    turn = asyncio.Semaphore(1)

    @refusing
    async def answer(request: Request) -> Response:
        admit(request, parts.settings, "read")
        known = _known(await json_body(request, _MAX_BYTES, "a list of files", _EXAMPLE))
        if turn.locked():
            return JSONResponse(
                {"message": "a backup is being made already; come back"}, 429, headers={"Retry-After": "10"}
            )
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(turn)
            try:
                process, first = await _begun(parts, holding, known, stack)
            except (StoreError, OSError) as error:
                return JSONResponse({"message": str(error)}, 503, headers={"Retry-After": "10"})
            # What was entered ends with the answer, not with this call.
            return Streamed(_body(process, first, stack.pop_all()), TAR, stall_s=_STALL_S)
        raise AssertionError("unreachable")

    return answer


async def _begun(
    parts: Parts, holding: Holding, known: dict[str, str], stack: AsyncExitStack
) -> tuple[asyncio.subprocess.Process, bytes]:
    """Start the process that packs; return it and what it says first: then it needs the snapshot no more."""
    process = await asyncio.create_subprocess_exec(
        *PACKING,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd="/",
        env=packing_environment(),
    )
    stack.push_async_callback(_end, process)
    assert process.stdin and process.stdout and process.stderr  # noqa: S101 - they are pipes
    async with AsyncExitStack() as held:
        snapshot = await holding.enter(held)
        order = PackingOrder(snapshot.path, snapshot.wal_bytes, known, parts.settings.min_free_bytes)
        process.stdin.write(f"{order.text()}\n".encode())
        first = await process.stdout.read(_PART_BYTES)
    if not first:
        raise packing_failure((await process.stderr.read()).decode("utf-8", "replace"))
    return process, first


async def _body(process: asyncio.subprocess.Process, first: bytes, stack: AsyncExitStack) -> AsyncGenerator[bytes]:
    async with stack:
        assert process.stdout and process.stderr  # noqa: S101 - they are pipes
        part = first
        while part:
            yield part
            part = await process.stdout.read(_PART_BYTES)
        if await process.wait():
            logger.warning("a backup broke off: %s", (await process.stderr.read()).decode("utf-8", "replace").strip())
            raise Unfinished


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


def _known(asked: object) -> dict[str, str]:
    known = cast(dict[str, object], asked).get("known") if isinstance(asked, dict) else None
    if not isinstance(known, dict) or len(files := cast(dict[str, object], known)) > MAX_KNOWN:
        raise Refused(400, f"expected JSON: {_EXAMPLE}; known may be empty, or have {MAX_KNOWN} files")
    for name, identity in files.items():
        if not _NAME.match(name) or not isinstance(identity, str) or not _IDENTITY.match(identity):
            raise Refused(400, f"expected JSON: {_EXAMPLE}; {name!a} is no sealed file with its identity")
    return cast(dict[str, str], files)
