"""The rival: missed class written by hand, the best SQL that we know for the same rows in the same tables."""

import datetime as dt
from typing import Any

from django.db import connection, transaction

from automations.engine.classification import Question
from automations.models import Workflow, WorkflowRun

CLASSIFIED = """
SELECT m.id, m.last_attended_at AS fact_at, m.trainer_id,
    'absence:' || (m.last_attended_at AT TIME ZONE %(zone)s)::date AS occurrence,
    CASE WHEN m.erased_at IS NOT NULL THEN 'erased'
         WHEN m.membership_status = 'canceled' THEN 'canceled'
         WHEN m.membership_status = 'frozen' THEN 'frozen'
         WHEN m.last_attended_at IS NULL THEN 'never_attended'
         WHEN m.last_attended_at >= %(recent)s THEN 'attended_recently'
         WHEN m.last_attended_at < %(too_long)s THEN
             CASE WHEN m.is_recurring THEN 'inactive_recurring' ELSE 'inactive' END
         WHEN m.id IN (SELECT p.member_id FROM members_pause p WHERE p.ended_at IS NULL
                       AND p.starts_at <= %(now)s AND p.until > %(now)s) THEN 'paused'
         WHEN m.phone = '' THEN 'no_address'
         WHEN NOT (SELECT c.is_granted FROM messaging_consentrecord c WHERE c.member_id = m.id AND c.channel = 'sms'
                   AND c.category IN ('', 'marketing') ORDER BY c.recorded_at DESC, c.id DESC LIMIT 1) THEN 'opted_out'
         WHEN EXISTS (SELECT FROM messaging_suppression s WHERE s.club_id = m.club_id AND s.channel = 'sms'
                      AND s.address = lower(m.phone)) THEN 'suppressed'
         WHEN EXISTS (SELECT FROM automations_enrollment e WHERE e.member_id = m.id AND e.workflow_id = %(workflow)s
                      AND e.enrolled_at > LEAST(%(cooled)s, m.last_attended_at))
           OR EXISTS (SELECT FROM automations_enrollment e WHERE e.member_id = m.id AND e.workflow_id = %(workflow)s
                      AND e.occurrence = 'absence:' || (m.last_attended_at AT TIME ZONE %(zone)s)::date)
             THEN 'cooldown'
         ELSE 'due' END AS reason
FROM members_member m WHERE m.club_id = %(club)s
"""
CHANGED = """
CREATE TEMPORARY TABLE changed ON COMMIT DROP AS
SELECT m.*, d.id AS standing FROM ({classified} OFFSET 0) AS m
LEFT JOIN automations_decision d ON d.member_id = m.id AND d.workflow_id = %(workflow)s AND d.until_run_id IS NULL
WHERE d.id IS NULL OR d.reason <> m.reason OR d.channel <> 'sms' OR d.fact_at IS DISTINCT FROM m.fact_at
"""
CLOSE = """
UPDATE automations_decision d SET until_run_id = %(run)s FROM changed WHERE d.id = changed.standing
"""
ENROLL = """
INSERT INTO automations_enrollment (workflow_id, member_id, occurrence, run_id, enrolled_at, due_at, status, position,
    end_reason)
SELECT %(workflow)s, id, occurrence, %(run)s, %(now)s, %(now)s, 'active', 0, '' FROM {due} WHERE reason = 'due'
ON CONFLICT DO NOTHING
"""
WRITE = f"""
WITH decided AS (
    INSERT INTO automations_decision (workflow_id, member_id, reason, channel, occurrence, fact_at, from_run_id)
    SELECT %(workflow)s, id, reason, 'sms',
        CASE WHEN reason = 'due' OR reason = ANY(%(handed_over)s) THEN occurrence ELSE '' END, fact_at, %(run)s
    FROM changed
), handed_over AS (
    INSERT INTO members_stafftask (club_id, member_id, description, priority, due_on, assignee_id, status, note, cause,
        opened_at)
    SELECT %(club)s, id, %(description)s, 'high', %(due_on)s, trainer_id, 'pending', '',
        %(slug)s || ':' || reason || ':' || occurrence, %(now)s
    FROM changed WHERE reason = ANY(%(handed_over)s) ON CONFLICT DO NOTHING
)
{ENROLL.format(due="changed")}
"""
FINISH = """
UPDATE automations_workflowrun SET finished_at = as_of, counts = (
    SELECT jsonb_object_agg(reason, members) FROM (
        SELECT reason, count(*) AS members FROM automations_decision
        WHERE workflow_id = %(workflow)s AND until_run_id IS NULL GROUP BY reason) AS standing
) WHERE id = %(run)s
"""


def evaluate(run: WorkflowRun) -> None:
    evaluate_by(CLASSIFIED, facts_of(run.workflow, run.as_of, run.pk))


def evaluate_by(classified: str, facts: dict[str, Any]) -> None:
    """The whole club in one transaction: classified once, then everything written from what changed."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CHANGED.format(classified=classified), facts)
        cursor.execute("ANALYZE changed")
        cursor.execute(CLOSE, facts)
        cursor.execute(WRITE, facts)
        cursor.execute(FINISH, facts)


def enroll(run: WorkflowRun) -> None:
    """The enrollments alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            ENROLL.format(due=f"({CLASSIFIED} OFFSET 0) AS m"), facts_of(run.workflow, run.as_of, run.pk)
        )


def facts_of(workflow: Workflow, now: dt.datetime, run_id: int) -> dict[str, Any]:
    """The thresholds as plain constants, worked out once as for the other side."""
    question = Question(workflow, now)
    params = question.params
    return {
        "workflow": workflow.pk,
        "club": workflow.club_id,
        "slug": workflow.slug,
        "run": run_id,
        "now": now,
        "zone": workflow.club.time_zone,
        "recent": question.clock.away_for(params["min_days"]),
        "too_long": question.clock.away_for(params["max_days"]),
        "cooled": now - dt.timedelta(days=workflow.cooldown_days),
        "handed_over": [str(reason) for reason in question.trigger.handed_over(params)],
        "description": question.trigger.hand_over_description(params),
        "due_on": workflow.club.today(now) + dt.timedelta(days=2),
    }
