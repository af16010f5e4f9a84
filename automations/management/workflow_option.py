"""How commands choose a workflow and write its table."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.utils.dateparse import parse_date, parse_datetime
from rich.console import Console
from rich.table import Table

from automations.models import Workflow
from automations.reports.log import LogRow
from members.models import Club


def chosen_workflow(slug: str, club: Club) -> Workflow:
    """The club's workflow of that short name; CommandError names those that there are, or says why it cannot be run."""
    try:
        workflow = Workflow.objects.select_related("club").get(club=club, slug=slug)
        workflow.clean()
    except ValidationError as refused:
        raise CommandError(f"“{slug}” cannot be run: {' '.join(refused.messages)}", returncode=2) from None
    except Workflow.DoesNotExist:
        known = ", ".join(Workflow.objects.filter(club=club).values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"{club} has no workflow “{slug}”. It has: {known}.", returncode=2) from None
    return workflow


def instant(text: str, club: Club) -> dt.datetime:
    """An ISO instant; without an offset in the club's zone, without a time the start of that day."""
    try:
        moment = parse_datetime(text)
        if moment is None and (day := parse_date(text)):
            moment = dt.datetime.combine(day, dt.time())
    except ValueError:
        moment = None
    if moment is None or not 1990 <= moment.year <= 2199:
        raise CommandError(
            f"“{text}” is no instant. Write it like 2025-09-01T10:00 or 2025-09-01T10:00+02:00.", returncode=2
        )
    return (moment if moment.tzinfo else moment.replace(tzinfo=club.zone)).astimezone(dt.UTC)


def print_table(rows: Iterable[LogRow], stdout: Any, *, limit: int = 200) -> dict[str, int]:
    """Member, messaged or skipped, and why; how many of each reason. Beyond `limit` members only counts them."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Member", no_wrap=True)
    table.add_column("ID", no_wrap=True)
    table.add_column("Days away", no_wrap=True, justify="right")
    table.add_column("Decision", no_wrap=True)
    table.add_column("Reason", no_wrap=True)
    table.add_column("Why")
    counts: dict[str, int] = {}
    for number, row in enumerate(rows):
        counts[row.reason] = counts.get(row.reason, 0) + 1
        if number < limit:
            decision = (
                f"{row.decision}, {row.status}" if row.status and row.status != "sent" else row.decision
            )
            days = "" if row.days is None else str(row.days)
            table.add_row(row.first_name, row.member_id, days, decision, row.reason, row.reason_text)
    console = Console(file=stdout, highlight=False, markup=False, soft_wrap=False)
    if not console.is_terminal:
        console.width = 160
    console.print(table)
    if (total := sum(counts.values())) > limit:
        console.print(f"… and {total - limit:,} more; export_log writes them all.")
    console.print(
        "\n" + (", ".join(f"{reason}: {count:,}" for reason, count in counts.items()) or "No members yet.")
    )
    return counts
