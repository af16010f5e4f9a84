"""`run_job NAME|all`: runs a scheduled job by hand; nothing is sent twice by doing so."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from automations.jobs import JOBS


class Command(BaseCommand):
    help = "Runs a scheduled job now, or all of them. Nothing is sent twice by doing so."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", help="a job's name, or all")
        parser.add_argument("--list", action="store_true", help="print the jobs and what each does")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"]
        if options["list"]:
            longest = max(map(len, JOBS))
            for job_name, job in JOBS.items():
                self.stdout.write(f"{job_name:{longest}} {(job.__doc__ or '').splitlines()[0]}")
            return
        if name is None or (name != "all" and name not in JOBS):
            raise CommandError(f"Name one of these jobs: {', '.join(JOBS)}, or all.", returncode=2)
        failed = []
        for job_name in JOBS if name == "all" else [name]:
            try:
                counts = JOBS[job_name]()
            except Exception as error:
                # The others still get their turn; the error is kept with the job's run as well.
                failed.append(job_name)
                self.stderr.write(f"{job_name}: failed: {error}")
            else:
                said = ", ".join(f"{what} {number:,}" for what, number in counts.items()) or "nothing to do"
                self.stdout.write(f"{job_name}: {said}")
        if failed:
            raise CommandError(f"Failed: {', '.join(failed)}.")
