"""The access log that nginx writes where no `log_format` was set: it says less than that of our snippet."""

from collections.abc import Sequence

from culpa.collector.formats._combined import access_row, is_apache, is_combined, is_line, is_of_app
from culpa.collector.formats._format import Format, Record, Source
from culpa.collector.formats._rows import AccessRow


def _recognises(file_name: str, lines: Sequence[str]) -> bool:
    return is_combined(lines) and not is_apache(file_name, lines) and not is_of_app(file_name)


def _read(record: Record, source: Source) -> AccessRow:
    return access_row(FORMAT.name, FORMAT.service_name, record, source)


FORMAT = Format(name="nginx_combined", service_name="nginx", recognises=_recognises, read=_read, opens=is_line)
