"""`run_workflow SLUG`: evaluates, advances and delivers one workflow, and prints who was messaged or skipped and why."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from automations.engine.classification import Question
from automations.engine.evaluation import WorkflowDisabled
from automations.engine.fuse import RunHeld, weight_of
from automations.management.workflow_option import chosen_workflow, instant, print_table
from automations.operations.workflow_runs import run_workflow
from automations.reports.log import planned_rows, run_rows
from automations.reports.run_outcome import heavy_in_words
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
            question = Question(workflow, as_of or timezone.now(), is_kept=True)
            print_table(planned_rows(question), self.stdout)
            if heavy := heavy_in_words(weight_of(question)):
                self.stdout.write(heavy)
            self.stdout.write("Dry run: nothing was written, nothing was sent.")
            return
        try:
            run, delivered = run_workflow(workflow, as_of=as_of)
        except RunHeld as held:
            raise CommandError(
                f"The run waits for a person: it would follow up {held.run.size:,} members at once, "
                f"{_usually(held.run.usual_size)}. Nobody was followed up. Let it go, or cancel it, on the "
                "workflow's page in the admin."
            ) from None
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


def _usually(usual: int | None) -> str:
    return "and nothing is usual yet" if usual is None else f"and usually it is {usual:,}"
