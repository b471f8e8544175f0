"""The dialects that are known, and which of them a file speaks."""

from culpa.collector.dialects.app_insights import APP_INSIGHTS
from culpa.collector.dialects.clickhouse import CLICKHOUSE
from culpa.collector.dialects.console import CONSOLE
from culpa.collector.dialects.datadog import DATADOG, DATADOG_PRINTED
from culpa.collector.dialects.debug import DEBUG
from culpa.collector.dialects.debug_logs import DEBUG_LOGS
from culpa.collector.dialects.dialect import Dialect, Printed
from culpa.collector.dialects.dotnet import DOTNET
from culpa.collector.dialects.elastic import ELASTIC
from culpa.collector.dialects.jaeger import JAEGER
from culpa.collector.dialects.lines import lines_of
from culpa.collector.dialects.ruby import RUBY
from culpa.collector.dialects.sentry import SENTRY
from culpa.collector.dialects.skywalking import SKYWALKING
from culpa.collector.dialects.stdout import STDOUT
from culpa.collector.dialects.tempo import TEMPO
from culpa.collector.dialects.xray import XRAY
from culpa.collector.dialects.zipkin import ZIPKIN

JSON = (SKYWALKING, XRAY, TEMPO, JAEGER, STDOUT, CLICKHOUSE, ELASTIC, SENTRY, DATADOG, ZIPKIN, APP_INSIGHTS)
PRINTED = (DEBUG, DEBUG_LOGS, CONSOLE, DATADOG_PRINTED, DOTNET, RUBY, *lines_of((STDOUT,)))


def json_dialect_of(head: bytes) -> Dialect | None:
    """Return the dialect of a file of JSON by its first bytes, None if it speaks none."""
    return next((each for each in JSON if each.is_spoken(head)), None)


def printed_in(head: bytes) -> tuple[Printed, ...]:
    """Return what prints traces among the lines of a file by its first bytes."""
    return tuple(each for each in PRINTED if each.is_spoken(head))
