"""`manage.py erase_member ID --yes`: as the button on the member's page does."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from members.management.club_option import add_club_option, chosen_club
from members.models import Member
from members.operations.erasure import erase_member
from members.operations.personal_data import NotErased


class Command(BaseCommand):
    help = (
        "Erases a member on request: all that says who it was; what was counted stays. It cannot be undone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("member", help="The club's own ID of the member.")
        parser.add_argument(
            "--yes", action="store_true", help="Do it. Without this, only who it would be is said."
        )
        add_club_option(parser)  # type: ignore[arg-type]

    def handle(self, *args: Any, member: str, yes: bool, club: str | None = None, **options: Any) -> None:
        found = Member.objects.filter(club=chosen_club(club), external_id=member).first()
        if found is None:
            raise CommandError(f"The club has no member {member}.", returncode=2)
        if not yes:
            raise CommandError(
                f"This would erase {found} ({member}) for good. Add --yes to do it.", returncode=2
            )
        try:
            counts = erase_member(member_id=found.pk, now=timezone.now())
        except NotErased as why:
            raise CommandError(str(why)) from why
        self.stdout.write("Erased. " + ", ".join(f"{what}: {number}" for what, number in counts.items()))
