"""With a certificate, both transports are encrypted."""

import shutil
import ssl
import subprocess
from collections.abc import Callable
from http.client import HTTPSConnection
from pathlib import Path

import grpc
import pytest

from .conftest import Running
from .payload import traces

TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


def test_both_transports_speak_tls(collect: Callable[..., Running], tmp_path: Path) -> None:
    """HTTPS and gRPC over TLS show the certificate of tls_cert."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*command, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    running = collect("--tls-cert", str(cert), "--tls-key", str(key))
    context = ssl.create_default_context(cafile=str(cert))
    connection = HTTPSConnection("127.0.0.1", running.http_port, context=context, timeout=30)
    connection.request(
        "POST", "/v1/traces", traces(1, 2).SerializeToString(), {"Content-Type": "application/x-protobuf"}
    )
    assert 200 == connection.getresponse().status
    connection.close()
    trusted = grpc.ssl_channel_credentials(cert.read_bytes())
    with grpc.secure_channel(f"127.0.0.1:{running.grpc_port}", trusted) as channel:
        assert b"" == channel.unary_unary(TRACES)(traces(3, 2).SerializeToString(), timeout=30)
