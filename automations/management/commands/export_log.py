"""`export_log FILE`: writes who was messaged, who was skipped and why, as JSON or CSV."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from automations.management.workflow_option import instant
from automations.reports.log import log_rows
from automations.transfer.log_files import UnknownFormat, write_log
from members.management.club_option import add_club_option, chosen_club


class Command(BaseCommand):
    help = "Writes the log of decisions: one row per member and run; runs as they were started, newest last, and members as entered."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="FILE.json or FILE.csv")
        add_club_option(parser)
        parser.add_argument("--since", metavar="ISO", help="only runs as of this instant or later")

    def handle(self, *args: Any, **options: Any) -> None:
        club = chosen_club(options["club"])
        since = instant(options["since"], club) if options["since"] else None
        path: Path = options["file"]
        try:
            count = write_log(log_rows(club, since=since), path)
        except UnknownFormat:
            raise CommandError("The file's name must end in .json or .csv.", returncode=2) from None
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.", returncode=2) from None
        self.stdout.write(f"{count:,} rows written to {path}.")
