"""`python -m bench`: makes a database, measures each side of each ratio in this one run, prints the tables, drops it.

Exit code 1 when a figure to reach was missed.
"""

import argparse
import sys
import time

from bench import database
from bench.report import Report

PARTS = ("evaluation", "workflows", "memory", "delivery", "import", "admin", "api", "follow-up")
DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/rollcall_bench"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", type=_sizes, default=[10_000, 100_000, 1_000_000], metavar="10k,100k,1M")
    parser.add_argument(
        "--quick", action="store_const", const=[10_000, 100_000], dest="sizes", help="10k and 100k only"
    )
    parser.add_argument("--only", action="append", choices=PARTS)
    parser.add_argument(
        "--database-url", default=DEFAULT_URL, help="made, and dropped at the end: %(default)s"
    )
    parser.add_argument("--keep", action="store_true", help="leave the database, and use one that was left")
    chosen = parser.parse_args()
    parts = chosen.only or PARTS
    report = Report()
    began = time.monotonic()
    with database.made(chosen.database_url, keep=chosen.keep):
        from bench.population import old_rows_each, populate

        sizes = sorted({100_000, *chosen.sizes} if "delivery" in parts else chosen.sizes)
        if {"evaluation", "workflows", "memory", "delivery"} & set(parts):
            populate(old_rows_each(sizes))
            report.say(f"Populated in {time.monotonic() - began:.0f} s.")
        if "delivery" in parts:
            from bench import delivery

            delivery.measure(report, also_large=max(chosen.sizes) >= 1_000_000)
        if "evaluation" in parts:
            from bench import evaluation

            evaluation.measure(chosen.sizes, report)
        if "workflows" in parts:
            from bench import workflows

            workflows.measure([size for size in chosen.sizes if size >= 100_000] or chosen.sizes, report)
        if "memory" in parts:
            from bench import memory

            memory.measure(chosen.sizes, chosen.database_url, report)
        if "import" in parts:
            from bench import importing

            importing.measure(report)
        if "admin" in parts:
            from bench import admin_pages

            admin_pages.measure(max(chosen.sizes), report)
        if "api" in parts:
            from bench import api

            api.measure(report, chosen.database_url)
        if "follow-up" in parts:
            from bench import follow_up

            follow_up.measure(chosen.sizes, chosen.database_url, report)
    report.say(f"{(time.monotonic() - began) / 60:.1f} minutes; {report.missed} figure(s) missed.")
    return 1 if report.missed else 0


def _sizes(text: str) -> list[int]:
    return [int(size.lower().replace("k", "000").replace("m", "000000")) for size in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
