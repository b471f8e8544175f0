"""Access lines of an app's own server in the midst of what it prints, in the common or combined format.

Puma, Tomcat, Jetty and morgan write the same lines as web servers do: here it is the stream that tells whose they are
(see `_mixture`), or the name that such a server gives its file. Python's servers are read by `python_server`.
"""

from collections.abc import Sequence

from culpa.collector.formats._combined import access_row, is_combined, is_line, is_of_app
from culpa.collector.formats._format import Format, Record, Source
from culpa.collector.formats._own_requests import OwnRequest, failed_request_row
from culpa.collector.formats._rows import LogRow


def _recognises(file_name: str, lines: Sequence[str]) -> bool:
    return is_of_app(file_name) and is_combined(lines)


def _read(record: Record, source: Source) -> LogRow | None:
    line = access_row(FORMAT.name, FORMAT.service_name, record, source)
    attributes = dict(zip(line.attr_keys, line.attr_vals, strict=True))
    query = attributes.get("url.query", "")
    asked = OwnRequest(
        line.http_request_method,
        line.url_path + (f"?{query}" if query else ""),
        line.http_response_status_code,
        attributes.get("client.address", ""),
        line.start_time,
    )
    return failed_request_row(FORMAT, asked, record, source)


FORMAT = Format(name="own_access", service_name="", recognises=_recognises, read=_read, opens=is_line)
