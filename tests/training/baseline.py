"""The rule that most tools apply, as a yardstick: blame the deepest red span, by its exception's type.

It gets every help that needs no thought: the component is the peer of a red CLIENT span, named as the
contract names it, else the span's service; the cause follows from the type of that span's exception.
"""

import re

import duckdb

_DEEPEST = """
with recursive red as (
    select s.trace_id, s.span_id, s.parent_span_id, s.kind, s.service_name, s.db_system_name, s.db_namespace,
        s.server_address, s.server_port, s.url_full, s.start_time, s.status_message, s.error_type,
        s.http_response_status_code
    from memory.main.spans as s
    where s.status_code = 2
),
-- The number of spans above each one; a cycle of parents ends at 60.
depth as (
    select s.trace_id, s.span_id, 0 as levels
    from memory.main.spans as s
    where not exists (
        select 1 from memory.main.spans as p where p.trace_id = s.trace_id and p.span_id = s.parent_span_id
    )
    union all
    select c.trace_id, c.span_id, d.levels + 1
    from depth as d
    join memory.main.spans as c on c.trace_id = d.trace_id and c.parent_span_id = d.span_id
    where d.levels < 60
)
select r.trace_id, r.kind, r.service_name, r.db_system_name, r.db_namespace, r.server_address,
    r.server_port, r.url_full, r.status_message, coalesce(e.type, '') as exception_type, r.error_type,
    r.http_response_status_code
from red as r
join depth as d on r.trace_id = d.trace_id and r.span_id = d.span_id
left join (
    select e.trace_id, e.span_id, arg_max(e.type, e."time") as type from memory.main.exceptions as e
    where e.source = 'span' group by e.trace_id, e.span_id
) as e on r.trace_id = e.trace_id and r.span_id = e.span_id
qualify row_number() over (partition by r.trace_id order by d.levels desc, r.start_time desc, r.span_id) = 1
"""

#: What a type's name says of a call that failed; the layer of the callee stands before it.
_OF_CALLS = (
    (r"deadlock", "deadlock"),
    (r"serializ", "serialization_failure"),
    (r"lock.?(not.?available|wait)", "lock_timeout"),
    (r"too.?many.?connections", "too_many_connections"),
    (r"tls|ssl|certificate", "tls"),
    (r"gaierror|getaddrinfo|nameresolution|dns", "dns"),
    (r"time.?out|cancel", "timeout"),
    (r"connect|operationalerror|interfaceerror|refused", "unreachable"),
)

#: What a type's name says whoever was called.
_OF_ALL = (
    (r"unique|integrity|notnull|foreignkey|check.?violation|dataerror", "app.constraint_violation"),
    (r"undefined.?(table|column)|invalidcatalog|programmingerror", "config.schema_drift"),
    (r"syntaxerror", "app.bad_query"),
    (r"privilege|permission", "config.permission_denied"),
    (r"password|authori[sz]ation|accessdenied", "config.bad_credentials"),
    (r"memoryerror", "host.memory_exhausted"),
)


def deepest_error(cursor: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, str, str]]:
    """Return layer, component and cause by trace, for every trace that has a red span."""
    columns = ("trace_id", "kind", "service", "system", "namespace", "host", "port", "url", "message", "type",
               "error", "status")  # fmt: skip
    rows = [dict(zip(columns, row, strict=True)) for row in cursor.execute(_DEEPEST).fetchall()]
    return {row["trace_id"]: _blame(row) for row in rows}


def _blame(row: dict[str, str | int]) -> tuple[str, str, str]:
    words = f"{row['type'] or row['error']} {row['message'] if not row['type'] else ''}".lower()
    component = _component(row)
    layer = _layer(row)
    told = next((cause for pattern, cause in _OF_ALL if re.search(pattern, words)), "")
    if told:
        return told.split(".", maxsplit=1)[0], component, told
    if layer == "app":
        return layer, component, "app.unhandled_exception" if row["type"] else "app.error_response"
    if layer == "upstream" and int(row["status"]) >= 500:
        return layer, component, "upstream.error_response"
    what = next((what for pattern, what in _OF_CALLS if re.search(pattern, words)), "error")
    return layer, component, f"{layer}.{'error_response' if (layer, what) == ('upstream', 'error') else what}"


def _layer(row: dict[str, str | int]) -> str:
    if row["system"]:
        return "cache" if row["system"] in {"redis", "memcached"} else "database"
    return "upstream" if row["kind"] == 3 else "app"


def _component(row: dict[str, str | int]) -> str:
    port = f":{row['port']}" if row["port"] else ""
    if row["system"]:
        return f"{row['system']}://{row['host']}{port}/{row['namespace']}".rstrip("/")
    if row["kind"] == 3:
        scheme = str(row["url"]).split("://", maxsplit=1)[0] if "://" in str(row["url"]) else "http"
        return f"{scheme}://{row['host']}{'' if port in {':80', ':443'} else port}"
    return str(row["service"])
