"""Starts what the Procfile names, once PostgreSQL and Redis answer, and lets each finish its work when stopped."""

import os
import signal
import sys
from pathlib import Path

import django
import environ
import honcho.manager
import redis
from django.core.management import call_command
from honcho.environ import parse_procfile

ROOT = Path(__file__).resolve().parent.parent
SECONDS_TO_FINISH = 90
NEEDED = {
    "DATABASE_URL": "postgres://rollcall:PASSWORD@127.0.0.1:5432/rollcall",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "SECRET_KEY": "a long random text",
}
HOW = "Set it in the environment or in .env (docs/operations.md says how). To look around without servers: make demo"


class Gentle:
    """Signals the program itself and not its children, so that a job under way ends before its worker does.

    A sender whose children were stopped in the middle of a call would leave messages that nobody knows about.
    """

    def terminate(self, pid: int) -> None:
        os.kill(pid, signal.SIGTERM)

    def kill(self, pid: int) -> None:
        os.killpg(pid, signal.SIGKILL)


def check_servers() -> None:
    """Leave with a sentence if a server is not named or does not answer."""
    environ.Env.read_env(ROOT / ".env")
    for name, example in NEEDED.items():
        if not os.environ.get(name):
            sys.exit(f"{name} is not set; for example {name}={example}\n{HOW}")
    django.setup()
    from django.conf import settings
    from django.db import OperationalError, connection

    if connection.vendor != "postgresql":
        sys.exit(
            f"DATABASE_URL names {connection.vendor}, but several processes at once need PostgreSQL.\n{HOW}"
        )
    try:
        connection.ensure_connection()
    except OperationalError as error:
        sys.exit(f"PostgreSQL does not answer at DATABASE_URL: {error}")
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5).ping()
    except (redis.RedisError, ValueError) as error:
        sys.exit(f"Redis does not answer at REDIS_URL: {error}")


def main(wanted: list[str]) -> int:
    processes = dict(parse_procfile((ROOT / "Procfile").read_text()).processes)
    if unknown := set(wanted) - processes.keys():
        sys.exit(f"The Procfile has no {', '.join(sorted(unknown))}; it has {', '.join(processes)}.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # The Procfile's programs are those of the virtual environment, activated or not.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    check_servers()
    call_command("migrate", interactive=False)
    # Only what is not there yet: a schedule or a role that staff changed stays as they left it.
    call_command("loaddata", "schedule", "roles", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    honcho.manager.KILL_WAIT = SECONDS_TO_FINISH
    manager = honcho.manager.Manager()
    manager._procmgr = Gentle()
    for name in wanted or processes:
        # Without exec a shell would stand between, and take the signal in the program's place.
        manager.add_process(name, f"exec {processes[name]}", cwd=str(ROOT))
    manager.loop()
    return manager.returncode or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
