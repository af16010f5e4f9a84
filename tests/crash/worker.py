"""One process that does one job over and over, as a worker would, so that the tests can kill it anywhere.

`python -m tests.crash.worker deliver|advance|evaluate|hear`: says `ready`, and begins when it is told to.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["deliver", "advance", "evaluate", "hear"])
    parser.add_argument("--batch", type=int, help="so many enrollments, or members, in each transaction")
    parser.add_argument("--speed", type=float, default=1, help="how fast the clock of deliveries runs")
    parser.add_argument("--until-idle", action="store_true", help="end when there is nothing to do")
    chosen = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()

    roles = {"deliver": delivering, "advance": advancing, "evaluate": evaluating, "hear": hearing}
    work = roles[chosen.role](chosen)
    print("ready", flush=True)
    if not sys.stdin.readline():
        return
    while work() or not chosen.until_idle:
        time.sleep(0.01)


def delivering(chosen: argparse.Namespace) -> Callable[[], dict[str, int]]:
    from django.conf import settings
    from django.utils import timezone

    from messaging.channels import transport_for
    from messaging.operations.delivery import deliver

    for channel in ("sms", "email", "whatsapp", "in_app") if settings.TRANSPORT == "aws" else ():
        transport_for(channel)
    started = timezone.now()
    return lambda: deliver(clock=lambda: started + (timezone.now() - started) * chosen.speed)


def advancing(chosen: argparse.Namespace) -> Callable[[], dict[str, int]]:
    from django.utils import timezone

    from automations.engine import advancement

    advancement.BATCH = chosen.batch or advancement.BATCH
    return lambda: advancement.advance(now=timezone.now())


def evaluating(chosen: argparse.Namespace) -> Callable[[], dict[str, int]]:
    from django.utils import timezone

    from automations.engine import daily, evaluation

    evaluation.RANGE = chosen.batch or evaluation.RANGE
    return lambda: daily.evaluate_due_workflows(now=timezone.now())


def hearing(chosen: argparse.Namespace) -> Callable[[], dict[str, int]]:
    """Takes in what lies in the folder SPOOL, as from a queue, and what stands in the file RECEIPTS, as in the carriers' log."""
    from django.utils import timezone

    from messaging.inbound import queue, receipts
    from tests.crash.spool import CarriersLog, Spool

    spool, log = Spool(Path(os.environ["SPOOL"])), CarriersLog(Path(os.environ["RECEIPTS"]))
    queue._client = lambda: spool
    receipts._client = lambda: log

    def hear() -> dict[str, int]:
        # A little of each, so that neither is over before the other begins.
        heard = queue.poll(clock=timezone.now, seconds=0.05)
        return heard | receipts.read_receipts(clock=timezone.now, seconds=1)

    return hear


if __name__ == "__main__":
    main()
