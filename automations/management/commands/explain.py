"""`explain MEMBER_ID --workflow SLUG`: why somebody is or is not followed up, and when she will be."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from automations.engine.explanation import explain
from automations.management.workflow_option import chosen_workflow, instant
from members.management.club_option import add_club_option, chosen_club
from members.models import Member


class Command(BaseCommand):
    help = "Says why a member is or is not followed up by a workflow, gate by gate, and when they would be."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("member_id", help="the club's own ID of the member")
        parser.add_argument("--workflow", required=True, metavar="SLUG")
        add_club_option(parser)
        parser.add_argument("--as-of", metavar="ISO", help="the instant to ask as of; else now")

    def handle(self, *args: Any, **options: Any) -> None:
        club = chosen_club(options["club"])
        workflow = chosen_workflow(options["workflow"], club)
        try:
            member = Member.objects.select_related("club").get(club=club, external_id=options["member_id"])
        except Member.DoesNotExist:
            raise CommandError(
                f"{club} has no member with the ID “{options['member_id']}”.", returncode=2
            ) from None
        now = instant(options["as_of"], club) if options["as_of"] else timezone.now()
        explanation = explain(member, workflow, now=now)
        self.stdout.write(f"{member} and “{workflow}”: {explanation.decided}\n{explanation.why}")
        if explanation.what_next:
            self.stdout.write(explanation.what_next)
        self.stdout.write(f"{explanation.history}\n")
        for gate in explanation.gates:
            self.stdout.write(f"  {'✓' if gate.passes else '✗'} {gate.question}: {gate.seen}")
