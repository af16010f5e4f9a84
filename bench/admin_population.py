"""What the admin shows after years: clubs large and small, members, messages and everything decided about them."""

from typing import Any

from django.apps import apps
from django.db import connection

from automations.models import Step, Workflow
from bench.population import NOW, vacuum, without_indexes
from members.models import Club, Member
from messaging.models import MessageTemplate

CLUBS = 21
"""The first has half of the members, the last has one in ten thousand, the others share the rest."""

FLOWS = ("missed-class", "welcome", "birthday", "renewal", "trial-ends", "once-only")
DAYS = 365
TABLES = (
    "members_member",
    "members_visit",
    "members_stafftask",
    "messaging_message",
    "messaging_messageevent",
    "messaging_consentrecord",
    "messaging_suppression",
    "automations_workflowrun",
    "automations_decision",
    "automations_enrollment",
    "automations_steprun",
    "automations_jobrun",
)

# Everything follows from numbers, so that no statement has to read what another wrote.
CLUB = "CASE WHEN {k} %% 10007 = 0 THEN 20 WHEN {k} %% 2 = 0 THEN 0 ELSE {k} / 2 %% 19 + 1 END"
FLOW = (
    "CASE WHEN {n} %% 50021 = 0 THEN 5 WHEN {n} %% 100 < 60 THEN 0 WHEN {n} %% 100 < 80 THEN 1 "
    "WHEN {n} %% 100 < 92 THEN 2 WHEN {n} %% 100 < 99 THEN 3 ELSE 4 END"
)
CLUB_ID = "(%(clubs)s::bigint[])[1 + c]"
FLOW_ID = "(%(flows)s::bigint[])[1 + c * 6 + f]"
RUN_ID = "%(runs)s + (c * 6 + f) * %(days)s"

