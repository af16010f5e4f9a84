"""The web process as in production, and beside the API two bare views: the least that could do the same work.

A bare view parses, changes agreements by one UPDATE … RETURNING and works out the statuses of their members by one more, which
joins the same expression. No key, no check of any value, no answer for each item, no history.
"""

import json
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

from django.db import connection, transaction  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402

from config import urls  # noqa: E402
from members.models import Club, Member  # noqa: E402
from members.rules.follow_up import with_follow_up  # noqa: E402

CHANGE = """
UPDATE members_agreement SET status = v.status, past_due = v.past_due, is_suspended = v.is_suspended, changed_at = v.changed_at
FROM (SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bool[], %s::timestamptz[])
      AS given (external_id, status, past_due, is_suspended, changed_at)) AS v
WHERE members_agreement.club_id = %s AND members_agreement.external_id = v.external_id
RETURNING members_agreement.member_id
"""
_compiled: dict[object, tuple[str, tuple[object, ...]]] = {}


def status_sql(club: Club) -> tuple[str, tuple[object, ...]]:
    """Compiled once a day, as ours is."""
    now = timezone.now()
    today = club.today(now)
    if today not in _compiled:
        rows = with_follow_up(Member.objects.filter(pk__in=[-1]), club, now).values_list("pk", "current")
        sql, params = rows.order_by().query.get_compiler("default").as_sql()
        update = (
            f"UPDATE members_member SET follow_up_status = now.current, follow_up_status_since = %s "
            f"FROM ({sql.replace('IN (%s)', '= ANY (%s)', 1)}) AS now (pk, current) "
            "WHERE now.pk = members_member.id AND members_member.follow_up_status <> now.current"
        )
        _compiled[today] = update, params
    return _compiled[today]


_club: list[Club] = []


@csrf_exempt
def bare(request: HttpRequest) -> HttpResponse:
    if not _club:
        _club.append(Club.objects.get(slug="bench-api"))
    items = json.loads(request.body)
    columns = [
        [item[name] for item in items] for name in ("id", "status", "past_due", "is_suspended", "occurred_at")
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CHANGE, [*columns, _club[0].pk])
        members = [pk for (pk,) in cursor.fetchall()]
        sql, params = status_sql(_club[0])
        given = [members if one == -1 else one for one in params]
        cursor.execute(sql, [timezone.now(), *given])
    return HttpResponse(json.dumps({"changed": len(members)}), content_type="application/json")


urls.urlpatterns.insert(0, path("bare", bare))
