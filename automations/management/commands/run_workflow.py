"""`run_workflow SLUG`: evaluates, advances and delivers one workflow, and prints who was messaged or skipped and why."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from automations.engine.classification import Question
from automations.engine.evaluation import WorkflowDisabled
from automations.management.workflow_option import chosen_workflow, instant, print_table
from automations.operations.workflow_runs import run_workflow
from automations.reports.log import planned_rows, run_rows
from members.management.club_option import add_club_option, chosen_club
from messaging.models import Message


class Command(BaseCommand):
    help = (
        "Runs one workflow over its club's members now and says who was messaged, who was skipped, and why."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the workflow's short name, such as missed-class")
        add_club_option(parser)
        parser.add_argument(
            "--as-of", metavar="ISO", help="the instant to run as of, such as 2025-09-01T10:00; else now"
        )
        parser.add_argument("--dry-run", action="store_true", help="write nothing, send nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        club = chosen_club(options["club"])
        workflow = chosen_workflow(options["slug"], club)
        as_of = instant(options["as_of"], club) if options["as_of"] else None
        if options["dry_run"]:
            print_table(planned_rows(Question(workflow, as_of or timezone.now())), self.stdout)
            self.stdout.write("Dry run: nothing was written, nothing was sent.")
            return
        try:
            run, delivered = run_workflow(workflow, as_of=as_of)
        except WorkflowDisabled as why:
            raise CommandError(f"{why} To look without doing anything: --dry-run") from None
        print_table(run_rows(run), self.stdout)
        waiting = Message.objects.filter(
            step_run__enrollment__workflow=workflow, status=Message.Status.QUEUED
        ).count()
        said = ", ".join(f"{what} {number:,}" for what, number in delivered.items()) or "nothing was due"
        if waiting:
            said += f"; {waiting:,} wait for their hour"
        self.stdout.write(f"Messages: {said}.")
