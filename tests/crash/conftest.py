"""What every crash test stands on: this test's database shared with real processes, and a provider that counts."""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.crash.processes import Processes, Provider

THREADS = 8


@pytest.fixture
def rng() -> random.Random:
    """Chooses the moments; CRASH_SEED=… chooses the same again."""
    seed = int(os.environ.get("CRASH_SEED") or random.randrange(1_000_000))
    print(f"CRASH_SEED={seed}")
    return random.Random(seed)


@pytest.fixture
def processes(transactional_db: None, tmp_path: Path) -> Iterator[Processes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
        "DATABASE_URL": database_url(connection.settings_dict),
        "ROLLCALL_VAR_DIR": str(tmp_path / "var"),
        "SECRET_KEY": "only-for-tests",
        "PUBLIC_URL": "http://localhost:8000",
        "REDIS_URL": "",
        "LOG_LEVEL": "WARNING",
        "TRANSPORT": "aws",
        "EMAIL_BACKEND": "anymail.backends.amazon_ses.EmailBackend",
        "SENDING_THREADS": str(THREADS),
        "SMS_PER_SECOND": "100000",
        "EMAILS_PER_SECOND": "100000",
        "WHATSAPP_PER_SECOND": "100000",
        "WHATSAPP_PHONE_NUMBER_ID": "phone-number-id-0123456789abcdef0123456789abcdef",
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "no_proxy": "127.0.0.1",
    }
    with Processes(tmp_path, environment) as all_of_them:
        yield all_of_them


@pytest.fixture
def provider(processes: Processes, tmp_path: Path) -> Iterator[Provider]:
    """Takes some 10 ms for each message."""
    with Provider(processes, tmp_path) as counting:
        counting.behave(latency=0.01)
        yield counting


def database_url(database: dict[str, Any]) -> str:
    if "sqlite" in database["ENGINE"]:
        return f"sqlite:///{database['NAME']}"
    login = database["USER"] + (f":{database['PASSWORD']}" if database["PASSWORD"] else "")
    return f"postgres://{login}@{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"
