"""`manage.py export_member ID FILE`: everything that is stored of one member, as JSON."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from members.management.club_option import add_club_option, chosen_club
from members.models import Member
from members.reports.everything import as_json


class Command(BaseCommand):
    help = "Writes everything that is stored of a member into a new file that nobody else may read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("member", help="The club's own ID of the member.")
        parser.add_argument("file", type=Path, help="A file that is not there yet.")
        add_club_option(parser)  # type: ignore[arg-type]

    def handle(self, *args: Any, member: str, file: Path, club: str | None = None, **options: Any) -> None:
        found = (
            Member.objects.select_related("club").filter(club=chosen_club(club), external_id=member).first()
        )
        if found is None:
            raise CommandError(f"The club has no member {member}.", returncode=2)
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}", returncode=2) from error
        with open(handle, "w", encoding="utf-8") as out:
            out.write(as_json(found, timezone.now()))
        self.stdout.write(f"Written to {file}.")
