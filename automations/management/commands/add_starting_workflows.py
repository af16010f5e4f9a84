"""`add_starting_workflows`: gives a club the starting templates and workflows, switched off."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from automations.operations.starting_library import add_starting_workflows
from members.management.club_option import add_club_option, chosen_club


class Command(BaseCommand):
    help = "Copies the starting templates and workflows that a club does not have yet; switched off until staff turn them on."

    def add_arguments(self, parser: CommandParser) -> None:
        add_club_option(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        club = chosen_club(options["club"])
        added = ", ".join(workflow.slug for workflow in add_starting_workflows(club=club))
        self.stdout.write(
            f"{club} now also has (off): {added}." if added else f"{club} has all of them already."
        )
