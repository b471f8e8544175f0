"""With a certificate, both transports are encrypted."""

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPSConnection
from pathlib import Path

import grpc
import pytest

from .conftest import Running
from .payload import traces

TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Return a certificate for this machine's loopback and its key."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*command, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    return cert, key


def test_both_transports_speak_tls(collect: Callable[..., Running], pair: tuple[Path, Path]) -> None:
    """HTTPS and gRPC over TLS show the certificate of tls_cert."""
    cert, key = pair
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


def test_clients_without_a_certificate_stay_outside(
    collect: Callable[..., Running], pair: tuple[Path, Path], tmp_path: Path
) -> None:
    """With tls_client_ca both transports take only those whose certificate it signed; ours signed itself."""
    cert, key = pair
    running = collect("--tls-cert", str(cert), "--tls-key", str(key), "--tls-client-ca", str(cert))
    body = traces(1, 2).SerializeToString()

    def post(context: ssl.SSLContext) -> int:
        with closing(HTTPSConnection("127.0.0.1", running.http_port, context=context, timeout=30)) as connection:
            connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
            return connection.getresponse().status

    known, unknown = ssl.create_default_context(cafile=str(cert)), ssl.create_default_context(cafile=str(cert))
    known.load_cert_chain(cert, key)
    assert 200 == post(known)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        post(unknown)
    mine = grpc.ssl_channel_credentials(cert.read_bytes(), key.read_bytes(), cert.read_bytes())
    for credentials, may_come_in in ((mine, True), (grpc.ssl_channel_credentials(cert.read_bytes()), False)):
        with grpc.secure_channel(f"127.0.0.1:{running.grpc_port}", credentials) as channel:
            if may_come_in:
                assert b"" == channel.unary_unary(TRACES)(body, timeout=30)
            else:
                with pytest.raises(grpc.RpcError):
                    channel.unary_unary(TRACES)(body, timeout=10)


def test_slow_and_strange_peers_of_tls_end_too(collect: Callable[..., Running], pair: tuple[Path, Path]) -> None:
    """A head that stops within TLS, no TLS at all, a foreign Host; and a handshake that stops keeps nobody waiting."""
    cert, key = pair
    running = collect("--tls-cert", str(cert), "--tls-key", str(key), "--head-timeout-s", "1")
    context = ssl.create_default_context(cafile=str(cert))

    def dial() -> socket.socket:
        return socket.create_connection(("127.0.0.1", running.http_port), timeout=20)

    with context.wrap_socket(dial(), server_hostname="localhost") as peer:
        peer.sendall(b"GET /heal")
        assert peer.recv(1000).startswith(b"HTTP/1.1 408")
    with context.wrap_socket(dial(), server_hostname="localhost") as peer:
        peer.sendall(b"POST /v1/sql HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        assert peer.recv(1000).startswith(b"HTTP/1.1 403")
    with dial() as peer:
        peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert not peer.recv(1000).startswith(b"HTTP")
    with dial() as silent, dial() as started:
        started.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
        began_at = time.monotonic()
        assert 0 == running.stop()
        assert time.monotonic() - began_at < 11
        assert silent.fileno() >= 0
    assert "Traceback" not in running.log.read_text(), running.log.read_text()
