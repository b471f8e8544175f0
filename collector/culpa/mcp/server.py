"""The server of the protocol: it lists the tools and carries out their calls, over whatever transport."""

import logging
from importlib.metadata import version
from typing import Any, Final

from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as Listed

from culpa.analysis.explanation.explain import AmbiguousTrace, NoSuchTrace, NotATraceId
from culpa.analysis.plain import flowing, shortened
from culpa.analysis.surface.filters import NotAFilter
from culpa.mcp.answer import NOTICE, written
from culpa.mcp.arguments import BadArguments, checked
from culpa.mcp.tool import Tool, all_tools
from culpa.store import QueryFailed, QueryRefused, StoreError
from culpa.web.desk import Desk
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

logger = logging.getLogger("culpa.mcp")

_INSTRUCTIONS: Final = (
    "culpa names the component behind every HTTP request that was answered 5xx. With an id: explain_request. Without "
    "one: list_problems, then get_problem. A verdict says component, cause, confidence and evidence; `unknown` is an "
    f"answer, and what_is_missing says which telemetry would tell more. {NOTICE}"
)
#: An error of the engine may quote a whole query.
_MOST_CHARS: Final = 1_000
#: What each trouble means for whoever asked.
_ADVICE: Final[tuple[tuple[type[Exception], str], ...]] = (
    (NoSuchTrace, "list_problems and `select trace_id from verdicts` have the ids that are known"),
    (AmbiguousTrace, "call it again with one of these ids"),
    (NotATraceId, "list_problems has ids"),
    (NotAFilter, "correct it and call again"),
    (BadArguments, "correct it and call again"),
    (QueryRefused, "only one SELECT is answered, and nothing outside of the store is read"),
    (QueryFailed, "correct the query; `describe verdicts` lists columns"),
    (StoreError, "this is no fault of the call: try again later, or tell the user"),
)


def make_server(desk: Desk) -> Server[dict[str, Any]]:
    """Return a server that answers from a desk."""
    tools = all_tools()

    async def listed(
        context: ServerRequestContext[dict[str, Any]], params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        del context, params
        return ListToolsResult(tools=[_listed(tool) for tool in tools.values()])

    async def called(context: ServerRequestContext[dict[str, Any]], params: CallToolRequestParams) -> CallToolResult:
        del context
        tool = tools.get(params.name)
        if tool is None:
            raise MCPError(INVALID_PARAMS, f"there is no tool {params.name[:100]!r}; the tools are {', '.join(tools)}")
        return await _called(desk, tool, params.arguments or {})

    return Server(
        "culpa",
        version=version("culpa"),
        title="culpa",
        description="Names the failing component behind every HTTP 500.",
        instructions=_INSTRUCTIONS,
        on_list_tools=listed,
        on_call_tool=called,
    )


def _listed(tool: Tool) -> Listed:
    hints = ToolAnnotations(
        title=tool.title, read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    return Listed(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.takes,
        output_schema=tool.gives,
        annotations=hints,
    )


async def _called(desk: Desk, tool: Tool, given: dict[str, Any]) -> CallToolResult:
    try:
        taken = checked(tool.takes, given)
        sent = written(await tool.work(desk, taken), taken["max_bytes"])
    except Exception as error:
        if advice := next((text for kind, text in _ADVICE if isinstance(error, kind)), ""):
            return _failed(error, advice)
        logger.exception("tool %s", tool.name)
        return CallToolResult(content=[_text("This is a mistake of culpa's; its log has more.")], is_error=True)
    return CallToolResult(content=[_text(sent.text)], structured_content=sent.structured)


def _failed(error: Exception, advice: str) -> CallToolResult:
    # It may quote what was asked, or what is kept.
    said = shortened(flowing(str(error)[: 4 * _MOST_CHARS]), _MOST_CHARS)
    return CallToolResult(content=[_text(f"{said}\nWhat to do: {advice}.")], is_error=True)


def _text(text: str) -> TextContent:
    return TextContent(type="text", text=text)
