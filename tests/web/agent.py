"""An agent's client, as the official SDK has it: it asks a server over stdio or HTTP."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

Work = Callable[[Client], Awaitable[Any]]


def over_stdio(where: str, work: Work, **more: Any) -> Any:
    """Do some work with a `culpa mcp` of a store."""
    command = ["-m", "culpa.instrumentation.cli", "mcp", "--store", where]

    async def run() -> Any:
        async with Client(stdio_client(StdioServerParameters(command=sys.executable, args=command)), **more) as client:
            return await work(client)

    return asyncio.run(run())


def over_http(url: str, work: Work, **more: Any) -> Any:
    """Do some work with the `/mcp` of a collector."""

    async def run() -> Any:
        async with Client(f"{url}/mcp", **more) as client:
            return await work(client)

    return asyncio.run(run())


def size_of(answer: Any) -> int:
    """Return how long both forms of an answer are. Unit: bytes."""
    structured = json.dumps(answer.structured_content, ensure_ascii=False, separators=(",", ":"))
    return len(structured.encode()) + len(text_of(answer).encode())


def text_of(answer: Any) -> str:
    """Return the Markdown of an answer."""
    [content] = answer.content
    return str(content.text)
