"""Fixtures that put a counting server, moto's server or an SMTP server in AWS's place, over real HTTP on loopback."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from moto.server import ThreadedMotoServer

from messaging.channels import forget_transports
from tests.aws.counting_server import CountingServer, running
from tests.aws.smtp_server import SmtpServer
from tests.aws.smtp_server import running as smtp_running

SendThrough = Callable[[str], None]


@pytest.fixture
def send_through(settings: Any, monkeypatch: pytest.MonkeyPatch) -> SendThrough:
    """Point SMS, e-mail and WhatsApp at this endpoint, with test credentials and nothing from the machine's own AWS set-up."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "no_proxy": "127.0.0.1",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)

    def point(url: str) -> None:
        settings.TRANSPORT = "aws"
        settings.AWS_REGION = "eu-central-1"
        settings.WHATSAPP_PHONE_NUMBER_ID = "phone-number-id-0123456789abcdef0123456789abcdef"
        settings.AWS_ENDPOINT_URL = url
        settings.AWS_CLIENT_CONFIG = {**settings.AWS_CLIENT_CONFIG, "connect_timeout": 2, "read_timeout": 2}
        settings.EMAIL_BACKEND = "anymail.backends.amazon_ses.EmailBackend"
        settings.ANYMAIL = {
            **settings.ANYMAIL,
            "AMAZON_SES_CLIENT_PARAMS": {
                "region_name": "eu-central-1",
                "endpoint_url": url,
                "config": settings.AWS_CLIENT_CONFIG,
            },
        }
        forget_transports()

    return point


@pytest.fixture
def counting_aws(tmp_path: Path, send_through: SendThrough) -> Iterator[CountingServer]:
    with running(tmp_path / "ledger.jsonl") as server:
        send_through(server.url)
        yield server


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def moto_aws(moto_url: str, send_through: SendThrough) -> str:
    requests.post(f"{moto_url}/moto-api/reset", timeout=5)
    send_through(moto_url)
    return moto_url


@pytest.fixture
def smtp(settings: Any) -> Iterator[SmtpServer]:
    with smtp_running() as server:
        settings.TRANSPORT = "aws"
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 2
        yield server
