"""What the commands that bring a file in have in common: they tell what became of each row, and their exit code says the same."""

import datetime as dt
import sys
from pathlib import Path
from typing import Any, ClassVar

from django.core.management import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from members.management.club_option import add_club_option, chosen_club
from members.transfer.importing import ImportReport, UnreadableFile, import_file
from members.transfer.kinds import Kind

LONG_FILE = 1_000_000


class ImportCommand(BaseCommand):
    """`COMMAND FILE.json|FILE.csv [--club SLUG]`; exit code: 0 all in, 1 some rows refused, 2 unreadable."""

    kind: ClassVar[Kind]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.json|FILE.csv")
        add_club_option(parser)

    def handle(self, *, file: Path, club: str | None, **options: Any) -> None:
        report = ImportReport()
        size = file.stat().st_size if file.is_file() else 0
        console = Console(stderr=True)
        columns = (TextColumn(file.name, markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        try:
            with Progress(
                *columns, console=console, transient=True, disable=size < LONG_FILE or not console.is_terminal
            ) as bar:
                reading = bar.add_task("", total=size)
                import_file(
                    self.kind,
                    club=chosen_club(club),
                    path_or_file=file,
                    now=dt.datetime.now(dt.UTC),
                    report=report,
                    progress=lambda read: bar.update(reading, completed=read),
                )
        except UnreadableFile as error:
            if report.rows:
                self._tell(report)
            raise CommandError(f"{file}: {error}", returncode=2) from error
        self._tell(report)
        if report.refused_rows:
            sys.exit(1)

    def _tell(self, report: ImportReport) -> None:
        for refusal in report.refused:
            self.stdout.write(str(refusal))
        if untold := report.reasons - len(report.refused):
            self.stdout.write(f"… and {untold:,} more")
        if report.unknown_columns:
            self.stdout.write(f"Not known, left out: {', '.join(report.unknown_columns)}")
        if report.undialable:
            self.stdout.write(f"Kept, but no network could dial them: {report.undialable:,} phone numbers")
        if report.older:
            self.stdout.write(f"Left as they are, since newer news of them is known: {report.older:,} rows")
        self.stdout.write(
            f"{report.created:,} created, {report.changed:,} changed, {report.unchanged:,} unchanged, "
            f"{report.refused_rows:,} refused"
        )
