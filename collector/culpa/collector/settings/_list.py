"""The one list of settings. A flag, a `CULPA_…` variable and a key of culpa.toml follow from each line."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import cast

#: What the engine and its bindings take.
_MOST = 2**63 - 1
#: gRPC takes no larger message.
_MOST_BODY_BYTES = 2**31 - 1
_MOST_PORT = 65_535
_FOLDER = "culpa-store"
#: Thirty days: longer is a mistake, and much longer is no time that a clock can wait for.
_MOST_SECONDS = 30 * 86_400.0

Value = str | int | float | bool | tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """One setting of the list. Its type is the type of its default."""

    name: str
    default: Value
    unit: str
    reason: str
    is_secret: bool
    #: Bounds of a number, both allowed.
    least: float
    most: float


def _text(default: str, reason: str, *, unit: str = "", secret: bool = False) -> str:
    value: str = field(
        default=default, metadata={"unit": unit, "reason": reason} | ({"secret": True} if secret else {})
    )
    return value


def _number(default: int, reason: str, *, unit: str = "", least: int = 0, most: int = _MOST) -> int:
    value: int = field(default=default, metadata={"unit": unit, "reason": reason, "least": least, "most": most})
    return value


def _seconds(default: float, reason: str, *, least: float = 0.0) -> float:
    bounds = {"least": least, "most": _MOST_SECONDS}
    value: float = field(default=default, metadata={"unit": "s", "reason": reason} | bounds)
    return value


def _switch(default: bool, reason: str) -> bool:
    value: bool = field(default=default, metadata={"unit": "", "reason": reason})
    return value


def _several(reason: str, *, unit: str = "") -> tuple[str, ...]:
    value: tuple[str, ...] = field(default=(), metadata={"unit": unit, "reason": reason})
    return value


@dataclass(frozen=True)
class Settings:
    """What the collector was told, each value of its declared type."""

    store: str = _text(
        _FOLDER, "Directory (or one .duckdb file) that keeps everything; or clickhouse://…, parquet://….", unit="path"
    )
    parquet: str = _text(
        "",
        "Also write what comes as OTLP into Parquet files: a folder, s3://bucket/prefix or gs://bucket/prefix.",
        unit="path",
    )
    host: str = _text("127.0.0.1", "Address to listen on; any other than loopback wants both tokens.")
    http_port: int = _number(4318, "Port of OTLP/HTTP, /v1/sql and /healthz; 0 takes a free one.", most=_MOST_PORT)
    grpc_port: int = _number(4317, "Port of OTLP/gRPC; 0 switches it off.", most=_MOST_PORT)
    jaeger_port: int = _number(
        0,
        "Port of Jaeger's query API by itself, 16686 where tools look for it; 0: under /jaeger only.",
        most=_MOST_PORT,
    )
    ingest_token: str = _text("", "Senders must show it: `Authorization: Bearer …`.", secret=True)
    read_token: str = _text("", "Readers must show it: `Authorization: Bearer …`.", secret=True)
    ingest_tokens: str = _text(
        "", "File of more tokens for senders, one to a line; read again when it changes.", unit="path"
    )
    read_tokens: str = _text(
        "", "File of more tokens for readers, one to a line; read again when it changes.", unit="path"
    )
    insecure: bool = _switch(False, "Listen beyond loopback without tokens: anybody may write and read.")
    allowed_hosts: tuple[str, ...] = _several(
        "Names by which the collector is reached besides localhost and addresses, where no token is set.", unit="name"
    )
    allowed_origins: tuple[str, ...] = _several(
        "Web pages whose scripts may send and ask, each `https://shop.example`; others may not.", unit="origin"
    )
    tls_cert: str = _text("", "Certificate chain (PEM) for HTTPS and gRPC.", unit="path")
    tls_key: str = _text("", "Private key (PEM) of tls_cert.", unit="path")
    tls_client_ca: str = _text(
        "", "Certificates (PEM) of whoever signs the clients'; only clients that have one come in.", unit="path"
    )
    tail: tuple[str, ...] = _several("Server logs to follow, each `format=/path/of/the.log`.", unit="format=path")

    max_body_bytes: int = _number(
        20 * 1024**2,
        "Largest request, before and after decompression.",
        unit="bytes",
        least=1,
        most=_MOST_BODY_BYTES,
    )
    queue_bytes: int = _number(
        128 * 1024**2,
        "Bodies held in memory until they are durable; beyond it senders are asked to wait.",
        unit="bytes",
        least=1,
    )
    queue_wait_s: float = _seconds(2.0, "How long a sender waits for room before it is told to come back.")
    head_timeout_s: float = _seconds(
        10.0, "A connection whose request head is not complete this long after its first byte is closed.", least=0.1
    )
    body_timeout_s: float = _seconds(
        60.0,
        "A body that is not complete after this is refused; SDKs give up after 10 s, collectors after 30.",
        least=0.1,
    )
    min_body_rate: int = _number(
        1024, "A body that comes slower than this for five seconds is refused; 0 waits.", unit="bytes/s"
    )
    linger_s: float = _seconds(0.03, "How long a small batch waits for company before its commit.")
    retry_after_s: float = _seconds(2.0, "How long a sender that cannot be served now is asked to wait.")
    min_free_bytes: int = _number(
        1024**3,
        "Refuse to store below this much free disk: a checkpoint that meets a full disk stops everything.",
        unit="bytes",
    )
    keep_healthy_days: int = _number(
        3,
        "Telemetry of requests that went well goes after so long, but for a few twins of failing ones; 0 keeps it.",
        unit="days",
    )
    keep_failing_days: int = _number(
        30, "All other telemetry goes after so long: a month of incidents can be looked into; 0 keeps it.", unit="days"
    )
    keep_verdicts_days: int = _number(
        400,
        "Verdicts and changes go after so long: they are small, and show whether a problem is back; 0 keeps them.",
        unit="days",
    )
    keep_bytes: int = _number(
        20 * 1024**3,
        "A store larger than this loses its oldest healthy, then its oldest telemetry; 0 has no bound.",
        unit="bytes",
    )
    keep_free_bytes: int = _number(
        2 * 1024**3,
        "With less free disk the oldest telemetry goes, before min_free_bytes stops what comes; 0 never.",
        unit="bytes",
    )
    seal_rows: int = _number(
        1_000_000,
        "Rows of the hot file that are sealed into a file of their own: few keep a restart short.",
        unit="rows",
        least=1,
    )
    seal_age_s: float = _seconds(86_400.0, "Rows are sealed after this at the latest, and only then begin to age.")
    seal_quiet_s: float = _seconds(
        300.0, "Only rows that came longer ago are sealed: what belongs together comes within this time."
    )
    memory_limit: str = _text("2GiB", "Memory of the database engine that stores and judges.", unit="size")
    threads: int = _number(1, "Threads of one database task; more cost CPU and gain an ingester nothing.")

    settle_s: float = _seconds(10.0, "A failing trace is judged for good when nothing of it came for so long.")
    provisional_s: float = _seconds(0.5, "A failing trace is judged for the time being this long after its first sign.")
    knowledge: str = _text("", "Folder of your own sayings and codes; empty for none.", unit="path")
    formats: str = _text("", "Folder of your own log formats; empty for none.", unit="path")
    weights: str = _text("", "File of weights to judge by; empty for those of this version.", unit="path")

    alarms: str = _text(
        "", "File of rules and channels; empty: the usual rules, which only the page shows.", unit="path"
    )

    onward: str = _text("", "File of backends that verdicts and telemetry are sent on to; empty for none.", unit="path")
    log_format: str = _text("text", "How the log is written: text, or json, one object a line.")
    status: bool = _switch(True, "On a terminal, a line below the log says how it is going.")

    query_timeout_s: float = _seconds(30.0, "A query of /v1/sql is stopped after this, sending included.", least=0.001)
    query_max_rows: int = _number(5_000_000, "Rows that one answer of /v1/sql may have.", unit="rows", least=1)
    query_limit: int = _number(8, "Queries of /v1/sql answered at the same time.", least=1, most=64)
    query_wait_s: float = _seconds(5.0, "How long a query waits for its turn before it gets 429.")
    query_memory_bytes: int = _number(
        1024**3,
        "Memory of one query, which runs in a process of its own and ends with it.",
        unit="bytes",
        least=64 * 1024**2,
    )
    query_threads: int = _number(1, "Threads of one query.", least=1, most=64)

    @property
    def stored_at(self) -> str:
        """Return the address of the system that keeps what is received; '' where the collector does itself."""
        if self.parquet:
            return self.parquet if self.parquet.startswith("parquet://") else f"parquet://{self.parquet}"
        return self.store if "://" in self.store else ""

    @property
    def folder(self) -> Path:
        """Return where files are kept: those of the store, or what waits for another system and was received lately."""
        return Path(_FOLDER if "://" in self.store else self.store)


def entries() -> tuple[Entry, ...]:
    """Return the settings in the order of the list."""
    return tuple(_entry(one.name, cast(Value, one.default), one.metadata) for one in fields(Settings))


def _entry(name: str, default: Value, metadata: Mapping[str, object]) -> Entry:
    least, most = (cast(float, metadata.get(bound, 0)) for bound in ("least", "most"))
    return Entry(name, default, str(metadata["unit"]), str(metadata["reason"]), "secret" in metadata, least, most)
