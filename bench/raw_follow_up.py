"""The rival: everybody's follow-up status written by hand, the best SQL that we know for the same rows in the same tables."""

import datetime as dt

from django.db import connection, transaction

from members.models import Club

# What decides comes first in one whole number: rank, day, key of the agreement, and last its status.
STATUSES = "'{active,delinquent,suspended,drop_in,renewal,canceled,expired,collections}'::text[]"
WRITE = f"""
WITH owing AS (
    SELECT agreement_id, min(due_on) AS since FROM members_payment
    WHERE club_id = %(club)s AND status IN ('pending', 'failed') AND due_on < %(today)s AND amount > 0 GROUP BY agreement_id
), decided AS (
    SELECT a.member_id, max(
        ((CASE WHEN a.status = 'collections' THEN 4 WHEN a.status = 'inactive' THEN 1 WHEN a.sessions_bought = 1 THEN 2
               ELSE 3 END * 100000 + (a.purchased_on - date '1900-01-01'))::bigint * 10000000000 + a.id) * 10
        + CASE WHEN a.status = 'collections' THEN 8
               WHEN a.status = 'inactive' THEN CASE WHEN a.alert = 'canceled' THEN 6 ELSE 7 END
               WHEN a.sessions_bought = 1 THEN CASE WHEN a.sessions_left >= 1 THEN 5 ELSE 4 END
               WHEN a.is_suspended THEN 3
               WHEN a.past_due > 0 OR a.past_due IS NULL AND owing.agreement_id IS NOT NULL THEN 2
               ELSE 1 END) AS best
    FROM members_agreement a LEFT JOIN owing ON owing.agreement_id = a.id
    WHERE a.club_id = %(club)s AND NOT a.is_trial GROUP BY a.member_id
), changes AS MATERIALIZED (
    SELECT told.*, CASE WHEN told.before = '' THEN COALESCE((CASE
        WHEN a.status = 'inactive' AND a.ends_on <= %(today)s THEN a.ends_on
        WHEN told.current IN ('delinquent', 'collections') AND a.past_due_since <= %(today)s THEN a.past_due_since
        WHEN told.current = 'delinquent' AND a.past_due IS NULL THEN owing.since
        WHEN a.starts_on <= %(today)s THEN a.starts_on
        WHEN a.id IS NOT NULL THEN CASE WHEN a.purchased_on <= %(today)s THEN a.purchased_on END
        WHEN told.current IN ('lead', 'web_lead', 'referral') THEN CASE WHEN inquired_on <= %(today)s THEN inquired_on END
        WHEN told.current <> 'active' AND last_attended_at IS NOT NULL THEN (last_attended_at AT TIME ZONE %(zone)s)::date
        WHEN joined_on <= %(today)s THEN joined_on
        END)::timestamp AT TIME ZONE %(zone)s, %(now)s) ELSE %(now)s END AS since
    FROM (SELECT m.id, m.follow_up_status AS before, m.inquired_on, m.joined_on, m.last_attended_at,
            decided.best / 10 %% 10000000000 AS agreement, COALESCE(({STATUSES})[decided.best %% 10], CASE
            WHEN m.stage IN ('lead', 'trial')
                THEN CASE m.origin WHEN 'web' THEN 'web_lead' WHEN 'referral' THEN 'referral' ELSE 'lead' END
            WHEN m.stage = 'former' OR m.membership_status = 'canceled' THEN 'canceled'
            WHEN m.membership_status = 'frozen' THEN 'suspended' ELSE 'active' END) AS current
        FROM members_member m LEFT JOIN decided ON decided.member_id = m.id WHERE m.club_id = %(club)s OFFSET 0
    ) AS told
    LEFT JOIN members_agreement a ON told.before = '' AND a.id = told.agreement
    LEFT JOIN owing ON owing.agreement_id = a.id
    WHERE told.before IS DISTINCT FROM told.current
), written AS (
    UPDATE members_member m SET follow_up_status = changes.current, follow_up_status_since = changes.since
    FROM changes WHERE m.id = changes.id
)
INSERT INTO members_followupchange (club_id, member_id, from_status, to_status, changed_at, cause)
SELECT %(club)s, id, before, current, since, 'check' FROM changes
"""


def check_follow_up(club: Club, now: dt.datetime) -> None:
    """The whole club in one transaction. There are no trial classes in the population, so none here."""
    facts = {"club": club.pk, "today": club.today(now), "zone": club.zone.key, "now": now}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(WRITE, facts)
