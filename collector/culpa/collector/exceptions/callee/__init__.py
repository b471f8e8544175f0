"""Which component an exception speaks of: read from its type, its words, the libraries on its stack. Pure."""

import re
from dataclasses import dataclass
from functools import lru_cache

from culpa.collector.exceptions.callee.address import find_address, system_at
from culpa.collector.exceptions.callee.frames import below_app, blocks_of, is_from_app, is_from_library
from culpa.collector.exceptions.extent import MOST_OF_MESSAGE, MOST_OF_NAME, MOST_OF_STACK
from culpa.collector.exceptions.stacktrace import Stack, read_stack
from culpa.instrumentation.patterns import late_pattern
from culpa.knowledge import ANY_DATABASE, Voice, protocol_of, scheme_of

__all__ = ["Callee", "find_callee"]


@dataclass(frozen=True, slots=True)
class Callee:
    """The component that was called when the exception was raised; '' and 0 for what it does not tell.

    `system` is OpenTelemetry's db.system.name, messaging.system or rpc.system, or `http`, `smtp`, `ldap`. `service` is
    a name that service discovery could not find. `is_relay`: it says only that another one answered with an error.
    `is_from_library`: raised by a library that may have called somebody, not by the app or its framework.
    """

    system: str = ""
    address: str = ""
    port: int = 0
    namespace: str = ""
    scheme: str = ""
    service: str = ""
    is_relay: bool = False
    is_from_library: bool = False


_NAMESPACE = late_pattern(
    r'database "([^"]+)" (?:does not exist|requested by the login)|[uU]nknown database \'([^\']+)\'|'
    r"Database `([^`]+)` does not exist"
)
_UNDISCOVERED = late_pattern(
    r"(?:no (?:available |healthy )?(?:instances?|servers?|providers?|endpoints?|upstreams?) "
    r"(?:are |is )?(?:available|found|registered|left)? ?(?:for|of|from registry for)(?: the)?"
    r"(?: service| client)?:? [\"']?"
    r"|does not have available server for client: |Unable to find instance for )([A-Za-z0-9_][A-Za-z0-9_.-]*)",
    re.IGNORECASE,
)
# Types that are raised for an answer only; others, such as requests' RequestException, for a broken connection as well.
_RELAY_TYPE = late_pattern(
    r"(?:HTTPStatusError|HTTPError|HttpServerErrorException|HttpClientErrorException|FeignException|ClientResponseError|"
    r"WebClientResponseException|BadResponseException)(?:\$\w+)?$"
)
_RELAY_WORDS = late_pattern(
    r"status(?:[ _]?code)?(?:[:=]| of| was not ok:| does not indicate success:)? ?\(?[45]\d\d|"
    r"[45]\d\d (?:server|client) error|"
    r"(?:server|client) error '[45]\d\d|[45]\d\d\] during \[[A-Z]+\] to \[|resulted in a `[45]\d\d|"
    r"HTTP(?:/[\d.]+)? (?:Error )?[45]\d\d|\b(?:response|error) \(?code:? [45]\d\d|\bserver response: [45]\d\d|"
    r"googleapi: Error [45]\d\d|\bRESPONSE [45]\d\d:|\"status\":[45]\d\d|https?://[^\s\"]{1,200}\"?: [45]\d\d\b",
    re.IGNORECASE,
)
# What aiohttp's parser makes of an answer that it cannot read bears a 400 of its own.
_UNREADABLE = late_pattern(
    r"400, message(?:='|:\s{1,8})"
    r"(?:Got more than \d|too many header|Data after|Bad status|[Ii]nvalid |Expected |Can not decode|Can't)"
)
# 503 Service Unavailable; [503] during …; 503, message=…
_STATUS_FIRST = late_pattern(r"\[?[45]\d\d(?:[ ,\]]|$)")

#: What no handler says: a server of gRPC in place of one that failed, and a client that reached nobody. Sources:
#: grpc-dotnet, grpcio, grpc-java, grpc-core, Envoy.
_OF_ANOTHER = late_pattern(
    r"Exception was thrown by handler|Exception calling application: |Application error processing RPC"
    r"|Error (?:starting gRPC call|connecting to subchannel)|failed to connect to all addresses"
    r"|upstream connect error or disconnect"
)


def find_callee(kind: str, message: str, stacktrace: str) -> Callee:
    """Read what the origin of an exception tells of its callee. Cached, because errors repeat."""
    return _find_callee(kind[:MOST_OF_NAME], message[:MOST_OF_MESSAGE], stacktrace[:MOST_OF_STACK])


@lru_cache(4096)
def _find_callee(kind: str, message: str, stacktrace: str) -> Callee:
    stack = read_stack(stacktrace) if stacktrace else Stack(())
    blocks = blocks_of(stack)
    address, port, scheme = find_address(kind, message) if message else ("", 0, "")
    if not address:
        address, port, scheme = _address_around(stack)
    namespace = _NAMESPACE.search(message)
    undiscovered = _UNDISCOVERED.search(message)
    service = undiscovered[1].rstrip(".") if undiscovered else ""
    voice = _find_voice(kind, message, below_app(blocks)) or _voice_around(stack)
    system = voice.system if voice else ""
    if system == "rpc" and is_from_app(blocks) and not _OF_ANOTHER.search(message):
        # The status that a handler answers with is raised by the handler, in the type that a client would raise.
        system = ""
    if not scheme:
        system = _heard_at(port, system)
    return Callee(
        system=system,
        address=address,
        port=port,
        namespace=next((name for name in namespace.groups() if name), "") if namespace else "",
        scheme=scheme or scheme_of(system) or ("https" if port == 443 else ""),
        service=service,
        is_relay=not service and _is_relay(system, kind, message),
        is_from_library=is_from_library(blocks),
    )


def _heard_at(port: int, heard: str) -> str:
    """Return the system at a port where only the kind of the client is heard, else what is heard.

    A client of HTTP tells nothing of what it asks: search engines and several databases are asked so, too.
    """
    listening = system_at(port)
    is_open = heard in ("", ANY_DATABASE) or (heard == "http" and listening and not protocol_of(listening))
    return listening or heard if is_open else heard


def _address_around(stack: Stack) -> tuple[str, int, str]:
    """Return the address that a wrapper tells, the nearest to the origin: a socket's own error often has none."""
    found = (find_address(one.type, one.message) for one in reversed(stack.raised[:-1]))
    return next((address for address in found if address[0]), ("", 0, ""))


def _find_voice(kind: str, message: str, stack: str) -> Voice | None:
    # Not before the first exception: it compiles the patterns of all voices.
    from culpa.collector.exceptions.callee.hearing import find_voice

    return find_voice(kind, message, stack)


def _voice_around(stack: Stack) -> Voice | None:
    """Return the client that a wrapper tells, the nearest to the origin: a socket's own error is anybody's."""
    found = (_find_voice(one.type, one.message, "") for one in reversed(stack.raised[:-1]) if not one.frames)
    return next((voice for voice in found if voice), None)


def _is_relay(system: str, kind: str, message: str) -> bool:
    if kind.startswith("aiohttp.http_exceptions.") or _UNREADABLE.match(message):
        return False
    relay = _RELAY_TYPE.search(kind) or _RELAY_WORDS.search(message)
    return bool(relay or (system == "http" and _STATUS_FIRST.match(message)))
