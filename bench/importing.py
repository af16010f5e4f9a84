"""Bringing members in from a file: so many rows, once new and once again unchanged."""

import csv
import tempfile
import time
from pathlib import Path

from bench.population import NOW
from bench.report import Line, Report
from members.models import Club
from members.transfer.importing import import_members

ROWS = 100_000
SECONDS_ALLOWED = 60


def measure(report: Report) -> None:
    club = Club.objects.create(name="Newcomers", slug="newcomers", time_zone="America/New_York")
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "members.csv"
        _write(file)
        lines = []
        for what, count in (("everything new", "created"), ("again, nothing changed", "unchanged")):
            began = time.perf_counter()
            outcome = import_members(club=club, path_or_file=file, now=NOW)
            seconds = time.perf_counter() - began
            if getattr(outcome, count) != ROWS:
                raise SystemExit(f"Not every row went in: {outcome}")
            lines.append(Line(what, f"{seconds:.1f} s", f"{SECONDS_ALLOWED} s", seconds / SECONDS_ALLOWED, 1))
    report.table(f"Import of {ROWS:,} rows of CSV", lines, "allowed")


def _write(file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8") as opened:
        rows = csv.writer(opened)
        rows.writerow(
            ["id", "first_name", "last_attended_at", "membership_status", "is_recurring", "phone", "email"]
        )
        for n in range(ROWS):
            day = f"2025-{1 + n % 8:02d}-{1 + n % 28:02d}"
            rows.writerow(
                [
                    f"N{n}",
                    f"First{n % 500}",
                    day,
                    "active",
                    "true",
                    f"+1415{2_000_000 + n}",
                    f"n{n}@example.com",
                ]
            )
