"""The check of everybody's follow-up status against hand-written SQL that writes the same rows, and what comes in meanwhile."""

import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from django.db import connection

from bench import raw_follow_up
from bench.population import NOW, vacuum
from bench.report import Line, Report, compared, taking_turns
from members.models import Club, Member
from members.operations.follow_up import check_follow_up
from members.rules.follow_up import stale

ROUNDS = {10_000: 5, 100_000: 3, 1_000_000: 3}
WAIT_ALLOWED = 0.25
TABLES = ("members_member", "members_agreement", "members_payment", "members_followupchange")

# One, two or three agreements each, of every kind; a quarter leave it to their payments whether something is past due.
MEMBERS = """
INSERT INTO members_member (club_id, external_id, first_name, last_name, email, phone, phone_is_dialable, membership_status,
    membership_level, is_recurring, time_zone, stage, origin, joined_on, inquired_on)
SELECT %(club)s, 'M' || n, 'First' || n %% 500, 'Last' || n, 'm' || n || '@example.com', '+1415' || lpad(n::text, 7, '0'),
    true, 'active', '', false, '', CASE n %% 5 WHEN 0 THEN 'lead' ELSE 'member' END, CASE n %% 3 WHEN 0 THEN 'web' ELSE '' END,
    date '2025-01-01' - n %% 900, date '2025-01-01' - n %% 1000
FROM generate_series(1, %(size)s) AS n
"""
AGREEMENTS = """
INSERT INTO members_agreement (club_id, member_id, external_id, name, purchased_on, sessions_bought, sessions_left, status,
    alert, is_suspended, past_due, is_trial)
SELECT %(club)s, m.id, 'A' || m.n || '-' || k, 'Monthly', date '2025-06-01' - (m.n * 7 + k * 31) %% 700,
    CASE kind WHEN 0 THEN 1 WHEN 1 THEN 1 WHEN 2 THEN 10 END, CASE kind WHEN 0 THEN 0 WHEN 1 THEN 1 WHEN 2 THEN 4 END,
    CASE WHEN kind IN (3, 4) THEN 'inactive' WHEN kind = 5 THEN 'collections' ELSE 'active' END,
    CASE kind WHEN 3 THEN 'canceled' WHEN 4 THEN 'expired' ELSE '' END, kind = 6,
    CASE WHEN kind %% 4 = 3 THEN NULL WHEN kind = 8 THEN 4000 ELSE 0 END, false
FROM (SELECT id, substr(external_id, 2)::int AS n FROM members_member WHERE club_id = %(club)s) AS m,
LATERAL (SELECT k, (m.n * 13 + k * 5) %% 20 AS kind FROM generate_series(1, 1 + m.n %% 3) AS k) AS each
"""
PAYMENTS = """
INSERT INTO members_payment (club_id, member_id, agreement_id, external_id, amount, currency, due_on, status)
SELECT %(club)s, member_id, id, 'P' || id, 4000, 'USD', %(now)s::date - 20 + (id %% 30)::int,
    (ARRAY['pending', 'paid', 'paid', 'failed'])[1 + id %% 4]
FROM members_agreement WHERE club_id = %(club)s AND past_due IS NULL
"""
EVERYBODY = "everybody's first status"
BEFORE = {
    EVERYBODY: "true",
    "one in fifty differs": "m.id %% 50 = 0",
    "nothing differs": "false",
}
REACH = {EVERYBODY: 2.5, "one in fifty differs": 1.5, "nothing differs": 1.5}
# As if the check had run yesterday, but for those who were not there yet.
RESET = """
UPDATE members_member AS m SET follow_up_status = '', follow_up_status_since = NULL
WHERE club_id = %(club)s AND follow_up_status <> '' AND ({})
"""
# Equal on both sides when the same rows were written.
WRITTEN = """
SELECT
    (SELECT count(*) || ' ' || sum(hashtextextended(concat_ws('|', id, follow_up_status, follow_up_status_since), 0))
     FROM members_member WHERE club_id = %(club)s),
    (SELECT count(*) || ' ' || sum(hashtextextended(concat_ws('|', member_id, from_status, to_status, changed_at, cause), 0))
     FROM members_followupchange WHERE club_id = %(club)s)
"""


@dataclass
class Contest:
    """Both sides over one club; what each took by what differed, and every distinct set of rows that was written."""

    club: Club
    seconds: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    written: dict[str, set[tuple[str, ...]]] = field(default_factory=lambda: defaultdict(set))

    def play(self, name: str, check: Callable[[], object]) -> None:
        for what in BEFORE:
            self.reset(what)
            began = time.perf_counter()
            check()
            self.seconds[what, name].append(time.perf_counter() - began)
            self.written[what].add(self._written())

    def reset(self, what: str) -> None:
        facts = {"club": self.club.pk}
        with connection.cursor() as cursor:
            cursor.execute(RESET.format(BEFORE[what]), facts)
            cursor.execute("DELETE FROM members_followupchange WHERE club_id = %(club)s", facts)
        vacuum("members_member", "members_followupchange")

    def _written(self) -> tuple[str, ...]:
        with connection.cursor() as cursor:
            cursor.execute(WRITTEN, {"club": self.club.pk})
            found: tuple[str, ...] = cursor.fetchone()
            return found


def measure(sizes: list[int], url: str, report: Report) -> None:
    for size in sizes:
        contest = Contest(_club_with(size))
        club = contest.club
        ours = partial(contest.play, "rollcall", lambda: check_follow_up(club=club, now=NOW))  # noqa: B023
        raw = partial(contest.play, "raw", lambda: raw_follow_up.check_follow_up(club, NOW))  # noqa: B023
        taking_turns([ours, raw], ROUNDS.get(size, 3))
        report.table(
            f"Follow-up status, {size:,} members",
            [
                compared(what, contest.seconds[what, "rollcall"], contest.seconds[what, "raw"], reach)
                for what, reach in REACH.items()
            ],
            "raw SQL",
        )
        if any(len(written) > 1 for written in contest.written.values()):
            raise SystemExit(f"The two sides wrote different rows:\n{contest.written}")
        contest.reset(EVERYBODY)
        report.table(f"Facts that came in meanwhile, {size:,} members", _meanwhile(club, url), "allowed")


def _meanwhile(club: Club, url: str) -> list[Line]:
    """The longest wait of a fact while everybody's status is written, and who is left with a stale one."""
    command = [sys.executable, "-m", "bench.follow_up_events", url, club.slug]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as events:
        assert events.stdout is not None
        events.stdout.readline()
        check_follow_up(club=club, now=NOW)
        told, _ = events.communicate()
    waits = json.loads(told)
    left = stale(Member.objects.filter(club=club), club, NOW).count()
    if left:
        raise SystemExit(f"{left} members have a stale status.")
    longest = waits[-1]
    what = f"longest of {len(waits):,} waits; nobody is stale"
    return [Line(what, f"{longest:.3f} s", f"{WAIT_ALLOWED} s", longest / WAIT_ALLOWED, 1)]


def _club_with(size: int) -> Club:
    slug = f"follow-up-{size}"
    club, is_new = Club.objects.get_or_create(
        slug=slug, defaults={"name": f"Follow-up of {size:,}", "time_zone": "America/New_York"}
    )
    if is_new:
        facts = {"club": club.pk, "size": size, "now": NOW}
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            for statement in (MEMBERS, AGREEMENTS, PAYMENTS):
                cursor.execute(statement, facts)
            cursor.execute("SET session_replication_role = DEFAULT")
        vacuum(*TABLES)
    return club
