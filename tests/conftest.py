"""What holds for every test: no way out of this machine, nothing really sent, and servers only where named."""

import gc
import ipaddress
import os
import socket
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
import redis
from django.conf import settings as django_settings

hypothesis.settings.register_profile("ci", deadline=None, max_examples=60, derandomize=True, database=None)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=2_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

EVERYTHING = os.environ.get("ROLLCALL_SERVICES") == "required"


# --- Time: most of what Python holds is code that stays, and looking through it was a quarter of all ------
gc.set_threshold(200_000, 50, 100)


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()


LONG = {"admin", "dashboard", "journeys"}


def is_left_out(item: pytest.Item) -> bool:
    """What takes long, such as pages and journeys, runs where everything runs, or where somebody names its file."""
    is_long = item.get_closest_marker("long") or LONG & set(item.path.relative_to(item.config.rootpath).parts)
    is_named = item.config.args_source is not pytest.Config.ArgsSource.TESTPATHS
    return bool(is_long and not is_named and postgresql_lacks())


# --- Servers: a test names what it needs by a marker ------------------------------------------
@cache
def postgresql_lacks() -> str:
    if "postgresql" not in django_settings.DATABASES["default"]["ENGINE"]:
        return "DATABASE_URL names no PostgreSQL"
    try:
        psycopg.connect(os.environ["DATABASE_URL"], dbname="postgres", connect_timeout=3).close()
    except psycopg.OperationalError as error:
        return f"PostgreSQL does not answer at DATABASE_URL ({str(error).splitlines()[0]})"
    return ""


@cache
def redis_lacks() -> str:
    if not django_settings.REDIS_URL:
        return "REDIS_URL is not set"
    try:
        redis.Redis.from_url(django_settings.REDIS_URL, socket_timeout=3).ping()
    except redis.RedisError as error:
        return f"Redis does not answer at REDIS_URL ({error})"
    return ""


@cache
def browser_lacks() -> str:
    path = os.environ.get("CHROMIUM", "")
    if not path:
        return "CHROMIUM does not name a Chromium"
    return "" if os.access(path, os.X_OK) else f"there is no program at {path}"


SERVERS: dict[str, tuple[Callable[[], str], ...]] = {
    "postgresql": (postgresql_lacks,),
    "redis": (redis_lacks,),
    "celery": (postgresql_lacks, redis_lacks),
    "browser": (browser_lacks,),
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("redis") or item.get_closest_marker("celery"):
            # One Redis for all: these take their turns in one process.
            item.add_marker(pytest.mark.xdist_group("redis"))
    if not postgresql_lacks():
        about_sqlite = [item for item in items if item.get_closest_marker("sqlite")]
        config.hook.pytest_deselected(items=about_sqlite)
        items[:] = [item for item in items if item not in about_sqlite]


@pytest.hookimpl(trylast=True, specname="pytest_collection_modifyitems")
def pytest_longest_first(items: list[pytest.Item]) -> None:
    """A walk of minutes through a browser begins at once, so that in the end no process waits for the other."""
    items.sort(key=lambda item: not all(map(item.get_closest_marker, ("browser", "long"))))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if is_left_out(item):
        pytest.skip("takes long; `make test-services` runs it, or `make test` with ARGS=its file")
    for marker, checks in SERVERS.items():
        if item.get_closest_marker(marker) and (
            lack := next((said for check in checks if (said := check())), "")
        ):
            pytest.skip(f"{lack}; `make test-services` runs it (docs/operations.md, Tests)")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Where everything must run, a skipped test is a failed one."""
    report: Any = yield
    if EVERYTHING and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"ROLLCALL_SERVICES=required, yet: {reason}"
    return report


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser that CHROMIUM names."""
    return os.environ["CHROMIUM"]


# --- The network ends at this machine ---------------------------------------------------------
def is_here(host: object) -> bool:
    if host in (None, "", b"", "localhost", b"localhost", socket.gethostname()):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host)).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session", autouse=True)
def only_loopback() -> Iterator[None]:
    """Refuse every connection and every look-up of a name that would leave this machine."""

    def guarded(function: Callable[..., Any], host_of: Callable[..., object]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if not is_here(host := host_of(*args, **kwargs)):
                raise RuntimeError(f"A test tried to reach {host}; tests stay on this machine.")
            return function(*args, **kwargs)

        return wrapper

    def host_of_address(sock: socket.socket, *args: Any) -> object:
        address = args[-1]
        return None if sock.family == socket.AF_UNIX else address[0]

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, guarded(getattr(socket.socket, name), host_of_address))
        patch.setattr(socket, "getaddrinfo", guarded(socket.getaddrinfo, lambda host, *_, **__: host))
        yield


# --- Each test: nothing really sent, jobs run at once -----------------------------------------
@pytest.fixture(autouse=True)
def harmless(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Messages go to a file of this test; passwords are hashed fast."""
    from messaging.channels import forget_transports

    settings.TRANSPORT = "console"
    settings.MESSAGE_FILE = tmp_path / "messages.log"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    forget_transports()
    yield
    forget_transports()


@pytest.fixture(autouse=True)
def jobs_run_at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a broker, unless the test is about one."""
    from config import celery_app

    if not (request.node.get_closest_marker("celery") or request.node.get_closest_marker("redis")):
        monkeypatch.setitem(celery_app.conf, "task_always_eager", True)


@pytest.fixture
def at_now(time_machine: Any) -> None:
    """The clock stands at the factories' NOW."""
    from tests.factories import NOW

    time_machine.move_to(NOW, tick=False)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file, as users have it: in memory its threads would share one lock that does not wait."""
    database = django_settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
