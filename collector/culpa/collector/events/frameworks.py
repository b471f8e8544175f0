"""What frameworks log of a request whose work raised an exception that nobody caught: they answer 500 then."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from culpa.instrumentation.patterns import late_pattern

_TARGET = r"(?P<target>/[^\s\"\]]{0,2000})"

#: The begin of the message; a group tells of the request what the words tell.
_FAILURES = tuple(
    late_pattern(words)
    for words in (
        # Flask, Django, aiohttp and gunicorn, ASGI servers
        r"Exception in ASGI application",
        r"Error handling request(?: (?P<method>[A-Z]+))?(?: (?P<target>/\S*))?",
        r"Exception on (?P<target>\S+) \[(?P<method>[A-Z]+)\]",
        r"(?:Internal Server Error|Service Unavailable|Bad Gateway|Gateway Timeout): (?P<target>/\S*)",
        # Tornado, waitress, Sanic
        rf"Uncaught exception (?P<method>[A-Z]{{3,10}}) {_TARGET} \(",
        rf"Exception while serving {_TARGET}",
        r"Exception occurred while handling uri: ['\"]https?://[^/\s'\"]{1,255}(?P<target>/[^\s'\"]{0,2000})",
        # pyramid_exclog: the whole message is the URL
        r"(?:\[[^\]\n]{1,80}\]){0,3} ?'https?://[^/\s']{1,255}(?P<target>/[^\s']{0,2000})'(?:\n|$)",
        # Tomcat, Undertow, Quarkus, Spring WebFlux, Micronaut, Dropwizard, Play
        r"Servlet\.service\(\) for servlet \[[^\]]{0,200}\] in context with path \[[^\]]{0,200}\] threw exception",
        rf"UT\d{{6}}: Exception handling request to {_TARGET}",
        # The page that it could not make is not what was asked for.
        r"UT\d{6}: Exception generating error page ",
        rf"HTTP Request to {_TARGET} failed, error id: ",
        rf"(?:\[[\w/-]{{1,40}}\] {{1,3}})?500 Server Error for HTTP (?P<method>[A-Z]{{3,10}}) \"{_TARGET}\"",
        r"Unexpected error occurred: ",
        r"(?:[Uu]ncaught|[Uu]nhandled|[Uu]nexpected) [Ii]nternal [Ss]erver [Ee]rror\b",
        r"Error handling a request: [0-9a-f]{16}\b",
        rf"! @\w{{1,20}} - Internal server error, for \((?P<method>[A-Z]{{3,10}})\) \[{_TARGET}\]",
        # ASP.NET Core
        r"(?:Connection id \"[^\"]{1,60}\"(?:, Request id \"[^\"]{1,80}\")?: )?An unhandled exception (?:has occurred"
        r" while executing the request|was thrown by the application)",
        # Phoenix behind cowboy and bandit
        r"#PID<[\d.]{3,20}> running [\w.]{1,120} (?:\([^)\n]{1,120}\) )?terminated\nServer: \S{1,200} \(https?\)\n"
        r"Request: (?P<method>[A-Z]{3,10}) (?P<target>/\S{0,2000})",
        # and where an export mixed up the lines
        r"#PID<[\d.]{3,20}> running [\w.]{1,120}Endpoint (?:\([^)\n]{1,120}\) )?terminated\b",
        # actix and Rocket
        r"(?:Internal Server Error: \"|ISE while responding to request)",
        # Werkzeug's own words for what it answers, and for what its development server could not
        r"500 Internal Server Error: The server encountered an internal error",
        r"Error on request:$",
        # Tornado, Jupyter
        r"Uncaught exception (?P<method>[A-Z]{3,8}) (?P<target>/\S{0,2000}) \(",
        # Go's net/http: the answer stops where the handler did; echo and go-restful answer for one that panicked
        r"http2?: panic serving \S{1,80}: ",
        r"\[PANIC RECOVER\] ",
        r"recover from panic situation: - ",
        # Grails
        rf"Exception occurred when processing request: \[(?P<method>[A-Z]{{3,8}})\] {_TARGET}",
        # What people write themselves
        rf"(?:(?:An?|[Uu]nhandled|[Uu]ncaught|[Uu]nexpected|[Ii]nternal|[Ss]erver) ){{0,4}}"
        rf"(?:[Ee]rror|[Ee]xception|[Ff]ailure|[Pp]anic) (?:(?:occurred|was thrown|in|on|while|when|during) ){{0,2}}"
        rf"(?:handling|processing|serving|running|executing) "
        rf"(?:(?:the|an?|this|your|API|HTTP|api|http|web|incoming|client) ){{0,3}}"
        rf"(?:request|route|endpoint)\b(?:[:,]? (?:\[?(?P<method>[A-Z]{{3,8}})\]? )?{_TARGET})?",
        # and what they have Flask show
        r"(?i:(?:unhandled |uncaught )?(?:exception|error) (?:in|on|for|handling|during) request):? "
        r"<Request '(?:https?://[^/\s']{1,255})?(?P<target>/[^\s']{0,2000})' \[(?P<method>[A-Z]{3,8})\]>",
    )
)


#: What a logger may have put before: the process, the user, itself and its thread in brackets.
_BEFORE = late_pattern(r"(?:(?:\d{1,10}|None|-) {1,12}|\[[^\]\n]{1,120}\] ?){1,3}")
#: CakePHP tells it below the exception, Jetty's page below the status.
_TOLD_BELOW = late_pattern(rf"^(?:Request URL: |RequestURI=|URI:\s{{1,4}}){_TARGET}", re.MULTILINE)
_BELOW = ("Request URL: /", "RequestURI=/", "URI:")


class FailedRequest(NamedTuple):
    """What a message tells of the request that failed; absent is ''."""

    method: str = ""
    target: str = ""


def framework_failure(message: str) -> FailedRequest | None:
    """Return what a framework's message tells of a request that failed, None for any other message."""
    for told in _without_logger(message):
        for words in _FAILURES:
            if found := words.match(told):
                named = found.groupdict()
                return FailedRequest(named.get("method") or "", (named.get("target") or "").rstrip(",:;"))
    below = _TOLD_BELOW.search(message) if any(words in message for words in _BELOW) else None
    return FailedRequest("", below["target"]) if below else None


def _without_logger(message: str) -> Iterator[str]:
    yield message
    if before := _BEFORE.match(message):
        yield message[before.end() :]
