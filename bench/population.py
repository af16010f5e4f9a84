"""A club of any size with years behind it: members of every kind, consent, suppressions, and old log rows."""

import contextlib
import datetime as dt
from collections.abc import Iterator, Sequence

from django.db import connection

from automations.models import Step, Workflow, WorkflowRun
from members.models import Club
from messaging.models import MessageTemplate

NOW = dt.datetime(2025, 9, 3, 14, 0, tzinfo=dt.UTC)
"""Ten in the morning in the clubs' zone: nobody's quiet hours."""

OLD_RUNS = 50
TABLES = ("automations_enrollment", "automations_decision", "members_stafftask")
SEEDED = ("members_member", "messaging_consentrecord", "messaging_suppression", *TABLES)

# Of every 100 members: 26 due, 10 kept out by a gate or the cooldown, 64 for what they are.
MEMBERS = """
INSERT INTO members_member (club_id, external_id, first_name, last_name, email, phone, phone_is_dialable,
    last_attended_at, membership_status, membership_level, is_recurring, time_zone, stage)
SELECT %(club)s, 'M' || n, 'First' || n %% 500, 'Last' || n, 'm' || n || '@example.com',
    CASE WHEN kind IN (32, 33) THEN '' ELSE '+1415' || lpad(n::text, 7, '0') END, true,
    CASE WHEN kind BETWEEN 45 AND 47 THEN NULL
         WHEN kind < 45 THEN %(now)s - make_interval(days => 7 + n %% 28, mins => n %% 600)
         WHEN kind < 63 THEN %(now)s - make_interval(days => 36 + n %% 300, mins => n %% 600)
         ELSE %(now)s - make_interval(days => n %% 7, mins => n %% 600) END,
    CASE WHEN kind BETWEEN 37 AND 40 THEN 'canceled' WHEN kind BETWEEN 41 AND 44 THEN 'frozen' ELSE 'active' END,
    '', kind BETWEEN 48 AND 52 OR n %% 3 = 0 AND kind NOT BETWEEN 53 AND 62, '', 'member'
FROM (SELECT n, n * 37 %% 100 AS kind FROM generate_series(1, %(size)s) AS n) AS numbered
"""
CONSENT = """
INSERT INTO messaging_consentrecord (member_id, channel, is_granted, recorded_at, source, words)
SELECT id, 'sms', said.is_granted, %(now)s - said.ago, 'import', ''
FROM (SELECT id, substr(external_id, 2)::int AS n FROM members_member WHERE club_id = %(club)s) AS m,
LATERAL (VALUES
    (true, interval '900 days', n %% 2 = 0),
    (false, interval '400 days', n * 37 %% 100 BETWEEN 26 AND 29 OR n %% 41 = 0),
    (true, interval '100 days', n * 37 %% 100 NOT BETWEEN 26 AND 29 AND n %% 41 = 0)
) AS said (is_granted, ago, applies)
WHERE said.applies
"""
SUPPRESSIONS = """
INSERT INTO messaging_suppression (club_id, channel, address, cause, detail, suppressed_at)
SELECT %(club)s, 'sms', phone, 'opted_out', '', %(now)s - interval '1 year'
FROM members_member WHERE club_id = %(club)s AND substr(external_id, 2)::int * 37 %% 100 IN (30, 31)
"""
OLD_ENROLLMENTS = """
INSERT INTO automations_enrollment (workflow_id, member_id, occurrence, run_id, enrolled_at, status, position,
    due_at, ended_at, end_reason)
SELECT %(workflow)s, m.id, 'absence:' || (%(now)s - (50 + 14 * k) * interval '1 day')::date,
    (%(runs)s::bigint[])[1 + k %% %(old_runs)s], %(now)s - (40 + 14 * k) * interval '1 day', 'done', 1,
    %(now)s - (40 + 14 * k) * interval '1 day', %(now)s - (39 + 14 * k) * interval '1 day', ''
FROM generate_series(%(each)s, 1, -1) AS k, members_member AS m WHERE m.club_id = %(club)s ORDER BY k DESC, m.id
"""
RECENT_ENROLLMENTS = """
INSERT INTO automations_enrollment (workflow_id, member_id, occurrence, run_id, enrolled_at, status, position,
    due_at, ended_at, end_reason)
SELECT %(workflow)s, id, 'absence:' || (%(now)s - interval '45 days')::date, (%(runs)s::bigint[])[1],
    %(now)s - interval '2 days', 'done', 1, %(now)s - interval '2 days', %(now)s - interval '2 days', ''
FROM members_member WHERE club_id = %(club)s AND substr(external_id, 2)::int * 37 %% 100 BETWEEN 34 AND 36
"""
OLD_DECISIONS = """
INSERT INTO automations_decision (workflow_id, member_id, reason, channel, occurrence, fact_at, from_run_id, until_run_id)
SELECT %(workflow)s, id, 'attended_recently', 'sms', '', %(now)s - interval '200 days',
    (%(runs)s::bigint[])[1], (%(runs)s::bigint[])[2]
FROM members_member WHERE club_id = %(club)s
"""