MEMBERS = f"""
INSERT INTO members_member (club_id, external_id, first_name, last_name, email, phone, phone_is_dialable, last_attended_at,
    membership_status, membership_level, is_recurring, time_zone, stage)
SELECT {CLUB_ID}, 'M' || k, 'First' || k %% 500, 'Last' || k,
    CASE WHEN k %% 17 > 0 THEN 'm' || k || '@example.com' ELSE '' END,
    CASE WHEN k %% 29 > 0 THEN '+1415' || lpad(k::text, 7, '0') ELSE '' END,
    true, CASE WHEN k %% 33 > 0 THEN %(now)s - make_interval(mins => (k %% 400000)) END,
    CASE k %% 25 WHEN 0 THEN 'canceled' WHEN 1 THEN 'frozen' ELSE 'active' END, '', k %% 3 = 0, '',
    CASE WHEN k %% 1000 = 1 THEN 'lead' WHEN k %% 50 = 2 THEN 'trial' ELSE 'member' END
FROM (SELECT k, {CLUB.format(k="k")} AS c FROM generate_series(1, %(members)s) AS k) AS one
"""
VISITS = """
INSERT INTO members_visit (member_id, attended_at)
SELECT %(base)s + n * 7919 %% %(members)s, %(now)s - make_interval(secs => (%(visits)s - n) * 20)
FROM generate_series(1, %(visits)s::bigint) AS n
"""
TASKS = f"""
INSERT INTO members_stafftask (club_id, member_id, description, priority, due_on, status, note, cause, opened_at)
SELECT {CLUB_ID}, %(base)s + k - 1, 'Call her about the last class', (ARRAY['low', 'medium', 'high'])[1 + n %% 3],
    (%(now)s - make_interval(hours => ((%(tasks)s - n) / 10)::int))::date,
    CASE WHEN n > %(tasks)s * 0.9 THEN 'pending' ELSE 'completed' END, '', '', %(now)s
FROM (SELECT *, {CLUB.format(k="k")} AS c FROM (
    SELECT n, 1 + n * 7919 %% %(members)s AS k FROM generate_series(1, %(tasks)s::bigint) AS n) AS numbered) AS one
"""
MESSAGES = f"""
INSERT INTO messaging_message (club_id, member_id, channel, origin, template_version, context, address, subject, text_body,
    html_body, status, reason, error, provider_id, attempts, created_at, due_at, sent_at, ended_at)
SELECT {CLUB_ID}, %(base)s + k - 1, channel, (%(slugs)s::text[])[1 + f], 1, '{{}}',
    CASE channel WHEN 'sms' THEN '+1415' || lpad(k::text, 7, '0') ELSE 'm' || k || '@example.com' END, '',
    'Hey First' || k %% 500 || ', we missed you last week! Book your next class here https://club.example/book', '',
    status, CASE WHEN status = 'skipped' THEN (ARRAY['came_back', 'opted_out', 'no_address', 'too_late'])[1 + n %% 4]
        WHEN status = 'queued' AND n %% 2 = 0 THEN 'quiet_hours' ELSE '' END,
    CASE status WHEN 'failed' THEN 'InvalidParameter: PhoneNumber is not valid to publish to' ELSE '' END,
    CASE status WHEN 'sent' THEN md5(n::text) ELSE '' END, 1, at, at, at, at
FROM (SELECT *, {CLUB.format(k="k")} AS c, {FLOW.format(n="n")} AS f,
        %(now)s - make_interval(secs => (%(messages)s - n) * 6) AS at,
        CASE WHEN n %% 10 < 7 AND k %% 10007 > 0 THEN 'sms' ELSE 'email' END AS channel,
        CASE WHEN n > %(messages)s - 2000 THEN 'queued' WHEN n * 31 %% 100 < 3 THEN 'failed'
             WHEN n * 31 %% 100 < 18 THEN 'skipped' WHEN n %% 9973 = 0 THEN 'unknown' ELSE 'sent' END AS status
      FROM (SELECT n, 1 + n * 7919 %% %(members)s AS k FROM generate_series(1, %(messages)s::bigint) AS n) AS numbered) AS one
"""
EVENTS = """
INSERT INTO messaging_messageevent (message_id, kind, happened_at, detail)
SELECT id, status, ended_at, CASE status WHEN 'skipped' THEN reason ELSE error END
FROM messaging_message WHERE status IN ('failed', 'skipped', 'unknown') ORDER BY id
"""
CONSENTS = """
INSERT INTO messaging_consentrecord (member_id, channel, is_granted, recorded_at, source, words)
SELECT %(base)s + n * 7919 %% %(members)s, CASE n %% 4 WHEN 0 THEN 'email' ELSE 'sms' END, n %% 20 > 0,
    %(now)s - make_interval(secs => (%(members)s - n) * 30), 'import', ''
FROM generate_series(1, %(members)s::bigint) AS n
"""
SUPPRESSIONS = f"""
INSERT INTO messaging_suppression (club_id, channel, address, cause, detail, suppressed_at)
SELECT {CLUB_ID}, 'sms', '+1415' || lpad(k::text, 7, '0'), 'opted_out', '', %(now)s - make_interval(mins => k)
FROM (SELECT k, {CLUB.format(k="k")} AS c FROM generate_series(1, %(members)s, 47) AS k) AS one
"""
RUNS = """
INSERT INTO automations_workflowrun (workflow_id, kind, as_of, checked_on, started_at, finished_at, reached_id, rule, counts)
SELECT flow, CASE WHEN d = 7 THEN 'by_hand' ELSE 'daily' END, at, at::date, at, at, 0, '{}', '{"due": 3, "inactive": 1}'
FROM unnest(%(flows)s::bigint[]) WITH ORDINALITY AS flows (flow, w), generate_series(1, %(days)s) AS d,
LATERAL (SELECT %(now)s - make_interval(days => %(days)s - d) AS at) AS instants ORDER BY w, d
"""
AT_ONCE = """
INSERT INTO automations_workflowrun (workflow_id, kind, as_of, checked_on, started_at, finished_at, reached_id, rule, counts)
SELECT (%(flows)s::bigint[])[1 + n %% 126], 'immediate', at, at::date, at, at, 0, '{}', '{"due": 1}'
FROM generate_series(1, %(members)s / 5) AS n, LATERAL (SELECT %(now)s - make_interval(secs => n) AS at) AS instants
"""
DECISIONS = f"""
INSERT INTO automations_decision (workflow_id, member_id, reason, channel, occurrence, fact_at, from_run_id, until_run_id)
SELECT {FLOW_ID}, %(base)s + k - 1, CASE WHEN n %% 20000 = 0 THEN 'suppressed' WHEN n %% 10 < 3 THEN 'due'
        WHEN n %% 10 < 4 THEN 'inactive_recurring' ELSE 'attended_recently' END, 'sms', '', %(now)s - interval '20 days',
    {RUN_ID} + (n - 1) * 300 / (2 * %(members)s), CASE WHEN n <= %(members)s THEN {RUN_ID} + 300 END
FROM (SELECT *, {CLUB.format(k="k")} AS c, 0 AS f FROM (
    SELECT n, 1 + n * 7919 %% %(members)s AS k FROM generate_series(1, 2 * %(members)s::bigint) AS n) AS numbered) AS one
"""
ENROLLMENTS = f"""
INSERT INTO automations_enrollment (workflow_id, member_id, occurrence, run_id, enrolled_at, status, position, due_at,
    ended_at, end_reason)
SELECT {FLOW_ID}, %(base)s + k - 1, 'absence:' || n, {RUN_ID}, at,
    CASE WHEN n > %(enrolled)s * 0.98 THEN 'active' WHEN n %% 5000 = 0 THEN 'exited' ELSE 'done' END, 1, at, at,
    CASE WHEN n %% 5000 = 0 THEN 'came_back' ELSE '' END
FROM (SELECT *, {CLUB.format(k="k")} AS c, {FLOW.format(n="n")} AS f,
        %(now)s - make_interval(secs => (%(enrolled)s - n) * 15) AS at
      FROM (SELECT n, 1 + n * 7919 %% %(members)s AS k FROM generate_series(1, %(enrolled)s::bigint) AS n) AS numbered) AS one
"""
STEP_RUNS = """
INSERT INTO automations_steprun (enrollment_id, position, action, ran_at, outcome, reason, error, message_id)
SELECT %(entries)s + n - 1, 1, 'send_message', %(now)s - make_interval(secs => (%(enrolled)s - n) * 15),
    CASE WHEN n %% 100 < 3 THEN 'skipped' WHEN n %% 5003 = 0 THEN 'failed' ELSE 'done' END,
    CASE WHEN n %% 100 < 3 THEN 'came_back' ELSE '' END, '', %(first_message)s + 2 * n
FROM generate_series(1, %(enrolled)s::bigint) AS n
"""
JOBS = """
INSERT INTO automations_jobrun (name, status, started_at, finished_at, records, counts, error)
SELECT (ARRAY['evaluate_workflows', 'advance_enrollments', 'deliver_messages', 'sweep_messages'])[1 + n %% 4],
    CASE WHEN n %% 9973 = 0 THEN 'failed' ELSE 'succeeded' END, at, at + interval '1 second', n %% 50, '{"sent": 3}', ''
FROM generate_series(1, %(members)s / 2) AS n, LATERAL (SELECT %(now)s - make_interval(secs => (%(members)s / 2 - n) * 15) AS at) AS i
"""


