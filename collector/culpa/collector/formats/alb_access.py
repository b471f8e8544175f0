"""Access log of AWS's load balancers: the Application Load Balancer's, and the Classic one's.

Source: Elastic Load Balancing user guides, `Access logs` and `Troubleshoot` (2025).
"""

import re

from culpa.collector.formats._extent import SHORT_LINE, text_of
from culpa.collector.formats._format import Format, Record, Source, Unreadable
from culpa.collector.formats._gateway import Exchange, gateway_row
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._rows import AccessRow
from culpa.collector.formats._values import count, host_and_port, seconds_ns, text
from culpa.instrumentation.patterns import late_pattern

_SECONDS = r"(?:-1|\d{1,9}(?:\.\d{1,9})?)"
_LINE = late_pattern(
    r"(?:(?P<type>https?|h2|grpcs|wss?) )?(?P<time>\d{4}-\d\d-\d\dT[\d:.]{8,20}Z) (?P<elb>\S+) "
    r"(?P<client>\S+:\d{1,5}) (?P<target>\S+) "
    rf"(?P<before>{_SECONDS}) (?P<during>{_SECONDS}) (?P<after>{_SECONDS}) "
    r"(?P<status>\d{3}) (?P<target_status>\d{1,3}|-) (?P<received>-?\d+) (?P<sent>-?\d+) "
    r'"(?P<request>[^"]*)"(?P<more> .*)?',
    re.DOTALL,
)
_FIELD = late_pattern(r'"([^"]*)"|(\S+)')
_ROOT = late_pattern(r"Root=1-([0-9a-f]{8})-([0-9a-f]{24})")
#: What stands behind the request, of the Application Load Balancer.
_MORE = (
    "user_agent", "ssl_cipher", "ssl_protocol", "target_group_arn", "trace_id", "domain_name", "chosen_cert_arn",
    "matched_rule_priority", "request_creation_time", "actions_executed", "redirect_url", "error_reason",
)  # fmt: skip
_FIRST_FAILURE = 500
#: The client closed the connection before the idle timeout.
_CLIENT_LEFT = 460


def _opens(line: str) -> bool:
    return _LINE.match(line[:SHORT_LINE]) is not None


def _read(record: Record, source: Source) -> AccessRow:
    line = _LINE.fullmatch(text_of(record))
    if not line:
        raise Unreadable("not a line of a load balancer's access log")
    found = _FIELD.findall(line["more"] or "", 0, SHORT_LINE)[: len(_MORE)]
    more = dict(zip(_MORE, (quoted or bare for quoted, bare in found), strict=False))
    parts = [seconds_ns(line[name]) for name in ("before", "during", "after")]
    ended = iso_ns(line["time"], source.zone)
    method, _, target = line["request"].partition(" ")
    root = _ROOT.search(more.get("trace_id", ""))
    # Of a target that was not asked the Classic one says 0.
    target_status = line["target_status"] if line["target_status"] not in ("-", "0") else ""
    exchange = Exchange(
        status=int(line["status"]),
        ended_ns=ended,
        duration_ns=sum(part for part in parts if part > 0),
        method=text(method),
        target=text(target.rpartition(" ")[0]),
        client=host_and_port(line["client"])[0],
        host=text(more.get("domain_name")),
        upstream=text(line["target"]),
        upstream_status=target_status,
        upstream_name=_group(more.get("target_group_arn", "")),
        header_ns=max(parts[1], 0) if target_status else -1,
        trace_id="".join(root.groups()) if root else "",
        bytes_sent=count(line["sent"]),
        reason=_reason(int(line["status"]), target_status, line["target"], more.get("error_reason", "")),
        has_client_left=int(line["status"]) == _CLIENT_LEFT,
        extras=[
            ("user_agent.original", more.get("user_agent")),
            ("aws.elb", line["elb"]),
            ("aws.actions_executed", more.get("actions_executed")),
        ],
    )
    return gateway_row(FORMAT, exchange, record, source)


def _group(arn: str) -> str:
    """Return the name of a target group."""
    return arn.partition("targetgroup/")[2].partition("/")[0]


def _reason(status: int, target_status: str, target: str, error: str) -> str:
    """Return what is known of an answer that is the balancer's own, '' of one that is the target's."""
    if status < _FIRST_FAILURE or target_status == str(status):
        return ""
    whom = "no target" if target == "-" else "a target"
    return f"ELB {status} with {whom}" + (f" {error}" if text(error) else "")


FORMAT = Format(name="alb_access", service_name="elb", read=_read, opens=_opens)