def old_rows_each(sizes: list[int]) -> dict[int, int]:
    """How many old enrollments each member has: 5 million over 10k, 100k and 1M members, more for those of few."""
    return {size: 50 if size <= 10_000 else 10 if size <= 100_000 else 4 for size in sizes}


def populate(sizes: dict[int, int]) -> None:
    """One club per size that is not there yet, with so many old enrollments for each of its members."""
    wanted = {
        size: each for size, each in sizes.items() if not Club.objects.filter(slug=f"club-{size}").exists()
    }
    with without_indexes(SEEDED):
        for size, each in wanted.items():
            _club_with(size, each)
    vacuum(*SEEDED)


def workflow_of(size: int) -> Workflow:
    """The club's first; a database that was kept has those of other parts as well."""
    return Workflow.objects.select_related("club").get(club__slug=f"club-{size}", slug="missed-class")


def vacuum(*tables: str) -> None:
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"VACUUM (ANALYZE) {table}")
        cursor.execute("CHECKPOINT")


def _club_with(size: int, each: int) -> None:
    club = Club.objects.create(
        name=f"Club of {size:,}",
        slug=f"club-{size}",
        time_zone="America/New_York",
        booking_link="https://club.example/book",
        sms_number="+12025550123",
        # It is sent to again and again within the hour.
        hourly_ceiling=None,
        cap_messages=None,
    )
    MessageTemplate.objects.create(
        club=club,
        slug="missed-you",
        name="We missed you",
        channel="sms",
        text_body="Hey {{ first_name }}, we missed you last week! Book your next class here {{ booking_link }}",
    )
    workflow = Workflow.objects.create(
        club=club,
        slug="missed-class",
        name="Missed class",
        is_enabled=True,
        trigger="missed_class",
        trigger_params={"min_days": 7, "max_days": 35, "hand_over": True},
        # Weighed as any other, and never held.
        fuse_first=10_000_000,
    )
    Step.objects.create(workflow=workflow, action="send_message", action_params={"template": "missed-you"})
    nights = [NOW - dt.timedelta(days=n) for n in range(OLD_RUNS, 0, -1)]
    runs = [
        WorkflowRun.objects.create(
            workflow=workflow,
            kind="by_hand",
            as_of=night,
            checked_on=night.date(),
            started_at=night,
            finished_at=night,
            enrolled=size // 4,
        ).pk
        for night in nights
    ]
    facts = {"club": club.pk, "workflow": workflow.pk, "size": size, "each": each, "now": NOW, "runs": runs}
    with connection.cursor() as cursor:
        cursor.execute(
            "SET session_replication_role = replica"
        )  # Nobody checks foreign keys that are right by design.
        for statement in (MEMBERS, CONSENT, SUPPRESSIONS, OLD_ENROLLMENTS, RECENT_ENROLLMENTS, OLD_DECISIONS):
            cursor.execute(statement, {**facts, "old_runs": OLD_RUNS})
        cursor.execute("SET session_replication_role = DEFAULT")


@contextlib.contextmanager
def without_indexes(tables: Sequence[str]) -> Iterator[None]:
    """Indexes made at once after loading cost a fraction of those kept up row by row."""
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid::regclass::text "
            "= ANY(%s) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
            [list(tables)],
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
        yield
        for _, definition in indexes:
            cursor.execute(definition)
