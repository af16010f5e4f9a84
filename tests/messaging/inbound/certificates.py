"""A signing key with its certificate, made for the tests, a server on loopback that hands the certificate out, and what SNS would sign."""

import base64
import contextlib
import datetime as dt
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from messaging.inbound.signatures import open_url
from tests.factories import NOW

DAY = dt.timedelta(days=1)


class Signer:
    """Signs as SNS does."""

    def __init__(self, *, kind: str = "rsa", since: dt.datetime = NOW - DAY, until: dt.datetime = NOW + DAY):
        self.key: Any = (
            rsa.generate_private_key(public_exponent=65537, key_size=2048)
            if kind == "rsa"
            else ec.generate_private_key(ec.SECP256R1())
        )
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        built = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(1)
            .not_valid_before(since)
            .not_valid_after(until)
        )
        self.pem = built.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def sign(self, envelope: dict[str, Any], version: str = "2") -> dict[str, Any]:
        """The envelope with its signature; the words that are signed are those of the documentation, in its order."""
        algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
        words = words_of(envelope)
        signature = self.key.sign(words, padding.PKCS1v15(), algorithm)
        return {
            **envelope,
            "SignatureVersion": version,
            "Signature": base64.b64encode(signature).decode(),
        }


def words_of(envelope: dict[str, Any]) -> bytes:
    """Written down apart from the code under test."""
    if envelope["Type"] == "Notification":
        names = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
    else:
        names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    return "".join(f"{name}\n{envelope[name]}\n" for name in names if name in envelope).encode()


class CertificateServer(ThreadingHTTPServer):
    """Answers with what lies at a path; a path that leads elsewhere redirects."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.asked: list[str] = []

    def open(self, url: str) -> bytes:
        """In the place of the network: every host is this one."""
        parts = urlsplit(url)
        self.asked.append(url)
        query = f"?{parts.query}" if parts.query else ""
        return open_url(f"http://127.0.0.1:{self.server_address[1]}{parts.path}{query}")


class _Handler(BaseHTTPRequestHandler):
    server: CertificateServer

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path in self.server.redirects:
            self.send_response(302)
            self.send_header("Location", self.server.redirects[path])
            self.end_headers()
            return
        found = self.server.files.get(path)
        self.send_response(200 if found is not None else 404)
        self.end_headers()
        self.wfile.write(found or b"")

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


@contextlib.contextmanager
def serving() -> Iterator[CertificateServer]:
    with CertificateServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
