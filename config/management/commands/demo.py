"""`demo`: the ten sample members followed up on an SQLite file of its own, as on any day and at any hour."""

import datetime as dt
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from automations.management.workflow_option import print_table
from automations.models import Workflow
from automations.operations.workflow_runs import run_workflow
from automations.reports.log import log_rows, run_rows
from automations.transfer.log_files import write_log
from members.models import Agreement, Booking, ClassSession, Club, Member, Payment
from members.operations.follow_up import check_follow_up
from members.rules.days import at_wall_clock, noon_of

CLUB = "riverside"
FIXTURE_DAY = dt.date(2025, 9, 1)
"""The day on which the fixtures' dates tell their story; the demo moves them as if it were today."""
LOGIN = "demo"
FOLLOWED_UP = ("agreements", "payments", "bookings", "prospects")
"""What the follow-up statuses rest on; the prospects come after the table, which is of the ten members."""


class Command(BaseCommand):
    help = "Follows up ten sample members, prints who was messaged, who was skipped and why, and says what to do next."

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "sqlite":
            raise CommandError("The demo only uses an SQLite file. Unset DATABASE_URL to try it.")
        if settings.TRANSPORT != "console":
            raise CommandError("The demo sends nothing for real. Unset TRANSPORT to try it.")
        self._start_afresh()
        club = Club.objects.get(slug=CLUB)
        # Never in its quiet hours; and of today, also where that is still to come, since pages count days away up to today.
        as_of = at_wall_clock(club.today(timezone.now()), dt.time(10), club.zone)
        _move_dates(club, club.today(as_of) - FIXTURE_DAY)
        password = _login()

        self.stdout.write("Messages, as they would leave (nothing is sent for real):\n")
        run, _delivered = run_workflow(
            Workflow.objects.select_related("club").get(club=club, slug="missed-class"), as_of=as_of
        )
        self.stdout.write("Who was messaged, who was skipped, and why:\n")
        print_table(run_rows(run), self.stdout)
        logs = [settings.VAR_DIR / "log.json", settings.VAR_DIR / "log.csv"]
        for path in logs:
            write_log(log_rows(club), path)
        call_command("loaddata", *FOLLOWED_UP, verbosity=0)
        _move_facts(club, club.today(as_of) - FIXTURE_DAY)
        check_follow_up(club=club, now=timezone.now())
        self.stdout.write(
            f"\nThe messages are in {_short(settings.MESSAGE_FILE)}, the log in {' and '.join(map(_short, logs))}.\n"
            f"\nNext: make serve, then open http://127.0.0.1:8000/admin/"
            f"\n      and log in as {LOGIN} with the password {password}\n"
            f"\nOr ask about one member: .venv/bin/python manage.py explain M004 --workflow missed-class "
            f"--as-of {as_of.astimezone(club.zone):%Y-%m-%dT%H:%M}"
        )

    def _start_afresh(self) -> None:
        """A new database with the fixtures; the one before is kept aside, one with other clubs is left alone."""
        database = Path(settings.DATABASES["default"]["NAME"])
        if database.exists() and connection.introspection.table_names():
            if "members_club" in connection.introspection.table_names():
                others = list(Club.objects.exclude(slug=CLUB).values_list("name", flat=True))
                if others:
                    raise CommandError(
                        f"{_short(database)} holds other clubs ({', '.join(others)}), which the demo would not touch. "
                        "Try it in a place of its own: ROLLCALL_VAR_DIR=var/demo make demo"
                    )
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            database.replace(database.with_suffix(".before-demo.sqlite3"))
            for leftover in ("-wal", "-shm"):
                database.with_name(database.name + leftover).unlink(missing_ok=True)
        settings.MESSAGE_FILE.unlink(missing_ok=True)
        call_command("migrate", verbosity=0)
        call_command("loaddata", "members", "templates", "workflows", "schedule", "roles", verbosity=0)


@transaction.atomic
def _move_dates(club: Club, by: dt.timedelta) -> None:
    for member in Member.objects.filter(club=club).select_related("club"):
        if last_on := member.last_attended_on():
            member.last_attended_at = noon_of(last_on + by, club.zone)
        if member.joined_on:
            member.joined_on += by
        member.save()


@transaction.atomic
def _move_facts(club: Club, by: dt.timedelta) -> None:
    """Every day and instant of what was bought, paid and booked; instants keep their hour in the club's zone."""
    for model in (Agreement, Payment, ClassSession, Booking, Member):
        known = {"inquired_on__isnull": False} if model is Member else {}
        rows = list(model._default_manager.filter(club=club, **known).order_by("pk"))
        for row in rows:
            for field in row._meta.concrete_fields:
                value = getattr(row, field.attname)
                if isinstance(value, dt.datetime):
                    local = value.astimezone(club.zone)
                    setattr(row, field.attname, at_wall_clock(local.date() + by, local.time(), club.zone))
                elif isinstance(value, dt.date):
                    setattr(row, field.attname, value + by)
            row.save()


def _login() -> str:
    """The demo's own account with a password that nobody could have known before."""
    password = secrets.token_urlsafe(9)
    user, _created = get_user_model().objects.get_or_create(
        username=LOGIN, defaults={"is_staff": True, "is_superuser": True, "first_name": "Demo"}
    )
    user.set_password(password)
    user.save()
    Club.objects.get(slug=CLUB).staff.add(user)
    return password


def _short(path: Path) -> str:
    return str(path.relative_to(settings.BASE_DIR)) if path.is_relative_to(settings.BASE_DIR) else str(path)
