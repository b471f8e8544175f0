"""What a span's columns tell between the lines: host and port written in one, the path of a URL."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from culpa.collector.decode.arrays import unmask
from culpa.collector.decode.promoted import CALLER
from culpa.collector.kernels import Column, arrow, boolean, pc
from culpa.knowledge import names_by_alias

Columns = dict[str, Column]

_URL = (
    r"^(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:[^/?#@]*@)?(?P<host>\[[^\]/]*\]|[^/?#:]*)"
    r"(?::(?P<port>\d{1,5}))?(?P<path>/[^?#]*)?"
)
_HOST_PORT = r"^(?:[^:\[\]]+|\[[^\]]*\]):\d{1,5}$|^\[[^\]]*\]$"


def complete(columns: Columns, kinds: npt.NDArray[np.int32]) -> Columns:
    """Return the promoted columns with those parts filled in that another column holds."""
    columns = dict(columns)
    namespace = columns.pop("code_namespace")
    columns["code_function_name"] = _with_namespace(columns["code_function_name"], namespace)
    columns["db_system_name"] = _renamed(columns["db_system_name"])
    _take_bare_path(columns)
    columns["url_path"] = _without_query(columns["url_path"])
    _split_address(columns)
    _read_url(columns, kinds)
    return columns


def _is_blank(texts: Column) -> npt.NDArray[np.bool_]:
    return boolean(pc.equal(pc.binary_length(texts), 0))


def _with_namespace(functions: Column, namespace: Column) -> Column:
    """Join the older pair code.namespace and code.function; the newer name is qualified already."""
    if _is_blank(namespace).all():
        return functions
    both = ~_is_blank(namespace) & ~_is_blank(functions)
    bare = ~boolean(pc.match_substring(functions, "."))
    joined = pc.binary_join_element_wise(namespace, functions, ".")
    return pc.if_else(arrow.array(both & bare), joined, functions)


def _renamed(systems: Column) -> Column:
    encoded = pc.dictionary_encode(systems)
    names = encoded.dictionary.to_pylist()
    if not any(name in names_by_alias() for name in names):
        return systems
    return arrow.array([names_by_alias().get(name, name) for name in names], arrow.string()).take(encoded.indices)


def _without_query(paths: Column) -> Column:
    """Return request targets without their query; an absolute target loses scheme and host."""
    if not pc.any(pc.match_substring_regex(paths, r"[?#]|^[A-Za-z][A-Za-z0-9+.-]*://")).as_py():
        return paths
    return pc.replace_substring_regex(paths, r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*|[?#].*$", "")


def _split_address(columns: Columns) -> None:
    """Move a port that is written behind the address into the column of the port."""
    encoded = pc.dictionary_encode(columns["server_address"])
    joined = pc.match_substring_regex(encoded.dictionary, _HOST_PORT).to_numpy(zero_copy_only=False)
    if not joined.any():
        return
    pairs = [
        _host_port(text) if flag else (text, 0)
        for text, flag in zip(encoded.dictionary.to_pylist(), joined, strict=True)
    ]
    columns["server_address"] = arrow.array([host for host, _ in pairs], arrow.string()).take(encoded.indices)
    ports = np.array([port for _, port in pairs], np.int64)[encoded.indices.to_numpy(zero_copy_only=False)]
    known = columns["server_port"].to_numpy(zero_copy_only=False)
    columns["server_port"] = arrow.array(np.where((known == 0) & (ports <= 65535), ports, known))


@lru_cache(4096)
def _host_port(text: str) -> tuple[str, int]:
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
        return host, int(port[1:] or 0) if port.startswith(":") else 0
    host, _, port = text.rpartition(":")
    return host, int(port)


def _take_bare_path(columns: Columns) -> None:
    """Take the path from the URL where that is a path alone, as of Spring's servers."""
    urls = columns["url_full"]
    rows = np.flatnonzero(~_is_blank(urls) & _is_blank(columns["url_path"]))
    if len(rows):
        paths = urls.take(arrow.array(rows))
        _fill(columns, "url_path", rows, paths, boolean(pc.starts_with(paths, "/")))


def _read_url(columns: Columns, kinds: npt.NDArray[np.int32]) -> None:
    """Fill path, scheme and, on calling spans, host and port from the full URL where they are absent."""
    urls = columns["url_full"]
    blank = {name: _is_blank(columns[name]) for name in ("url_full", "url_path", "url_scheme", "server_address")}
    calls = np.array([kind in CALLER for kind in range(6)])[np.clip(kinds, 0, 5)]
    rows = np.flatnonzero(
        ~blank["url_full"] & (blank["url_path"] | blank["url_scheme"] | (blank["server_address"] & calls))
    )
    if not len(rows):
        return
    parts = pc.extract_regex(urls.take(arrow.array(rows)), _URL)
    matched = parts.is_valid().to_numpy(zero_copy_only=False)
    rows, parts = rows[matched], parts.filter(arrow.array(matched))
    if not len(rows):
        return
    no_host = blank["server_address"][rows] & calls[rows]
    host = pc.replace_substring_regex(parts.field("host"), r"^\[|\]$", "")
    _fill(columns, "url_path", rows, parts.field("path"), blank["url_path"][rows])
    _fill(columns, "url_scheme", rows, parts.field("scheme"), blank["url_scheme"][rows])
    _fill(columns, "server_address", rows, host, no_host)
    ports = np.array([int(port or 0) for port in parts.field("port").to_pylist()], np.int64)
    known = columns["server_port"].to_numpy(zero_copy_only=False).astype(np.int64)
    known[rows] = np.where(no_host & (known[rows] == 0) & (ports <= 65535), ports, known[rows])
    columns["server_port"] = arrow.array(known)


def _fill(columns: Columns, name: str, rows: npt.NDArray[np.intp], texts: Column, where: npt.NDArray[np.bool_]) -> None:
    if where.any():
        mask = np.zeros(len(columns[name]), np.bool_)
        mask[rows[where]] = True
        columns[name] = pc.replace_with_mask(columns[name], arrow.array(mask), unmask(texts).filter(arrow.array(where)))