def populate_admin(members: int) -> None:
    """So many members with five messages each and all that goes with them, unless they are there."""
    if Club.objects.filter(slug="admin-00").exists():
        return
    clubs = [
        Club.objects.create(name=f"Gym {n:02}", slug=f"admin-{n:02}", time_zone="Europe/Zurich")
        for n in range(CLUBS)
    ]
    flows = []
    for club in clubs:
        MessageTemplate.objects.create(club=club, slug="hello", name="Hello", channel="sms", text_body="Hi")
        for slug in FLOWS:
            workflow = Workflow.objects.create(
                club=club,
                slug=slug,
                name=slug.replace("-", " ").capitalize(),
                trigger="missed_class",
                trigger_params={"min_days": 7, "max_days": 35, "hand_over": True},
                # One of each club, so that the dashboard of all has more to ask than it will.
                is_enabled=slug == FLOWS[0],
            )
            Step.objects.create(workflow=workflow, action="send_message", action_params={"template": "hello"})
            flows.append(workflow.pk)
    facts: dict[str, Any] = {
        "now": NOW,
        "clubs": [club.pk for club in clubs],
        "flows": flows,
        "slugs": list(FLOWS),
        "days": DAYS,
        "members": members,
        "messages": members * 5,
        "visits": members * 3,
        "enrolled": members * 2,
        "tasks": members // 10,
    }
    _let_columns_have_defaults()
    with without_indexes(TABLES), connection.cursor() as cursor:
        # Nobody checks foreign keys that are right by design.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(MEMBERS, facts)
        facts["base"] = Member.objects.filter(club__in=clubs).order_by("pk").values_list("pk", flat=True)[0]
        for statement in (VISITS, TASKS, MESSAGES, EVENTS, CONSENTS, SUPPRESSIONS, RUNS):
            cursor.execute(statement, facts)
        facts["runs"] = _first("automations_workflowrun", "workflow_id", flows[0])
        cursor.execute(AT_ONCE, facts)
        cursor.execute(DECISIONS, facts)
        cursor.execute(ENROLLMENTS, facts)
        facts["entries"] = _first("automations_enrollment", "occurrence", "absence:1")
        facts["first_message"] = _first("messaging_message", "origin", FLOWS[0])
        cursor.execute(STEP_RUNS, facts)
        cursor.execute(JOBS, facts)
        cursor.execute("SET session_replication_role = DEFAULT")
    vacuum(*TABLES, "members_club", "automations_workflow")


def _let_columns_have_defaults() -> None:
    """What a statement above does not name is what Django would write there, so that a new column breaks none of them."""
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model._meta.db_table not in TABLES:
                continue
            for field in model._meta.concrete_fields:
                value = field.get_default()
                if field.primary_key or value is None:
                    continue
                default = connection.ops.compose_sql("%s", [field.get_db_prep_save(value, connection)])
                cursor.execute(
                    f'ALTER TABLE {model._meta.db_table} ALTER COLUMN "{field.column}" SET DEFAULT {default}'
                )


def _first(table: str, column: str, value: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT min(id) FROM {table} WHERE {column} = %s", [value])
        return int(cursor.fetchone()[0])
